/** Streams into a feed: bytes are cut into payloads, and appended in groups, so that memory is bounded and syncs are few. */

import { ChunkCutter, chunksOf } from './chunks.ts'
import { FEED_PAYLOAD_BYTES_MAX } from './feed-block.ts'
import type { FeedView } from './feed-view.ts'
import type { FeedReceipt } from './feed-core.ts'

export interface ChunkOptions {
  /** Bytes of each payload but the last. @default as the input gives them, cut at `FEED_PAYLOAD_BYTES_MAX` */
  readonly chunkBytes?: number
}

/** Appended at a time by a stream. */
export const FEED_GROUP_BYTES = 1024 * 1024
const GROUP_PAYLOADS = 1024

export async function appendAll(
  feed: FeedView,
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { chunkBytes }: ChunkOptions,
): Promise<FeedReceipt> {
  const group = new PayloadGroup(feed)
  let first: FeedReceipt | undefined
  let last: FeedReceipt | undefined
  for await (const payload of chunksOf(input, chunkBytes, FEED_PAYLOAD_BYTES_MAX)) {
    if (!group.add(payload)) continue
    last = await group.append()
    first ??= last
  }
  const rest = await group.append()
  return { ...rest, from: (first ?? last ?? rest).from }
}

export function writableOf(
  feed: FeedView,
  { chunkBytes }: ChunkOptions,
): WritableStream<Uint8Array> {
  const cutter = new ChunkCutter(chunkBytes, FEED_PAYLOAD_BYTES_MAX)
  const group = new PayloadGroup(feed)
  const take = async (payloads: Iterable<Uint8Array>): Promise<void> => {
    for (const payload of payloads) if (group.add(payload)) await group.append()
  }
  return new WritableStream<Uint8Array>({
    async write(bytes) {
      // Whoever writes may use the memory again at once.
      await take(cutter.push(bytes.slice()))
      await group.append()
    },
    async close() {
      await take(cutter.end())
      await group.append()
    },
  })
}

class PayloadGroup {
  readonly #feed: FeedView
  #payloads: Uint8Array[] = []
  #bytes = 0

  constructor(feed: FeedView) {
    this.#feed = feed
  }

  /** Whether it should be appended now. */
  add(payload: Uint8Array): boolean {
    this.#payloads.push(payload)
    this.#bytes += payload.length
    return this.#bytes >= FEED_GROUP_BYTES || this.#payloads.length >= GROUP_PAYLOADS
  }

  async append(): Promise<FeedReceipt> {
    const payloads = this.#payloads
    this.#payloads = []
    this.#bytes = 0
    return await this.#feed.append(payloads)
  }
}
