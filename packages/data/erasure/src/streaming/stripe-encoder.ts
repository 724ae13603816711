/**
 * A stream coded as it comes in: one stripe in memory, however long the stream is, and its length need not be known before its end.
 *
 * Whoever reads from a file or a socket may let the bytes land in {@link StripeEncoder.room}, where the kernel finds them, and
 * say how many they were. `add` copies.
 *
 * Only the last stripe depends on where the stream ends (see `stripe-layout.ts`): its bytes come in as those of a full stripe would and are
 * spread when it is known that no more come.
 */

import { assert } from '@hamlet/core'
import type { CauchyCode } from '../cauchy-code.ts'
import type { KernelOptions } from '../kernel/kernel.ts'
import { Stripe } from '../stripe.ts'

/** The pieces of all n shards in one stripe, data first. */
export type StripePieces = readonly Uint8Array[]

const NO_ROOM = new Uint8Array(0)

export class StripeEncoder {
  readonly #stripe: Stripe
  /** Of the data of this stripe. */
  #filled = 0

  /**
   * @param pieceBytes of each shard in all stripes but the last
   * @throws ErasureError `ERASURE_SHARD_LENGTH`
   */
  constructor(code: CauchyCode, pieceBytes: number, options: KernelOptions = {}) {
    this.#stripe = Stripe.create(code, pieceBytes, options)
  }

  get isEmpty(): boolean {
    return this.#filled === 0
  }

  get isFull(): boolean {
    return this.#filled === this.#stripe.code.dataShards * this.#stripe.capacityBytes
  }

  /** Where the next bytes of the stream belong: up to the end of a piece. Empty when the stripe is full. */
  get room(): Uint8Array {
    const { capacityBytes } = this.#stripe
    if (this.isFull) return NO_ROOM
    const shard = Math.floor(this.#filled / capacityBytes)
    return this.#stripe.shards[shard]!.subarray(this.#filled % capacityBytes)
  }

  /** Says that so many bytes of `room` have been written. */
  advance(count: number): void {
    assert(count >= 0 && count <= this.room.length, `${count} bytes of ${this.room.length}`)
    this.#filled += count
  }

  /** How many of `bytes` it took: no more than to the end of the stripe. */
  add(bytes: Uint8Array): number {
    let taken = 0
    while (taken < bytes.length && !this.isFull) {
      const { room } = this
      const part = bytes.subarray(taken, taken + room.length)
      room.set(part)
      this.advance(part.length)
      taken += part.length
    }
    return taken
  }

  /**
   * Codes what is there: a full stripe, or the last one of the stream, which has a byte at least. The pieces are views, which the next
   * stripe overwrites.
   */
  take(): StripePieces {
    assert(!this.isEmpty, 'a byte in the stripe')
    const { dataShards } = this.#stripe.code
    const pieceBytes = Math.ceil(this.#filled / dataShards)
    const padding = dataShards * pieceBytes - this.#filled
    this.#spread(pieceBytes)
    this.#stripe.resize(pieceBytes)
    for (let shard = dataShards - 1, left = padding; left > 0; shard--, left -= pieceBytes) {
      this.#stripe.shards[shard]!.fill(0, Math.max(0, pieceBytes - left))
    }
    this.#stripe.encode()
    const pieces = this.#stripe.shards
    this.#filled = 0
    this.#stripe.resize(this.#stripe.capacityBytes)
    return pieces
  }

  /** Moves bytes to where they belong in shorter pieces. Each goes to its own shard or a later one, hence the last ones first. */
  #spread(pieceBytes: number): void {
    const { capacityBytes, shards } = this.#stripe
    if (pieceBytes === capacityBytes) return
    for (let end = this.#filled; end > 0;) {
      const [from, to] = [Math.floor((end - 1) / capacityBytes), Math.floor((end - 1) / pieceBytes)]
      const start = Math.max(from * capacityBytes, to * pieceBytes)
      const part = shards[from]!.subarray(start - from * capacityBytes, end - from * capacityBytes)
      shards[to]!.set(part, start - to * pieceBytes)
      end = start
    }
  }
}

/** The pieces of all stripes of a stream, as copies. A stream without a byte has no stripe. */
export async function* encodeStripes(
  encoder: StripeEncoder,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<StripePieces, void, void> {
  for await (const bytes of source) {
    for (let used = 0; used < bytes.length;) {
      used += encoder.add(bytes.subarray(used))
      if (encoder.isFull) yield encoder.take().map((piece) => piece.slice())
    }
  }
  if (!encoder.isEmpty) yield encoder.take().map((piece) => piece.slice())
}
