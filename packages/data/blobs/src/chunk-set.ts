/**
 * Which chunks of one blob: a bit each, with their number kept.
 *
 * A blob has at most 2^22 chunks, so a set has at most 512 KiB. Its bytes are what BitTorrent calls a bitfield: chunk 0 is the
 * highest bit of the first byte.
 */

import { assert } from '@hamlet/core'

/** Chunks `first` to `first + count - 1`. */
export interface ChunkRun {
  readonly first: number
  readonly count: number
}

export class ChunkSet {
  readonly chunkCount: number
  readonly #bits: Uint8Array
  #size = 0

  constructor(chunkCount: number) {
    this.chunkCount = chunkCount
    this.#bits = new Uint8Array(Math.ceil(chunkCount / 8))
  }

  static full(chunkCount: number): ChunkSet {
    const set = new ChunkSet(chunkCount)
    set.addRun(0, chunkCount)
    return set
  }

  /** The set in a bitfield, copied, or `undefined` when it has another length or bits beyond the last chunk. */
  static fromBits(chunkCount: number, bits: Uint8Array): ChunkSet | undefined {
    const set = new ChunkSet(chunkCount)
    if (bits.length !== set.#bits.length) return undefined
    if (chunkCount % 8 !== 0 && (bits.at(-1)! & (0xff >> (chunkCount % 8))) !== 0) return undefined
    set.#bits.set(bits)
    for (const byte of bits) set.#size += bitsIn(byte)
    return set
  }

  /** How many chunks are in it. */
  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size === this.chunkCount
  }

  /** A copy of the bitfield. */
  toBits(): Uint8Array {
    return this.#bits.slice()
  }

  clone(): ChunkSet {
    const copy = new ChunkSet(this.chunkCount)
    copy.#bits.set(this.#bits)
    copy.#size = this.#size
    return copy
  }

  has(chunk: number): boolean {
    return (this.#bits[chunk >> 3]! & (0x80 >> (chunk & 7))) !== 0
  }

  /** Whether it was not in before. */
  add(chunk: number): boolean {
    assert(chunk >= 0 && chunk < this.chunkCount, 'a chunk of this blob')
    if (this.has(chunk)) return false
    this.#bits[chunk >> 3]! |= 0x80 >> (chunk & 7)
    this.#size++
    return true
  }

  /** Whether it was in. */
  delete(chunk: number): boolean {
    if (!this.has(chunk)) return false
    this.#bits[chunk >> 3]! &= ~(0x80 >> (chunk & 7))
    this.#size--
    return true
  }

  addRun(first: number, count: number): void {
    assert(first >= 0 && count >= 0 && first + count <= this.chunkCount, 'chunks of this blob')
    const end = first + count
    let chunk = first
    for (; chunk < end && (chunk & 7) !== 0; chunk++) this.add(chunk)
    for (; chunk + 8 <= end; chunk += 8) {
      this.#size += 8 - bitsIn(this.#bits[chunk >> 3]!)
      this.#bits[chunk >> 3] = 0xff
    }
    for (; chunk < end; chunk++) this.add(chunk)
  }

  /** The first chunk from `from` on that is in it, or not in it; `undefined` when there is none. */
  next(from: number, isMember = true): number | undefined {
    const skip = isMember ? 0 : 0xff
    for (let chunk = from; chunk < this.chunkCount; chunk++) {
      if ((chunk & 7) === 0) {
        while (chunk < this.chunkCount && this.#bits[chunk >> 3] === skip) chunk += 8
        if (chunk >= this.chunkCount) return undefined
      }
      if (this.has(chunk) === isMember) return chunk
    }
    return undefined
  }

  /** The runs of it in order, none touching the next. */
  *runs(): Generator<ChunkRun> {
    let first = this.next(0)
    while (first !== undefined) {
      const end = this.next(first, false) ?? this.chunkCount
      yield { first, count: end - first }
      first = this.next(end)
    }
  }

  /** Every chunk in it, in order. */
  *[Symbol.iterator](): Generator<number> {
    for (let at = this.next(0); at !== undefined; at = this.next(at + 1)) yield at
  }
}

function bitsIn(byte: number): number {
  const pairs = byte - ((byte >> 1) & 0x55)
  const nibbles = (pairs & 0x33) + ((pairs >> 2) & 0x33)
  return (nibbles + (nibbles >> 4)) & 0x0f
}
