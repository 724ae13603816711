/**
 * Any range of an object's sealed bytes, from whichever shards can be read.
 *
 * Whoever reads a file from the beginning to its end asks for one segment after the other; those of one stripe lie in k different
 * shards. So a whole stripe is fetched at once, and the next one while the first is being opened.
 */

import type { Clock } from '@hamlet/core'
import { concatBytes } from '@hamlet/core'
import type { Stripe } from '@hamlet/erasure'
import { createObjectStripe } from './code-object.ts'
import { gatherPieces } from './gather-pieces.ts'
import type { Pieces, ShardSource } from './gather-pieces.ts'
import { spansIn, stripeAt, stripeCount, stripeOf } from './object-shape.ts'
import type { ObjectShape, StripePlace } from './object-shape.ts'

export interface ObjectReaderParts {
  readonly clock: Clock
  readonly shape: ObjectShape
  /** Where shards are, in the order of preference; asked for each stripe. */
  readonly sources: () => readonly ShardSource[]
  readonly patienceMs: number
  readonly signal?: AbortSignal | undefined
  /** Told of each source that failed, once. */
  readonly failed?: (source: ShardSource, error: unknown) => void
}

/** Data pieces of one stripe. */
type StripeData = readonly Uint8Array[]

export class ObjectReader {
  readonly #parts: ObjectReaderParts
  readonly #failed = new Set<ShardSource>()
  #stripe: Stripe | undefined
  readonly #stripes = new Map<number, Promise<StripeData>>()

  constructor(parts: ObjectReaderParts) {
    this.#parts = parts
  }

  /** @throws VaultObjectError `VAULT_TOO_FEW_SHARDS`; what the signal was aborted with */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const { shape } = this.#parts
    const bytes: Uint8Array[] = []
    const last = stripeOf(shape, offset + length - 1)
    for (let index = stripeOf(shape, offset); index <= last; index++) {
      const data = await this.#data(index)
      const place = stripeAt(shape, index)
      for (const span of spansIn(place, { offset, length })) {
        const start = span.offset - place.shardOffset
        bytes.push(data[span.shard]!.subarray(start, start + span.length))
      }
    }
    return bytes.length === 1 ? bytes[0]! : concatBytes(...bytes)
  }

  /** Of the stripe, and begins with the one after it. */
  #data(index: number): Promise<StripeData> {
    for (const known of this.#stripes.keys()) {
      if (known !== index && known !== index + 1) this.#stripes.delete(known)
    }
    const data = this.#fetch(index)
    if (index + 1 < stripeCount(this.#parts.shape)) void this.#fetch(index + 1)
    return data
  }

  #fetch(index: number): Promise<StripeData> {
    const known = this.#stripes.get(index)
    if (known !== undefined) return known
    const data = this.#load(stripeAt(this.#parts.shape, index))
    // Whoever reads on hears of it; what was only read ahead fails for nobody, and is tried again.
    data.catch(() => this.#stripes.delete(index))
    this.#stripes.set(index, data)
    return data
  }

  async #load(place: StripePlace): Promise<StripeData> {
    const { needed } = this.#parts.shape
    const wanted = Array.from({ length: needed }, (_, shard) => shard)
    const pieces = await this.#gather(place, wanted)
    if (wanted.every((shard) => pieces.has(shard))) return wanted.map((shard) => pieces.get(shard)!)
    return this.#reconstruct(place, pieces)
  }

  #gather(place: StripePlace, wanted: readonly number[]): Promise<Pieces> {
    const { clock, shape, patienceMs, signal } = this.#parts
    return gatherPieces(place, wanted, {
      ...{ clock, patienceMs, signal, needed: shape.needed },
      sources: this.#parts.sources().filter((source) => !this.#failed.has(source)),
      failed: (source, error) => {
        // Two stripes are on their way at a time.
        if (this.#failed.has(source)) return
        this.#failed.add(source)
        this.#parts.failed?.(source, error)
      },
    })
  }

  #reconstruct(place: StripePlace, pieces: Pieces): StripeData {
    const { shape } = this.#parts
    const stripe = (this.#stripe ??= createObjectStripe(shape))
    return reconstructed(stripe, place, pieces)
  }
}

/** The data pieces, of any k: copies. */
function reconstructed(stripe: Stripe, place: StripePlace, pieces: Pieces): readonly Uint8Array[] {
  stripe.resize(place.pieceBytes)
  const { dataShards, totalShards } = stripe.code
  const used = [...pieces.keys()].sort((a, b) => a - b).slice(0, dataShards)
  for (const shard of used) stripe.shards[shard]!.set(pieces.get(shard)!)
  const missing = Array.from({ length: totalShards }, (_, shard) => shard).filter(
    (shard) => !used.includes(shard),
  )
  stripe.reconstruct(
    missing,
    missing.filter((shard) => shard < dataShards),
  )
  return stripe.shards.slice(0, dataShards).map((shard) => shard.slice())
}
