/**
 * A later version of the software, for worlds in which not everybody has updated: this one, and what it does not know.
 *
 * It knows rules that the others do not know, writes one more type of content (`chat.message.poll`) and shows it in its chat, and says two more things on every
 * connection: its version, right behind its greeting, and a message about a space. Nothing of this is in the product.
 */

import { encodeCbor } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import { chatView } from '@hamlet/chat'
import type { ChatChange } from '@hamlet/chat'
import { decodeSyncMessage, LATER_KIND_MIN, RULES_VERSION, SYNC_PROTOCOL } from '@hamlet/space'
import type { ViewDefinition } from '@hamlet/space/view'
import type { NodeNet } from './sim-net.ts'

export const LATER_TYPE = 'chat.message.poll'
/** Where a poll stands in the later chat, behind it the entry. */
export const POLL_PREFIX = 'later-poll/'
/** Of what later devices write, so much is of the later type. */
export const LATER_WRITE_RATE = 0.6

/** The rules that the later version knows. */
export const LATER_RULES = RULES_VERSION + 1
/** Of what an owner with the later version does, so much is to raise the rules to them. */
export const RAISE_RATE = 0.15

const LATER_VERSION = 2
const [VERSION_KIND, NEWS_KIND] = [LATER_KIND_MIN, LATER_KIND_MIN + 1]

/** `learns`: false is a planted bug: the type is not among those folded. */
export function laterChatView(learns: boolean): ViewDefinition<ChatChange> {
  const view = chatView()
  const types = new Map(view.types)
  if (learns) types.set(LATER_TYPE, 'writer')
  return {
    ...view,
    types,
    fold: (entry, state) => {
      if (entry.type !== LATER_TYPE) return view.fold(entry, state)
      state.put(POLL_PREFIX + entry.id, [entry.person, entry.value])
    },
  }
}

/** What a later device says beside what it says today, and what it hears of that. */
export function laterNet(net: NodeNet, onHeard: () => void): NodeNet {
  return {
    self: net.self,
    get banned() {
      return net.banned
    },
    peers: () => net.peers(),
    disconnect: (peer, reason, banMs) => net.disconnect(peer, reason, banMs),
    send: (peer, protocol, bytes) => {
      const hasRoom = net.send(peer, protocol, bytes)
      const more = laterWords(bytes)
      return more === undefined ? hasRoom : net.send(peer, SYNC_PROTOCOL, encodeCbor(more))
    },
    subscribe: (handler) =>
      net.subscribe({
        peerUp: (peer) => handler.peerUp(peer),
        peerDown: (peer) => handler.peerDown(peer),
        drain: (peer) => handler.drain(peer),
        message: (peer, protocol, bytes) => {
          if (isLaterWord(bytes)) onHeard()
          else handler.message(peer, protocol, bytes)
        },
      }),
  }
}

/** What follows a message. */
function laterWords(bytes: Uint8Array): CborValue | undefined {
  const decoded = decodeSyncMessage(bytes)
  if (!decoded.ok) return undefined
  const message = decoded.value
  if (message.kind === 'hello') return [VERSION_KIND, LATER_VERSION]
  if (message.kind === 'frontier') return [NEWS_KIND, message.handle, 'nobody types here']
  return undefined
}

function isLaterWord(bytes: Uint8Array): boolean {
  const decoded = decodeSyncMessage(bytes)
  if (!decoded.ok || decoded.value.kind !== 'later') return false
  return decoded.value.number <= NEWS_KIND
}
