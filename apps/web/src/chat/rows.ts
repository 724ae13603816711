/**
 * From messages to the rows of the list: day lines, the line of what is new, and messages grouped by who wrote them.
 * Pure, so that the list can be tested without a screen. Keys are stable: a row keeps its measured height.
 */

import type { Message } from '@hamlet/http/api'
import { isSameDay } from '../format/time.ts'
import type { PendingMessage, RoomState } from '../state/room-state.ts'

export type Row =
  | { readonly kind: 'start'; readonly key: string }
  | { readonly kind: 'loading'; readonly key: string }
  | { readonly kind: 'day'; readonly key: string; readonly atMs: number }
  | { readonly kind: 'unread'; readonly key: string }
  | {
      readonly kind: 'message'
      readonly key: string
      readonly message: Message
      /** First of a group: shows who and when. */
      readonly head: boolean
      /** The newest own message: says in words how far it has come. */
      readonly newestOwn: boolean
    }
  | { readonly kind: 'pending'; readonly key: string; readonly pending: PendingMessage }

const GROUP_MS = 5 * 60_000

export function buildRows(room: RoomState): readonly Row[] {
  const rows: Row[] = [firstRow(room)]
  const newestOwn = room.messages.findLast((message) => message.own && !message.deleted)?.id
  let previous: Message | undefined
  for (const message of room.messages) {
    const newDay = previous === undefined || !isSameDay(previous.atMs, message.atMs)
    const newLine = message.id === room.firstUnread
    if (newDay) rows.push({ kind: 'day', key: `day ${message.id}`, atMs: message.atMs })
    if (newLine) rows.push({ kind: 'unread', key: 'unread' })
    const head = newDay || newLine || !isGrouped(previous, message)
    rows.push({
      kind: 'message',
      key: message.id,
      message,
      head,
      newestOwn: message.id === newestOwn && room.pending.length === 0,
    })
    previous = message
  }
  if (!room.hasNewer) {
    for (const pending of room.pending) rows.push({ kind: 'pending', key: pending.key, pending })
  }
  return rows
}

function firstRow(room: RoomState): Row {
  return room.hasOlder ? { kind: 'loading', key: 'loading' } : { kind: 'start', key: 'start' }
}

function isGrouped(previous: Message | undefined, message: Message): boolean {
  if (previous === undefined || previous.author !== message.author) return false
  if (message.replyTo !== undefined || message.late !== previous.late) return false
  return Math.abs(message.atMs - previous.atMs) < GROUP_MS
}

/** Where to start: the row of a message, the line of what is new, or nothing for the end. */
export function rowIndexOf(rows: readonly Row[], key: string): number {
  return rows.findIndex((row) => row.key === key)
}
