/**
 * A register whose newest write wins: by hybrid time, then by the id of the write.
 *
 * Hybrid time extends causality (a write that saw another has a greater time), so causal dominance decides before
 * clocks do, and the id only between concurrent writes of equal time. Source: Johnson and Thomas, RFC 677 (1975).
 *
 * Invariant: different writes have different stamps. Should a broken writer make two of one stamp, the greater value
 * stays, on every replica.
 *
 * Stored form: ['lww-register/1', milliseconds, counter, id, value], or ['lww-register/1'] before the first write.
 */

import { assert } from '@hamlet/core'
import {
  HYBRID_COUNTER_MAX,
  HYBRID_MILLISECONDS_MAX,
  compareHybridTimes,
  isHybridTime,
} from './hybrid-time.ts'
import { CRDT_NAME_BYTES_MAX } from './limits.ts'
import { compareText, compareValues } from './order.ts'
import { checkStorable, decodeState, encodeState } from './stored.ts'
import type { CborError, CborValue, Result } from '@hamlet/core'
import type { HybridTime } from './hybrid-time.ts'
import type { Lattice } from './lattice.ts'

export interface Stamp {
  readonly time: HybridTime
  readonly id: string
}

interface StampedValue extends Stamp {
  readonly value: CborValue
}

/** Negative, zero or positive. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return compareHybridTimes(a.time, b.time) || compareText(a.id, b.id)
}

export function checkStamp({ time, id }: Stamp): void {
  assert(isHybridTime(time), 'expected a hybrid time')
  checkStorable(id)
}

export class LwwRegister implements Lattice<LwwRegister> {
  static readonly stored = 'lww-register/1'
  #newest: StampedValue | undefined

  static empty(): LwwRegister {
    return new LwwRegister()
  }

  get value(): CborValue | undefined {
    return this.#newest?.value
  }

  get stamp(): Stamp | undefined {
    return this.#newest
  }

  /** The delta, joined into `delta` when that is given. */
  set(value: CborValue, { time, id }: Stamp, delta: LwwRegister = new LwwRegister()): LwwRegister {
    checkStamp({ time, id })
    const write: StampedValue = { time, id, value }
    this.#take(write)
    delta.#take(write)
    return delta
  }

  merge(other: LwwRegister): boolean {
    return other.#newest !== undefined && this.#take(other.#newest)
  }

  isWithin(other: LwwRegister): boolean {
    if (this.#newest === undefined) return true
    return other.#newest !== undefined && compareWrites(this.#newest, other.#newest) <= 0
  }

  encode(): Uint8Array {
    if (this.#newest === undefined) return encodeState(LwwRegister.stored)
    const { time, id, value } = this.#newest
    return encodeState(LwwRegister.stored, time.milliseconds, time.counter, id, value)
  }

  static decode(bytes: Uint8Array): Result<LwwRegister, CborError> {
    return decodeState(bytes, LwwRegister.stored, (fields) => {
      const register = new LwwRegister()
      if (fields.remaining === 0) return register
      const milliseconds = fields.uint(HYBRID_MILLISECONDS_MAX)
      const counter = fields.uint(HYBRID_COUNTER_MAX)
      const id = fields.text(CRDT_NAME_BYTES_MAX)
      register.#take({ time: { milliseconds, counter }, id, value: fields.value() })
      return register
    })
  }

  #take(write: StampedValue): boolean {
    if (this.#newest !== undefined && compareWrites(write, this.#newest) <= 0) return false
    this.#newest = write
    return true
  }
}

function compareWrites(a: StampedValue, b: StampedValue): number {
  return compareStamps(a, b) || compareValues(a.value, b.value)
}
