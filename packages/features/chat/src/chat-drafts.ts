/**
 * What a person wants to do, judged against what this device knows, as entries to write. Pure functions: they take the
 * records they depend on and throw a `ChatError` that a face can put into words.
 */

import { checkName, utf8 } from '@hamlet/core'
import { chatDraft } from './content.ts'
import { ChatError } from './errors.ts'
import {
  CHAT_ATTACHMENTS_MAX,
  CHAT_EMOJI_BYTES_MAX,
  CHAT_MENTIONS_MAX,
  CHAT_OBSERVED_MAX,
  CHAT_TEXT_BYTES_MAX,
} from './limits.ts'
import type { Attachment } from '@hamlet/blobs'
import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { Dot } from '@hamlet/crdt'
import type { ContentDraft, Role } from '@hamlet/space'
import type { ChatMessage } from './chat-messages.ts'
import type { ChatRoom } from './chat.ts'

/** Name of the room every space begins with. */
export const DEFAULT_ROOM_NAME = 'General'

export interface ChatActor {
  readonly person: PersonId
  readonly role: Role
}

export interface NewMessage {
  readonly room: Pick<ChatRoom, 'id'> | undefined
  readonly text: string
  /** `null` when the message to reply to is not here. */
  readonly replyTo?: Pick<ChatMessage, 'id'> | null | undefined
  readonly mentions?: readonly PersonId[]
  /** With any, the text may be empty. */
  readonly attachments?: readonly Attachment[]
}

/** @throws ChatError `CHAT_BAD_NAME` */
export function draftRoom(name: string): ContentDraft {
  return chatDraft({ kind: 'room', name: checkedName(name) })
}

/** @throws ChatError `CHAT_UNKNOWN_ROOM`, `CHAT_NOT_ALLOWED`, `CHAT_BAD_NAME` */
export function draftRename(
  room: Pick<ChatRoom, 'id' | 'creator'> | undefined,
  name: string,
  actor: ChatActor,
): ContentDraft {
  const { id, creator } = knownRoom(room)
  if (actor.person !== creator && !isAdmin(actor)) {
    throw new ChatError('CHAT_NOT_ALLOWED', 'expected the creator of the room or an admin')
  }
  return chatDraft({ kind: 'rename', room: id, name: checkedName(name) })
}

/** Says again what a room is called and when it was made, to those who cannot read its own entry. */
export function draftRoomAgain({
  id: room,
  name,
  createdAtMs: madeAtMs,
}: Pick<ChatRoom, 'id' | 'name' | 'createdAtMs'>): ContentDraft {
  return chatDraft({ kind: 'room-again', room, name: checkedName(name), madeAtMs })
}

/**
 * @throws ChatError `CHAT_UNKNOWN_ROOM`, `CHAT_UNKNOWN_MESSAGE`, `CHAT_TEXT_EMPTY`, `CHAT_TEXT_TOO_LONG`,
 * `CHAT_TOO_MANY_MENTIONS`, `CHAT_TOO_MANY_FILES`
 */
export function draftMessage(message: NewMessage): ContentDraft {
  const { id: room } = knownRoom(message.room)
  const replyTo = message.replyTo === null ? known(undefined) : message.replyTo
  const mentions = [...new Set(message.mentions)]
  if (mentions.length > CHAT_MENTIONS_MAX) {
    throw new ChatError(
      'CHAT_TOO_MANY_MENTIONS',
      `expected at most ${CHAT_MENTIONS_MAX} people, got ${mentions.length}`,
    )
  }
  const { attachments = [] } = message
  if (attachments.length > CHAT_ATTACHMENTS_MAX) {
    throw new ChatError(
      'CHAT_TOO_MANY_FILES',
      `expected at most ${CHAT_ATTACHMENTS_MAX} files, got ${attachments.length}`,
    )
  }
  const isBare = attachments.length > 0 && message.text.trim() === ''
  const text = isBare ? '' : checkedText(message.text)
  return chatDraft({ kind: 'message', room, text, replyTo: replyTo?.id, mentions, attachments })
}

/**
 * @throws ChatError `CHAT_UNKNOWN_MESSAGE`, `CHAT_MESSAGE_DELETED`, `CHAT_NOT_AUTHOR`, `CHAT_NEWER_VERSION`,
 * `CHAT_TEXT_EMPTY`, `CHAT_TEXT_TOO_LONG`
 */
