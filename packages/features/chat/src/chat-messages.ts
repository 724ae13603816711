/** Messages as a reader sees them, put together from the records around them. */

import type { Attachment } from '@hamlet/blobs'
import { compareHybridTimes, isLaneOn } from '@hamlet/crdt'
import { lateKey, messageKey, reactionPrefix, readPrefix, versionPrefix } from './keys.ts'
import { CHAT_REACTIONS_READ_MAX } from './limits.ts'
import { AWAITED, decodeLane, decodeMessage, decodeRead } from './records.ts'
import type { CborValue, DeviceId, EntryId, EpochId, PersonId } from '@hamlet/core'
import type { Dot, HybridTime } from '@hamlet/crdt'
import { comparePositions, keyPosition } from '@hamlet/space/entry-position'
import type { ViewReader } from '@hamlet/space/view'
import type { MessageRecord, ReadRecord } from './records.ts'

/** Text of another message shown beside one: UTF-16 units. */
export const CHAT_PREVIEW_LENGTH_MAX = 280

export interface ChatReaction {
  readonly emoji: string
  readonly people: readonly PersonId[]
}

export interface ChatMessage {
  readonly id: EntryId
  readonly room: EntryId
  readonly author: PersonId
  /** With `seq`: which entry it is, to ask the space who holds it. */
  readonly device: DeviceId
  readonly seq: number
  readonly epoch: EpochId
  readonly time: HybridTime
  readonly atMs: number
  /** Empty when deleted. */
  readonly text: string
  /** `author` is `undefined` when that message is not here. */
  readonly replyTo:
    | { readonly id: EntryId; readonly author: PersonId | undefined; readonly text: string }
    | undefined
  readonly editedAtMs: number | undefined
  readonly deleted: { readonly person: PersonId; readonly atMs: number } | undefined
  /** Written by a newer version, which alone can show it; the text is empty. */
  readonly newer: boolean
  /** It reached this device after newer messages were here. */
  readonly late: boolean
  readonly mentions: readonly PersonId[]
  readonly attachments: readonly Attachment[]
  readonly reactions: readonly ChatReaction[]
  /** People, not the author, whose read mark has reached it. */
  readonly readBy: readonly PersonId[]
}

export interface ChatVersion {
  readonly id: EntryId
  readonly text: string
  readonly atMs: number
}

export interface ChatMessageDetail extends ChatMessage {
  /** Oldest first in the order of the room; none when deleted, nor of a newer version's. */
  readonly versions: readonly ChatVersion[]
  /** Readers with the time of the mark that reached it, or of a later one. */
  readonly readers: readonly { readonly person: PersonId; readonly atMs: number }[]
}

export interface ChatReader extends ViewReader {
  readonly local: ViewReader
}

/** So often a message is read again that was changed while it was read. */
const READS_MAX = 8

/** In the order asked; `undefined` for what is not here. */
export async function readMessages(
  view: ChatReader,
  ids: readonly EntryId[],
): Promise<readonly (ChatMessage | undefined)[]> {
  const { messages, reacted } = await readParts(view, ids)
  // A deletion takes text and reactions at once; it may have been stored between the reading of the two.
  const now = await readRecords(view, reacted)
  const deleted = reacted.filter((_, i) => now[i]?.deleted !== undefined)
  if (deleted.length === 0) return messages
  const again = await readParts(view, deleted)
  const byId = new Map(again.messages.flatMap((each) => (each ? [[each.id, each] as const] : [])))
  return messages.map((message) => message && (byId.get(message.id) ?? message))
}

/** `reacted`: whose reactions were read. */
async function readParts(
  view: ChatReader,
  ids: readonly EntryId[],
): Promise<{
  readonly messages: readonly (ChatMessage | undefined)[]
  readonly reacted: readonly EntryId[]
}> {
  const records = await readRecords(view, ids)
  const lateFacts = await view.local.getMany(ids.map(lateKey))
  const replies = await readReplies(view, records)
  const marks = new Map<EntryId, ReadonlyMap<PersonId, ReadRecord>>()
  const messages: (ChatMessage | undefined)[] = []
  for (const [i, record] of records.entries()) {
    if (record === undefined) {
      messages.push(undefined)
      continue
    }
    if (!marks.has(record.room)) marks.set(record.room, await readMarks(view, record.room))
    const id = ids[i]!
    messages.push({
      ...plainMessage(id, record, replies),
      late: lateFacts[i] === true,
      reactions: record.reacted ? await readReactions(view, id) : [],
      readBy: readersOf(id, record, marks.get(record.room)!).map(({ person }) => person),
    })
  }
  return { messages, reacted: ids.filter((_, i) => records[i]?.reacted === true) }
}

export async function readDetail(
  view: ChatReader,
  id: EntryId,
): Promise<ChatMessageDetail | undefined> {
  let detail: ChatMessageDetail | undefined
  for (let reads = 0; reads < READS_MAX; reads++) {
    detail = await readDetailOnce(view, id)
    if (detail === undefined) return undefined
    // An edit or a deletion came while it was put together: it never was like that.
    const isWhole =
      detail.newer || detail.deleted !== undefined || detail.versions.at(-1)?.text === detail.text
    if (isWhole) return detail
  }
  return detail
}

async function readDetailOnce(
  view: ChatReader,
  id: EntryId,
): Promise<ChatMessageDetail | undefined> {
  const [message] = await readMessages(view, [id])
  const [record] = await readRecords(view, [id])
  if (message === undefined || record === undefined) return undefined
  const readers = readersOf(id, record, await readMarks(view, record.room))
  const versions = message.deleted === undefined ? await readVersions(view, id, record) : []
  return { ...message, readers, versions }
}

