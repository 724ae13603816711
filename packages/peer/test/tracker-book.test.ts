import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToBase64, bytesToHex, hexToBytes } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { decodeTrackerNotes, encodeTrackerNotes, TrackerBook } from '../src/files/tracker-book.ts'
import type { TrackerNotes } from '../src/files/tracker-book.ts'
import { encodeChunkRuns, trackerOrigin } from '../src/files/tracker-wire.ts'

const GOLDEN = join(import.meta.dirname, 'golden/trackers-v1.hex')
const NOTES: TrackerNotes = {
  trackers: new Set(['https://tracker.example', 'http://127.0.0.1:8080']),
  shares: new Map([['01'.repeat(32), new Set(['https://other.example:8443'])]]),
}

test('writes and reads the golden file', () => {
  const golden = readFileSync(GOLDEN, 'utf8').trim()
  assert.equal(bytesToHex(encodeTrackerNotes(NOTES)), golden)
  assert.deepEqual(decodeTrackerNotes(hexToBytes(golden)), { ok: true, value: NOTES })
  assert.equal(
    bytesToHex(encodeTrackerNotes({ trackers: new Set(), shares: new Map() })),
    '83018080',
  )
})

test('a damaged file is refused and left as it is', async () => {
  const disk = createMemoryDisk({ files: new Map([['trackers', Uint8Array.of(1, 2, 3)]]) })
  await assert.rejects(TrackerBook.open(disk), { code: 'TRACKERS_CORRUPT' })
  assert.deepEqual(await disk.readAll('trackers'), Uint8Array.of(1, 2, 3))
})

test('runs of chunks are encoded as the page of the format has it', () => {
  const runs = encodeChunkRuns([{ first: 2, count: 2 }])
  assert.equal(bytesToHex(runs!), '0202')
  const two = encodeChunkRuns([...[{ first: 2, count: 2 }], { first: 7, count: 1 }])
  assert.equal(bytesToBase64(two!), 'AgIDAQ==')
})

test('without encryption a link leads to this machine alone', () => {
  assert.equal(trackerOrigin('http://tracker.example', false), undefined)
  assert.equal(trackerOrigin('http://tracker.example', true), 'http://tracker.example')
  assert.equal(trackerOrigin('http://127.0.0.1:80/', false), 'http://127.0.0.1')
  assert.equal(trackerOrigin('https://Tracker.example:443/', false), 'https://tracker.example')
})
