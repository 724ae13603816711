/** Where the process that holds a log takes commands about it. */

import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { join, relative } from 'node:path'

/** The socket in a log's folder, by the shorter of its names: the system takes about a hundred bytes. */
export function holderSocketPath(directory: string): string {
  const path = join(directory, 'commands.sock')
  const near = relative(process.cwd(), path)
  return near.length < path.length ? near : path
}

/** `undefined`: nobody listens there; a process that was killed leaves a socket that leads nowhere. */
export function connectToHolder(directory: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(holderSocketPath(directory))
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}
