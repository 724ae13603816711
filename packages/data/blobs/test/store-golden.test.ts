/** Goal: the files of format version 1 never change. The golden file was written once; `docs/formats/blob-store.md` explains it. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CHUNK_BYTES } from '@hamlet/blobs'
import { bytesToHex, hexToBytes, utf8 } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { patternBytes } from './_blobs.ts'
import { SourceBlob, openStore } from './_store.ts'

const PATH = join(import.meta.dirname, 'golden/blob-store-v1.json')
const LARGE = new SourceBlob(patternBytes(2 * CHUNK_BYTES + 1))

/** Hex by path; of the data file only its size, since its bytes are those of the blob. */
type Golden = Readonly<Record<string, string>>

async function writtenFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const disk = createMemoryDisk()
  await using store = await openStore(disk)
  const hello = await store.put(utf8('hello'), { pinned: 'me', tags: ['b', 'a'], ttlMs: 1000 })
  const gone = await store.put(utf8('x'))
  await store.delete(gone)
  await store.unpin(hello, 'me')
  const blob = await store.begin(LARGE.id)
  for (const index of [2, 0]) {
    LARGE.writeTo(blob, index)
    await blob.flush()
  }
  return disk.files()
}

test('writes the golden files', async () => {
  const golden = JSON.parse(readFileSync(PATH, 'utf8')) as Golden
  const written: Record<string, string> = {}
  for (const [path, bytes] of await writtenFiles()) {
    written[path] = path.endsWith('.data') ? `${bytes.length} bytes` : bytesToHex(bytes)
  }
  assert.deepEqual(written, golden)
})

test('reads the golden files', async () => {
  const golden = JSON.parse(readFileSync(PATH, 'utf8')) as Golden
  const files = new Map<string, Uint8Array>()
  for (const [path, hex] of Object.entries(golden)) {
    files.set(path, path.endsWith('.data') ? LARGE.bytes : hexToBytes(hex))
  }
  await using store = await openStore(createMemoryDisk({ files }))
  const [hello, large] = [...store.list()]
  assert.deepEqual(await store.read(hello!.id, 0, 5), utf8('hello'))
  assert.deepEqual([hello!.pins, hello!.tags], [[], ['a', 'b']])
  assert.deepEqual([large!.key, large!.heldBytes], [store.info(LARGE.id)!.key, CHUNK_BYTES + 1])
  const blob = await store.begin(LARGE.id)
  assert.deepEqual([...blob.held()], [0, 2])
  assert.deepEqual(blob.readChunk(2), LARGE.chunk(2))
  assert.equal(blob.knownHeight(1), 0)
})
