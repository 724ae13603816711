/**
 * A log as its readers see it, whichever part of it is here.
 *
 * An author and a complete copy hold every block; a sparse copy holds some and knows whom to ask for others. What reads a
 * log (a feed, a trie, a stream of blocks) asks a {@link BlockSource} and need not know which of them it is.
 */

import type { Cancel } from '@hamlet/core'

export interface LoadOptions {
  readonly signal?: AbortSignal
  /** Higher is sooner. @default 0 */
  readonly priority?: number
}

/** What became of the blocks [from, to). */
export type BlockEvent =
  /** The trusted head speaks of more blocks than before. */
  | { readonly type: 'head'; readonly length: number }
  /** They are here now: appended, or fetched. */
  | { readonly type: 'stored'; readonly from: number; readonly to: number }
  /** Their bytes are gone from here; their hashes stay. */
  | { readonly type: 'cleared'; readonly from: number; readonly to: number }
  /** As `cleared`, but nobody asked for it: they turned out to be torn or damaged. */
  | { readonly type: 'lost'; readonly from: number; readonly to: number }
  /** The author took back what came after the first `length` blocks, and signed that. */
  | { readonly type: 'truncated'; readonly length: number; readonly fork: number }

export interface BlockSource {
  /** Blocks in the log, here or not: that of the newest trusted head. */
  readonly length: number
  /** How often the author truncated the log. */
  readonly fork: number
  has(index: number): boolean
  /** The block if it is here. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  peek(index: number): Uint8Array | undefined
  /** The block, from here or verified from whoever has it. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_NOT_HERE` when nobody can be asked */
  load(index: number, options?: LoadOptions): Promise<Uint8Array>
  watch(listener: (event: BlockEvent) => void): Cancel
}

/** Whoever can get blocks from elsewhere: they are stored before it resolves. */
export interface BlockFetcher {
  fetch(index: number, options: LoadOptions): Promise<void>
}
