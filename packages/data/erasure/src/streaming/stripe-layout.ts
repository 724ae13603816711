/**
 * How a stream of known length lies in shards: arithmetic alone.
 *
 * The bytes are cut into stripes of k pieces, and each stripe is coded to n pieces by itself; shard i is the i-th pieces of all
 * stripes, one after the other. Every piece has `pieceBytes`, except in the last stripe, where the rest is spread evenly and
 * filled up with zeros. All shards are therefore of one size, and any range of the stream is in few, known places.
 *
 *     STRIPE   OF THE STREAM    OF EACH SHARD
 *     0        0 to pk          0 to p
 *     j        pkj to pk(j+1)   pj to p(j+1)
 *     last     pkj to its end   pj to pj + ceil(rest / k)
 *
 * Worked example: 150,000 bytes, k = 2, p = 65,536. Stripe 0 is bytes 0 to 131,072, 65,536 in each data shard; of stripe 1 there are
 * 18,928 left, 9,464 each. A shard has 75,000 bytes, and byte 140,600 of the stream is byte 65,600 of shard 1.
 */

import { assert } from '@hamlet/core'
import { ErasureError } from '../errors.ts'

export interface StripeLayoutParameters {
  /** k, 1 or more. */
  readonly dataShards: number
  /** Of each piece of all stripes but the last, 1 or more. */
  readonly pieceBytes: number
  /** Of the stream, 0 or more. */
  readonly totalBytes: number
}

export interface StripePlace {
  readonly index: number
  /** Where its bytes begin in the stream, and how many of the stream's they are. */
  readonly offset: number
  readonly length: number
  /** Where its piece begins in each shard, and how long that is. */
  readonly shardOffset: number
  readonly pieceBytes: number
}

/** Bytes of the stream. */
export interface StreamRange {
  readonly offset: number
  readonly length: number
}

/** Bytes of one data shard, in the order of the stream. */
export interface ShardSpan {
  readonly shard: number
  readonly offset: number
  readonly length: number
}

export class StripeLayout {
  readonly dataShards: number
  readonly pieceBytes: number
  readonly totalBytes: number

  /** @throws {@link ErasureError} `ERASURE_PARAMETERS` */
  constructor({ dataShards, pieceBytes, totalBytes }: StripeLayoutParameters) {
    const areWhole = [dataShards, pieceBytes, totalBytes].every(Number.isSafeInteger)
    if (!areWhole || dataShards < 1 || pieceBytes < 1 || totalBytes < 0) {
      const message = `expected counts of data shards and bytes, got ${dataShards}, ${pieceBytes}, ${totalBytes}`
      throw new ErasureError('ERASURE_PARAMETERS', message)
    }
    this.dataShards = dataShards
    this.pieceBytes = pieceBytes
    this.totalBytes = totalBytes
  }

  /** Of the stream in one stripe, but for the last. */
  get stripeBytes(): number {
    return this.dataShards * this.pieceBytes
  }

  get stripeCount(): number {
    return Math.ceil(this.totalBytes / this.stripeBytes)
  }

  /** Of each shard. */
  get shardBytes(): number {
    if (this.totalBytes === 0) return 0
    const { shardOffset, pieceBytes } = this.stripeAt(this.stripeCount - 1)
    return shardOffset + pieceBytes
  }

  /** A short stream needs no room for long pieces. At least 1. */
  get longestPieceBytes(): number {
    return Math.max(1, Math.min(this.pieceBytes, Math.ceil(this.totalBytes / this.dataShards)))
  }

  stripeAt(index: number): StripePlace {
    const { stripeCount, stripeBytes } = this
    assert(index >= 0 && index < stripeCount, `stripe ${index} of ${stripeCount}`)
    const offset = index * stripeBytes
    const length = Math.min(stripeBytes, this.totalBytes - offset)
    const pieceBytes = Math.ceil(length / this.dataShards)
    return { index, offset, length, shardOffset: index * this.pieceBytes, pieceBytes }
  }

  /** The stripe that byte `offset` of the stream is in. */
  stripeOf(offset: number): number {
    return Math.floor(offset / this.stripeBytes)
  }

  /** The stripes that a range touches; what lies beyond the end of the stream is in none. */
  *stripesIn({ offset, length }: StreamRange): Generator<StripePlace, void, void> {
    const end = Math.min(offset + length, this.totalBytes)
    if (offset >= end) return
    const last = this.stripeOf(end - 1)
    for (let index = this.stripeOf(offset); index <= last; index++) yield this.stripeAt(index)
  }
}

/** Where the bytes of `range` that are in this stripe lie in the data shards. */
export function spansIn(place: StripePlace, range: StreamRange): readonly ShardSpan[] {
  const start = Math.max(range.offset, place.offset) - place.offset
  const end = Math.min(range.offset + range.length, place.offset + place.length) - place.offset
  const spans: ShardSpan[] = []
  for (let at = start; at < end;) {
    const shard = Math.floor(at / place.pieceBytes)
    const inPiece = at - shard * place.pieceBytes
    const length = Math.min(place.pieceBytes - inPiece, end - at)
    spans.push({ shard, offset: place.shardOffset + inPiece, length })
    at += length
  }
  return spans
}
