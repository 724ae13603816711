/**
 * How one entry changes a chat: every rule of chat as a pure function of the set of entries.
 *
 * 1. A message is there once, at its place in the order of (hybrid time, entry id), which extends causality.
 * 2. Its text is the newest of the message and the author's edits, in the same order; an edit that saw another has a
 *    greater time, so it wins. All versions are kept.
 * 3. The author and admins may delete. A deletion is final: text, files, versions and reactions go, edits and reactions have
 *    no effect, concurrent or later. Of several deletions the first in the order is the one that is shown.
 * 4. A reaction is an enable-wins flag per message, person and emoji over the person's devices.
 * 5. A read mark is the greatest a person gave for a room; of equal ones, the one said first.
 * 6. A room's name is the newest of its own and the renames by its creator or an admin.
 * 7. Where a room's own entry cannot be read, because it is older than what a newcomer may read, others' word counts: the
 *    name is the newest of what writers say of it again and the renames by admins.
 * 8. A message of a later version is there with its place, author and room, without a text. It is deleted like any other.
 * 9. An operation whose target is not here is kept beside it and applied when the target arrives. Causal delivery makes
 *    that rare: the target is void, or the author named something it had not seen.
 *
 * So the stored state is the same whatever causal order the entries came in, and folding an entry twice changes nothing.
 * The search index is stored in the order of arrival; what it finds is the same (`search-index.ts`).
 */

