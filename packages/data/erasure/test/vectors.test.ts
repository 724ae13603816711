/** Goal: the same bytes as others who use this convention give. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import { CauchyCode, invertMatrix } from '../src/index.ts'
import { makeMatrix, rowOf } from '../src/matrix.ts'
import { choices, codeOf } from './_shards.ts'

interface Vectors {
  readonly vectors: readonly {
    readonly k: number
    readonly n: number
    readonly parityMatrix: readonly (readonly number[])[]
    readonly cases: readonly {
      readonly data: readonly string[]
      readonly parity: readonly string[]
    }[]
  }[]
  readonly conventions: {
    readonly input: { readonly k: number; readonly n: number; readonly data: readonly string[] }
    readonly cauchy: { readonly parity: readonly string[] }
  }
  readonly notDecodable: {
    readonly k: number
    readonly n: number
    readonly rows: readonly number[]
    readonly matrix: readonly (readonly number[])[]
    readonly singularSets: number
    readonly allSets: number
  }
}

const FOLDER =
  process.env['VECTORS_DIR'] ?? join(import.meta.dirname, '../../../../../shared/vectors')
const FILE = join(FOLDER, 'reed-solomon/vectors.json')

function vectors(): Vectors | undefined {
  if (existsSync(FILE)) return JSON.parse(readFileSync(FILE, 'utf8')) as Vectors
  console.log('SKIPPED reed-solomon/vectors.json: not present (VECTORS_DIR)')
  return undefined
}

test('parity is that of the public vectors, with every kernel', () => {
  let executed = 0
  for (const { k, n, parityMatrix, cases } of vectors()?.vectors ?? []) {
    const { encoding } = new CauchyCode({ dataShards: k, parityShards: n - k })
    const rows = parityMatrix.map((_, row) => [...rowOf(encoding.matrix, row)])
    assert.deepEqual(rows, parityMatrix)
    for (const { data, parity } of cases) {
      for (const kernel of ['relaxed', 'strict', 'scalar'] as const) {
        const made = codeOf(k, n, kernel).encode(data.map(hexToBytes))
        assert.deepEqual(made.map(bytesToHex), parity, `${k} of ${n}, ${kernel}`)
        executed += 1
      }
    }
  }
  console.log(`reed-solomon: ${executed} cases`)
})

test('of the conventions in use it is the Cauchy one', () => {
  // Known without the vectors too: a worked example of the format.
  const counting = [0, 8, 16, 24].map((from) => {
    return Uint8Array.from({ length: 8 }, (_, at) => from + at)
  })
  const [first, second] = codeOf(4, 6).encode(counting)
  assert.equal(bytesToHex(first!), '74543414f4d4b494')
  assert.equal(bytesToHex(second!), '69492909e9c9a989')
  const known = vectors()?.conventions
  if (known === undefined) return
  const { k, n, data } = known.input
  const made = codeOf(k, n).encode(data.map(hexToBytes))
  assert.deepEqual(made.map(bytesToHex), known.cauchy.parity)
})

test('where another convention cannot decode, this one can', () => {
  const known = vectors()?.notDecodable
  if (known === undefined) return
  const { k, n, matrix, singularSets, allSets } = known
  const code = new CauchyCode({ dataShards: k, parityShards: n - k })
  const isSingular = (rows: readonly (readonly number[])[]): boolean =>
    invertMatrix(makeMatrix(k, k, (row, column) => rows[row]![column]!)) === undefined
  const generator = Array.from({ length: n }, (_, row) => {
    if (row >= k) return [...rowOf(code.encoding.matrix, row - k)]
    return Array.from({ length: k }, (_each, column) => Number(row === column))
  })
  const sets = [...choices(n, k)]
  const theirs = sets.filter((rows) => isSingular(rows.map((row) => matrix[row]!)))
  const ours = sets.filter((rows) => isSingular(rows.map((row) => generator[row]!)))
  assert.deepEqual([sets.length, theirs.length, ours.length], [allSets, singularSets, 0])
})
