/** What contestants of this suite do. */

export interface Shape {
  readonly needed: number
  readonly spare: number
  readonly shardBytes: number
}

/** Shards of one stripe. The first data shards, as many as there are spare ones, are those that get lost. */
export interface Coder {
  /** So many times. */
  encode(times: number): unknown
  reconstruct(times: number): unknown
  /** Forgets what the shards that get lost contain. */
  lose(): void
  /** Data shards after that, and parity shards after `encode`. */
  shards(): readonly Uint8Array[]
}

export interface Contestant {
  readonly name: string
  prepare(shape: Shape, data: readonly Uint8Array[]): Coder
}

export function lostOf({ needed, spare }: Shape): readonly number[] {
  return Array.from({ length: Math.min(needed, spare) }, (_, index) => index)
}
