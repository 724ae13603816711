/** Hamlet in this suite: shards where the kernel works on them, and shards that lie anywhere. */

import { CauchyCode, ErasureCode, Stripe } from '@hamlet/erasure'
import type { KernelName } from '@hamlet/erasure'
import { lostOf } from './contest.ts'
import type { Coder, Contestant, Shape } from './contest.ts'

export function hamletStripe(kernel: KernelName): Contestant {
  return {
    name: `hamlet, ${kernel}`,
    prepare: (shape, data) => {
      const stripe = createStripe(shape, kernel)
      data.forEach((shard, index) => stripe.shards[index]!.set(shard))
      return new StripeCoder(stripe, lostOf(shape))
    },
  }
}

export function createStripe({ needed, spare, shardBytes }: Shape, kernel: KernelName): Stripe {
  const code = new CauchyCode({ dataShards: needed, parityShards: spare })
  return Stripe.create(code, shardBytes, { kernel })
}

class StripeCoder implements Coder {
  readonly #stripe: Stripe
  readonly #lost: readonly number[]

  constructor(stripe: Stripe, lost: readonly number[]) {
    this.#stripe = stripe
    this.#lost = lost
  }

  encode(times: number): void {
    for (let i = 0; i < times; i++) this.#stripe.encode()
  }

  reconstruct(times: number): void {
    for (let i = 0; i < times; i++) this.#stripe.reconstruct(this.#lost)
  }

  lose(): void {
    for (const index of this.#lost) this.#stripe.shards[index]!.fill(0)
  }

  shards(): readonly Uint8Array[] {
    return this.#stripe.shards
  }
}

/** The shards are copied in and out; lost ones are new ones for each call. */
export const hamletArrays: Contestant = {
  name: 'hamlet, arrays',
  prepare: (shape, data) => {
    const { needed, spare } = shape
    const code = new ErasureCode({ dataShards: needed, parityShards: spare })
    const lost = new Set(lostOf(shape))
    const parity = code.encode(data)
    let all = [...data, ...parity]
    return {
      encode: (times) => {
        for (let i = 0; i < times; i++) code.encode(data, parity)
      },
      reconstruct: (times) => {
        const left = all.map((shard, index) => (lost.has(index) ? undefined : shard))
        for (let i = 0; i < times; i++) all = [...code.reconstruct(left)]
      },
      lose: () => undefined,
      shards: () => all,
    }
  },
}
