/**
 * A place in the order of everything in a space: hybrid time, then entry id. It extends causality and is the same everywhere.
 *
 * As text it is 12 hex digits of milliseconds, 4 of the counter, and the id: at the end of a key of a view, text order is
 * the order of entries.
 */

import { parseId } from '@hamlet/core'
import type { EntryId } from '@hamlet/core'
import { compareHybridTimes } from '@hamlet/crdt'
import type { HybridTime } from '@hamlet/crdt'

export { logOf } from '../types.ts'

const MILLISECONDS_DIGITS = 12
const COUNTER_DIGITS = 4
const ID_DIGITS = 64

export interface EntryPosition {
  readonly time: HybridTime
  readonly id: EntryId
}

/** Negative, zero or positive. */
export function comparePositions(a: EntryPosition, b: EntryPosition): number {
  return compareHybridTimes(a.time, b.time) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

export function positionText({ time, id }: EntryPosition): string {
  return timeText(time) + id
}

/** Not after the position of any entry of this time, and after all of earlier ones. */
export function timeText({ milliseconds, counter }: HybridTime): string {
  const text = milliseconds.toString(16).padStart(MILLISECONDS_DIGITS, '0')
  return text + counter.toString(16).padStart(COUNTER_DIGITS, '0')
}

/** The position a key ends with. */
export function keyPosition(key: string): EntryPosition {
  const text = key.slice(-(MILLISECONDS_DIGITS + COUNTER_DIGITS + ID_DIGITS))
  const milliseconds = Number.parseInt(text.slice(0, MILLISECONDS_DIGITS), 16)
  const counter = Number.parseInt(text.slice(MILLISECONDS_DIGITS, -ID_DIGITS), 16)
  return { time: { milliseconds, counter }, id: keyId(key) }
}

/** The id a key ends with. */
export function keyId(key: string): EntryId {
  return parseId<EntryId>(key.slice(-ID_DIGITS))!
}