export async function readRecords(
  view: ViewReader,
  ids: readonly EntryId[],
): Promise<readonly (MessageRecord | undefined)[]> {
  return (await view.getMany(ids.map(messageKey))).map(toRecord)
}

export async function readMarks(
  view: ViewReader,
  room: EntryId,
): Promise<ReadonlyMap<PersonId, ReadRecord>> {
  const marks = new Map<PersonId, ReadRecord>()
  const prefix = readPrefix(room)
  for await (const [key, value] of view.range(prefix)) {
    marks.set(key.slice(prefix.length) as PersonId, decodeRead(value))
  }
  return marks
}

/** The beginning of a text, for showing it beside something else. */
export function previewText(text: string): string {
  if (text.length <= CHAT_PREVIEW_LENGTH_MAX) return text
  return `${text
    .slice(0, CHAT_PREVIEW_LENGTH_MAX)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`
}

function toRecord(value: CborValue | undefined): MessageRecord | undefined {
  return value === undefined || value === AWAITED ? undefined : decodeMessage(value)
}

function plainMessage(
  id: EntryId,
  record: MessageRecord,
  replies: ReadonlyMap<EntryId, MessageRecord>,
): Omit<ChatMessage, 'late' | 'reactions' | 'readBy'> {
  const { room, author, device, seq, epoch, time, text, mentions, newer } = record
  const { attachments, deleted, written } = record
  return {
    id,
    room,
    author,
    device,
    seq,
    epoch,
    time,
    text,
    mentions,
    attachments,
    newer,
    atMs: time.milliseconds,
    replyTo: record.replyTo && toReply(record.replyTo, replies),
    editedAtMs: written?.time.milliseconds,
    deleted: deleted && { person: deleted.person, atMs: deleted.time.milliseconds },
  }
}

function toReply(
  id: EntryId,
  replies: ReadonlyMap<EntryId, MessageRecord>,
): NonNullable<ChatMessage['replyTo']> {
  const target = replies.get(id)
  return { id, author: target?.author, text: previewText(target?.text ?? '') }
}

async function readReplies(
  view: ViewReader,
  records: readonly (MessageRecord | undefined)[],
): Promise<ReadonlyMap<EntryId, MessageRecord>> {
  const ids = [...new Set(records.flatMap((record) => record?.replyTo ?? []))]
  const targets = await readRecords(view, ids)
  return new Map(ids.flatMap((id, i) => (targets[i] ? [[id, targets[i]] as const] : [])))
}

async function readReactions(view: ViewReader, id: EntryId): Promise<readonly ChatReaction[]> {
  const prefix = reactionPrefix(id)
  const peopleByEmoji = new Map<string, Set<PersonId>>()
  for await (const [key, value] of view.range(prefix, { limit: CHAT_REACTIONS_READ_MAX })) {
    if (!isLaneOn(decodeLane(value))) continue
    const { person, emoji } = parseReactionKey(key, prefix)
    const people = peopleByEmoji.get(emoji) ?? new Set()
    peopleByEmoji.set(emoji, people.add(person))
  }
  return [...peopleByEmoji]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([emoji, people]) => ({ emoji, people: [...people] }))
}

/** The person's own switches of a reaction that are on: what the next switch ends. */
export async function readOwnDots(
  view: ViewReader,
  id: EntryId,
  person: PersonId,
  emoji: string,
): Promise<readonly Dot<DeviceId>[]> {
  const prefix = reactionPrefix(id)
  const dots: Dot<DeviceId>[] = []
  const range = { limit: CHAT_REACTIONS_READ_MAX }
  for await (const [key, value] of view.range(`${prefix}${person}/`, range)) {
    const lane = decodeLane(value)
    const parsed = parseReactionKey(key, prefix)
    if (parsed.emoji === emoji && isLaneOn(lane)) {
      dots.push({ replica: parsed.device, seq: lane.seq })
    }
  }
  return dots
}

/** Person, device and emoji follow the prefix; only the emoji can hold a slash. */
function parseReactionKey(
  key: string,
  prefix: string,
): { readonly person: PersonId; readonly device: DeviceId; readonly emoji: string } {
  const [person, device, ...emoji] = key.slice(prefix.length).split('/')
  return { person: person as PersonId, device: device as DeviceId, emoji: emoji.join('/') }
}

async function readVersions(
  view: ViewReader,
  id: EntryId,
  record: MessageRecord,
): Promise<readonly ChatVersion[]> {
  if (record.deleted !== undefined) return []
  if (record.newer) return []
  if (!record.edited) return [{ id, text: record.text, atMs: record.time.milliseconds }]
  const versions: ChatVersion[] = []
  for await (const [key, text] of view.range(versionPrefix(id))) {
    const { time, id: entry } = keyPosition(key)
    versions.push({
      id: entry,
      text: typeof text === 'string' ? text : '',
      atMs: time.milliseconds,
    })
  }
  return versions
}

function readersOf(
  id: EntryId,
  record: MessageRecord,
  marks: ReadonlyMap<PersonId, ReadRecord>,
): ChatMessageDetail['readers'] {
  const position = { time: record.time, id }
  return [...marks]
    .filter(([person, { upTo }]) => {
      return person !== record.author && comparePositions(upTo, position) >= 0
    })
    .sort(([, a], [, b]) => compareHybridTimes(a.saidAt.time, b.saidAt.time))
    .map(([person, { saidAt }]) => ({ person, atMs: saidAt.time.milliseconds }))
}
