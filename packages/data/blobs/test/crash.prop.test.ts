/**
 * Power cuts at random moments of random work: what was acknowledged is there, and whatever the store says is there reads back as
 * it was. Each seed lives three lives on one disk.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHUNK_BYTES } from '@hamlet/blobs'
import type { BlobStore, PartialBlob } from '@hamlet/blobs'
import { bytesToHex } from '@hamlet/core'
import type { Random } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import type { MemoryDisk } from '@hamlet/store'
import { patternBytes, seededRandom } from './_blobs.ts'
import { SourceBlob, openStore } from './_store.ts'

const SEEDS = 25
const STEPS = 25
const TURNS_MAX = 80
/** Two that are received, three that are put; some small, some with files of their own. */
const PARTIAL = [5 * CHUNK_BYTES + 3, 3 * CHUNK_BYTES].map(
  (size) => new SourceBlob(patternBytes(size, size)),
)
const WHOLE = [0, 500, 40_000, 300_000].map((size) => new SourceBlob(patternBytes(size, size)))

/** What is promised of one blob. */
interface Promised {
  /** Chunks that were flushed. */
  readonly chunks: Set<number>
  isPut: boolean
  isPinned: boolean
  /** A deletion was asked for and not acknowledged: then nothing is promised. */
  isOpen: boolean
  /** It was deleted, and nothing was done with it since. */
  isDeleted: boolean
}

class Life {
  readonly disk: MemoryDisk
  readonly random: Random
  readonly promised: Map<SourceBlob, Promised>
  readonly #handles = new Map<SourceBlob, PartialBlob>()

  constructor(disk: MemoryDisk, random: Random, promised: Map<SourceBlob, Promised>) {
    this.disk = disk
    this.random = random
    this.promised = promised
  }

  below(limit: number): number {
    return this.random.bytes(1)[0]! % limit
  }

  /** Some acts, the last of which is under way when the power is cut. */
  async run(store: BlobStore): Promise<void> {
    const steps = this.below(STEPS)
    for (let step = 0; step < steps; step++) await this.#act(store)
    const last = this.#act(store)
    last.catch(() => undefined)
    for (let turn = this.below(TURNS_MAX); turn > 0; turn--) await Promise.resolve()
    this.disk.crash(this.random)
  }

  async check(store: BlobStore): Promise<void> {
    for (const [source, promise] of this.promised) {
      const serving = await store.serve(source.id)
      const held = serving?.held()
      for (const index of held ?? []) {
        assert.deepEqual(bytesToHex(serving!.readChunk(index)!), bytesToHex(source.chunk(index)))
      }
      if (store.has(source.id)) {
        assert.deepEqual(await store.read(source.id, 0, source.bytes.length), source.bytes)
      }
      if (promise.isDeleted) assert.equal(store.info(source.id), undefined)
      if (promise.isOpen) continue
      for (const index of promise.chunks) assert.ok(held?.has(index), 'a flushed chunk is there')
      if (promise.isPut) assert.ok(store.has(source.id), 'what was put is there')
      if (promise.isPinned) assert.deepEqual(store.info(source.id)!.pins, ['kept'])
      serving?.close()
    }
  }

  async #act(store: BlobStore): Promise<void> {
    const kind = this.below(20)
    if (kind < 11) return await this.#receive(store)
    const sources = kind < 16 ? WHOLE : [...this.promised.keys()]
    const source = sources[this.below(sources.length)]!
    const promise = this.promised.get(source)!
    if (kind < 16) {
      promise.isDeleted = false
      await store.put(source.bytes)
      promise.isPut = true
      promise.isOpen = false
    } else if (kind < 19) {
      if (!store.info(source.id)) return
      await store.pin(source.id, 'kept')
      promise.isPinned = true
    } else {
      promise.isOpen = true
      this.#handles.delete(source)
      await store.delete(source.id)
      Object.assign(promise, { isPut: false, isPinned: false, isOpen: false, isDeleted: true })
      promise.chunks.clear()
    }
  }

  async #receive(store: BlobStore): Promise<void> {
    const source = PARTIAL[this.below(PARTIAL.length)]!
    this.promised.get(source)!.isDeleted = false
    let blob = this.#handles.get(source)
    if (!blob) this.#handles.set(source, (blob = await store.begin(source.id)))
    for (let count = this.below(4); count > 0; count--) {
      source.writeTo(blob, this.below(source.chunkCount))
    }
    if (this.below(2) === 0) return
    const held = [...blob.held()]
    await (blob.isComplete ? blob.complete() : blob.flush())
    for (const index of held) this.promised.get(source)!.chunks.add(index)
  }
}

test('after a power cut everything acknowledged is there and everything there is right', async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = seededRandom(seed)
    const disk = createMemoryDisk()
    const promised = new Map(
      [...PARTIAL, ...WHOLE].map((source): [SourceBlob, Promised] => [
        source,
        { chunks: new Set(), isPut: false, isPinned: false, isOpen: false, isDeleted: false },
      ]),
    )
    for (let life = 0; life < 3; life++) {
      const store = await openStore(disk, { packBytes: 100_000 })
      const one = new Life(disk, random, promised)
      await one.check(store).catch((error: unknown) => {
        throw new Error(`seed ${seed}, life ${life}`, { cause: error })
      })
      await one.run(store)
    }
  }
})
