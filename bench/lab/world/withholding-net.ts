/**
 * The network of a hostile member of Hamlet who passes nothing on: it takes what others write, sends what it writes
 * itself, and answers as if there were nothing else. It breaks no rule that a peer could check.
 */

import type { DeviceId } from '@hamlet/core'
import { decodeSyncMessage, encodeSyncMessage } from '@hamlet/space'
import type { NodeNet, SimNet } from '@hamlet/testkit/simulator'

export function withholding(net: SimNet): NodeNet {
  const own = net.self as DeviceId
  return {
    self: net.self,
    get banned() {
      return net.banned
    },
    peers: () => net.peers(),
    disconnect: (peer, reason, banMs) => net.disconnect(peer, reason, banMs),
    subscribe: (handler) => net.subscribe(handler),
    send: (peer, protocol, bytes) => {
      const kept = keepOwn(own, bytes)
      return kept === undefined || net.send(peer, protocol, kept)
    },
  }
}

/** What is left of a message when everything about others is taken out; `undefined`: nothing. */
function keepOwn(own: DeviceId, bytes: Uint8Array): Uint8Array | undefined {
  const decoded = decodeSyncMessage(bytes)
  if (!decoded.ok) return bytes
  const message = decoded.value
  switch (message.kind) {
    case 'vector':
    case 'have': {
      const items = message.items.filter(({ device }) => device === own)
      return items.length === 0 ? undefined : encodeSyncMessage({ ...message, items })
    }
    case 'range':
      return message.device === own ? bytes : undefined
    case 'holding':
    case 'branch':
      return undefined
    case 'hello':
    case 'tags':
    case 'frontier':
    case 'want':
    case 'fork':
    case 'join':
    case 'join-state':
    case 'want-branch':
    case 'later':
      return bytes
  }
}
