/**
 * Hybrid logical time: milliseconds close to the wall clock, and a counter that keeps causality when clocks do not.
 *
 * Source: Kulkarni, Demirbas, Madappa, Avva, Leone, "Logical Physical Clocks" (OPODIS 2014). The two parts take
 * 48 and 16 bits there as here; `docs/formats/entry.md` carries them as two integers, keys carry them packed:
 *
 *     OFFSET  SIZE  FIELD
 *     0       6     milliseconds since the Unix epoch, big-endian
 *     6       2     counter, big-endian
 *
 * Invariants:
 * 1. Bytewise order of packed times is `compareHybridTimes`.
 * 2. Both parts are non-negative integers below 2^48 and 2^16.
 *
 * Worked example: 1,700,000,000,000 ms with counter 5 packs to `018b cfe5 6800 0005`.
 */

import { assert } from '@hamlet/core'

export interface HybridTime {
  readonly milliseconds: number
  readonly counter: number
}

export const HYBRID_MILLISECONDS_MAX = 2 ** 48 - 1
export const HYBRID_COUNTER_MAX = 2 ** 16 - 1
export const HYBRID_TIME_BYTES = 8
export const HYBRID_TIME_ZERO: HybridTime = { milliseconds: 0, counter: 0 }

/** Negative, zero or positive. */
export function compareHybridTimes(a: HybridTime, b: HybridTime): number {
  return a.milliseconds - b.milliseconds || a.counter - b.counter
}

export function maxHybridTime(a: HybridTime, b: HybridTime): HybridTime {
  return compareHybridTimes(a, b) >= 0 ? a : b
}

export function isHybridTime(time: HybridTime): boolean {
  return (
    isWithin(time.milliseconds, HYBRID_MILLISECONDS_MAX) &&
    isWithin(time.counter, HYBRID_COUNTER_MAX)
  )
}

/** Eight bytes that sort as the times do. */
export function hybridTimeToBytes(time: HybridTime): Uint8Array {
  assert(isHybridTime(time), 'expected a hybrid time')
  const bytes = new Uint8Array(HYBRID_TIME_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(time.milliseconds / 0x10000))
  view.setUint16(4, time.milliseconds % 0x10000)
  view.setUint16(6, time.counter)
  return bytes
}

/** Reads eight bytes at `offset`; every eight bytes are a time. */
export function bytesToHybridTime(bytes: Uint8Array, offset = 0): HybridTime {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HYBRID_TIME_BYTES)
  const milliseconds = view.getUint32(0) * 0x10000 + view.getUint16(4)
  return { milliseconds, counter: view.getUint16(6) }
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}
