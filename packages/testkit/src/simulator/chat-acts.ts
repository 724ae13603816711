/**
 * What people do in a chat: drafts made from what the device shows, by the same functions as the app's.
 *
 * Messages to answer, edit or delete are picked from the newest of a room, rooms from those there are.
 */

import {
  draftDelete,
  draftEdit,
  draftMessage,
  draftReaction,
  draftRead,
  draftRename,
  draftRoom,
} from '@hamlet/chat'
import type { ChatActor, ChatMessage, ChatRoom } from '@hamlet/chat'
import { idToBytes } from '@hamlet/core'
import type { ContentDraft } from '@hamlet/space'
import { LATER_TYPE } from './later-version.ts'
import type { ReachedState } from './reached.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimSpace } from './sim-space.ts'

export type ChatAct =
  | 'send'
  | 'reply'
  | 'edit'
  | 'delete'
  | 'react'
  | 'read'
  | 'room'
  | 'rename'
  | 'burst'

export const CHAT_ACTS: readonly ChatAct[] = [
  ...(['send', 'send', 'send', 'send', 'send', 'reply', 'reply', 'edit', 'edit'] as const),
  ...(['delete', 'react', 'react', 'read', 'read', 'room', 'rename', 'burst'] as const),
]

export const REACHED_BY_ACT: Partial<Record<ChatAct, ReachedState>> = {
  reply: 'reply',
  edit: 'message edited',
  delete: 'message deleted',
  react: 'reaction',
  read: 'read mark',
}

/** In every text of the workload: where nothing may be read, this must not be found. */
export const PLAINTEXT_MARK = 'plaintext'

const EMOJI = ['👍', '🎉', '❤️']

/** `undefined`: there is nothing to do that with. */
export async function draftAct(
  random: SeededRandom,
  space: SimSpace,
  act: ChatAct,
): Promise<ContentDraft | undefined> {
  const actor = actorIn(space)
  const text = `${act} ${PLAINTEXT_MARK} ${random.uint32()}`
  if (act === 'room') return draftRoom(text)
  const rooms = await space.chat.rooms()
  if (rooms.length === 0) return act === 'send' ? draftRoom('General') : undefined
  const room = random.pick(rooms)
  if (act === 'rename') return draftRename(room, text, actor)
  if (act === 'send' || act === 'burst') return draftMessage({ room, text })
  const message = await pickMessage(random, space, room, actor)
  return message && draftOn(random, space, act, message, actor)
}

/** What only the later version knows; `undefined`: there is no room to ask in. */
export async function draftPoll(
  random: SeededRandom,
  space: SimSpace,
): Promise<ContentDraft | undefined> {
  const rooms = await space.chat.rooms()
  if (rooms.length === 0) return undefined
  const room = random.pick(rooms).id
  const question = `poll ${PLAINTEXT_MARK} ${random.uint32()}`
  return { type: LATER_TYPE, value: [idToBytes(room), question, ['yes', 'no']] }
}

async function draftOn(
  random: SeededRandom,
  space: SimSpace,
  act: ChatAct,
  message: ChatMessage,
  actor: ChatActor,
): Promise<ContentDraft> {
  if (act === 'reply') {
    return draftMessage({ room: { id: message.room }, text: 'reply', replyTo: message })
  }
  if (act === 'edit') return draftEdit(message, `edit ${random.uint32()}`, actor)
  if (act === 'delete') return draftDelete(message, actor)
  if (act === 'read') return draftRead(message)
  const emoji = random.pick(EMOJI)
  const observed = await space.chat.ownReactions(message.id, actor.person, emoji)
  return draftReaction(message, { emoji, on: observed.length === 0, observed })
}

async function pickMessage(
  random: SeededRandom,
  space: SimSpace,
  room: ChatRoom,
  actor: ChatActor,
): Promise<ChatMessage | undefined> {
  const { messages } = await space.chat.page({ room: room.id, limit: 20 }, actor.person)
  return messages.length === 0 ? undefined : random.pick(messages)
}

function actorIn({ space }: SimSpace): ChatActor {
  return { person: space.identity.person, role: space.ownRole ?? 'reader' }
}
