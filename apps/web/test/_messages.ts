/** Messages as the peer gives them, for tests of what the page makes of them. */

import type { Message } from '@hamlet/http/api'

export const MINUTE_MS = 60_000
export const NOON_MS = new Date(2026, 10, 20, 12).getTime()

export function testId(number: number): string {
  return number.toString(16).padStart(64, '0')
}

export function testMessage(number: number, changes: Partial<Message> = {}): Message {
  return {
    id: testId(number),
    room: testId(1_000_000),
    author: testId(7),
    authorName: 'Ben',
    device: testId(8),
    atMs: NOON_MS + number * MINUTE_MS,
    text: `message ${number}`,
    deleted: false,
    late: false,
    own: false,
    mentionsMe: false,
    mentions: [],
    reactions: [],
    delivery: { heldBy: 1, devices: 3, readBy: [] },
    ...changes,
  }
}
