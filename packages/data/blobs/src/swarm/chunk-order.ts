/**
 * The chunks nobody was asked for yet, rarest first, by chance among those that are equally rare.
 *
 * The idea (libtorrent's piece picker): one permutation of chunks, cut into buckets by availability. A chunk that becomes a little
 * more or less rare changes places with one at the edge of its bucket, and the edge moves over it: O(1), however many
 * chunks there are. Taking one out or putting one in moves one chunk for each bucket.
 *
 * Invariants:
 * 1. `#order[#place[c]] === c` for every chunk in it, and `#place[c] === ABSENT` for the others.
 * 2. Bucket a lies in [#ends[a - 1], #ends[a]) and holds the chunks in it whose availability is a.
 */

import { assert } from '@hamlet/core'
import type { SeededChoice } from './seeded-choice.ts'

const ABSENT = -1

export class ChunkOrder {
  readonly #choice: SeededChoice
  readonly #order: Uint32Array
  readonly #place: Int32Array
  readonly #availability: Uint16Array
  readonly #ends: number[] = [0]

  constructor(chunkCount: number, choice: SeededChoice) {
    this.#choice = choice
    this.#order = new Uint32Array(chunkCount)
    this.#place = new Int32Array(chunkCount).fill(ABSENT)
    this.#availability = new Uint16Array(chunkCount)
  }

  get size(): number {
    return this.#ends.at(-1)!
  }

  has(chunk: number): boolean {
    return this.#place[chunk] !== ABSENT
  }

  availabilityOf(chunk: number): number {
    return this.#availability[chunk]!
  }

  /** The chunk at a place, rarest first. */
  at(place: number): number {
    return this.#order[place]!
  }

  insert(chunk: number): void {
    if (this.has(chunk)) return
    const bucket = this.#availability[chunk]!
    this.#openBucket(bucket)
    let hole = this.size
    for (let above = this.#ends.length - 1; above > bucket; above--) {
      const start = this.#ends[above - 1]!
      if (start < hole) this.#put(this.#order[start]!, hole)
      hole = start
      this.#ends[above]!++
    }
    this.#ends[bucket]!++
    this.#put(chunk, hole)
    this.#mix(chunk, bucket)
  }

  remove(chunk: number): void {
    if (!this.has(chunk)) return
    let hole = this.#place[chunk]!
    for (let bucket = this.#availability[chunk]!; bucket < this.#ends.length; bucket++) {
      const last = this.#ends[bucket]! - 1
      if (last > hole) this.#put(this.#order[last]!, hole)
      if (last >= hole) hole = last
      this.#ends[bucket]!--
    }
    this.#place[chunk] = ABSENT
  }

  /** One more peer holds it. */
  raise(chunk: number): void {
    const bucket = this.#availability[chunk]!++
    if (!this.has(chunk)) return
    this.#openBucket(bucket + 1)
    this.#swap(this.#place[chunk]!, this.#ends[bucket]! - 1)
    this.#ends[bucket]!--
    this.#mix(chunk, bucket + 1)
  }

  /** One fewer does. */
  lower(chunk: number): void {
    assert(this.#availability[chunk]! > 0, 'somebody held it')
    const bucket = this.#availability[chunk]!--
    if (!this.has(chunk)) return
    this.#swap(this.#place[chunk]!, this.#ends[bucket - 1]!)
    this.#ends[bucket - 1]!++
    this.#mix(chunk, bucket - 1)
  }

  /** Somewhere among its equals. */
  #mix(chunk: number, bucket: number): void {
    const start = bucket === 0 ? 0 : this.#ends[bucket - 1]!
    const other = start + this.#choice.below(this.#ends[bucket]! - start)
    this.#swap(this.#place[chunk]!, other)
  }

  #openBucket(bucket: number): void {
    while (this.#ends.length <= bucket) this.#ends.push(this.size)
  }

  #swap(a: number, b: number): void {
    if (a === b) return
    const moved = this.#order[a]!
    this.#put(this.#order[b]!, a)
    this.#put(moved, b)
  }

  #put(chunk: number, place: number): void {
    this.#order[place] = chunk
    this.#place[chunk] = place
  }
}
