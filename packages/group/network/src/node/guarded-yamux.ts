/**
 * yamux that survives a connection closing under it.
 *
 * yamux 8 announces a new stream in a microtask and resets streams whenever it pleases. If the connection has closed in
 * between, the write throws where nobody can catch it, and a peer that hangs up at the right moment would end the
 * process. Here a write to a closed connection is dropped instead: its streams learn of the end by the connection's own
 * `close`, which has happened already. How it reads is in `yamux-reads.ts`.
 */

import { yamux } from '@chainsafe/libp2p-yamux'
import { deliverInParts } from './yamux-reads.ts'
import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'

type YamuxInit = Parameters<typeof yamux>[0]

export function guardedYamux(init: YamuxInit): () => StreamMuxerFactory {
  return () => {
    const factory = yamux(init)()
    return {
      protocol: factory.protocol,
      createStreamMuxer: (connection) => {
        const muxer = factory.createStreamMuxer(guard(connection))
        deliverInParts(muxer, connection)
        return muxer
      },
    }
  }
}

function guard(connection: MessageStream): MessageStream {
  const send = connection.send.bind(connection)
  connection.send = (data) => {
    try {
      return send(data)
    } catch (error) {
      if ((error as Error).name === 'StreamStateError') return false
      throw error
    }
  }
  return connection
}
