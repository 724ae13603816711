/** The view of chat: what `openViewRunner` is given. */

import { foldChat, messageSeries } from './chat-fold.ts'
import { CHAT_TYPES, decodeChat, LATER_MESSAGE_PREFIX, roomOfLater } from './content.ts'
import { leafKey } from './count-tree.ts'
import {
  lateKey,
  messageKey,
  newestKey,
  pendingKey,
  readPrefix,
  roomAgainKey,
  roomKey,
} from './keys.ts'
import type { EntryId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import { positionText } from '@hamlet/space/entry-position'
import type { LocalFacts, ViewDefinition, ViewState } from '@hamlet/space/view'
import type { ChatChange } from './chat-fold.ts'

export interface ChatViewOptions {
  /** Messages dated before this are history, never late: when this device joined. @default 0 */
  readonly historyBeforeMs?: number
}

const VERSION = 5

export function chatView(options: ChatViewOptions = {}): ViewDefinition<ChatChange> {
  const { historyBeforeMs = 0 } = options
  return {
    name: 'chat',
    version: VERSION,
    types: CHAT_TYPES,
    roleOfUnknown: (type) => (type.startsWith(LATER_MESSAGE_PREFIX) ? 'writer' : undefined),
    reads,
    fold: foldChat,
    arrive: (entry, state, local) => noteLate(entry, state, local, historyBeforeMs),
  }
}

/** What differs from entry to entry; what most have in common is nearly always at hand. */
function reads(entry: ContentEntry): readonly string[] {
  const content = decodeChat(entry.type, entry.value)
  switch (content?.kind) {
    case undefined:
      return roomOfLater(entry.type, entry.value) === undefined ? [] : [messageKey(entry.id)]
    case 'room':
      return [roomKey(entry.id), pendingKey(entry.id)]
    case 'rename':
      return [roomKey(content.room), roomAgainKey(content.room)]
    case 'room-again':
      return [roomAgainKey(content.room)]
    case 'message':
      return [
        messageKey(entry.id),
        ...messageSeries(entry.person, content.mentions).map((series) =>
          leafKey(content.room, series, entry.time.milliseconds),
        ),
      ]
    case 'read':
      return [readPrefix(content.room) + entry.person]
    case 'edit':
    case 'delete':
    case 'react':
      return [messageKey(content.target)]
  }
}

/** A message that arrives when a newer one of its room is already here would be overlooked: it is marked. */
function noteLate(
  entry: ContentEntry,
  state: ViewState<ChatChange>,
  local: LocalFacts,
  historyBeforeMs: number,
): void {
  const room = roomOfMessage(entry)
  if (room === undefined || entry.time.milliseconds < historyBeforeMs) return
  const newest = state.get(newestKey(room))
  if (typeof newest !== 'string' || newest <= positionText(entry)) return
  local.put(lateKey(entry.id), true)
}

function roomOfMessage({ type, value }: ContentEntry): EntryId | undefined {
  const content = decodeChat(type, value)
  return content?.kind === 'message' ? content.room : roomOfLater(type, value)
}
