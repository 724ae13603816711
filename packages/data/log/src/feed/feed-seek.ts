/**
 * Finding a byte of a feed: a binary search over the offsets that the blocks themselves carry.
 *
 * Every block is proven, its offset is only what the author claims. The search therefore checks each against those it has seen: an
 * author whose offsets contradict each other is found out where the search passes.
 */

import { LogError } from '../errors.ts'
import { FeedError } from './errors.ts'
import type { FeedBlock } from './feed-block.ts'

export interface BytePlace {
  /** The block in which the byte lies. */
  readonly index: number
  /** The byte within its payload. */
  readonly offset: number
}

/** `load` gives any of the `length` blocks. @throws LogError `LOG_OUT_OF_RANGE`; FeedError `FEED_OFFSETS`; as `load` */
export async function seekByte(
  length: number,
  byteOffset: number,
  load: (index: number) => Promise<FeedBlock>,
): Promise<BytePlace> {
  if (!Number.isSafeInteger(byteOffset) || byteOffset < 0) throw outside(byteOffset)
  if (length === 0) {
    if (byteOffset > 0) throw outside(byteOffset)
    return { index: 0, offset: 0 }
  }
  const last = await load(length - 1)
  const byteLength = last.offset + last.bytes
  if (byteOffset > byteLength) throw outside(byteOffset)
  if (byteOffset === byteLength) return { index: length, offset: 0 }
  if (byteOffset >= last.offset) return { index: length - 1, offset: byteOffset - last.offset }
  // The byte lies in one of the blocks [low, high); everything before `low` ends at `lowByte` at the latest.
  let [low, high, lowByte, highByte] = [0, length - 1, 0, last.offset]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const { offset, bytes } = await load(middle)
    const end = offset + bytes
    const isFirst = middle === 0 ? offset === 0 : true
    if (offset < lowByte || end > highByte || !isFirst) throw contradiction(middle)
    if (byteOffset >= offset && byteOffset < end)
      return { index: middle, offset: byteOffset - offset }
    if (byteOffset < offset) [high, highByte] = [middle, offset]
    else [low, lowByte] = [middle + 1, end]
  }
  throw contradiction(low)
}

function outside(byteOffset: number): LogError {
  const message = `the feed does not reach to byte ${byteOffset}`
  return new LogError('LOG_OUT_OF_RANGE', message, { fields: { byteOffset } })
}

function contradiction(index: number): FeedError {
  const message = `the byte offsets of the author contradict each other at block ${index}`
  return new FeedError('FEED_OFFSETS', message, { fields: { index } })
}
