/**
 * Which dots are known: for each replica, ranges of its numbers.
 *
 * A vector clock can only say "everything up to n", which is not so while operations come out of order or one by one.
 * Ranges can, and shrink to one per replica once all is there (Almeida et al. 2018, section 7.2, keep a clock and a
 * cloud of single dots for the same end). A replica that skips numbers claims them with its next operation: nobody else
 * may use them, so they are known to be nothing.
 *
 * Invariants:
 * 1. Ranges of a replica are half-open, ascending, not empty, and neither overlap nor touch; a replica without any is
 *    not kept. So equal contexts are equal maps.
 * 2. Contexts join by union.
 *
 * Stored form of one replica's ranges: how many numbers are missing, how many known, missing, known, and so on. All but
 * the first are above zero: [0, 5] is 0 to 4; [2, 1, 3, 2] is 2, 6 and 7.
 */

import type { CborValue, FieldReader } from '@hamlet/core'

/** Flat: from, to, from, to, … with every `to` behind its range. */
export type Ranges = readonly number[]

const NOTHING: Ranges = []

export class CausalContext {
  readonly #ranges = new Map<string, number[]>()

  get replicas(): Iterable<string> {
    return this.#ranges.keys()
  }

  get replicaCount(): number {
    return this.#ranges.size
  }

  has(replica: string, seq: number): boolean {
    return isInRanges(this.rangesOf(replica), seq)
  }

  /** The number after the greatest known one. */
  next(replica: string): number {
    return this.#ranges.get(replica)?.at(-1) ?? 0
  }

  rangesOf(replica: string): Ranges {
    return this.#ranges.get(replica) ?? NOTHING
  }

  /** Whether anything in `from` (included) to `to` (excluded) was new. */
  add(replica: string, from: number, to: number): boolean {
    const ranges = this.#ranges.get(replica)
    if (ranges === undefined) {
      this.#ranges.set(replica, [from, to])
      return true
    }
    return insertRange(ranges, from, to)
  }

  /** Whether anything was new. */
  merge(other: CausalContext): boolean {
    let isChanged = false
    for (const [replica, theirs] of other.#ranges) {
      const ours = this.#ranges.get(replica)
      if (ours === undefined) this.#ranges.set(replica, [...theirs])
      else if (isCovered(theirs, ours)) continue
      else if (theirs.length === 2) insertRange(ours, theirs[0]!, theirs[1]!)
      else this.#ranges.set(replica, unionOf(ours, theirs))
      isChanged = true
    }
    return isChanged
  }

  isWithin(other: CausalContext): boolean {
    for (const [replica, ranges] of this.#ranges) {
      if (!isCovered(ranges, other.rangesOf(replica))) return false
    }
    return true
  }
}

export function isInRanges(ranges: Ranges, seq: number): boolean {
  const at = firstEndAbove(ranges, seq)
  return at < ranges.length && ranges[at]! <= seq
}

export function encodeRanges(ranges: Ranges): CborValue {
  return ranges.map((edge, i) => edge - (ranges[i - 1] ?? 0))
}

export function readRanges(fields: FieldReader): Ranges {
  return fields.tuple((row) => {
    const ranges: number[] = []
    let edge = 0
    while (row.remaining > 0) {
      const step = row.uint()
      if (step === 0 && ranges.length > 0) throw row.refuse('an empty range')
      edge += step
      if (edge > Number.MAX_SAFE_INTEGER) throw row.refuse('a number above 2^53')
      ranges.push(edge)
    }
    if (ranges.length === 0 || ranges.length % 2 === 1) throw row.refuse('half a range')
    return ranges
  })
}

/** Where the first range ends that ends above `seq`: the place of its beginning. */
function firstEndAbove(ranges: Ranges, seq: number): number {
  // Mostly there is one range, or the last is asked for.
  if (ranges.length === 2) return ranges[1]! > seq ? 0 : 2
  let low = 0
  let high = ranges.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ranges[2 * middle + 1]! > seq) high = middle
    else low = middle + 1
  }
  return 2 * low
}

function insertRange(ranges: number[], from: number, to: number): boolean {
  if (ranges[ranges.length - 1] === from) {
    ranges[ranges.length - 1] = to
    return true
  }
  // The first range that is not wholly before, and the first that is wholly behind; those between melt into one.
  const first = firstEndAbove(ranges, from - 1)
  if (first < ranges.length && ranges[first]! <= from && to <= ranges[first + 1]!) return false
  let behind = first
  while (behind < ranges.length && ranges[behind]! <= to) behind += 2
  const start = behind > first ? Math.min(from, ranges[first]!) : from
  const end = behind > first ? Math.max(to, ranges[behind - 1]!) : to
  ranges.splice(first, behind - first, start, end)
  return true
}

/** Whether `outer` holds all of `inner`. Both are walked once. */
function isCovered(inner: Ranges, outer: Ranges): boolean {
  for (let i = 0, o = 0; i < inner.length; i += 2) {
    while (o < outer.length && outer[o + 1]! <= inner[i]!) o += 2
    if (o >= outer.length || outer[o]! > inner[i]! || outer[o + 1]! < inner[i + 1]!) return false
  }
  return true
}

function unionOf(a: Ranges, b: Ranges): number[] {
  const union: number[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const isFirst = j >= b.length || (i < a.length && a[i]! <= b[j]!)
    const [from, to] = isFirst ? [a[i]!, a[i + 1]!] : [b[j]!, b[j + 1]!]
    if (isFirst) i += 2
    else j += 2
    const last = union.length - 1
    if (last >= 0 && from <= union[last]!) union[last] = Math.max(union[last]!, to)
    else union.push(from, to)
  }
  return union
}
