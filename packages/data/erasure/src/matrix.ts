/** Matrices over GF(2^8): rows of bytes, never changed once made. */

import { assert } from '@hamlet/core'
import { FIELD_SIZE, PRODUCTS, inverse, multiply } from './galois.ts'

export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** Row after row. */
  readonly values: Uint8Array
}

/** Calls `valueAt` for each place, row after row. */
export function makeMatrix(
  rows: number,
  columns: number,
  valueAt: (row: number, column: number) => number,
): Matrix {
  const values = new Uint8Array(rows * columns)
  for (let at = 0; at < values.length; at++) {
    values[at] = valueAt(Math.floor(at / columns), at % columns)
  }
  return { rows, columns, values }
}

export function rowOf(matrix: Matrix, row: number): Uint8Array {
  return matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns)
}

export function multiplyMatrices(left: Matrix, right: Matrix): Matrix {
  assert(left.columns === right.rows, 'matrices that can be multiplied')
  const values = new Uint8Array(left.rows * right.columns)
  for (let row = 0; row < left.rows; row++) {
    const sum = values.subarray(row * right.columns, (row + 1) * right.columns)
    rowOf(left, row).forEach((factor, i) => addProduct(sum, rowOf(right, i), factor))
  }
  return { rows: left.rows, columns: right.columns, values }
}

/** By Gauss and Jordan; `undefined` when the matrix is singular. O(n³). */
export function invertMatrix(matrix: Matrix): Matrix | undefined {
  const size = matrix.rows
  assert(matrix.columns === size, 'a square matrix')
  const left = { ...matrix, values: matrix.values.slice() }
  const right = makeMatrix(size, size, (row, column) => (row === column ? 1 : 0))
  for (let pivot = 0; pivot < size; pivot++) {
    const found = rowWithPivot(left, pivot)
    if (found === undefined) return undefined
    for (const side of [left, right]) swapRows(side, found, pivot)
    const factor = inverse(rowOf(left, pivot)[pivot]!)
    for (const side of [left, right]) scale(rowOf(side, pivot), factor)
    for (let row = 0; row < size; row++) {
      const factor = rowOf(left, row)[pivot]!
      if (row === pivot || factor === 0) continue
      for (const side of [left, right]) addProduct(rowOf(side, row), rowOf(side, pivot), factor)
    }
  }
  return right
}

function rowWithPivot(matrix: Matrix, pivot: number): number | undefined {
  for (let row = pivot; row < matrix.rows; row++) {
    if (rowOf(matrix, row)[pivot] !== 0) return row
  }
  return undefined
}

function swapRows(matrix: Matrix, a: number, b: number): void {
  if (a === b) return
  const kept = rowOf(matrix, a).slice()
  rowOf(matrix, a).set(rowOf(matrix, b))
  rowOf(matrix, b).set(kept)
}

function scale(row: Uint8Array, factor: number): void {
  row.forEach((value, at) => {
    row[at] = multiply(factor, value)
  })
}

/** `sum += factor * bytes`, byte by byte; the scalar kernel is nothing but this. */
export function addProduct(sum: Uint8Array, bytes: Uint8Array, factor: number): void {
  const products = PRODUCTS.subarray(factor * FIELD_SIZE, (factor + 1) * FIELD_SIZE)
  const { length } = sum
  for (let at = 0; at < length; at++) sum[at]! ^= products[bytes[at]!]!
}
