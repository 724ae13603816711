/**
 * The shards of one stripe, in memory that the kernel works on: nothing is copied for a call. Let reads land in the views.
 *
 * Shards lie a little more than their length apart. With lengths that are powers of two they would otherwise all fall on the same
 * few lines of the cache and push each other out.
 *
 * A stripe is worked on by one call at a time. Its memory is that of the largest shards it was made for; `resize` makes the
 * shards shorter, for the end of a file.
 */

import { CauchyCode } from './cauchy-code.ts'
import type { CodeParameters, Product } from './cauchy-code.ts'
import { ErasureError } from './errors.ts'
import { attachKernel, createKernel } from './kernel/kernel.ts'
import type { KernelOptions } from './kernel/kernel.ts'
import { COLUMN_BYTES, reservedBytes } from './kernel/kernel-types.ts'
import type { Kernel, KernelMemory, KernelName } from './kernel/kernel-types.ts'
import { STRIPE_BYTES_MAX } from './limits.ts'
import { makeMatrix } from './matrix.ts'

/** Three lines of the cache. */
const APART_BYTES = 3 * COLUMN_BYTES
/** Of each parity shard, made again and compared at once. */
const VERIFY_BYTES = 4096

/** Enough to work on the same stripe in another thread. */
export interface StripeHandle {
  readonly code: CodeParameters
  readonly capacityBytes: number
  readonly kernel: KernelName
  readonly memory: KernelMemory
}

export class Stripe {
  readonly code: CauchyCode
  /** The longest shards it has room for. */
  readonly capacityBytes: number
  readonly #kernel: Kernel
  readonly #places: Places
  #shardBytes: number
  #shards: readonly Uint8Array[]
  #lastPlaced: PlacedShards | undefined

  /** @throws {@link ErasureError} `ERASURE_SHARD_LENGTH` */
  static create(code: CauchyCode, capacityBytes: number, options: KernelOptions = {}): Stripe {
    const places = placesOf(code, capacityBytes)
    return new Stripe(code, capacityBytes, places, createKernel(places.endAt, options))
  }

  /** The same stripe as in the thread that gave the handle. */
  static attach({ code, capacityBytes, kernel, memory }: StripeHandle): Stripe {
    const cauchy = new CauchyCode(code)
    const places = placesOf(cauchy, capacityBytes)
    return new Stripe(cauchy, capacityBytes, places, attachKernel(kernel, memory))
  }

  private constructor(code: CauchyCode, capacityBytes: number, places: Places, kernel: Kernel) {
    this.code = code
    this.capacityBytes = capacityBytes
    this.#places = places
    this.#kernel = kernel
    this.#shardBytes = capacityBytes
    this.#shards = this.#viewShards()
  }

  get shardBytes(): number {
    return this.#shardBytes
  }

  /** Views of the memory, data first: write what is there, read what was made. `resize` makes new ones. */
  get shards(): readonly Uint8Array[] {
    return this.#shards
  }

  get kernel(): KernelName {
    return this.#kernel.name
  }

