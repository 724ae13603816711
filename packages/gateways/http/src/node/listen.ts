/** Listening on loopback addresses and on a Unix socket in a folder of the user's own. */

import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import type { AddressInfo, ListenOptions, Server } from 'node:net'
import { dirname } from 'node:path'

import { HttpServerError } from '../errors.ts'

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  '127.0.0.1': ['127.0.0.1'],
  '::1': ['::1'],
  '[::1]': ['::1'],
  localhost: ['127.0.0.1', '::1'],
}

/** The addresses `host` stands for. @throws HttpServerError `HTTP_NOT_LOOPBACK` */
export function loopbackAddresses(host: string): readonly string[] {
  const addresses = Object.hasOwn(ADDRESSES, host) ? ADDRESSES[host] : undefined
  if (addresses !== undefined) return addresses
  throw new HttpServerError(
    'HTTP_NOT_LOOPBACK',
    `expected 127.0.0.1, ::1 or localhost, got ${host}`,
  )
}

/** The port that was taken, which the system chooses for 0. */
export async function listenOnPort(server: Server, host: string, port: number): Promise<number> {
  await listen(server, { host, port, exclusive: true }, `${host} port ${port}`)
  return (server.address() as AddressInfo).port
}

/** What a socket address of the smallest system holds (macOS: 104 bytes with the final zero). */
const SOCKET_PATH_BYTES_MAX = 103

/** Whether the system can listen at this path at all. */
export function isSocketPath(path: string): boolean {
  return Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX
}

/**
 * Replaces a socket left behind by a process that was killed, never one that answers.
 * @throws HttpServerError `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`, `HTTP_UNSAFE_PERMISSIONS`
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await requirePrivate(folder)
  if (await answers(path)) {
    throw new HttpServerError('HTTP_PORT_TAKEN', `another peer answers at ${path}`)
  }
  await rm(path, { force: true })
  await listen(server, { path }, path)
  await chmod(path, 0o600)
}

/** Refuses what another user could write to or, for a folder, look into. */
export async function requirePrivate(path: string): Promise<void> {
  const { mode, uid } = await lstat(path)
  const isOwn = process.getuid === undefined || process.getuid() === uid
  if (isOwn && (mode & 0o077) === 0) return
  throw new HttpServerError('HTTP_UNSAFE_PERMISSIONS', `${path} must be readable by you alone`, {
    fields: { mode: (mode & 0o777).toString(8) },
  })
}

function listen(server: Server, options: ListenOptions, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      if (cause.code === 'EADDRINUSE') {
        reject(new HttpServerError('HTTP_PORT_TAKEN', `${where} is in use`, { cause }))
      } else {
        const message = `cannot listen on ${where}: ${cause.message}`
        reject(new HttpServerError('HTTP_LISTEN_FAILED', message, { cause }))
      }
    }
    server.once('error', fail)
    server.listen(options, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
