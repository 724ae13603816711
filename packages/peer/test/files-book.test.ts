import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { decodeFilesNotes, encodeFilesNotes, FilesBook } from '../src/files/files-book.ts'
import type { FilesNotes } from '../src/files/files-book.ts'

const GOLDEN = join(import.meta.dirname, 'golden/files-v1.hex')
const SHARE = '01'.repeat(32)
const NOTES: FilesNotes = {
  links: [{ link: 'hamlet:share#abc', atMs: 1_800_000_000_000, name: 'Holiday' }],
  wanted: new Map([
    [SHARE, { isPaused: true, rest: 'skip', priorities: new Map([['film.mp4', 'high']]) }],
  ]),
  pinned: new Set([SHARE]),
  own: new Set([SHARE]),
  limits: { downBytesPerSecond: 1000, upBytesPerSecond: 0, quotaBytes: 5_000_000_000 },
}

test('writes and reads the golden file', () => {
  const golden = readFileSync(GOLDEN, 'utf8').trim()
  assert.equal(bytesToHex(encodeFilesNotes(NOTES)), golden)
  assert.deepEqual(decodeFilesNotes(hexToBytes(golden)), { ok: true, value: NOTES })
})

test('what was remembered is there the next time', async () => {
  const disk = createMemoryDisk()
  const book = await FilesBook.open(disk)
  await Promise.all([
    book.update(() => ({ pinned: NOTES.pinned })),
    book.update(() => ({ limits: NOTES.limits })),
  ])
  const again = await FilesBook.open(disk)
  assert.deepEqual([again.value.pinned, again.value.limits], [NOTES.pinned, NOTES.limits])
})

test('a damaged file is refused and left as it is', async () => {
  const files = new Map([['files', Uint8Array.of(1, 2, 3)]])
  const disk = createMemoryDisk({ files })
  await assert.rejects(FilesBook.open(disk), { code: 'FILES_CORRUPT' })
  assert.deepEqual(await disk.readAll('files'), Uint8Array.of(1, 2, 3))
})
