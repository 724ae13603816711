/**
 * The floor of a delivery: one process makes 400 bytes durable and sends them, the other makes them durable. What the
 * machine, busy as it is, needs for that without Hamlet.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { sharedNowMs, sleep } from '../_support/measure.ts'
import type { Workspace } from '../_support/workspace.ts'

const SELF = fileURLToPath(import.meta.url)
const MESSAGE_BYTES = 400

if (process.argv[2] === 'receive') await receive(process.argv[3]!)

/** Milliseconds of each delivery. */
export async function measureFloor(
  workspace: Workspace,
  count: number,
  pauseMs: number,
): Promise<readonly number[]> {
  const child = fork(SELF, ['receive', workspace.path('floor-receiver')])
  const [port] = (await once(child, 'message')) as [number]
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const delays = await send(socket, workspace.path('floor-sender'), count, pauseMs)
  socket.destroy()
  child.kill()
  return delays
}

async function send(
  socket: Socket,
  path: string,
  count: number,
  pauseMs: number,
): Promise<readonly number[]> {
  await using file = await open(path, 'w')
  const delays: number[] = []
  for (let i = 0; i < count; i++) {
    const start = sharedNowMs()
    await file.write(Buffer.alloc(MESSAGE_BYTES, i))
    await file.datasync()
    socket.write(Buffer.alloc(MESSAGE_BYTES, i))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    delays.push(answer.readDoubleBE() - start)
    await sleep(pauseMs)
  }
  return delays
}

async function receive(path: string): Promise<void> {
  const file = await open(path, 'w')
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('data', (bytes) => void store(socket, bytes))
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) process.send!(address.port)
  })
  process.on('disconnect', () => process.exit())

  async function store(socket: Socket, bytes: Buffer): Promise<void> {
    await file.write(bytes)
    await file.datasync()
    const answer = Buffer.alloc(8)
    answer.writeDoubleBE(sharedNowMs())
    socket.write(answer)
  }
}
