/**
 * How much memory a large blob takes: puts one, reads it, and receives it in a second store chunk by chunk, on real files. Prints the
 * growth of the resident set over what it was before, at its highest, and the processor time of each step.
 *
 *     node packages/data/blobs/test/flat-memory.ts --gib 10      needs twice that much room in the folder for temporary files
 *
 * `flat-memory.test.ts` runs it with a small blob, and demands that the growth is less than a limit that does not depend on the size.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BlobStore, CHUNK_BYTES } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { createNodeClock } from '@hamlet/identity/node'
import { createNodeDisk } from '@hamlet/store/node'
import { testCrypto } from './_blobs.ts'

const MIB = 2 ** 20
const STEP_CHUNKS = 64

export interface MemoryReport {
  readonly grownMib: number
  readonly seconds: Readonly<Record<string, number>>
}

/** A chunk that differs from all others in each of its leaves. */
function* generate(sizeBytes: number): Generator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK_BYTES)
  const words = new Uint32Array(chunk.buffer)
  for (let at = 0; at < sizeBytes; at += CHUNK_BYTES) {
    for (let word = 0; word < words.length; word += 1024) words[word] = at / CHUNK_BYTES + word
    yield chunk.subarray(0, Math.min(CHUNK_BYTES, sizeBytes - at))
  }
}

async function* asAsync(source: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* source
}

export async function measureMemory(sizeBytes: number): Promise<MemoryReport> {
  const root = await mkdtemp(join(tmpdir(), 'hamlet-flat-memory-'))
  const before = process.memoryUsage.rss()
  let highest = before
  const look = (): void => void (highest = Math.max(highest, process.memoryUsage.rss()))
  const seconds: Record<string, number> = {}
  try {
    await using store = await openIn(join(root, 'one'))
    const id = await timed(seconds, 'put', () =>
      store.put(asAsync(watched(generate(sizeBytes), look))),
    )
    await timed(seconds, 'read', () => compare(store, id, sizeBytes, look))
    await using other = await openIn(join(root, 'two'))
    await timed(seconds, 'receive', () => receive(store, other, id, look))
    assert.ok(other.has(id))
  } finally {
    await rm(root, { recursive: true })
  }
  return { grownMib: Math.round((highest - before) / MIB), seconds }
}

async function openIn(directory: string): Promise<BlobStore> {
  const disk = createNodeDisk(directory)
  return await BlobStore.open({ disk, clock: createNodeClock(), crypto: testCrypto })
}

async function timed<T>(
  seconds: Record<string, number>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  seconds[name] = (user + system) / 1e6
  return result
}

function* watched(source: Iterable<Uint8Array>, look: () => void): Generator<Uint8Array> {
  for (const bytes of source) {
    look()
    yield bytes
  }
}

async function compare(
  store: BlobStore,
  id: BlobId,
  sizeBytes: number,
  look: () => void,
): Promise<void> {
  const expected = generate(sizeBytes)
  for await (const bytes of store.stream(id)) {
    assert.equal(Buffer.compare(bytes, expected.next().value!), 0)
    look()
  }
  assert.ok(expected.next().done)
}

async function receive(
  from: BlobStore,
  to: BlobStore,
  id: BlobId,
  look: () => void,
): Promise<void> {
  const source = (await from.serve(id))!
  const blob = await to.begin(id)
  for (let index = 0; index < blob.chunkCount; index++) {
    const uncles = source.uncles(index, blob.knownHeight(index))!
    assert.equal(blob.write(index, source.readChunk(index)!, uncles), 'written')
    if (index % STEP_CHUNKS === 0) await blob.flush()
    look()
  }
  await blob.complete()
  source.close()
  blob.close()
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { gib: { type: 'string', default: '1' } } })
  const sizeBytes = Math.round(Number(values.gib) * 2 ** 30)
  const { grownMib, seconds } = await measureMemory(sizeBytes)
  console.log(`${values.gib} GiB: memory grew by ${grownMib} MiB at most`)
  for (const [name, each] of Object.entries(seconds)) {
    console.log(
      `${name}: ${each.toFixed(2)} s of processor time, ${Math.round(sizeBytes / MIB / each)} MiB/s`,
    )
  }
}
