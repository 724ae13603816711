/**
 * Nodes of a tree file that are kept in memory while proofs are made.
 *
 * The nodes that prove a leaf lie in two ways: those of its own 64 leaves next to each other in the file (post-order, see tree.ts),
 * so that one read brings them all; those above far apart, but few, and the same for many leaves.
 *
 * Invariant: nodes of a tree that only grows never change. Whoever cuts the file or writes it anew calls {@link NodeCache.clear}.
 */

import { HASH_BYTES } from './tree.ts'
import type { TailFile } from './tail-file.ts'

/** Subtrees of fewer leaves are read by the page, those of more are kept one by one. */
const SMALL_LEAVES = 64
const PAGE_BYTES = 4096
/** Together about a megabyte. */
const LARGE_NODES_MAX = 8192

export class NodeCache {
  readonly #file: TailFile
  readonly #large = new Map<number, Uint8Array>()
  #page: Uint8Array = new Uint8Array()
  #pageAt = 0

  constructor(file: TailFile) {
    this.#file = file
  }

  /** The root of a perfect subtree of so many leaves, which is the node at `position`. @throws StoreError `STORE_SHORT_READ` */
  get(position: number, leaves: number): Uint8Array {
    return leaves < SMALL_LEAVES ? this.#small(position) : this.#kept(position)
  }

  clear(): void {
    this.#large.clear()
    this.#page = new Uint8Array()
  }

  #small(position: number): Uint8Array {
    const offset = position * HASH_BYTES
    const { sizeBytes } = this.#file
    // What is not there is for the file to say.
    if (offset + HASH_BYTES > sizeBytes) return this.#file.read(offset, HASH_BYTES)
    const at = offset % PAGE_BYTES
    if (this.#pageAt !== offset - at || at + HASH_BYTES > this.#page.length) {
      const length = Math.min(PAGE_BYTES, sizeBytes - (offset - at))
      // A read that fails leaves the page as it was, with its place.
      this.#page = this.#file.read(offset - at, length)
      this.#pageAt = offset - at
    }
    return this.#page.slice(at, at + HASH_BYTES)
  }

  #kept(position: number): Uint8Array {
    const known = this.#large.get(position)
    if (known !== undefined) return known
    const node = this.#file.read(position * HASH_BYTES, HASH_BYTES)
    if (this.#large.size === LARGE_NODES_MAX) this.#large.clear()
    this.#large.set(position, node)
    return node
  }
}
