/** A file over a bare TCP connection in a process of its own: nothing encrypted, nothing verified. The floor of a download. */

import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { serveContest } from './contest-child.ts'

const PIECE_BYTES = 256 * 1024

serveContest<{ readonly port: number }>({
  async seed(file) {
    const server = createServer((socket) => {
      void pipeline(createReadStream(file, { highWaterMark: PIECE_BYTES }), socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port }
  },

  async load([first], to) {
    const socket = connect({ port: first!.port, host: '127.0.0.1' })
    await pipeline(socket, createWriteStream(to, { highWaterMark: 4 * PIECE_BYTES }))
  },
})
