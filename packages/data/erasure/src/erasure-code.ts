/**
 * Erasure coding of shards that lie anywhere: what is missing is made, and the rest is left as it is.
 *
 * The shards pass through one small stripe, block by block, so memory does not grow with them. That costs a copy; whoever can
 * place the bytes themselves uses a {@link Stripe} and saves it.
 */

import { CauchyCode } from './cauchy-code.ts'
import type { CodeParameters } from './cauchy-code.ts'
import { ErasureError } from './errors.ts'
import type { KernelOptions } from './kernel/kernel.ts'
import type { KernelName } from './kernel/kernel-types.ts'
import { BLOCK_BYTES } from './limits.ts'
import { Stripe } from './stripe.ts'

export interface ErasureCodeOptions extends CodeParameters {
  /** @default the fastest one of this engine */
  readonly kernel?: KernelName
}

/** All n shards by index; `undefined` is missing. */
export type KnownShards = ReadonlyArray<Uint8Array | undefined>

export class ErasureCode {
  readonly code: CauchyCode
  readonly #options: KernelOptions
  /** Made when it is needed first. */
  #block: Stripe | undefined

  /** @throws {@link ErasureError} `ERASURE_PARAMETERS` */
  constructor({ kernel, ...parameters }: ErasureCodeOptions) {
    this.code = new CauchyCode(parameters)
    this.#options = kernel === undefined ? {} : { kernel }
  }

  get dataShards(): number {
    return this.code.dataShards
  }

  get parityShards(): number {
    return this.code.parityShards
  }

  get totalShards(): number {
    return this.code.totalShards
  }

  /** A stripe with memory of its own. @throws {@link ErasureError} `ERASURE_SHARD_LENGTH` */
  createStripe(shardBytes: number): Stripe {
    return Stripe.create(this.code, shardBytes, this.#options)
  }

  /**
   * Cuts `bytes` into the data shards, the last of them padded with zeros. All are at least one byte long.
   *
   * @returns copies
   */
  split(bytes: Uint8Array): readonly Uint8Array[] {
    const shardBytes = Math.max(1, Math.ceil(bytes.length / this.dataShards))
    return Array.from({ length: this.dataShards }, (_, index) => {
      const shard = new Uint8Array(shardBytes)
      shard.set(bytes.subarray(index * shardBytes, (index + 1) * shardBytes))
      return shard
    })
  }

  /**
   * The parity shards of the data shards.
   *
   * @param parity where they are written: as many as there are, as long as the data shards @default new ones
   * @throws {@link ErasureError} `ERASURE_SHARD_COUNT`, `ERASURE_SHARD_LENGTH`
   */
  encode(
    data: readonly Uint8Array[],
    parity: readonly Uint8Array[] = this.#newParity(data),
  ): readonly Uint8Array[] {
    checkShards([...data, ...parity], this.totalShards)
    if (parity.length === 0) return parity
    const { sources, targets } = this.code.encoding
    this.#inBlocks([...data, ...parity], sources, targets, (block) => block.encode())
    return parity
  }

  /**
   * All n shards: those given as they are, the missing ones made from k of them, which must be right.
   *
   * @throws {@link ErasureError} `ERASURE_SHARD_COUNT`, `ERASURE_SHARD_LENGTH`, `ERASURE_TOO_FEW`
   */
  reconstruct(shards: KnownShards): readonly Uint8Array[] {
    return this.rebuild(shards, [...shards.keys()])
  }

  /**
   * The shards with the indexes `wanted`, in that order: those given as they are, the missing ones made from k shards, which must be
   * right. Other shards that are missing cost nothing.
   *
   * @throws {@link ErasureError} `ERASURE_SHARD_COUNT`, `ERASURE_SHARD_LENGTH`, `ERASURE_SHARD_INDEX`, `ERASURE_TOO_FEW`
   */
  rebuild(shards: KnownShards, wanted: readonly number[]): readonly Uint8Array[] {
    const shardBytes = checkShards(shards, this.totalShards)
    const missing = [...shards.keys()].filter((index) => shards[index] === undefined)
    const made = this.code.checkIndexes(wanted).filter((index) => shards[index] === undefined)
    const { sources } = this.code.recovery(missing, made)
    const all = [...shards]
    for (const index of made) all[index] = new Uint8Array(shardBytes)
    if (made.length > 0) {
      this.#inBlocks(all, sources, made, (block) => block.reconstruct(missing, made))
    }
    return wanted.map((index) => all[index]!)
  }

  /**
   * Whether the parity shards are those of the data shards.
   *
   * @throws {@link ErasureError} `ERASURE_SHARD_COUNT`, `ERASURE_SHARD_LENGTH`
   */
  verify(shards: readonly Uint8Array[]): boolean {
    checkShards(shards, this.totalShards)
    let isRight = true
    this.#inBlocks(shards, [...shards.keys()], [], (block) => {
      isRight &&= block.verify()
    })
    return isRight
  }

  /**
   * The parity shards after data shard `index` has changed from `before` to `after`. The other data shards are not needed.
   *
   * @throws {@link ErasureError} `ERASURE_SHARD_COUNT`, `ERASURE_SHARD_LENGTH`, `ERASURE_SHARD_INDEX`
   */
  update(
    index: number,
    before: Uint8Array,
    after: Uint8Array,
    parity: readonly Uint8Array[],
  ): readonly Uint8Array[] {
    checkShards([before, after, ...parity], this.parityShards + 2)
    const data = this.code.encoding.sources.map(() => before)
    const changed = parity.map((shard) => shard.slice())
    const present = [...this.code.checkIndexes([index]), ...this.code.encoding.targets]
    let from = 0
    this.#inBlocks([...data, ...changed], present, this.code.encoding.targets, (block) => {
      block.update(index, after.subarray(from, from + block.shardBytes))
      from += block.shardBytes
    })
    return changed
  }

  #newParity(data: readonly Uint8Array[]): readonly Uint8Array[] {
    const shardBytes = checkShards(data, this.dataShards)
    return this.code.encoding.targets.map(() => new Uint8Array(shardBytes))
  }

  /** Brings the shards `inputs` in, works, and takes the shards `outputs` out, block by block. */
  #inBlocks(
    shards: KnownShards,
    inputs: readonly number[],
    outputs: readonly number[],
    work: (block: Stripe) => void,
  ): void {
    const shardBytes = shards[inputs[0]!]!.length
    const block = (this.#block ??= this.createStripe(BLOCK_BYTES))
    for (let from = 0; from < shardBytes; from += BLOCK_BYTES) {
      const to = Math.min(shardBytes, from + BLOCK_BYTES)
      block.resize(to - from)
      for (const index of inputs) block.shards[index]!.set(shards[index]!.subarray(from, to))
      work(block)
      for (const index of outputs) shards[index]!.set(block.shards[index]!, from)
    }
  }
}

/** The length that all of them have. */
function checkShards(shards: KnownShards, count: number): number {
  if (shards.length !== count) {
    const message = `expected ${count} shards, got ${shards.length}`
    throw new ErasureError('ERASURE_SHARD_COUNT', message)
  }
  const lengths = new Set(shards.filter((shard) => shard !== undefined).map(({ length }) => length))
  const [length = 0] = lengths
  if (lengths.size === 0) throw new ErasureError('ERASURE_TOO_FEW', 'expected a shard, got none')
  if (lengths.size > 1 || length === 0) {
    const message = `expected shards of one length, got ${[...lengths].join(', ')} bytes`
    throw new ErasureError('ERASURE_SHARD_LENGTH', message)
  }
  return length
}
