/**
 * How the sealed bytes of an object lie in its shards: arithmetic alone.
 *
 * The bytes are cut into stripes of k pieces, and each stripe is coded to n pieces by itself; shard i is the i-th pieces of all
 * stripes, one after the other. A piece has 65,536 bytes, except in the last stripe, where the rest is spread evenly and
 * filled up with zeros. All shards of an object are therefore of one size, and any range of it is in few, known places.
 *
 *     STRIPE   OF THE OBJECT                    OF EACH SHARD
 *     0        0 to 65,536 k                    0 to 65,536
 *     j        65,536 k j to 65,536 k (j + 1)   65,536 j to 65,536 (j + 1)
 *     last     65,536 k j to its end            65,536 j to 65,536 j + ceil(rest / k)
 *
 * Worked example: 150,000 bytes, k = 2. Stripe 0 is bytes 0 to 131,072, 65,536 in each data shard; of stripe 1 there are 18,928
 * left, 9,464 each. A shard has 75,000 bytes, and byte 140,600 of the object is byte 65,600 of shard 1.
 */

import { assert } from '@hamlet/core'
import { OBJECT_CIPHER_BYTES_MAX, OBJECT_SHARDS_MAX, STRIPE_PIECE_BYTES } from './limits.ts'

export interface ObjectShape {
  /** k: this many shards suffice, 1 or more. */
  readonly needed: number
  /** n: this many there are. */
  readonly total: number
  /** Of the sealed object, 1 or more. */
  readonly cipherBytes: number
}

export interface StripePlace {
  readonly index: number
  /** Where its bytes begin in the object, and how many of the object's they are. */
  readonly offset: number
  readonly length: number
  /** Where its piece begins in each shard, and how long that is. */
  readonly shardOffset: number
  readonly pieceBytes: number
}

/** Bytes of one data shard, in the order of the object. */
export interface ShardSpan {
  readonly shard: number
  readonly offset: number
  readonly length: number
}

export function isObjectShape({ needed, total, cipherBytes }: ObjectShape): boolean {
  const areWhole = [needed, total, cipherBytes].every((value) => Number.isSafeInteger(value))
  if (!areWhole || needed < 1 || total < needed || total > OBJECT_SHARDS_MAX) return false
  return cipherBytes >= 1 && cipherBytes <= OBJECT_CIPHER_BYTES_MAX
}

export function stripeCount({ needed, cipherBytes }: ObjectShape): number {
  return Math.ceil(cipherBytes / (needed * STRIPE_PIECE_BYTES))
}

export function stripeAt(shape: ObjectShape, index: number): StripePlace {
  assert(index >= 0 && index < stripeCount(shape), `stripe ${index} of ${stripeCount(shape)}`)
  const whole = shape.needed * STRIPE_PIECE_BYTES
  const offset = index * whole
  const length = Math.min(whole, shape.cipherBytes - offset)
  const pieceBytes = Math.ceil(length / shape.needed)
  return { index, offset, length, shardOffset: index * STRIPE_PIECE_BYTES, pieceBytes }
}

/** The stripe that byte `offset` of the object is in. */
export function stripeOf({ needed }: ObjectShape, offset: number): number {
  return Math.floor(offset / (needed * STRIPE_PIECE_BYTES))
}

/** Of each shard. */
export function shardBytesOf(shape: ObjectShape): number {
  const { shardOffset, pieceBytes } = stripeAt(shape, stripeCount(shape) - 1)
  return shardOffset + pieceBytes
}

/** What all shards together take. */
export function codedBytesOf(shape: ObjectShape): number {
  return shape.total * shardBytesOf(shape)
}

/** Where bytes `offset` to `offset + length` of the object lie in the data shards; within one stripe. */
export function spansIn(
  { offset: from, length: has, shardOffset, pieceBytes }: StripePlace,
  range: { readonly offset: number; readonly length: number },
): readonly ShardSpan[] {
  const start = Math.max(range.offset, from) - from
  const end = Math.min(range.offset + range.length, from + has) - from
  const spans: ShardSpan[] = []
  for (let at = start; at < end;) {
    const shard = Math.floor(at / pieceBytes)
    const inPiece = at - shard * pieceBytes
    const length = Math.min(pieceBytes - inPiece, end - at)
    spans.push({ shard, offset: shardOffset + inPiece, length })
    at += length
  }
  return spans
}
