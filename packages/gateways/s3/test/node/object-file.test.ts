/** The format of an object's file, frozen: a golden file, and the example in docs/formats/s3-folder.md. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, concatBytes, hexToBytes, utf8 } from '@hamlet/core'
import {
  decodeDescription,
  decodeTrailer,
  encodeDescription,
  TRAILER_BYTES,
} from '../../src/node/object-file.ts'
import type { ObjectDescription } from '../../src/node/object-file.ts'

const GOLDEN = join(import.meta.dirname, '..', 'golden', 's3-object-v1.hex')

const EXAMPLE: ObjectDescription = {
  key: 'a/b',
  sizeBytes: 5,
  etag: '5d41402abc4b2a76b9719d911017c592',
  modifiedMs: 1_700_000_000_000,
  headers: { 'content-type': 'text/plain' },
  checksum: { algorithm: 'CRC32', value: 'NhCmhg==', type: 'FULL_OBJECT' },
  partSizes: undefined,
  uploadId: undefined,
}

test('a file written by version 1 is read, and written the same again', () => {
  const golden = hexToBytes(readFileSync(GOLDEN, 'utf8').trim())
  assert.equal(
    bytesToHex(concatBytes(utf8('hello'), encodeDescription(EXAMPLE))),
    bytesToHex(golden),
  )
  const trailer = decodeTrailer(golden.subarray(-TRAILER_BYTES), golden.length)!
  const description = golden.subarray(5, 5 + trailer.descriptionBytes)
  assert.deepEqual(decodeDescription(description, trailer), EXAMPLE)
})

test('the example of the format is the golden file', () => {
  const page = readFileSync(
    join(import.meta.dirname, '../../../../../docs/formats/s3-folder.md'),
    'utf8',
  )
  const shown = /```hex\n([\s\S]*?)```/.exec(page)![1]!.replace(/#.*$/gm, '').replace(/\s/g, '')
  assert.equal(shown, readFileSync(GOLDEN, 'utf8').trim())
})

test('the largest object has room', () => {
  const largest: ObjectDescription = {
    ...EXAMPLE,
    key: 'k'.repeat(1024),
    sizeBytes: 5 * 1024 ** 4,
    headers: { 'x-amz-meta-a': 'é'.repeat(1000), 'content-type': 'x'.repeat(8000) },
    partSizes: Array.from({ length: 10_000 }, () => 5 * 1024 ** 3),
    uploadId: 'f'.repeat(32),
  }
  const bytes = encodeDescription(largest)
  const trailer = decodeTrailer(bytes.subarray(-TRAILER_BYTES), largest.sizeBytes + bytes.length)!
  assert.deepEqual(decodeDescription(bytes.subarray(0, -TRAILER_BYTES), trailer), largest)
})
