/**
 * Pieces of one stripe from whoever gives them first.
 *
 * Data pieces that are wanted are read where they lie; that is all in a circle where everybody is there. Where one is missing, broken or
 * late, any k pieces of the stripe do as well, so others are asked as well and the first answers win ("overdrive": the slowest of many
 * would decide how long it takes, otherwise).
 *
 * Invariants:
 * 1. A source that failed is not asked again by this reader.
 * 2. It ends: with the wanted pieces, with k pieces, or with `VAULT_TOO_FEW_SHARDS` once no source is left.
 */

import type { Cancel, Clock } from '@hamlet/core'
import { VaultObjectError } from './errors.ts'
import type { StripePlace } from './object-shape.ts'

/** One shard, wherever it lies. What it gives was checked against the shard's root. */
export interface ShardSource {
  readonly shard: number
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
}

export interface GatherParts {
  readonly clock: Clock
  /** In the order of preference. */
  readonly sources: readonly ShardSource[]
  readonly needed: number
  /** Without an answer for so long, others are asked too. */
  readonly patienceMs: number
  readonly signal?: AbortSignal | undefined
  /** Told of each source that failed. */
  readonly failed: (source: ShardSource, error: unknown) => void
}

export type Pieces = ReadonlyMap<number, Uint8Array>

/** @throws VaultObjectError `VAULT_TOO_FEW_SHARDS`; what the signal was aborted with */
export async function gatherPieces(
  place: StripePlace,
  wanted: readonly number[],
  parts: GatherParts,
): Promise<Pieces> {
  parts.signal?.throwIfAborted()
  const gathering = new Gathering(place, wanted, parts)
  return await gathering.run()
}

class Gathering {
  readonly #place: StripePlace
  readonly #wanted: readonly number[]
  readonly #parts: GatherParts
  readonly #pieces = new Map<number, Uint8Array>()
  readonly #running = new Set<number>()
  readonly #waiting: ShardSource[]
  readonly #stop = new AbortController()
  readonly #done = Promise.withResolvers<Pieces>()
  #cancel: Cancel | undefined

  constructor(place: StripePlace, wanted: readonly number[], parts: GatherParts) {
    this.#place = place
    this.#wanted = wanted
    this.#parts = parts
    const isWanted = ({ shard }: ShardSource): boolean => wanted.includes(shard)
    const { sources } = parts
    this.#waiting = [...sources.filter(isWanted), ...sources.filter((each) => !isWanted(each))]
  }

  async run(): Promise<Pieces> {
    const { signal } = this.#parts
    const abort = (): void => this.#done.reject(signal?.reason)
    signal?.addEventListener('abort', abort)
    this.#ask(this.#enough())
    this.#beImpatient()
    try {
      return await this.#done.promise
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#cancel?.()
      this.#stop.abort()
    }
  }

  /** How many pieces do: the wanted ones, while all of them can come from where they lie. */
  #enough(): number {
    const { needed } = this.#parts
    const shards = new Set([...this.#pieces.keys(), ...this.#running])
    for (const { shard } of this.#waiting) shards.add(shard)
    const areThere = this.#wanted.every((shard) => shards.has(shard))
    return areThere ? Math.min(needed, this.#wanted.length) : needed
  }

  /** Until so many pieces have come or are asked for. */
  #ask(count: number): void {
    while (this.#pieces.size + this.#running.size < count) {
      const source = this.#next()
      if (source === undefined) break
      this.#read(source)
    }
    if (this.#running.size === 0 && !this.#isDone()) this.#done.reject(this.#tooFew())
  }

  /** The first that gives a shard which is neither here nor asked for. Others of such a shard stay, in case that one fails. */
  #next(): ShardSource | undefined {
    const at = this.#waiting.findIndex(
      ({ shard }) => !this.#pieces.has(shard) && !this.#running.has(shard),
    )
    return at === -1 ? undefined : this.#waiting.splice(at, 1)[0]
  }

  #read(source: ShardSource): void {
    const { shardOffset, pieceBytes } = this.#place
    this.#running.add(source.shard)
    source.read(shardOffset, pieceBytes, this.#stop.signal).then(
      (bytes) => this.#came(source.shard, bytes),
      (error: unknown) => this.#broke(source, error),
    )
  }

  #came(shard: number, bytes: Uint8Array): void {
    this.#running.delete(shard)
    this.#pieces.set(shard, bytes)
    if (this.#isDone()) this.#done.resolve(this.#pieces)
    else this.#ask(this.#enough())
  }

  #broke(source: ShardSource, error: unknown): void {
    this.#running.delete(source.shard)
    if (this.#stop.signal.aborted) return
    this.#parts.failed(source, error)
    this.#ask(this.#enough())
  }

  #isDone(): boolean {
    if (this.#pieces.size >= this.#parts.needed) return true
    return this.#wanted.every((shard) => this.#pieces.has(shard))
  }

  #beImpatient(): void {
    const { clock, patienceMs, needed } = this.#parts
    this.#cancel = clock.after(patienceMs, () => {
      const asked = this.#pieces.size + this.#running.size
      this.#ask(Math.max(needed, asked + 1))
      this.#beImpatient()
    })
  }

  #tooFew(): VaultObjectError {
    const { needed, sources } = this.#parts
    return new VaultObjectError(
      'VAULT_TOO_FEW_SHARDS',
      `expected ${needed} readable shards, got ${this.#pieces.size} of ${sources.length} known`,
      { fields: { needed, readable: this.#pieces.size } },
    )
  }
}
