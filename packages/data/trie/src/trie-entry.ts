/** What a reader gets for a key. */

import type { TrieNode } from './node.ts'

export class TrieEntry {
  readonly #node: TrieNode

  constructor(node: TrieNode) {
    this.#node = node
  }

  /** The trie's version right after this key was put: `checkout` and `ifVersion` take it. */
  get version(): number {
    return this.#node.index + 1
  }

  /** Shares memory with the trie's cache: do not change it. */
  get key(): Uint8Array {
    return this.#node.key
  }

  /** Shares memory with the trie's cache: do not change it. */
  get value(): Uint8Array {
    return this.#node.value
  }
}