  /** Whether other threads can work on it. */
  get isShared(): boolean {
    return !(this.#kernel.bytes.buffer instanceof ArrayBuffer)
  }

  handle(): StripeHandle {
    const { dataShards, parityShards } = this.code
    const { name, memory } = this.#kernel
    const { capacityBytes } = this
    return { code: { dataShards, parityShards }, capacityBytes, kernel: name, memory }
  }

  /** The shards keep their first bytes. @throws {@link ErasureError} `ERASURE_SHARD_LENGTH` */
  resize(shardBytes: number): void {
    checkShardBytes(shardBytes, this.capacityBytes)
    if (shardBytes === this.#shardBytes) return
    this.#shardBytes = shardBytes
    this.#shards = this.#viewShards()
  }

  /** Makes the parity shards from the data shards. */
  encode(): void {
    this.#run(this.code.encoding)
  }

  /**
   * Makes missing shards from k of the others, which must be right: a wrong one makes wrong ones.
   *
   * @param wanted those of them that are made @default all
   * @throws {@link ErasureError} `ERASURE_SHARD_INDEX`, `ERASURE_TOO_FEW`; nothing was changed
   */
  reconstruct(missing: readonly number[], wanted?: readonly number[]): void {
    this.#run(this.code.recovery(missing, wanted))
  }

  /** Whether the parity shards are those of the data shards. Which one is wrong when they are not, nobody can tell from this. */
  verify(): boolean {
    const { matrix, sources, targets } = this.code.encoding
    const scratch = targets.map((_, row) => this.#places.scratchAt + row * VERIFY_BYTES)
    for (let from = 0; from < this.#shardBytes; from += VERIFY_BYTES) {
      const length = Math.min(VERIFY_BYTES, this.#shardBytes - from)
      const placeOf = (index: number): number => this.#placeOf(index) + from
      const blocks = sources.map(placeOf)
      this.#kernel.multiply({ matrix, sources: blocks, targets: scratch, length, keep: false })
      const isSame = targets.every((index, row) =>
        this.#kernel.equal(placeOf(index), scratch[row]!, length),
      )
      if (!isSame) return false
    }
    return true
  }

  /**
   * Replaces a data shard and changes the parity by the difference, without looking at the other data shards.
   *
   * @throws {@link ErasureError} `ERASURE_SHARD_INDEX` if it is no data shard, `ERASURE_SHARD_LENGTH`; nothing was changed
   */
  update(index: number, data: Uint8Array): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.code.dataShards) {
      const message = `expected a data shard below ${this.code.dataShards}, got ${index}`
      throw new ErasureError('ERASURE_SHARD_INDEX', message)
    }
    if (data.length !== this.#shardBytes) throw wrongLength(String(this.#shardBytes), data.length)
    const shard = this.#shards[index]!
    for (let at = 0; at < data.length; at++) shard[at]! ^= data[at]!
    const { matrix, targets } = this.code.encoding
    const column = makeMatrix(matrix.rows, 1, (row) => matrix.values[row * matrix.columns + index]!)
    this.#run({ matrix: column, sources: [index], targets }, true)
    shard.set(data)
  }

  #run(product: Product, keep = false): void {
    if (product.targets.length === 0) return
    const { sources, targets } = this.#placed(product)
    this.#kernel.multiply({
      matrix: product.matrix,
      ...{ sources, targets, keep },
      length: this.#shardBytes,
    })
  }

  /** For short shards it matters not to do this every time. */
  #placed(product: Product): PlacedShards {
    if (this.#lastPlaced?.product === product) return this.#lastPlaced
    const placeOf = (index: number): number => this.#placeOf(index)
    const [sources, targets] = [product.sources.map(placeOf), product.targets.map(placeOf)]
    this.#lastPlaced = { product, sources, targets }
    return this.#lastPlaced
  }

  #placeOf(index: number): number {
    return this.#places.shardsAt + index * this.#places.apart
  }

  #viewShards(): readonly Uint8Array[] {
    return Array.from({ length: this.code.totalShards }, (_, index) => {
      const at = this.#placeOf(index)
      return this.#kernel.bytes.subarray(at, at + this.#shardBytes)
    })
  }
}

/** Where the shards of a product lie. */
interface PlacedShards {
  readonly product: Product
  readonly sources: readonly number[]
  readonly targets: readonly number[]
}

interface Places {
  readonly scratchAt: number
  readonly shardsAt: number
  /** From the start of one shard to that of the next. */
  readonly apart: number
  readonly endAt: number
}

function placesOf(code: CauchyCode, capacityBytes: number): Places {
  const { dataShards, parityShards, totalShards } = code
  checkShardBytes(capacityBytes, Math.floor(STRIPE_BYTES_MAX / totalShards))
  const scratchAt = reservedBytes(dataShards * parityShards)
  const shardsAt = scratchAt + parityShards * VERIFY_BYTES
  const apart = Math.ceil(capacityBytes / COLUMN_BYTES) * COLUMN_BYTES + APART_BYTES
  return { scratchAt, shardsAt, apart, endAt: shardsAt + totalShards * apart }
}

function checkShardBytes(shardBytes: number, max: number): void {
  if (Number.isInteger(shardBytes) && shardBytes >= 1 && shardBytes <= max) return
  throw wrongLength(`1 to ${max}`, shardBytes)
}

function wrongLength(expected: string, got: number): ErasureError {
  return new ErasureError(
    'ERASURE_SHARD_LENGTH',
    `expected shards of ${expected} bytes, got ${got}`,
  )
}
