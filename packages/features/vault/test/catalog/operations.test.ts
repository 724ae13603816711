import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, encodeCbor, hexToBytes } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import {
  BATCH_BYTES_MAX,
  batchOperations,
  checkCatalogName,
  decodeOperations,
  encodeOperations,
  isCatalogName,
  markedName,
  versionOperations,
} from '../../src/index.ts'
import type { CatalogOperation } from '../../src/index.ts'
import { EVERY_KIND, facts, id, object } from './_catalog.ts'

const GOLDEN = join(import.meta.dirname, '../golden/catalog-v1.json')
const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<'operations', string>

test('gives operations of every kind back, as the golden file has them', () => {
  const bytes = encodeOperations(EVERY_KIND)
  assert.equal(bytesToHex(bytes), golden.operations)
  assert.deepEqual(decodeOperations(hexToBytes(golden.operations)), { ok: true, value: EVERY_KIND })
})

const ID = new Uint8Array(16)
const HASH = new Uint8Array(32)
const PART: CborValue = [HASH, 0, 5]
const META: CborValue = []

function version(
  size: number,
  count: number,
  parts: CborValue,
  literal: CborValue,
  meta = META,
): CborValue {
  return [4, ID, ID, [], size, 0, count, parts, literal, HASH, null, false, null, meta]
}

function isTaken(...operations: readonly CborValue[]): boolean {
  return decodeOperations(encodeCbor([1, operations])).ok
}

test('refuses versions whose bytes do not fit their size', () => {
  assert.ok(isTaken(version(5, 1, [PART], null)))
  assert.ok(isTaken(version(0, 0, [], new Uint8Array(0))))
  assert.ok(isTaken(version(6, 2, [PART], null)), 'the rest follows')
  for (const bad of [
    version(4, 1, [PART], null),
    version(6, 1, [PART], null),
    version(5, 2, [PART], null),
    version(0, 0, [], null),
    version(2, 0, [], new Uint8Array(1)),
    version(1, 1, [PART], new Uint8Array(1)),
    version(1025, 0, [], new Uint8Array(1025)),
    version(5, 1, [[HASH, 67_092_480, 1]], null),
    version(0, 0, [], new Uint8Array(0), [
      ['b', ''],
      ['a', ''],
    ]),
    version(0, 0, [], new Uint8Array(0), [['b', 'x'.repeat(2048)]]),
  ]) {
    assert.ok(!isTaken(bad))
  }
})

function isName(name: string): boolean {
  return isTaken([1, ID, null, name])
}

test('refuses names that would change the tree, and nothing that a disk may have', () => {
  for (const name of ['a', 'CON', 'a:b', ' ', '...', 'ä'.repeat(127)]) assert.ok(isName(name), name)
  for (const name of ['', '.', '..', 'a/b', 'a\0', 'ä'.repeat(128)]) assert.ok(!isName(name), name)
  assert.deepEqual(checkCatalogName('a\u0308'), { ok: true, value: 'ä' })
  assert.ok(!checkCatalogName('x/y').ok && !checkCatalogName('\ud800').ok)
})

test('a marked name stays within the limit and keeps its extension', () => {
  assert.equal(markedName('sea.jpg', '1f2e'), 'sea (1f2e).jpg')
  const long = markedName(`${'ä'.repeat(125)}.jpg`, 'f'.repeat(32))
  assert.ok(isCatalogName(long) && long.endsWith(' (ffffffffffffffffffffffffffffffff).jpg'))
})

test('refuses empty batches, unknown codes and batches that are too long', () => {
  assert.ok(!isTaken())
  assert.ok(!isTaken([11, ID]))
  const long: CatalogOperation = {
    kind: 'snapshot',
    snapshot: id(1),
    name: 'x'.repeat(255),
    vector: [],
  }
  const many = Array.from({ length: 300 }, () => long)
  assert.throws(() => encodeOperations(many), { code: 'VAULT_BATCH_TOO_LARGE' })
  const batches = batchOperations(many)
  assert.deepEqual(batches.flat(), many)
  assert.equal(batches.length, 2)
})

test('a file of a tebibyte is said in seventeen operations that fit into as many batches', () => {
  const parts = Array.from({ length: 16_400 }, (_, index) => ({
    object: object(index % 256),
    offset: 0,
    length: 67_092_480,
  }))
  const size = 16_400 * 67_092_480
  const ids = { node: id(1), version: id(2), replaces: [] } as const
  const operations = versionOperations({ ...ids, ...facts(3, size) } as never, parts)
  assert.equal(operations.length, 17)
  const batches = batchOperations(operations)
  for (const batch of batches) assert.ok(encodeOperations(batch).length <= BATCH_BYTES_MAX)
  assert.deepEqual(
    batches.flatMap((batch) => {
      const decoded = decodeOperations(encodeOperations(batch))
      return decoded.ok ? decoded.value : []
    }),
    operations,
  )
})
