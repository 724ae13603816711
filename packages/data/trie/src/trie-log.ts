/**
 * What a trie asks of the log it lies in: blocks by index, here or elsewhere, and for the author a way to append.
 *
 * The idea: a trie never awaits a block that is here. `peek` answers at once or not at all; only what it does not
 * have is loaded. Any log fits: an author's `Log`, a sparse copy that fetches, blocks in an array.
 */

import type { BlockEvent, BlockSource, Feed } from '@hamlet/log'
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

/** `Log` appends, a sparse copy does not. */
export type TrieBlockSource = BlockSource & Pick<TrieLog, 'append'>

/** A log of `@hamlet/log`, complete or sparse. Of a copy that is a `Log`, writes are refused with `LOG_READ_ONLY`. */
export function trieLogOf(source: TrieBlockSource): TrieLog {
  const log: TrieLog = {
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
        if (event.type !== 'cleared' && event.type !== 'lost') listener()
      }),
  }
  if (source.append) log.append = (blocks) => source.append!(blocks)
  return log
}

/** The payloads of a feed, encrypted or not. What is proven of such a trie is verified with `feedPayloads`. */
export function trieLogOfFeed(feed: Feed): TrieLog {
  const log: TrieLog = {
    get length() {
      return feed.length
    },
    get fork() {
      return feed.fork
    },
    peek: (index) => feed.peek(index),
    load: (index, options) => feed.get(index, { ...options, wait: true }),
    watch: (listener) =>
      feed.watch((event: BlockEvent) => {
        if (event.type !== 'cleared' && event.type !== 'lost') listener()
      }),
  }
  if (feed.isWritable) log.append = (blocks) => feed.append(blocks)
  return log
}
