/**
 * Control pasts: which control entries lie in an entry's causal past, in memory that grows with control entries only.
 *
 * Logs are chains, so the part of a log in some causal past is always a prefix of it, and the control entries in it
 * are a count per device. These vectors are interned: a million messages written under the same membership share one
 * object, and comparing two pasts is comparing two references.
 *
 * Invariants:
 * 1. Equal pasts are the same object within one table.
 * 2. If one control entry lies in the past of another, its own past is strictly smaller (`size`): sorting by size is a
 *    causal order.
 */

import { assert } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'

export interface ControlPast {
  /** Number in the table, in order of first appearance. */
  readonly number: number
  /** Control entries per device index; devices beyond the end have none. */
  readonly counts: readonly number[]
  /** Sum of the counts. */
  readonly size: number
}

export class PastTable {
  readonly empty: ControlPast
  readonly #devices: DeviceId[] = []
  readonly #indexByDevice = new Map<DeviceId, number>()
  readonly #pastByKey = new Map<string, ControlPast>()
  readonly #pasts: ControlPast[] = []

  constructor() {
    this.empty = this.intern([])
  }

  get devices(): readonly DeviceId[] {
    return this.#devices
  }

  get pasts(): readonly ControlPast[] {
    return this.#pasts
  }

  indexOf(device: DeviceId): number {
    const known = this.#indexByDevice.get(device)
    if (known !== undefined) return known
    this.#indexByDevice.set(device, this.#devices.length)
    return this.#devices.push(device) - 1
  }

  /** `counts` by device index. */
  intern(counts: readonly number[]): ControlPast {
    const trimmed = withoutTrailingZeros(counts)
    const key = trimmed.join()
    const known = this.#pastByKey.get(key)
    if (known !== undefined) return known
    const size = trimmed.reduce((sum, count) => sum + count, 0)
    const past = { number: this.#pasts.length, counts: trimmed, size }
    this.#pastByKey.set(key, past)
    this.#pasts.push(past)
    return past
  }

  join(a: ControlPast, b: ControlPast): ControlPast {
    if (a === b || isWithin(b, a)) return a
    if (isWithin(a, b)) return b
    const length = Math.max(a.counts.length, b.counts.length)
    const counts = Array.from({ length }, (_, i) => Math.max(a.counts[i] ?? 0, b.counts[i] ?? 0))
    return this.intern(counts)
  }

  /** The past together with the next control entry of a device. */
  advance(past: ControlPast, deviceIndex: number): ControlPast {
    const counts = Array.from({ length: Math.max(past.counts.length, deviceIndex + 1) }, (_, i) => {
      return (past.counts[i] ?? 0) + (i === deviceIndex ? 1 : 0)
    })
    return this.intern(counts)
  }

  at(number: number): ControlPast {
    const past = this.#pasts[number]
    assert(past !== undefined, `no control past ${number}`)
    return past
  }
}

/** Whether every control entry of `inner` is in `outer`. */
export function isWithin(inner: ControlPast, outer: ControlPast): boolean {
  if (inner.size > outer.size || inner.counts.length > outer.counts.length) return false
  return inner.counts.every((count, i) => count <= outer.counts[i]!)
}

/** Whether the control entry `ordinal` of a device is in the past. */
export function includesControl(past: ControlPast, deviceIndex: number, ordinal: number): boolean {
  return (past.counts[deviceIndex] ?? 0) > ordinal
}

function withoutTrailingZeros(counts: readonly number[]): readonly number[] {
  let length = counts.length
  while (length > 0 && counts[length - 1] === 0) length--
  return counts.slice(0, length)
}
