/**
 * From the sealed bytes of an object to the bytes of its shards, a stripe at a time.
 *
 * Memory holds one stripe and what waits for the slowest shard, however long the object is. Bytes leave as copies: the next stripe is
 * coded in the same place.
 */

import { CauchyCode, Stripe } from '@hamlet/erasure'
import { assert } from '@hamlet/core'
import { STRIPE_PIECE_BYTES } from './limits.ts'
import { stripeAt, stripeCount } from './object-shape.ts'
import type { ObjectShape, StripePlace } from './object-shape.ts'

/** A stripe that has room for one of every shape with this k and n. */
export function createObjectStripe({
  needed,
  total,
}: Pick<ObjectShape, 'needed' | 'total'>): Stripe {
  const code = new CauchyCode({ dataShards: needed, parityShards: total - needed })
  return Stripe.create(code, STRIPE_PIECE_BYTES)
}

/**
 * The pieces of all n shards, stripe after stripe.
 *
 * @param sealed exactly `shape.cipherBytes`
 */
export async function* codeObject(
  shape: ObjectShape,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Uint8Array[], void, void> {
  const stripe = createObjectStripe(shape)
  const filling = new StripeFilling(stripe)
  let next = 0
  filling.begin(stripeAt(shape, 0))
  for await (const bytes of sealed) {
    for (let used = 0; used < bytes.length;) {
      assert(next < stripeCount(shape), 'an object has as many bytes as its shape says')
      used += filling.add(bytes.subarray(used))
      if (!filling.isFull) continue
      yield filling.code()
      next += 1
      if (next < stripeCount(shape)) filling.begin(stripeAt(shape, next))
    }
  }
  assert(next === stripeCount(shape), 'an object has as many bytes as its shape says')
}

/** One stripe as its data comes in. */
class StripeFilling {
  readonly #stripe: Stripe
  #place: StripePlace | undefined
  #filled = 0

  constructor(stripe: Stripe) {
    this.#stripe = stripe
  }

  get isFull(): boolean {
    return this.#filled === this.#place?.length
  }

  begin(place: StripePlace): void {
    this.#place = place
    this.#filled = 0
    this.#stripe.resize(place.pieceBytes)
  }

  /** How many of `bytes` it took. */
  add(bytes: Uint8Array): number {
    const { pieceBytes, length } = this.#place!
    const taken = Math.min(bytes.length, length - this.#filled)
    for (let used = 0; used < taken;) {
      const at = this.#filled + used
      const shard = Math.floor(at / pieceBytes)
      const count = Math.min(taken - used, (shard + 1) * pieceBytes - at)
      this.#stripe.shards[shard]!.set(bytes.subarray(used, used + count), at % pieceBytes)
      used += count
    }
    this.#filled += taken
    return taken
  }

  /** The pieces of all shards. */
  code(): readonly Uint8Array[] {
    const { pieceBytes } = this.#place!
    const { dataShards } = this.#stripe.code
    const capacity = dataShards * pieceBytes
    for (let at = this.#filled; at < capacity;) {
      const shard = Math.floor(at / pieceBytes)
      this.#stripe.shards[shard]!.fill(0, at % pieceBytes)
      at = (shard + 1) * pieceBytes
    }
    this.#stripe.encode()
    return this.#stripe.shards.map((shard) => shard.slice())
  }
}
