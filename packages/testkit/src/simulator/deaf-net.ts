/** A planted bug for the canary: a network that loses whatever of any length one peer sends. */

import type { NodeNet } from './sim-net.ts'

/** Greetings and small talk still arrive, entries do not. */
const HEARD_BYTES_MAX = 300

export function deafTo(net: NodeNet, unheard: string): NodeNet {
  return {
    self: net.self,
    get banned() {
      return net.banned
    },
    peers: () => net.peers(),
    send: (peer, protocol, bytes) => net.send(peer, protocol, bytes),
    disconnect: (peer, reason, banMs) => net.disconnect(peer, reason, banMs),
    subscribe: (handler) =>
      net.subscribe({
        peerUp: (peer) => handler.peerUp(peer),
        peerDown: (peer) => handler.peerDown(peer),
        drain: (peer) => handler.drain(peer),
        message: (peer, protocol, bytes) => {
          if (peer === unheard && bytes.length > HEARD_BYTES_MAX) return
          handler.message(peer, protocol, bytes)
        },
      }),
  }
}
