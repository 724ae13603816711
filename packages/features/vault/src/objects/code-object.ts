/**
 * From the sealed bytes of an object to the bytes of its shards, a stripe at a time.
 *
 * How long the object is need not be known before it ends: only its last stripe depends on that. Memory holds one stripe and what waits
 * for the slowest shard. Bytes leave as copies: the next stripe is coded in the same place.
 */

import { assert } from '@hamlet/core'
import { CauchyCode, Stripe } from '@hamlet/erasure'
import { OBJECT_CIPHER_BYTES_MAX, STRIPE_PIECE_BYTES } from './limits.ts'
import type { ObjectShape } from './object-shape.ts'

export type ObjectCode = Pick<ObjectShape, 'needed' | 'total'>

/** A stripe that has room for one of every shape with this k and n. */
export function createObjectStripe({ needed, total }: ObjectCode): Stripe {
  const code = new CauchyCode({ dataShards: needed, parityShards: total - needed })
  return Stripe.create(code, STRIPE_PIECE_BYTES)
}

/**
 * The pieces of all n shards, stripe after stripe.
 *
 * @param sealed 1 byte to `OBJECT_CIPHER_BYTES_MAX`
 */
export async function* codeObject(
  code: ObjectCode,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Uint8Array[], void, void> {
  const filling = new StripeFilling(createObjectStripe(code))
  let cipherBytes = 0
  for await (const bytes of sealed) {
    cipherBytes += bytes.length
    assert(cipherBytes <= OBJECT_CIPHER_BYTES_MAX, 'an object has its most bytes')
    for (let used = 0; used < bytes.length;) {
      // A full stripe is the last one or not: its pieces are the same.
      if (filling.isFull) yield filling.code()
      used += filling.add(bytes.subarray(used))
    }
  }
  assert(cipherBytes > 0, 'an object has a byte')
  yield filling.code()
}

/** One stripe as its data comes in. */
class StripeFilling {
  readonly #stripe: Stripe
  readonly #data: Uint8Array
  #filled = 0

  constructor(stripe: Stripe) {
    this.#stripe = stripe
    this.#data = new Uint8Array(stripe.code.dataShards * STRIPE_PIECE_BYTES)
  }

  get isFull(): boolean {
    return this.#filled === this.#data.length
  }

  /** How many of `bytes` it took. */
  add(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#data.length - this.#filled)
    this.#data.set(bytes.subarray(0, taken), this.#filled)
    this.#filled += taken
    return taken
  }

  /** The pieces of all shards; then it is empty. */
  code(): readonly Uint8Array[] {
    const { dataShards } = this.#stripe.code
    const pieceBytes = Math.ceil(this.#filled / dataShards)
    this.#data.fill(0, this.#filled)
    this.#stripe.resize(pieceBytes)
    for (let shard = 0; shard < dataShards; shard++) {
      const piece = this.#data.subarray(shard * pieceBytes, (shard + 1) * pieceBytes)
      this.#stripe.shards[shard]!.set(piece)
    }
    this.#stripe.encode()
    this.#filled = 0
    return this.#stripe.shards.map((shard) => shard.slice())
  }
}
