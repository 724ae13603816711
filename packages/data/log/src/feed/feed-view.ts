/** What the streams of a feed ask of it; see {@link Feed}. */

import type { Cancel } from '@hamlet/core'
import type { BlockEvent } from '../block-source.ts'
import type { WaitOptions } from './deadline.ts'
import type { FeedReceipt } from './feed-core.ts'
import type { BytePlace } from './feed-seek.ts'

export interface FeedView {
  readonly length: number
  readonly isClosed: boolean
  get(index: number, options: WaitOptions): Promise<Uint8Array>
  seek(byteOffset: number, options: WaitOptions): Promise<BytePlace>
  snapshot(): FeedView & Disposable
  append(payloads: readonly Uint8Array[]): Promise<FeedReceipt>
  watch(listener: (event: BlockEvent) => void): Cancel
}
