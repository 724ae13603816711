/**
 * Listeners that end: whatever was accepted is destroyed when they close.
 *
 * A TCP server has closed when its last socket has. libp2p's listeners lose sight of sockets: of those that the other end
 * has half closed, and of those on which a WebSocket listener has not heard a byte yet. One such socket, of a peer that is
 * frozen, cut off or a stranger, would keep the listener closing for as long as it likes. Here each is known by the server.
 *
 * Invariant: after `close`, no socket that came in through the listener is open.
 */

import { Server } from 'node:net'
import { assert } from '@hamlet/core'
import type { Socket } from 'node:net'
import type { Listener, Transport } from '@libp2p/interface'

/** `silentMs`: an accepted socket that says nothing for so long is destroyed, until its protocol takes its timer over. */
export function ownListeners(transport: Transport, silentMs = 0): Transport {
  const createListener = transport.createListener.bind(transport)
  transport.createListener = (options) => own(createListener(options), silentMs)
  return transport
}

function own(listener: Listener, silentMs: number): Listener {
  const { server } = listener as Listener & { readonly server?: unknown }
  assert(server instanceof Server, 'a listener of libp2p has a server')
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    if (silentMs > 0) socket.setTimeout(silentMs, () => socket.destroy())
  })
  const close = listener.close.bind(listener)
  listener.close = async () => {
    const closed = close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return listener
}
