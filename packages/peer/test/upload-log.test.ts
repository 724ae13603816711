import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { decodePreparedNotes, encodePreparedNotes } from '../src/files/prepared-book.ts'
import type { PreparedNotes } from '../src/files/prepared-book.ts'
import { encodeUploadLog, readUploadLog, UploadLog } from '../src/files/upload-log.ts'
import type { UploadRecord } from '../src/files/upload-log.ts'
import { UploadSession } from '../src/files/upload-session.ts'

const AT_MS = 1_800_000_000_000
const ID = '0a'.repeat(16)
const blob = (byte: number, plainBytes: number) => {
  const [root, key] = [new Uint8Array(32).fill(byte), new Uint8Array(32).fill(byte + 1)]
  return { root, plainBytes, key }
}
const named = (byte: number) => {
  const { root, key } = blob(byte, 0)
  return { root, key }
}
const input = { space: '07'.repeat(32), name: 'Holiday', isFolder: true, isPublic: false }
const RECORDS: readonly UploadRecord[] = [
  { kind: 'begun', atMs: AT_MS, input },
  { kind: 'small', atMs: AT_MS + 1, path: 'a', bytes: Uint8Array.of(1, 2, 3) },
  { kind: 'small', atMs: AT_MS + 2, path: 'empty', bytes: new Uint8Array(0) },
  {
    ...{ kind: 'stored', atMs: AT_MS + 3, blob: blob(1, 70_000) },
    files: [{ path: 'b/large', sizeBytes: 70_000, offset: 0 }],
  },
  { kind: 'small', atMs: AT_MS + 4, path: 'c', bytes: Uint8Array.of(4, 5) },
  {
    ...{ kind: 'stored', atMs: AT_MS + 5, blob: blob(3, 5) },
    files: [
      { path: 'a', sizeBytes: 3, offset: 0 },
      { path: 'c', sizeBytes: 2, offset: 3 },
    ],
  },
  { kind: 'finishing', atMs: AT_MS + 6, key: new Uint8Array(32).fill(9) },
]

const NOTES: PreparedNotes = new Map([
  [
    ID,
    {
      ...{ space: '07'.repeat(32) as SpaceId, atMs: AT_MS, isNamed: true },
      attachment: { ...named(1), name: 'cat.png', mediaType: 'image/png', sizeBytes: 1_000 },
    },
  ],
])

function golden(name: string): string {
  return readFileSync(join(import.meta.dirname, 'golden', name), 'utf8').trim()
}

test('writes and reads the golden file of an upload', () => {
  const bytes = hexToBytes(golden('upload-v1.hex'))
  assert.equal(bytesToHex(encodeUploadLog(RECORDS)), bytesToHex(bytes))
  assert.deepEqual(readUploadLog(bytes), { records: RECORDS, lengthBytes: bytes.length })
})

test('writes and reads the golden file of prepared files', () => {
  const bytes = golden('prepared-v1.hex')
  assert.equal(bytesToHex(encodePreparedNotes(NOTES)), bytes)
  assert.deepEqual(decodePreparedNotes(hexToBytes(bytes)), { ok: true, value: NOTES })
})

test('of a file that ends anywhere, or is damaged anywhere, the whole records before that are read', () => {
  const bytes = encodeUploadLog(RECORDS)
  const ends = RECORDS.map((_, index) => encodeUploadLog(RECORDS.slice(0, index + 1)).length)
  for (let length = 0; length <= bytes.length; length++) {
    const count = ends.filter((end) => end <= length).length
    const { records, lengthBytes } = readUploadLog(bytes.subarray(0, length))
    assert.deepEqual([records.length, lengthBytes], [count, ends[count - 1] ?? 0])
  }
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice()
    damaged[at]! ^= 0x10
    assert.equal(readUploadLog(damaged).records.length, ends.filter((end) => end <= at).length)
  }
})

function facts(session: UploadSession): readonly unknown[] {
  const { paths, totalBytes, waiting, blobs, manifestKey, touchedAtMs } = session
  return [[...paths].sort(), totalBytes, waiting, blobs, manifestKey, touchedAtMs]
}

test('what an upload comes to is the same after it is said anew', () => {
  for (let count = 1; count <= RECORDS.length; count++) {
    const session = UploadSession.of(ID, RECORDS.slice(0, count))!
    const again = UploadSession.of(ID, session.records())!
    assert.deepEqual(facts(again), facts(session), `after ${count} records`)
  }
  const { paths, totalBytes, waiting, files } = UploadSession.of(ID, RECORDS)!
  assert.deepEqual([paths.size, totalBytes, waiting.length, files.length], [4, 70_005, 0, 4])
})

test('what was appended after a torn record is read the next time', async () => {
  const torn = encodeUploadLog(RECORDS.slice(0, 3)).subarray(0, -2)
  const disk = createMemoryDisk({ files: new Map([[`uploads/${ID}`, torn]]) })
  const first = await UploadLog.open(disk, ID)
  assert.equal(first?.records.length, 2)
  first?.log.append(RECORDS[2]!)
  await first?.log.sync()
  first?.log.close()
  assert.deepEqual((await UploadLog.open(disk, ID))?.records, RECORDS.slice(0, 3))
})
