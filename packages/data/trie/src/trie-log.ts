/**
 * What a trie asks of the log it lies in: blocks by index, here or elsewhere, and for the author a way to append.
 *
 * The idea: a trie never awaits a block that is here. `peek` answers at once or not at all; only what it does not
 * have is loaded. Any log fits: an author's `Log`, a sparse copy, a feed that decrypts.
 */

import type { BlockEvent, BlockSource } from '@hamlet/log'
import type { Cancel } from '@hamlet/core'

export interface TrieLog {
  /** Blocks in the log, here or not. */
  readonly length: number
  /** How often the author truncated the log. @default 0 */
  readonly fork?: number
  /** The block if it is here. */
  peek(index: number): Uint8Array | undefined
  /** The block, from here or from whoever has it. */
  load(index: number, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>
  /** Only the author has it. Resolves when the blocks are durable, all of them or none. */
  append?(blocks: readonly Uint8Array[]): Promise<{ readonly from: number; readonly to: number }>
  /** Calls `listener` after the length changed. */
  watch?(listener: () => void): Cancel
}

/** The part of `Log` that a trie needs. */
export interface CompleteLog {
  readonly length: number
  get(index: number): Uint8Array
  append(blocks: readonly Uint8Array[]): Promise<{ readonly from: number; readonly to: number }>
}

/** A `Log` that holds all its blocks, the author's or a copy; of a copy `put` rejects with `LOG_READ_ONLY`. */
export function trieLogOf(log: CompleteLog): TrieLog {
  const listeners = new Set<() => void>()
  return {
    get length() {
      return log.length
    },
    peek: (index) => log.get(index),
    load: async (index) => log.get(index),
    async append(blocks) {
      const receipt = await log.append(blocks)
      for (const listener of listeners) listener()
      return receipt
    },
    watch(listener) {
      // Each subscription is its own, also of one function twice.
      const own = (): void => listener()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
}

/** A log of which only a part may be here; nobody but its author appends to it. */
export function trieLogOfSource(source: BlockSource): TrieLog {
  return {
    get length() {
      return source.length
    },
    get fork() {
      return source.fork
    },
    peek: (index) => source.peek(index),
    load: (index, options) => source.load(index, options),
    watch: (listener) =>
      source.watch((event: BlockEvent) => {
        if (event.type === 'head' || event.type === 'truncated') listener()
      }),
  }
}
