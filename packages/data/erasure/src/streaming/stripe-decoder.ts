/**
 * Pieces of one stripe from any k others: what a reader does where a shard is missing, and what repair does.
 *
 * One stripe in memory, and any stripe at any time. Whether pieces are right is for their hashes to say, before they come here.
 */

import type { CauchyCode } from '../cauchy-code.ts'
import { ErasureError } from '../errors.ts'
import type { KernelOptions } from '../kernel/kernel.ts'
import { Stripe } from '../stripe.ts'
import { spansIn } from './stripe-layout.ts'
import type { StreamRange, StripeLayout, StripePlace } from './stripe-layout.ts'

/** By the index of the shard. */
export type KnownPieces = ReadonlyMap<number, Uint8Array>

export class StripeDecoder {
  readonly layout: StripeLayout
  readonly #stripe: Stripe

  /** @throws {@link ErasureError} `ERASURE_PARAMETERS` for a layout of another k, `ERASURE_SHARD_LENGTH` */
  constructor(code: CauchyCode, layout: StripeLayout, options: KernelOptions = {}) {
    if (code.dataShards !== layout.dataShards) {
      const message = `expected a layout for ${code.dataShards} data shards, got ${layout.dataShards}`
      throw new ErasureError('ERASURE_PARAMETERS', message)
    }
    this.layout = layout
    this.#stripe = Stripe.create(code, layout.longestPieceBytes, options)
  }

  /**
   * The pieces of the shards `wanted`, in that order: those given as they are, the others made and copied.
   *
   * @throws {@link ErasureError} `ERASURE_TOO_FEW`, `ERASURE_SHARD_LENGTH`, `ERASURE_SHARD_INDEX`
   */
  pieces(place: StripePlace, known: KnownPieces, wanted: readonly number[]): readonly Uint8Array[] {
    this.#check(place, known)
    const made = this.#stripe.code.checkIndexes(wanted).filter((shard) => !known.has(shard))
    if (made.length > 0) this.#make(place, known, made)
    return wanted.map((shard) => known.get(shard) ?? this.#stripe.shards[shard]!.slice())
  }

  /**
   * The bytes of `range` that are in this stripe.
   *
   * @throws {@link ErasureError} `ERASURE_TOO_FEW`, `ERASURE_SHARD_LENGTH`, `ERASURE_SHARD_INDEX`
   */
  bytes(place: StripePlace, known: KnownPieces, range: StreamRange): Uint8Array {
    const spans = spansIn(place, range)
    const pieces = this.pieces(
      place,
      known,
      spans.map(({ shard }) => shard),
    )
    const bytes = new Uint8Array(spans.reduce((sum, { length }) => sum + length, 0))
    let filled = 0
    for (const [at, { offset, length }] of spans.entries()) {
      const from = offset - place.shardOffset
      bytes.set(pieces[at]!.subarray(from, from + length), filled)
      filled += length
    }
    return bytes
  }

  #check({ pieceBytes }: StripePlace, known: KnownPieces): void {
    this.#stripe.code.checkIndexes([...known.keys()])
    for (const { length } of known.values()) {
      if (length === pieceBytes) continue
      const message = `expected pieces of ${pieceBytes} bytes, got ${length}`
      throw new ErasureError('ERASURE_SHARD_LENGTH', message)
    }
  }

  #make({ pieceBytes }: StripePlace, known: KnownPieces, made: readonly number[]): void {
    const { code } = this.#stripe
    const all = Array.from({ length: code.totalShards }, (_, shard) => shard)
    const missing = all.filter((shard) => !known.has(shard))
    const { sources } = code.recovery(missing, made)
    this.#stripe.resize(pieceBytes)
    for (const shard of sources) this.#stripe.shards[shard]!.set(known.get(shard)!)
    this.#stripe.reconstruct(missing, made)
  }
}
