/**
 * The bare work of copying large blocks between two processes, with nothing but Node: read, checksum and send on one side, receive, hash,
 * checksum and write on the other. `fork` this file with a directory and so many bytes to serve; call `copyFloor` to copy.
 */

import { hash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, fdatasync, openSync, readSync, writeSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { answerProcessorTime } from './processor-time.ts'

const PIECE_BYTES = 256 * 1024
const BLOCK_BYTES = 64 * 1024

if (process.send && process.argv[2] !== undefined) await serve(process.argv[2])

async function serve(directory: string): Promise<void> {
  const bytes = Number(process.argv[3])
  await mkdir(directory, { recursive: true })
  const path = join(directory, 'blocks')
  const pattern = Uint8Array.from({ length: PIECE_BYTES }, (_, i) => i ^ (i >> 9))
  await writeFile(path, Buffer.alloc(bytes, pattern))
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    void send(path, bytes, socket)
  })
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port })
  })
  answerProcessorTime()
  process.on('disconnect', () => process.exit())
}

async function send(path: string, bytes: number, socket: Socket): Promise<void> {
  const descriptor = openSync(path, 'r')
  const piece = Buffer.alloc(PIECE_BYTES)
  for (let at = 0; at < bytes; at += PIECE_BYTES) {
    readSync(descriptor, piece, 0, PIECE_BYTES, at)
    checksum(piece)
    await new Promise((resolve) => socket.write(piece, resolve))
  }
  closeSync(descriptor)
}

/** Seconds from connecting until `bytes` are here and durable. */
export async function copyFloor(
  path: string,
  { port }: { readonly port: number },
  bytes: number,
): Promise<number> {
  await mkdir(dirname(path), { recursive: true })
  const descriptor = openSync(path, 'w')
  const { promise: all, resolve } = Promise.withResolvers<undefined>()
  const memory = Buffer.alloc(4 * PIECE_BYTES)
  let filled = 0
  let written = 0
  const start = performance.now()
  const socket = connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: () => memory.subarray(filled),
      callback: (count) => {
        filled += count
        const whole = filled - (filled % PIECE_BYTES)
        if (whole === 0) return true
        take(memory.subarray(0, whole))
        writeSync(descriptor, memory, 0, whole, written)
        written += whole
        memory.copyWithin(0, whole, filled)
        filled -= whole
        if (written === bytes) resolve(undefined)
        return true
      },
    },
  })
  await all
  await promisify(fdatasync)(descriptor)
  const seconds = (performance.now() - start) / 1000
  socket.destroy()
  await once(socket, 'close')
  closeSync(descriptor)
  return seconds
}

function take(bytes: Uint8Array): void {
  checksum(bytes)
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    hash('sha256', bytes.subarray(at, at + BLOCK_BYTES), 'binary')
  }
}

function checksum(bytes: Uint8Array): number {
  return crc32(bytes)
}