import { EMPTY_LANE, laneChanges, mergeLanes } from '@hamlet/crdt'
import { decodeChat, roomOfLater } from './content.ts'
import { addCount } from './count-tree.ts'
import {
  messageKey,
  newestKey,
  orderPrefix,
  pendingKey,
  pendingPrefix,
  reactionKey,
  reactionPrefix,
  readPrefix,
  roomAgainKey,
  roomKey,
  versionPrefix,
} from './keys.ts'
import {
  AWAITED,
  decodeLane,
  decodeMessage,
  decodePending,
  decodeRead,
  decodeRoom,
  decodeRoomAgain,
  encodeLane,
  encodeMessage,
  encodePending,
  encodeRead,
  encodeRoom,
  encodeRoomAgain,
} from './records.ts'
import { indexMessage } from './search-index.ts'
import type { EntryId, PersonId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import { comparePositions, keyId, positionText } from '@hamlet/space/entry-position'
import type { ViewState } from '@hamlet/space/view'
import type { ChatContent } from './content.ts'
import type { CountSeries } from './count-tree.ts'
import type { MessageRecord } from './records.ts'

export type ChatChange =
  | { readonly kind: 'room'; readonly room: EntryId }
  | {
      readonly kind: 'message'
      readonly room: EntryId
      readonly message: EntryId
      /** A message that was not there before. */
      readonly added: boolean
    }
  | { readonly kind: 'read'; readonly room: EntryId; readonly person: PersonId }

/** What nobody knows of a message of a later version. */
const BARE = { kind: 'message', replyTo: undefined, mentions: [] } as const

type State = ViewState<ChatChange>
type Content<Kind extends ChatContent['kind']> = Extract<ChatContent, { kind: Kind }>

export function foldChat(entry: ContentEntry, state: State): void {
  const content = decodeChat(entry.type, entry.value)
  if (content !== undefined) return apply(entry, content, state)
  const room = roomOfLater(entry.type, entry.value)
  if (room !== undefined) addMessage(entry, { room, text: '', ...BARE }, state, true)
}

function apply(entry: ContentEntry, content: ChatContent, state: State): void {
  switch (content.kind) {
    case 'room':
      return addRoom(entry, content, state)
    case 'rename':
      return renameRoom(entry, content, state)
    case 'room-again':
      return tellOfRoom(entry, content, state)
    case 'message':
      return addMessage(entry, content, state)
    case 'edit':
      return editMessage(entry, content, state)
    case 'delete':
      return deleteMessage(entry, content, state)
    case 'react':
      return reactToMessage(entry, content, state)
    case 'read':
      return markRead(entry, content, state)
  }
}

function addRoom(entry: ContentEntry, { name }: Content<'room'>, state: State): void {
  const key = roomKey(entry.id)
  if (state.get(key) !== undefined) return
  const named = { time: entry.time, id: entry.id }
  state.put(key, encodeRoom({ name, creator: entry.person, time: entry.time, named }))
  state.emit({ kind: 'room', room: entry.id })
  if (state.get(pendingKey(entry.id)) === undefined) return
  state.delete(pendingKey(entry.id))
  applyPending(entry.id, state)
}

/** Kept beside the room's own record, whether or not that is there: so it does not matter which comes first. */
function tellOfRoom(
  entry: ContentEntry,
  told: { readonly room: EntryId; readonly name: string; readonly madeAtMs?: number },
  state: State,
): void {
  const { room, name, madeAtMs } = told
  const said = { time: entry.time, id: entry.id }
  const stored = state.get(roomAgainKey(room))
  const known = stored === undefined ? undefined : decodeRoomAgain(stored)
  const isNewName = known === undefined || comparePositions(said, known.named) > 0
  const isNewMaking =
    madeAtMs !== undefined &&
    (known?.made === undefined || comparePositions(said, known.made.said) > 0)
  if (!isNewName && !isNewMaking) return
  const named = isNewName ? { name, named: said } : { name: known.name, named: known.named }
  const made = isNewMaking ? { atMs: madeAtMs, said } : known?.made
  state.put(roomAgainKey(room), encodeRoomAgain({ ...named, made }))
  state.emit({ kind: 'room', room })
}

function renameRoom(entry: ContentEntry, content: Content<'rename'>, state: State): void {
  if (isAdmin(entry)) tellOfRoom(entry, { room: content.room, name: content.name }, state)
  const stored = state.get(roomKey(content.room))
  if (stored === undefined) {
    state.put(pendingKey(content.room), true)
    return keepPending(entry, content.room, state)
  }
  const room = decodeRoom(stored)
  if (entry.person !== room.creator && !isAdmin(entry)) return
  if (comparePositions(entry, room.named) <= 0) return
  const named = { time: entry.time, id: entry.id }
  state.put(roomKey(content.room), encodeRoom({ ...room, name: content.name, named }))
  state.emit({ kind: 'room', room: content.room })
}

/** `newer`: of a later version, so that nothing is known of it but that it is there. */
function addMessage(
  entry: ContentEntry,
  content: Content<'message'>,
  state: State,
  newer = false,
): void {
  const { id, person: author, device, seq, epoch, time } = entry
  const key = messageKey(id)
  const stored = state.get(key)
  if (stored !== undefined && stored !== AWAITED) return
  const { room, text, replyTo } = content
  const message: MessageRecord = {
    room,
    author,
    device,
    seq,
    epoch,
    time,
    text,
    replyTo,
    mentions: [...new Set(content.mentions)],
    attachments: content.attachments ?? [],
    written: undefined,
    edited: false,
    reacted: false,
    deleted: undefined,
    newer,
  }
  const position = positionText({ time, id })
  state.put(key, encodeMessage(message))
  state.put(orderPrefix(room) + position, null)
  raiseNewest(room, position, state)
  countMessage(message, 1, state)
  if (!newer) indexMessage(state, position, text)
  state.emit({ kind: 'message', room, message: id, added: true })
  if (stored === AWAITED) applyPending(id, state)
}

function editMessage(entry: ContentEntry, content: Content<'edit'>, state: State): void {
  const { target, text } = content
  const message = targetMessage(entry, target, state)
  if (message === undefined || message.deleted || entry.person !== message.author) return
  // What an edit of it means is the later version's business too.
  if (message.newer) return
  const versions = versionPrefix(target)
  if (!message.edited)
    state.put(versions + positionText({ time: message.time, id: target }), message.text)
  state.put(versions + positionText(entry), text)
  const original = { time: message.time, id: target }
  const wins = comparePositions(entry, message.written ?? original) > 0
  const written = wins ? { time: entry.time, id: entry.id } : message.written
  const shown = wins ? text : message.text
  putMessage(target, { ...message, text: shown, written, edited: true }, state)
  if (wins) indexMessage(state, positionText({ time: message.time, id: target }), text)
}

function deleteMessage(entry: ContentEntry, { target }: Content<'delete'>, state: State): void {
  const message = targetMessage(entry, target, state)
  if (message === undefined) return
  if (entry.person !== message.author && !isAdmin(entry)) return
  const deleted = { time: entry.time, id: entry.id, person: entry.person }
  if (message.deleted !== undefined) {
    if (comparePositions(deleted, message.deleted) >= 0) return
    return putMessage(target, { ...message, deleted }, state)
  }
  if (message.edited) clear(versionPrefix(target), state)
  if (message.reacted) clear(reactionPrefix(target), state)
  countMessage(message, -1, state)
  const rest = { text: '', mentions: [], attachments: [], written: undefined }
  const none = { edited: false, reacted: false }
  putMessage(target, { ...message, ...rest, ...none, deleted }, state)
}

function reactToMessage(entry: ContentEntry, content: Content<'react'>, state: State): void {
  const { target, emoji, on, observed } = content
  const message = targetMessage(entry, target, state)
  if (message === undefined || message.deleted) return
  const dot = { replica: entry.device, seq: entry.seq }
  for (const [device, change] of laneChanges({ dot, on, observed })) {
    const key = reactionKey(target, entry.person, device, emoji)
    const stored = state.get(key)
    const lane = stored === undefined ? EMPTY_LANE : decodeLane(stored)
    state.put(key, encodeLane(mergeLanes(lane, change)))
  }
  putMessage(target, { ...message, reacted: true }, state)
}

function markRead(entry: ContentEntry, { room, upTo }: Content<'read'>, state: State): void {
  const key = readPrefix(room) + entry.person
  const stored = state.get(key)
  const saidAt = { time: entry.time, id: entry.id }
  if (stored !== undefined) {
    const known = decodeRead(stored)
    const order = comparePositions(upTo, known.upTo)
    if (order < 0 || (order === 0 && comparePositions(saidAt, known.saidAt) >= 0)) return
  }
  state.put(key, encodeRead({ upTo, saidAt }))
  state.emit({ kind: 'read', room, person: entry.person })
}

function isAdmin({ role }: ContentEntry): boolean {
  return role === 'admin' || role === 'owner'
}

/** The message an operation is about; `undefined` when it is not here, and then the operation is kept. */
function targetMessage(
  entry: ContentEntry,
  target: EntryId,
  state: State,
): MessageRecord | undefined {
  const stored = state.get(messageKey(target))
  if (stored !== undefined && stored !== AWAITED) return decodeMessage(stored)
  state.put(messageKey(target), AWAITED)
  keepPending(entry, target, state)
  return undefined
}

function keepPending(entry: ContentEntry, target: EntryId, state: State): void {
  const position = positionText(entry)
  state.put(pendingPrefix(target) + position, encodePending(entry))
}

function applyPending(target: EntryId, state: State): void {
  const keys = state.keys(pendingPrefix(target))
  const stored = state.getMany(keys)
  keys.forEach((each, i) => {
    foldChat(decodePending(keyId(each), stored[i]!), state)
    state.delete(each)
  })
}

function putMessage(id: EntryId, message: MessageRecord, state: State): void {
  state.put(messageKey(id), encodeMessage(message))
  state.emit({ kind: 'message', room: message.room, message: id, added: false })
}

function raiseNewest(room: EntryId, position: string, state: State): void {
  const newest = state.get(newestKey(room))
  // By its first message a room may become known, see `rooms.ts`.
  const isFirst = newest === undefined && state.get(roomKey(room)) === undefined
  if (isFirst) state.emit({ kind: 'room', room })
  if (typeof newest !== 'string' || newest < position) state.put(newestKey(room), position)
}

/** The series a message is counted in: nobody is told of their own mention of themselves. */
export function messageSeries(author: PersonId, mentions: readonly PersonId[]): CountSeries[] {
  const others = mentions.filter((person) => person !== author)
  return ['a', `p-${author}`, ...others.map((person) => `m-${person}` as const)]
}

function countMessage(message: MessageRecord, by: 1 | -1, state: State): void {
  for (const series of messageSeries(message.author, message.mentions)) {
    addCount(state, message.room, series, message.time.milliseconds, by)
  }
}

function clear(prefix: string, state: State): void {
  for (const key of state.keys(prefix)) state.delete(key)
}
