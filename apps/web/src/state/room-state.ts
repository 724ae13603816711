/**
 * What a page knows of one room, and how it changes: pure functions from state to state.
 *
 * The idea: a window of consecutive messages, oldest first, that grows at both ends by paging. What is written here but
 * not yet durable waits beside it, so that it shows at once and is kept when saving fails.
 *
 * Invariants:
 * 1. `messages` has no gap and no id twice; `hasOlder` and `hasNewer` say whether the room goes on beyond it.
 * 2. A message that is not known joins the window only where the window is known to be complete.
 * 3. What the person wrote leaves `pending` only when the peer has it or the person discards it.
 */

import type { Message, MessagePage } from '@hamlet/http/api'

export interface PendingMessage {
  /** Sent along, so that a retry after a lost reply is not a second message. */
  readonly key: string
  readonly text: string
  readonly replyTo: Message['replyTo']
  /** Still to be taken in by the peer, unless their ids are known. */
  readonly files?: readonly File[]
  readonly atMs: number
  readonly state: 'saving' | 'failed'
  readonly error?: string
  /** It failed because this device may not write yet: it is tried again by itself. */
  readonly waits?: boolean
}

export interface RoomState {
  readonly messages: readonly Message[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  readonly loaded: boolean
  readonly loading: 'none' | 'first' | 'older' | 'newer'
  readonly failed: boolean
  readonly pending: readonly PendingMessage[]
  /** Where the "new since you were here" line stands; fixed while the room is open. */
  readonly firstUnread: string | undefined
  /** Late arrivals the person has not been led to yet, in the order of the room. */
  readonly late: readonly string[]
  /** The message to bring into view; `count` tells two jumps to the same message apart. */
  readonly focus: { readonly id: string; readonly count: number } | undefined
}

export const EMPTY_ROOM: RoomState = {
  messages: [],
  hasOlder: false,
  hasNewer: false,
  loaded: false,
  loading: 'none',
  failed: false,
  pending: [],
  firstUnread: undefined,
  late: [],
  focus: undefined,
}

/** Takes a page as the whole window. `seenLate`: late arrivals the person has been led to before. */
export function replaceWithPage(
  room: RoomState,
  page: MessagePage,
  seenLate: ReadonlySet<string>,
): RoomState {
  const late = page.messages.filter((m) => isUnseenLate(m, seenLate)).map((m) => m.id)
  return {
    ...room,
    messages: page.messages,
    hasOlder: page.hasOlder,
    hasNewer: page.hasNewer,
    loaded: true,
    loading: 'none',
    failed: false,
    late,
  }
}

export function addOlderPage(room: RoomState, page: MessagePage): RoomState {
  const known = idsOf(room.messages)
  const older = page.messages.filter((message) => !known.has(message.id))
  const messages = [...older, ...room.messages]
  return { ...room, messages, hasOlder: page.hasOlder, loading: 'none', failed: false }
}

export function addNewerPage(room: RoomState, page: MessagePage): RoomState {
  const known = idsOf(room.messages)
  const newer = page.messages.filter((message) => !known.has(message.id))
  const messages = [...room.messages, ...newer]
  return { ...room, messages, hasNewer: page.hasNewer, loading: 'none', failed: false }
}

/** Takes new or changed messages as they now are. */
export function applyMessages(
  room: RoomState,
  changed: readonly Message[],
  seenLate: ReadonlySet<string>,
): RoomState {
  if (!room.loaded) return settlePending(room, changed)
  let next = room
  for (const message of changed) next = applyMessage(next, message, seenLate)
  return settlePending(next, changed)
}

function applyMessage(room: RoomState, message: Message, seen: ReadonlySet<string>): RoomState {
  const index = findById(room.messages, message.id)
  if (index >= 0) return { ...room, messages: room.messages.with(index, message) }
  const at = insertionIndex(room.messages, message)
  if (at === room.messages.length && room.hasNewer) return room
  if (at === 0 && room.hasOlder) return room
  const messages = room.messages.toSpliced(at, 0, message)
  if (!isUnseenLate(message, seen)) return { ...room, messages }
  const ids = new Set([...room.late, message.id])
  return { ...room, messages, late: messages.filter((m) => ids.has(m.id)).map((m) => m.id) }
}

/** Refreshes what is already in the window and adds nothing. */
export function refreshMessages(room: RoomState, fresh: readonly Message[]): RoomState {
  const freshById = new Map(fresh.map((message) => [message.id, message]))
  if (!room.messages.some((message) => freshById.has(message.id))) return room
  return { ...room, messages: room.messages.map((m) => freshById.get(m.id) ?? m) }
}

export function addPending(room: RoomState, pending: PendingMessage): RoomState {
  return { ...room, pending: [...room.pending, pending], firstUnread: undefined }
}

export function failPending(
  room: RoomState,
  key: string,
  { error, waits }: { readonly error: string; readonly waits: boolean },
): RoomState {
  const pending = room.pending.map((p) =>
    p.key === key ? { ...p, state: 'failed' as const, error, waits } : p,
  )
  return { ...room, pending }
}

export function retryPending(room: RoomState, key: string): RoomState {
  const pending = room.pending.map((p) => (p.key === key ? { ...p, state: 'saving' as const } : p))
  return { ...room, pending }
}

export function dropPending(room: RoomState, key: string): RoomState {
  const pending = room.pending.filter((p) => p.key !== key)
  return pending.length === room.pending.length ? room : { ...room, pending }
}

/** The event of a saved message can overtake the reply to its sending: the first pending one of its text is it. */
function settlePending(room: RoomState, arrived: readonly Message[]): RoomState {
  let pending = room.pending
  for (const message of arrived) {
    if (!message.own || message.editedAtMs !== undefined) continue
    const index = pending.findIndex(
      (p) => p.state === 'saving' && p.text === message.text && message.atMs >= p.atMs - 1000,
    )
    if (index >= 0) pending = pending.toSpliced(index, 1)
  }
  return pending === room.pending ? room : { ...room, pending }
}

/** Changes one message in place, as when the person acts on it before the peer has answered. */
export function patchMessage(
  room: RoomState,
  id: string,
  patch: (message: Message) => Message,
): RoomState {
  const index = findById(room.messages, id)
  const message = room.messages[index]
  if (message === undefined) return room
  return { ...room, messages: room.messages.with(index, patch(message)) }
}

export function toggleReaction(message: Message, emoji: string, person: string): Message {
  const found = message.reactions.find((reaction) => reaction.emoji === emoji)
  if (found === undefined) {
    return { ...message, reactions: [...message.reactions, { emoji, people: [person] }] }
  }
  const people = found.people.includes(person)
    ? found.people.filter((other) => other !== person)
    : [...found.people, person]
  const reactions = message.reactions
    .map((reaction) => (reaction === found ? { emoji, people } : reaction))
    .filter((reaction) => reaction.people.length > 0)
  return { ...message, reactions }
}

function isUnseenLate(message: Message, seen: ReadonlySet<string>): boolean {
  return message.late && !message.own && !message.deleted && !seen.has(message.id)
}

/** Searched from the newest end, where changes are. */
function findById(messages: readonly Message[], id: string): number {
  return messages.findLastIndex((message) => message.id === id)
}

/** Late messages stand where their time puts them; others are the newest, whatever their clock says. */
function insertionIndex(messages: readonly Message[], message: Message): number {
  if (!message.late) return messages.length
  return messages.findLastIndex((other) => isBefore(other, message)) + 1
}

function isBefore(a: Message, b: Message): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.id < b.id
}

function idsOf(messages: readonly Message[]): ReadonlySet<string> {
  return new Set(messages.map((message) => message.id))
}
