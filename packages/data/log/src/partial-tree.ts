/**
 * The hashes of a signed tree of which only the first leaves are here.
 *
 * A consistency proof from the leaves that are here to the whole names hashes of ranges to the right of them. Every range
 * that begins here and ends beyond is an ancestor on the border between the two, so it can be computed from what is here and
 * those hashes: a receiver can therefore prove to others whatever it holds, before it holds everything.
 */

import { splitOf } from './tree.ts'
import { consistencyShape } from './tree.ts'
import type { HashSource, TreeHasher } from './tree.ts'

export class PartialTree implements HashSource {
  readonly #hasher: TreeHasher
  readonly #here: HashSource
  readonly #length: number
  readonly #beyond = new Map<string, Uint8Array>()

  /** `extension` is a verified consistency proof from `length` to `whole`. */
  constructor(
    hasher: TreeHasher,
    here: HashSource,
    length: number,
    whole: number,
    extension: readonly Uint8Array[],
  ) {
    this.#hasher = hasher
    this.#here = here
    this.#length = length
    if (length === whole || length === 0) return
    for (const [i, { start, end }] of consistencyShape(length, whole).entries()) {
      if (extension[i] && end > length) this.#beyond.set(`${start}-${end}`, extension[i])
    }
  }

  /** @throws RangeError for a range that lies beyond what the proof names */
  hash(start: number, end: number): Uint8Array {
    if (end <= this.#length) return this.#here.hash(start, end)
    const known = this.#beyond.get(`${start}-${end}`)
    if (known) return known
    if (start >= this.#length) throw new RangeError(`leaves ${start} to ${end} are not here`)
    const middle = splitOf(start, end)
    return this.#hasher.node(this.hash(start, middle), this.hash(middle, end))
  }
}

/** The leaves of one source up to `from`, and after that given ones. */
export class OverlayTree implements HashSource {
  readonly #hasher: TreeHasher
  readonly #below: HashSource
  readonly #from: number
  readonly #leafHashes: readonly Uint8Array[]

  constructor(
    hasher: TreeHasher,
    below: HashSource,
    from: number,
    leafHashes: readonly Uint8Array[],
  ) {
    this.#hasher = hasher
    this.#below = below
    this.#from = from
    this.#leafHashes = leafHashes
  }

  hash(start: number, end: number): Uint8Array {
    if (end <= this.#from) return this.#below.hash(start, end)
    if (end - start === 1) return this.#leafHashes[start - this.#from]!
    const middle = splitOf(start, end)
    return this.#hasher.node(this.hash(start, middle), this.hash(middle, end))
  }
}
