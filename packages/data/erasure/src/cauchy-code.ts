/**
 * A systematic Cauchy code over GF(2^8): k data shards, m parity shards, and any k of the k + m give the rest.
 *
 * Shards 0 to k-1 are the data, shards k to k+m-1 the parity. In parity row i, column j the coefficient is 1 / (i XOR j), which
 * is `gf_gen_cauchy1_matrix` of ISA-L. Every square piece of a Cauchy matrix can be inverted, so every choice of k shards decodes.
 *
 * Recovery solves only for what is missing: with e data shards missing, e parity shards stand in, and the matrix to invert is e by e.
 * Erasure coding finds what is missing, not what is wrong: whoever takes shards from others checks their hashes first.
 */

import { assert } from '@hamlet/core'
import { ErasureError } from './errors.ts'
import { inverse } from './galois.ts'
import { RECOVERIES_KEPT_MAX, TOTAL_SHARDS_MAX } from './limits.ts'
import { invertMatrix, makeMatrix, multiplyMatrices } from './matrix.ts'
import type { Matrix } from './matrix.ts'

export interface CodeParameters {
  /** k: how many shards hold the data, and how many of all suffice. At least 1. */
  readonly dataShards: number
  /** n - k: how many may be lost. 0 is allowed; with the data shards at most 255. */
  readonly parityShards: number
}

/** `targets` = `matrix` times `sources`, all of them indexes of shards. */
export interface Product {
  readonly matrix: Matrix
  readonly sources: readonly number[]
  readonly targets: readonly number[]
}

export class CauchyCode {
  readonly dataShards: number
  readonly parityShards: number
  /** n. */
  readonly totalShards: number
  /** Parity rows only; the identity above them is not stored. */
  readonly encoding: Product
  readonly #recoveries = new Map<string, Product>()

  /** @throws {@link ErasureError} `ERASURE_PARAMETERS` */
  constructor({ dataShards, parityShards }: CodeParameters) {
    checkParameters(dataShards, parityShards)
    this.dataShards = dataShards
    this.parityShards = parityShards
    this.totalShards = dataShards + parityShards
    this.encoding = {
      matrix: makeMatrix(parityShards, dataShards, (row, column) =>
        inverse((dataShards + row) ^ column),
      ),
      sources: range(0, dataShards),
      targets: range(dataShards, this.totalShards),
    }
  }

  /**
   * How the shards in `wanted` follow from k of those that are not in `missing`.
   *
   * @param wanted of the missing ones; whoever needs few of them pays for few
   * @throws {@link ErasureError} `ERASURE_SHARD_INDEX` for an index that is none, comes twice or is not missing, `ERASURE_TOO_FEW`
   */
  recovery(missing: readonly number[], wanted: readonly number[] = missing): Product {
    const key = wanted === missing ? missing.join() : `${missing.join()} ${wanted.join()}`
    const known = this.#recoveries.get(key)
    if (known !== undefined) return known
    const lost = this.checkIndexes(missing)
    const left = this.totalShards - lost.length
    if (left < this.dataShards) throw tooFew(this.dataShards, left)
    const solved = this.#solve(lost, this.#checkWanted(wanted, lost))
    if (this.#recoveries.size === RECOVERIES_KEPT_MAX) {
      this.#recoveries.delete(this.#recoveries.keys().next().value!)
    }
    this.#recoveries.set(key, solved)
    return solved
  }

  /** Sorted. @throws {@link ErasureError} `ERASURE_SHARD_INDEX` for an index that is none or comes twice */
  checkIndexes(indexes: readonly number[]): readonly number[] {
    const sorted = indexes.toSorted((a, b) => a - b)
    for (const [at, index] of sorted.entries()) {
      const isIndex = Number.isInteger(index) && index >= 0 && index < this.totalShards
      if (!isIndex || index === sorted[at - 1]) {
        const expected = `distinct indexes below ${this.totalShards}`
        throw new ErasureError('ERASURE_SHARD_INDEX', `expected ${expected}, got ${index}`)
      }
    }
    return sorted
  }

  #checkWanted(wanted: readonly number[], lost: readonly number[]): readonly number[] {
    const made = this.checkIndexes(wanted)
    const there = made.find((index) => !lost.includes(index))
    if (there === undefined) return made
    const message = `expected shards to make that are missing, got ${there}`
    throw new ErasureError('ERASURE_SHARD_INDEX', message)
  }

  #solve(lost: readonly number[], made: readonly number[]): Product {
    const isLost = new Set(lost)
    const lostData = lost.filter((index) => index < this.dataShards)
    const dataLeft = this.encoding.sources.filter((index) => !isLost.has(index))
    const standIns = this.encoding.targets
      .filter((index) => !isLost.has(index))
      .slice(0, lostData.length)
    const sources = [...dataLeft, ...standIns]
    const lostRows = this.#rowsOfLostData(lostData, dataLeft, standIns)
    // All data shards as sums of the sources: what is left stands for itself.
    const dataRows = makeMatrix(this.dataShards, sources.length, (row, column) =>
      isLost.has(row)
        ? lostRows.values[lostData.indexOf(row) * sources.length + column]!
        : Number(sources[column] === row),
    )
    const generator = makeMatrix(made.length, this.dataShards, (row, column) =>
      this.#coefficient(made[row]!, column),
    )
    return { matrix: multiplyMatrices(generator, dataRows), sources, targets: made }
  }

  /** parity = A * dataLeft + B * lostData, hence lostData = B⁻¹ * (parity + A * dataLeft). */
  #rowsOfLostData(
    lostData: readonly number[],
    dataLeft: readonly number[],
    standIns: readonly number[],
  ): Matrix {
    const count = lostData.length
    const unknown = makeMatrix(count, count, (row, column) =>
      this.#coefficient(standIns[row]!, lostData[column]!),
    )
    const solved = invertMatrix(unknown)
    assert(solved !== undefined, 'a piece of a Cauchy matrix can be inverted')
    const known = makeMatrix(count, this.dataShards, (row, column) =>
      column < dataLeft.length
        ? this.#coefficient(standIns[row]!, dataLeft[column]!)
        : Number(column - dataLeft.length === row),
    )
    return multiplyMatrices(solved, known)
  }

  #coefficient(shard: number, column: number): number {
    if (shard < this.dataShards) return Number(shard === column)
    return inverse(shard ^ column)
  }
}

function checkParameters(dataShards: number, parityShards: number): void {
  const areCounts = Number.isInteger(dataShards) && Number.isInteger(parityShards)
  const total = dataShards + parityShards
  if (areCounts && dataShards >= 1 && parityShards >= 0 && total <= TOTAL_SHARDS_MAX) return
  throw new ErasureError(
    'ERASURE_PARAMETERS',
    `expected at least 1 data shard and at most ${TOTAL_SHARDS_MAX} shards, got ${dataShards} + ${parityShards}`,
  )
}

function tooFew(needed: number, left: number): ErasureError {
  const message = `expected ${needed} shards, got ${left}`
  return new ErasureError('ERASURE_TOO_FEW', message, { fields: { needed, left } })
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