export function draftEdit(
  message: ChatMessage | undefined,
  text: string,
  actor: Pick<ChatActor, 'person'>,
): ContentDraft {
  const { id, author, newer } = present(message)
  if (author !== actor.person) {
    throw new ChatError('CHAT_NOT_AUTHOR', 'expected the author of the message')
  }
  if (newer) throw new ChatError('CHAT_NEWER_VERSION', 'only a newer version can change this')
  return chatDraft({ kind: 'edit', target: id, text: checkedText(text) })
}

/** @throws ChatError `CHAT_UNKNOWN_MESSAGE`, `CHAT_MESSAGE_DELETED`, `CHAT_NOT_ALLOWED` */
export function draftDelete(message: ChatMessage | undefined, actor: ChatActor): ContentDraft {
  const { id, author } = present(message)
  if (author !== actor.person && !isAdmin(actor)) {
    throw new ChatError('CHAT_NOT_ALLOWED', 'expected the author of the message or an admin')
  }
  return chatDraft({ kind: 'delete', target: id })
}

export interface NewReaction {
  readonly emoji: string
  readonly on: boolean
  /** Switches of this reaction by the person's devices that are on, from `Chat.ownReactions`. */
  readonly observed: readonly Dot<DeviceId>[]
}

/** @throws ChatError `CHAT_UNKNOWN_MESSAGE`, `CHAT_MESSAGE_DELETED`, `CHAT_BAD_EMOJI` */
export function draftReaction(
  message: ChatMessage | undefined,
  { emoji, on, observed }: NewReaction,
): ContentDraft {
  const { id } = present(message)
  return chatDraft({
    kind: 'react',
    target: id,
    emoji: checkedEmoji(emoji),
    on,
    observed: observed.slice(0, CHAT_OBSERVED_MAX),
  })
}

/** Everything of the message's room up to it is read. @throws ChatError `CHAT_UNKNOWN_MESSAGE` */
export function draftRead(
  message: Pick<ChatMessage, 'id' | 'room' | 'time'> | undefined,
): ContentDraft {
  const { id, room, time } = known(message)
  return chatDraft({ kind: 'read', room, upTo: { time, id } })
}

function isAdmin({ role }: ChatActor): boolean {
  return role === 'admin' || role === 'owner'
}

function known<T>(message: T | undefined): T {
  if (message !== undefined) return message
  throw new ChatError('CHAT_UNKNOWN_MESSAGE', 'no such message here')
}

function present(message: ChatMessage | undefined): ChatMessage {
  if (known(message).deleted === undefined) return known(message)
  throw new ChatError('CHAT_MESSAGE_DELETED', 'the message was deleted')
}

function knownRoom<T extends { readonly id: EntryId }>(room: T | undefined): T {
  if (room !== undefined) return room
  throw new ChatError('CHAT_UNKNOWN_ROOM', 'expected a room of this space')
}

function checkedName(name: string): string {
  const checked = checkName(name)
  if (checked.ok) return checked.value
  throw new ChatError('CHAT_BAD_NAME', checked.error.message, { cause: checked.error })
}

/** The text as typed: only nothing at all is refused, and what is not Unicode. */
function checkedText(text: string): string {
  if (text.trim() === '') throw new ChatError('CHAT_TEXT_EMPTY', 'expected some text')
  const wellFormed = text.toWellFormed()
  const length = wellFormed.length > CHAT_TEXT_BYTES_MAX ? Infinity : utf8(wellFormed).length
  if (length <= CHAT_TEXT_BYTES_MAX) return wellFormed
  throw new ChatError(
    'CHAT_TEXT_TOO_LONG',
    `expected at most ${CHAT_TEXT_BYTES_MAX} bytes of text`,
    { fields: { limit: CHAT_TEXT_BYTES_MAX } },
  )
}

const EMOJI = /^(?:\p{RGI_Emoji}|\p{Emoji_Presentation}|\p{Extended_Pictographic})$/v

function checkedEmoji(emoji: string): string {
  const fits = emoji.length <= CHAT_EMOJI_BYTES_MAX && utf8(emoji).length <= CHAT_EMOJI_BYTES_MAX
  if (fits && EMOJI.test(emoji)) return emoji
  throw new ChatError('CHAT_BAD_EMOJI', 'expected one emoji')
}
