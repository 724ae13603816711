/** How a log is opened, and what its methods take and give. */

import type { Crypto, Disk, Logger, Signer } from '@hamlet/core'
import type { LogHead } from './head.ts'
import type { LeafLength } from './recovery.ts'

export interface LogOptions {
  readonly disk: Disk
  readonly crypto: Crypto
  /** Of this log alone, on `disk`. */
  readonly directory: string
  /** The author's Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** What the log is part of, 32 bytes: a space passes its id. */
  readonly namespace: Uint8Array
  /** Only the author has it; without it the log is a copy. */
  readonly signer?: Signer
  /** Bytes at the beginning of a block that are the tree's leaf. @default the whole block */
  readonly leafLength?: LeafLength
  /** Whether the rest of a block is what its leaf commits to. @default true */
  readonly checkBlock?: (block: Uint8Array) => boolean
  readonly logger?: Logger
  /** A commit begins a new segment file once the current one is this large. @default 64 MiB */
  readonly segmentBytes?: number
  /** Blocks after which the derived files are synced and marked. @default 8,192 */
  readonly markBlocks?: number
}

export interface AppendOptions {
  /** What the log must be for the append to count: its length when the first block is written, and its fork. */
  readonly at?: { readonly length: number; readonly fork: number }
}

export interface AppendReceipt {
  /** Index of the first block of the call. */
  readonly from: number
  readonly to: number
  /** The head of the commit, which may hold blocks of other calls too. */
  readonly head: LogHead
}

export interface AcceptedRange {
  /** Length before. */
  readonly from: number
  /** Length after. */
  readonly to: number
}

export interface AcceptOptions {
  /** `false` returns before the blocks are durable; call `sync` before relying on them. @default true */
  readonly sync?: boolean
}

export interface RangeLimits {
  /** Bytes of the encoded range. One block is given even if it is larger. */
  readonly bytesMax: number
  readonly blocksMax: number
  /** Where blocks may be put if they fit: then they are views of it, and it must not change before they are used. */
  readonly into?: Uint8Array
}
