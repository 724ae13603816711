import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BLOB_BYTES_MAX, EMPTY_BLOB, blobKey, hashBlob, parseBlobKey } from '@hamlet/blobs'
import { patternBytes, testCrypto } from './_blobs.ts'

const ROOT = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'

test('a key is the root in hex and the size, and comes back as the same id', () => {
  const id = hashBlob(testCrypto, new Uint8Array(1))
  assert.equal(blobKey(id), `${ROOT}-1`)
  assert.deepEqual(parseBlobKey(`${ROOT}-1`), id)
  assert.equal(blobKey(EMPTY_BLOB), `${'0'.repeat(64)}-0`)
  assert.deepEqual(parseBlobKey(blobKey(EMPTY_BLOB)), EMPTY_BLOB)
  const large = hashBlob(testCrypto, patternBytes(300_000))
  assert.deepEqual(parseBlobKey(blobKey(large)), large)
  assert.equal(parseBlobKey(`${ROOT}-${BLOB_BYTES_MAX}`)?.sizeBytes, BLOB_BYTES_MAX)
})

test('text that is not exactly a key is none', () => {
  const bad = [
    '',
    ROOT,
    `${ROOT}-`,
    `${ROOT}-01`,
    `${ROOT}--1`,
    `${ROOT}-1 `,
    `${ROOT}-1\n`,
    `${ROOT.toUpperCase()}-1`,
    `${ROOT.slice(1)}-1`,
    `${ROOT}-1.5`,
    `${ROOT}-1e3`,
    `${ROOT}-0`,
    `${ROOT}-${BLOB_BYTES_MAX + 1}`,
    `${ROOT}-99999999999999999999`,
  ]
  for (const text of bad) assert.equal(parseBlobKey(text), undefined, text)
})
