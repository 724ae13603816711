import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, encodeCbor, hexToBytes } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import type { SafePath } from '../src/names/file-path.ts'
import { MANIFEST_BYTES_MAX } from '../src/shares/limits.ts'
import { decodeManifest, encodeManifest, isPublic, manifestBytes } from '../src/shares/manifest.ts'
import type { Manifest } from '../src/shares/manifest.ts'

const GOLDEN = join(import.meta.dirname, 'golden/manifest-v1.json')
const root = new Uint8Array(32).fill(1)
const key = new Uint8Array(32).fill(2)

const FOLDER: Manifest = {
  name: 'Holiday',
  isFolder: true,
  blobs: [
    { root, plainBytes: 30, key },
    { root: key, plainBytes: 100_000, key: root },
  ],
  files: [
    { path: 'a.txt' as SafePath, sizeBytes: 10, blob: 0, offset: 0 },
    { path: 'b/c.txt' as SafePath, sizeBytes: 20, blob: 0, offset: 10 },
    { path: 'b/empty' as SafePath, sizeBytes: 0, blob: undefined, offset: 0 },
    { path: 'film.mp4' as SafePath, sizeBytes: 100_000, blob: 1, offset: 0 },
  ],
}
const FILE: Manifest = {
  name: 'film.mp4',
  isFolder: false,
  blobs: [{ root, plainBytes: 5, key: undefined }],
  files: [{ path: 'film.mp4' as SafePath, sizeBytes: 5, blob: 0, offset: 0 }],
}

function refused(value: CborValue): string {
  const result = decodeManifest(encodeCbor(value))
  assert.ok(!result.ok)
  assert.equal(result.error.code, 'SHARE_MALFORMED')
  return result.error.message
}

test('gives a folder and a file back as they were', () => {
  for (const manifest of [FOLDER, FILE]) {
    assert.deepEqual(decodeManifest(encodeManifest(manifest)), { ok: true, value: manifest })
  }
  assert.equal(manifestBytes(FOLDER), 100_030)
  assert.deepEqual([isPublic(FOLDER), isPublic(FILE)], [false, true])
})

test('writes and reads the golden manifests', () => {
  const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<'folder' | 'file', string>
  assert.equal(bytesToHex(encodeManifest(FOLDER)), golden.folder)
  assert.equal(bytesToHex(encodeManifest(FILE)), golden.file)
  assert.deepEqual(decodeManifest(hexToBytes(golden.folder)), { ok: true, value: FOLDER })
})

function manifestOf(blobs: CborValue, files: CborValue, name = 'x', isFolder = true): CborValue {
  return [1, name, isFolder, blobs, files]
}

test('refuses manifests whose fields contradict each other', () => {
  const blob = [root, 10, key]
  const good = ['a', 10, 0, 0]
  assert.ok(decodeManifest(encodeCbor(manifestOf([blob], [good]))).ok)
  assert.match(refused(manifestOf([blob], [good], '..')), /not a file name/)
  assert.match(refused(manifestOf([blob], [['../a', 10, 0, 0]])), /not a file name/)
  assert.match(refused(manifestOf([blob], [good, ['a', 10, 0, 0]])), /does not ascend/)
  assert.match(
    refused(
      manifestOf(
        [blob],
        [
          ['b', 5, 0, 0],
          ['a', 5, 0, 5],
        ],
      ),
    ),
    /does not ascend/,
  )
  assert.match(refused(manifestOf([blob], [['a', 10, 0, 1]])), /within its blob/)
  assert.match(refused(manifestOf([blob], [['a', 10, 1, 0]])), /within its blob/)
  assert.match(refused(manifestOf([blob], [['a', 0, 0, 0]])), /within its blob/)
  assert.match(refused(manifestOf([blob], [['a', 1, null, 0]])), /within its blob/)
  assert.match(refused(manifestOf([blob, blob], [good])), /holds no file/)
  assert.match(
    refused(manifestOf([blob, [root, 1, null]], [good, ['b', 1, 1, 0]])),
    /some have none/,
  )
  assert.match(refused(manifestOf([[root, 0, key]], [])), /empty/)
  assert.match(refused(manifestOf([blob], [good], 'x', false)), /called as its file/)
})

test('refuses a manifest of more than 16 MiB for its length, whatever is in it', () => {
  const result = decodeManifest(new Uint8Array(MANIFEST_BYTES_MAX + 1))
  assert.ok(!result.ok && /bytes/.test(result.error.message))
})

test('a manifest that would be too long is refused where it is made', () => {
  const long = 'n'.repeat(250)
  const files = Array.from({ length: 5000 }, (_, index) => ({
    path: [String(index).padStart(200, '0'), ...Array.from({ length: 14 }, () => long)].join(
      '/',
    ) as SafePath,
    sizeBytes: 0,
    blob: undefined,
    offset: 0,
  }))
  assert.throws(() => encodeManifest({ ...FOLDER, blobs: [], files }), { code: 'SHARE_TOO_LARGE' })
})
