/**
 * Where the chat view keeps what.
 *
 *     r/<room>                                 room: name, who made it, its newest rename
 *     m/<message>                              message as it now is
 *     t/<room>/<position>                      order of a room's messages, deleted ones included
 *     z/<room>                                 position of its newest message
 *     v/<message>/<position>                   versions of an edited message, the first included
 *     x/<message>/<person>/<device>/<emoji>    one device's switch of a reaction
 *     k/<room>/<person>                        read mark
 *     n/<room>/<series>/<level>/<prefix>       counts of messages, see count-tree.ts
 *     w/<word>/<position>                      search
 *     p/<target>, p/<target>/<position>        operations on what is not here (yet)
 *
 * A position is 12 hex digits of milliseconds, 4 of the counter and the entry id: text order is the order of a room,
 * which extends causality. Local facts: `late/<message>`.
 */

import { parseId } from '@hamlet/core'
import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { HybridTime } from '@hamlet/crdt'
import type { ChatPosition } from './content.ts'

const MILLISECONDS_DIGITS = 12
const COUNTER_DIGITS = 4
const ID_DIGITS = 64

/** Greater than every position. */
export const POSITION_END = 'g'

export function positionText(time: HybridTime, id: EntryId): string {
  const milliseconds = time.milliseconds.toString(16).padStart(MILLISECONDS_DIGITS, '0')
  return milliseconds + time.counter.toString(16).padStart(COUNTER_DIGITS, '0') + id
}

/** The last part of a key as the position it is. */
export function keyPosition(key: string): ChatPosition {
  const text = key.slice(-(MILLISECONDS_DIGITS + COUNTER_DIGITS + ID_DIGITS))
  const milliseconds = Number.parseInt(text.slice(0, MILLISECONDS_DIGITS), 16)
  const counter = Number.parseInt(text.slice(MILLISECONDS_DIGITS, -ID_DIGITS), 16)
  return { time: { milliseconds, counter }, id: keyId(key) }
}

/** The id a key ends with. */
export function keyId(key: string): EntryId {
  return parseId<EntryId>(key.slice(-ID_DIGITS))!
}

export function roomKey(room: EntryId): string {
  return `r/${room}`
}

export function messageKey(message: EntryId): string {
  return `m/${message}`
}

export function orderPrefix(room: EntryId): string {
  return `t/${room}/`
}

export function newestKey(room: EntryId): string {
  return `z/${room}`
}

export function versionPrefix(message: EntryId): string {
  return `v/${message}/`
}

export function reactionPrefix(message: EntryId): string {
  return `x/${message}/`
}

export function reactionKey(
  message: EntryId,
  person: PersonId,
  device: DeviceId,
  emoji: string,
): string {
  return `x/${message}/${person}/${device}/${emoji}`
}

export function readPrefix(room: EntryId): string {
  return `k/${room}/`
}

export function wordPrefix(word: string): string {
  return `w/${word}/`
}

export function pendingKey(target: EntryId): string {
  return `p/${target}`
}

export function lateKey(message: EntryId): string {
  return `late/${message}`
}
