/** Feeds over logs in memory. */

import { Feed } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { testCrypto } from './_crypto.ts'
import { TestClock } from './_exchange.ts'
import { openAuthor } from './_logs.ts'
import type { FeedOptions, Log } from '@hamlet/log'

export const clock = new TestClock()
export const secret = new Uint8Array(32).fill(5)

export function feedOver(log: Log, more: Partial<FeedOptions> = {}): Feed {
  const { id } = log
  return Feed.over({ crypto: testCrypto, clock, id, source: log, writer: log, ...more })
}

export async function newFeed(
  more: Partial<FeedOptions> = {},
): Promise<{ readonly log: Log; readonly feed: Feed }> {
  const log = await openAuthor(createMemoryDisk(), { segmentBytes: 4000 })
  return { log, feed: feedOver(log, more) }
}

/** Payload `index`: some bytes, none for every seventh. */
export function payload(index: number): Uint8Array {
  return new Uint8Array(index % 7 === 3 ? 0 : 1 + ((index * 5) % 11)).fill(index)
}

export function payloadsOf(from: number, to: number): readonly Uint8Array[] {
  return Array.from({ length: to - from }, (_, i) => payload(from + i))
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const each of stream) all.push(each)
  return all
}
