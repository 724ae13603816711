/** The kernel in plain TypeScript: a product per byte, looked up. For engines without WebAssembly SIMD, and to check the others by. */

import { addProduct, rowOf } from '../matrix.ts'
import type { Kernel, PlacedProduct } from './kernel-types.ts'

/** Sums are made beside the targets, so that a target may be a source; a block of them stays in the cache. */
const BLOCK_BYTES = 4096

export class ScalarKernel implements Kernel {
  readonly name = 'scalar'
  readonly memory: ArrayBuffer | SharedArrayBuffer
  readonly bytes: Uint8Array

  constructor(memory: ArrayBuffer | SharedArrayBuffer) {
    this.memory = memory
    this.bytes = new Uint8Array(memory)
  }

  multiply({ matrix, sources, targets, length, keep }: PlacedProduct): void {
    const sums = targets.map(() => new Uint8Array(Math.min(BLOCK_BYTES, length)))
    for (let from = 0; from < length; from += BLOCK_BYTES) {
      const count = Math.min(BLOCK_BYTES, length - from)
      const blockAt = (offset: number): Uint8Array =>
        this.bytes.subarray(offset + from, offset + from + count)
      for (const [row, sum] of sums.entries()) {
        if (keep) sum.set(blockAt(targets[row]!))
        else sum.fill(0)
        rowOf(matrix, row).forEach((factor, column) => {
          addProduct(sum.subarray(0, count), blockAt(sources[column]!), factor)
        })
      }
      for (const [row, sum] of sums.entries()) blockAt(targets[row]!).set(sum.subarray(0, count))
    }
  }

  equal(left: number, right: number, length: number): boolean {
    for (let at = 0; at < length; at++) {
      if (this.bytes[left + at] !== this.bytes[right + at]) return false
    }
    return true
  }
}
