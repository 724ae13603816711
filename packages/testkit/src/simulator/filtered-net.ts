/** A face of a node's network that knows some of its peers only: with two of them one device can tell two stories. */

import type { NetHandler } from '@hamlet/core'
import type { NodeNet } from './sim-net.ts'

export function filteredNet(net: NodeNet, knows: (peer: string) => boolean): NodeNet {
  return {
    self: net.self,
    get banned() {
      return net.banned
    },
    peers: () => net.peers().filter(knows),
    send: (peer, protocol, bytes) => !knows(peer) || net.send(peer, protocol, bytes),
    disconnect: (peer, reason, banMs) => {
      if (knows(peer)) net.disconnect(peer, reason, banMs)
    },
    subscribe: (handler) => net.subscribe(filtered(handler, knows)),
  }
}

function filtered(handler: NetHandler, knows: (peer: string) => boolean): NetHandler {
  return {
    peerUp: (peer) => knows(peer) && handler.peerUp(peer),
    peerDown: (peer) => knows(peer) && handler.peerDown(peer),
    drain: (peer) => knows(peer) && handler.drain(peer),
    message: (peer, protocol, bytes) => knows(peer) && handler.message(peer, protocol, bytes),
  }
}
