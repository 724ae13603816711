/**
 * A register whose newest write wins: by hybrid time, then by the id of the write.
 *
 * Hybrid time extends causality (a write that saw another has a greater time), so causal dominance decides before
 * clocks do, and the id only between concurrent writes of equal time. Source: Johnson and Thomas, RFC 677 (1975).
 *
 * Invariants:
 * 1. `mergeRegisters` is commutative, associative and idempotent.
 * 2. Different writes have different ids.
 */

import { compareHybridTimes } from './hybrid-time.ts'
import type { HybridTime } from './hybrid-time.ts'

export interface Stamp {
  readonly time: HybridTime
  readonly id: string
}

export interface LwwRegister<Value> extends Stamp {
  readonly value: Value
}

/** Negative, zero or positive. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return compareHybridTimes(a.time, b.time) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

export function mergeRegisters<Register extends Stamp>(a: Register, b: Register): Register {
  return compareStamps(a, b) >= 0 ? a : b
}
