/** The hashes of a tree whose leaf hashes are all in memory: for repairs, which cannot trust the tree file. */

import { rangeHash } from './tree.ts'
import type { HashSource, TreeHasher } from './tree.ts'

export class MemoryTree implements HashSource {
  readonly #hasher: TreeHasher
  /** Of perfect subtrees: those of 2^k leaves at k. */
  readonly #levels: (readonly Uint8Array[])[]

  constructor(hasher: TreeHasher, leafHashes: readonly Uint8Array[]) {
    this.#hasher = hasher
    this.#levels = [leafHashes]
    for (let below = leafHashes; below.length > 1;) {
      const level: Uint8Array[] = []
      for (let i = 0; i + 1 < below.length; i += 2)
        level.push(hasher.node(below[i]!, below[i + 1]!))
      this.#levels.push(level)
      below = level
    }
  }

  hash(start: number, end: number): Uint8Array {
    return rangeHash(this.#hasher, start, end, (at, size) => {
      return this.#levels[Math.log2(size)]![at / size]!
    })
  }

  root(length: number): Uint8Array {
    return length === 0 ? this.#hasher.empty() : this.hash(0, length)
  }
}
