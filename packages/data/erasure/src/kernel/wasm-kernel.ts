/**
 * The kernel in WebAssembly (`assembly/kernel.as`), and what it needs in its memory.
 *
 *     OFFSET   FIELD
 *     0        the mask, 16 bytes 0x0f
 *     64       pointers of the sources, 4 bytes each
 *     1,088    pointers of the targets, 4 bytes each
 *     2,112    tables: for each source and row 32 bytes, in groups of up to four rows
 *     then     shards, wherever the owner of the memory puts them
 *
 * Tables are written when the matrix is another than the last time. More than four rows take several passes over the sources; these
 * go block by block, so that a source comes from the cache from the second pass on.
 */

import { assert, base64ToBytes } from '@hamlet/core'
import { FIELD_SIZE, PRODUCTS } from '../galois.ts'
import { rowOf } from '../matrix.ts'
import type { Matrix } from '../matrix.ts'
import { RELAXED_KERNEL, STRICT_KERNEL } from './kernel-modules.generated.ts'
import { COLUMN_BYTES, SOURCES_AT, TABLES_AT, TABLE_BYTES, TARGETS_AT } from './kernel-types.ts'
import type { Kernel, KernelName, PlacedProduct } from './kernel-types.ts'

type WasmKernelName = Exclude<KernelName, 'scalar'>

type Multiply = (
  tables: number,
  sources: number,
  sourcesEnd: number,
  targets: number,
  from: number,
  to: number,
  keep: number,
) => void

interface Exports {
  readonly multiply1: Multiply
  readonly multiply2: Multiply
  readonly multiply3: Multiply
  readonly multiply4: Multiply
  equal(left: number, right: number, length: number): number
}

const ROWS_AT_ONCE = 4
const PAGE_BYTES = 65_536
/** Of all sources in one block, when there are several passes: half of the smallest second-level cache around. */
const BLOCK_BYTES = 128 * 1024
const SHARED_WITH_MAXIMUM = 3
const NIBBLES = 16

/** By name, and whether the memory is shared. */
const modules = new Map<string, WebAssembly.Module>()

export class WasmKernel implements Kernel {
  readonly name: WasmKernelName
  readonly memory: WebAssembly.Memory
  readonly bytes: Uint8Array
  readonly #exports: Exports
  /** By the number of rows. */
  readonly #multiply: readonly Multiply[]
  #tablesOf: Matrix | undefined

  /** Whether this engine knows the instructions. */
  static isSupported(name: WasmKernelName): boolean {
    return typeof WebAssembly === 'object' && WebAssembly.validate(codeOf(name, false))
  }

  static create(name: WasmKernelName, byteCount: number, isShared: boolean): WasmKernel {
    const pages = Math.ceil(byteCount / PAGE_BYTES)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: isShared })
    new Uint8Array(memory.buffer, 0, NIBBLES).fill(NIBBLES - 1)
    return new WasmKernel(name, memory)
  }

  constructor(name: WasmKernelName, memory: WebAssembly.Memory) {
    const isShared = !(memory.buffer instanceof ArrayBuffer)
    const module = moduleOf(name, isShared)
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    this.name = name
    this.memory = memory
    this.bytes = new Uint8Array(memory.buffer)
    this.#exports = exports as unknown as Exports
    const { multiply1, multiply2, multiply3, multiply4 } = this.#exports
    this.#multiply = [multiply1, multiply2, multiply3, multiply4]
  }

  multiply({ matrix, sources, targets, length, keep }: PlacedProduct): void {
    const end = Math.ceil(length / COLUMN_BYTES) * COLUMN_BYTES
    const isOnePass = targets.length <= ROWS_AT_ONCE
    const blockBytes = isOnePass ? end : blockBytesFor(sources.length)
    this.#writePointers(SOURCES_AT, sources)
    this.#writePointers(TARGETS_AT, targets)
    this.#writeTables(matrix)
    for (let from = 0; from < end; from += blockBytes) {
      const to = Math.min(end, from + blockBytes)
      for (let row = 0; row < targets.length; row += ROWS_AT_ONCE) {
        const rows = Math.min(ROWS_AT_ONCE, targets.length - row)
        this.#multiply[rows - 1]!(
          TABLES_AT + row * sources.length * TABLE_BYTES,
          SOURCES_AT,
          SOURCES_AT + 4 * sources.length,
          TARGETS_AT + 4 * row,
          from,
          to,
          Number(keep),
        )
      }
    }
  }

  equal(left: number, right: number, length: number): boolean {
    return this.#exports.equal(left, right, length) !== 0
  }

  #writePointers(at: number, offsets: readonly number[]): void {
    new Uint32Array(this.memory.buffer, at, offsets.length).set(offsets)
  }

  /** Matrices never change, so the same object needs nothing, unless another thread may have written others meanwhile. */
  #writeTables(matrix: Matrix): void {
    const isShared = !(this.memory.buffer instanceof ArrayBuffer)
    if (matrix === this.#tablesOf && !isShared) return
    let at = TABLES_AT
    for (let first = 0; first < matrix.rows; first += ROWS_AT_ONCE) {
      const end = Math.min(matrix.rows, first + ROWS_AT_ONCE)
      for (let column = 0; column < matrix.columns; column++) {
        for (let row = first; row < end; row++) {
          writeTable(this.bytes.subarray(at, at + TABLE_BYTES), rowOf(matrix, row)[column]!)
          at += TABLE_BYTES
        }
      }
    }
    this.#tablesOf = matrix
  }
}

/** The products of each low nibble, then of each high nibble. */
function writeTable(table: Uint8Array, factor: number): void {
  for (let nibble = 0; nibble < NIBBLES; nibble++) {
    table[nibble] = PRODUCTS[factor * FIELD_SIZE + nibble]!
    table[NIBBLES + nibble] = PRODUCTS[factor * FIELD_SIZE + NIBBLES * nibble]!
  }
}

function blockBytesFor(sources: number): number {
  const columns = Math.floor(BLOCK_BYTES / sources / COLUMN_BYTES)
  return Math.max(1, columns) * COLUMN_BYTES
}

function moduleOf(name: WasmKernelName, isShared: boolean): WebAssembly.Module {
  const key = `${name} ${isShared}`
  const module = modules.get(key) ?? new WebAssembly.Module(codeOf(name, isShared))
  modules.set(key, module)
  return module
}

function codeOf(name: WasmKernelName, isShared: boolean): Uint8Array<ArrayBuffer> {
  const { base64, memoryFlagsAt } = name === 'relaxed' ? RELAXED_KERNEL : STRICT_KERNEL
  const code = base64ToBytes(base64)
  assert(code !== undefined, 'a module in base64')
  const copy = new Uint8Array(code)
  if (isShared) copy[memoryFlagsAt] = SHARED_WITH_MAXIMUM
  return copy
}
