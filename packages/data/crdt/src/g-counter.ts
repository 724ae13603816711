/**
 * A counter that only grows.
 *
 * Each replica counts its own increments; the value is the sum of all counts, and counts join by their maximum (Shapiro
 * et al., "A comprehensive study of convergent and commutative replicated data types", 2011, specification 6).
 *
 * Invariants:
 * 1. A replica increments only its own count, and knows all of its earlier increments when it does.
 * 2. Counts are above zero and safe integers; their sum may be larger, hence a bigint.
 *
 * Stored form: ['g-counter/1', [[replica, count], …]], replicas ascending.
 */

import { assert } from '@hamlet/core'
import { CRDT_NAME_BYTES_MAX, REPLICAS_MAX } from './limits.ts'
import { requireAscending } from './order.ts'
import { checkStorable, decodeState, encodeState } from './stored.ts'
import type { CborError, CborValue, FieldReader, Result } from '@hamlet/core'
import type { Lattice } from './lattice.ts'

export class GCounter implements Lattice<GCounter> {
  static readonly stored = 'g-counter/1'
  readonly #counts = new Map<string, number>()

  static empty(): GCounter {
    return new GCounter()
  }

  get value(): bigint {
    let sum = 0n
    for (const count of this.#counts.values()) sum += BigInt(count)
    return sum
  }

  /** What one replica has counted. */
  countOf(replica: string): number {
    return this.#counts.get(replica) ?? 0
  }

  /** The delta, joined into `delta` when that is given. `by`: an integer above zero. */
  increment(replica: string, by = 1, delta: GCounter = new GCounter()): GCounter {
    assert(Number.isInteger(by) && by > 0, `expected an increment above zero, got ${by}`)
    checkStorable(replica)
    const count = this.countOf(replica) + by
    assert(Number.isSafeInteger(count), 'expected a count below 2^53')
    this.#raise(replica, count)
    delta.#raise(replica, count)
    return delta
  }

  merge(other: GCounter): boolean {
    let isChanged = false
    for (const [replica, count] of other.#counts) {
      if (this.#raise(replica, count)) isChanged = true
    }
    return isChanged
  }

  isWithin(other: GCounter): boolean {
    for (const [replica, count] of this.#counts) if (count > other.countOf(replica)) return false
    return true
  }

  /** The rows of the stored form, for types made of counters. */
  toRows(): CborValue {
    return [...this.#counts.keys()].sort().map((replica) => [replica, this.countOf(replica)])
  }

  static readRows(fields: FieldReader): GCounter {
    const counter = new GCounter()
    const rows = fields.list(REPLICAS_MAX, (item) =>
      item.tuple((row) => {
        const replica = row.text(CRDT_NAME_BYTES_MAX)
        const count = row.uint()
        if (count === 0) throw row.refuse('expected a count above zero')
        counter.#raise(replica, count)
        return [replica] as const
      }),
    )
    requireAscending(fields, rows)
    return counter
  }

  encode(): Uint8Array {
    return encodeState(GCounter.stored, this.toRows())
  }

  static decode(bytes: Uint8Array): Result<GCounter, CborError> {
    return decodeState(bytes, GCounter.stored, (fields) => GCounter.readRows(fields))
  }

  #raise(replica: string, count: number): boolean {
    if (this.countOf(replica) >= count) return false
    this.#counts.set(replica, count)
    return true
  }
}
