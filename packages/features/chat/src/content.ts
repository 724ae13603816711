/**
 * The content types of chat and their strict decoders. `docs/formats/chat.md` has the same table.
 *
 *     TYPE              VALUE (CBOR array)                                              LEAST ROLE
 *     chat.room         [name 1-200 B]                                                  writer
 *     chat.room-rename  [room 32 B, name 1-200 B]                                       writer
 *     chat.room-again   [room 32 B, name 1-200 B, made at: milliseconds]                writer
 *     chat.message      [room 32 B, text 1-16,384 B, reply to 32 B | null, people ≤ 64]  writer
 *     chat.message.files [room 32 B, text ≤ 16,384 B, reply to 32 B | null, people ≤ 64, ATTACHMENT 1-16]  writer
 *     chat.edit         [message 32 B, text 1-16,384 B]                                 writer
 *     chat.delete       [message 32 B]                                                  writer
 *     chat.react        [message 32 B, emoji 1-32 B, on, [[device 32 B, sequence] ≤ 16]] writer
 *     chat.read         [room 32 B, [milliseconds, counter, message 32 B]]              reader
 *
 * ATTACHMENT is `attachment.ts` of `@hamlet/blobs`. A message without files is a `chat.message` as ever.
 *
 * Another type `chat.message.…` is a message of a later version: of its value only the room is read, which stands first.
 * Any other value that does not decode is ignored, on every device alike. So nothing here depends on Unicode tables: whether a
 * name or an emoji is fit to be shown is judged when it is written and again when it is shown.
 */

import { attachmentToCbor, readAttachment } from '@hamlet/blobs'
import type { Attachment } from '@hamlet/blobs'
import { bytesToId, ID_BYTES, NAME_BYTES_MAX, idToBytes, readFields } from '@hamlet/core'
import { HYBRID_COUNTER_MAX, HYBRID_MILLISECONDS_MAX } from '@hamlet/crdt'
import {
  CHAT_ATTACHMENTS_MAX,
  CHAT_EMOJI_BYTES_MAX,
  CHAT_MENTIONS_MAX,
  CHAT_OBSERVED_MAX,
  CHAT_SEQ_MAX,
  CHAT_TEXT_BYTES_MAX,
} from './limits.ts'
import type { CborValue, DeviceId, EntryId, FieldReader, PersonId } from '@hamlet/core'
import type { Dot } from '@hamlet/crdt'
import type { ContentDraft, Role } from '@hamlet/space'
import type { EntryPosition } from '@hamlet/space/view'

/** A place in a room's order. */
export type ChatPosition = EntryPosition

export type ChatContent =
  | { readonly kind: 'room'; readonly name: string }
  | { readonly kind: 'rename'; readonly room: EntryId; readonly name: string }
  /** For those who cannot read the room's own entry: what it is called and when it was made. */
  | {
      readonly kind: 'room-again'
      readonly room: EntryId
      readonly name: string
      readonly madeAtMs: number
    }
  | {
      readonly kind: 'message'
      readonly room: EntryId
      readonly text: string
      readonly replyTo: EntryId | undefined
      readonly mentions: readonly PersonId[]
      /** At least one, and the text may be empty; absent in a message without files. */
      readonly attachments?: readonly Attachment[]
    }
  | { readonly kind: 'edit'; readonly target: EntryId; readonly text: string }
  | { readonly kind: 'delete'; readonly target: EntryId }
  | {
      readonly kind: 'react'
      readonly target: EntryId
      readonly emoji: string
      readonly on: boolean
      readonly observed: readonly Dot<DeviceId>[]
    }
  | { readonly kind: 'read'; readonly room: EntryId; readonly upTo: ChatPosition }

export type ChatContentType =
  | 'chat.room'
  | 'chat.room-rename'
  | 'chat.room-again'
  | 'chat.message'
  | 'chat.message.files'
  | 'chat.edit'
  | 'chat.delete'
  | 'chat.react'
  | 'chat.read'

export const CHAT_TYPES: ReadonlyMap<string, Role> = new Map<ChatContentType, Role>([
  ['chat.room', 'writer'],
  ['chat.room-rename', 'writer'],
  ['chat.room-again', 'writer'],
  ['chat.message', 'writer'],
  ['chat.message.files', 'writer'],
  ['chat.edit', 'writer'],
  ['chat.delete', 'writer'],
  ['chat.react', 'writer'],
  ['chat.read', 'reader'],
])

/** What the value says, or `undefined` for another type and for anything malformed. */
export function decodeChat(type: string, value: CborValue): ChatContent | undefined {
  const read = READERS.get(type)
  if (read === undefined) return undefined
  const decoded = readFields(value, type, read)
  return decoded.ok ? decoded.value : undefined
}

/** How later versions name messages of another form: those that do not know it show that something is there. */
export const LATER_MESSAGE_PREFIX = 'chat.message.'

