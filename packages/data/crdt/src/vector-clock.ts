/**
 * Vector clocks: how many operations of each replica are known.
 *
 * Source: Fidge, "Timestamps in message-passing systems that preserve the partial ordering" (1988), and Mattern (1989).
 * Under the pointwise maximum they form a lattice; an absent replica counts as zero, and zeros are never kept, so equal
 * clocks are equal maps.
 *
 * Stored form: an array of [replica, count], replicas ascending by UTF-16 code units.
 */

import { readFields } from '@hamlet/core'
import { CRDT_NAME_BYTES_MAX, REPLICAS_MAX } from './limits.ts'
import { compareText, requireAscending } from './order.ts'
import type { CborError, CborValue, FieldReader, Result } from '@hamlet/core'

export type VectorClock = ReadonlyMap<string, number>

export type ClockOrder = 'equal' | 'before' | 'after' | 'concurrent'

export const EMPTY_CLOCK: VectorClock = new Map()

export function compareClocks(a: VectorClock, b: VectorClock): ClockOrder {
  const reachesB = dominates(a, b)
  const reachesA = dominates(b, a)
  if (reachesA && reachesB) return 'equal'
  if (reachesB) return 'after'
  return reachesA ? 'before' : 'concurrent'
}

/** Whether `a` knows everything `b` knows; true for equal clocks. */
export function dominates(a: VectorClock, b: VectorClock): boolean {
  for (const [replica, count] of b) if (count > (a.get(replica) ?? 0)) return false
  return true
}

export function mergeClocks(a: VectorClock, b: VectorClock): VectorClock {
  const merged = new Map(a)
  for (const [replica, count] of b) {
    if (count > (merged.get(replica) ?? 0)) merged.set(replica, count)
  }
  return merged
}

/** The clock after one more operation of `replica`. */
export function tickClock(clock: VectorClock, replica: string): VectorClock {
  return new Map(clock).set(replica, (clock.get(replica) ?? 0) + 1)
}

export function encodeClock(clock: VectorClock): CborValue {
  return [...clock].filter(([, count]) => count > 0).sort(([a], [b]) => compareText(a, b))
}

export function decodeClock(value: CborValue): Result<VectorClock, CborError> {
  return readFields([value], 'vector clock', readClock)
}

export function readClock(fields: FieldReader): VectorClock {
  const pairs = fields.list(REPLICAS_MAX, (item) =>
    item.tuple((pair) => {
      const replica = pair.text(CRDT_NAME_BYTES_MAX)
      const count = pair.uint()
      if (count === 0) throw pair.refuse('expected a count above zero')
      return [replica, count] as const
    }),
  )
  requireAscending(fields, pairs)
  return new Map(pairs)
}
