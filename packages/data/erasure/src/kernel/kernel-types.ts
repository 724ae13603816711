/** What a kernel is: it multiplies a matrix with shards that lie in one piece of memory. */

import type { Matrix } from '../matrix.ts'

/** `relaxed` and `strict` are WebAssembly, `scalar` is plain TypeScript. All give the same bytes. */
export type KernelName = 'relaxed' | 'strict' | 'scalar'

export type KernelMemory = WebAssembly.Memory | SharedArrayBuffer | ArrayBuffer

export interface Kernel {
  readonly name: KernelName
  /** The same memory makes a kernel of another thread, if it is shared. */
  readonly memory: KernelMemory
  /** All of the memory. Shards may lie from {@link reservedBytes} on, at multiples of 64, each with room up to the next multiple. */
  readonly bytes: Uint8Array
  multiply(product: PlacedProduct): void
  equal(left: number, right: number, length: number): boolean
}

/** `targets` = `matrix` * `sources`; these are offsets. A target may be a source. */
export interface PlacedProduct {
  readonly matrix: Matrix
  /** At least one. */
  readonly sources: readonly number[]
  readonly targets: readonly number[]
  /** Bytes of each shard, at least one. */
  readonly length: number
  /** Adds to the targets instead of overwriting them. */
  readonly keep: boolean
}

/** Columns are padded to this, and shards begin at multiples of it. */
export const COLUMN_BYTES = 64
/** Two tables of 16 bytes multiply by one number. */
export const TABLE_BYTES = 32
/** 255 pointers of 4 bytes, padded. */
export const POINTERS_BYTES = 1024
export const SOURCES_AT = COLUMN_BYTES
export const TARGETS_AT = SOURCES_AT + POINTERS_BYTES
export const TABLES_AT = TARGETS_AT + POINTERS_BYTES

/** What a kernel keeps for itself at the start of its memory, to multiply matrices of up to so many places. */
export function reservedBytes(placesMax: number): number {
  return TABLES_AT + Math.ceil((placesMax * TABLE_BYTES) / COLUMN_BYTES) * COLUMN_BYTES
}