/** Of a message of a later version the room, which is all that is known of it; `undefined` for everything else. */
export function roomOfLater(type: string, value: CborValue): EntryId | undefined {
  if (!type.startsWith(LATER_MESSAGE_PREFIX) || READERS.has(type)) return undefined
  const [room] = Array.isArray(value) ? (value as readonly CborValue[]) : []
  const isId = room instanceof Uint8Array && room.length === ID_BYTES
  return isId ? bytesToId<EntryId>(room) : undefined
}

/** The entry to write; the inverse of `decodeChat`. The caller has checked the limits. */
export function chatDraft(content: ChatContent): ContentDraft {
  switch (content.kind) {
    case 'room':
      return { type: 'chat.room', value: [content.name] }
    case 'rename':
      return { type: 'chat.room-rename', value: [idToBytes(content.room), content.name] }
    case 'room-again':
      return { type: 'chat.room-again', value: againValue(content) }
    case 'message':
      return messageDraft(content)
    case 'edit':
      return { type: 'chat.edit', value: [idToBytes(content.target), content.text] }
    case 'delete':
      return { type: 'chat.delete', value: [idToBytes(content.target)] }
    case 'react':
      return { type: 'chat.react', value: reactValue(content) }
    case 'read':
      return { type: 'chat.read', value: readValue(content) }
  }
}

function againValue(content: Extract<ChatContent, { kind: 'room-again' }>): CborValue {
  const { room, name, madeAtMs } = content
  return [idToBytes(room), name, madeAtMs]
}

function messageDraft(content: Extract<ChatContent, { kind: 'message' }>): ContentDraft {
  const { room, text, replyTo, mentions, attachments } = content
  const reply = replyTo ? idToBytes(replyTo) : null
  const value = [idToBytes(room), text, reply, mentions.map(idToBytes)]
  if (attachments === undefined || attachments.length === 0) {
    return { type: 'chat.message', value }
  }
  return { type: 'chat.message.files', value: [...value, attachments.map(attachmentToCbor)] }
}

function reactValue(content: Extract<ChatContent, { kind: 'react' }>): CborValue {
  const { target, emoji, on, observed } = content
  const dots = observed.map(({ replica, seq }) => [idToBytes(replica), seq])
  return [idToBytes(target), emoji, on, dots]
}

function readValue({ room, upTo }: Extract<ChatContent, { kind: 'read' }>): CborValue {
  const { milliseconds, counter } = upTo.time
  return [idToBytes(room), [milliseconds, counter, idToBytes(upTo.id)]]
}

const READERS = new Map<string, (fields: FieldReader) => ChatContent>([
  ['chat.room', (fields) => ({ kind: 'room', name: fields.text(NAME_BYTES_MAX, 1) })],
  [
    'chat.room-rename',
    (fields) => ({ kind: 'rename', room: fields.id(), name: fields.text(NAME_BYTES_MAX, 1) }),
  ],
  [
    'chat.room-again',
    (fields) => ({
      kind: 'room-again',
      room: fields.id(),
      name: fields.text(NAME_BYTES_MAX, 1),
      madeAtMs: fields.uint(HYBRID_MILLISECONDS_MAX),
    }),
  ],
  [
    'chat.message',
    (fields) => ({
      kind: 'message',
      room: fields.id(),
      text: fields.text(CHAT_TEXT_BYTES_MAX, 1),
      replyTo: fields.optional(() => fields.id<EntryId>()),
      mentions: readMentions(fields),
    }),
  ],
  [
    'chat.message.files',
    (fields) => ({
      kind: 'message',
      room: fields.id(),
      text: fields.text(CHAT_TEXT_BYTES_MAX),
      replyTo: fields.optional(() => fields.id<EntryId>()),
      mentions: readMentions(fields),
      attachments: fields.list(CHAT_ATTACHMENTS_MAX, (item) => item.tuple(readAttachment), 1),
    }),
  ],
  [
    'chat.edit',
    (fields) => ({
      kind: 'edit',
      target: fields.id(),
      text: fields.text(CHAT_TEXT_BYTES_MAX, 1),
    }),
  ],
  ['chat.delete', (fields) => ({ kind: 'delete', target: fields.id() })],
  [
    'chat.react',
    (fields) => ({
      kind: 'react',
      target: fields.id(),
      emoji: fields.text(CHAT_EMOJI_BYTES_MAX, 1),
      on: fields.boolean(),
      observed: fields.list(CHAT_OBSERVED_MAX, (item) => item.tuple(readDot)),
    }),
  ],
  [
    'chat.read',
    (fields) => ({ kind: 'read', room: fields.id(), upTo: fields.tuple(readPosition) }),
  ],
])

function readMentions(fields: FieldReader): readonly PersonId[] {
  return fields.list(CHAT_MENTIONS_MAX, (item) => item.id<PersonId>())
}

function readDot(fields: FieldReader): Dot<DeviceId> {
  return { replica: fields.id(), seq: fields.uint(CHAT_SEQ_MAX) }
}

function readPosition(fields: FieldReader): ChatPosition {
  const milliseconds = fields.uint(HYBRID_MILLISECONDS_MAX)
  const counter = fields.uint(HYBRID_COUNTER_MAX)
  return { time: { milliseconds, counter }, id: fields.id() }
}
