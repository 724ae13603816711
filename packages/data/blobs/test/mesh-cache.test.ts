/** Caches of peers on a simulated network: what one put, the others get. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobStore, CHUNK_BYTES, EMPTY_BLOB, MeshCache, SwarmEngine } from '@hamlet/blobs'
import type { BlobId, MeshCacheOptions, SwarmAccess } from '@hamlet/blobs'
import { silentLogger, silentMetrics } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { SimClock } from '@hamlet/testkit/simulated-ports'
import { patternBytes, testCrypto } from './_blobs.ts'
import { SourceBlob } from './_store.ts'
import { OPEN, SwarmWorld } from './swarm/_swarm-world.ts'

class CacheWorld {
  readonly world = new SwarmWorld()
  readonly #devices: string[] = []
  readonly #linked = new Set<string>()

  async add(name: string, options: Partial<MeshCacheOptions> = {}): Promise<MeshCache> {
    const { scheduler, random, network } = this.world
    const clock = new SimClock(scheduler)
    const device = this.world.device(name)
    this.#devices.push(device)
    this.#cutOthers()
    const net = network.attach(device)
    const ports = { clock, random: random.fork(name), net, crypto: testCrypto }
    const engine = new SwarmEngine({ ...ports, logger: silentLogger, metrics: silentMetrics })
    const disk = createMemoryDisk()
    const store = await this.within(BlobStore.open({ disk, clock, crypto: testCrypto }))
    return await this.within(
      MeshCache.start({ store, engine, clock, net }, { access: OPEN, ...options }),
    )
  }

  link(a: string, b: string): void {
    const [one, other] = [this.world.device(a), this.world.device(b)]
    this.#linked.add(`${one} ${other}`).add(`${other} ${one}`)
    this.#cutOthers()
    this.world.network.connectAll()
  }

  #cutOthers(): void {
    const pairs = this.#devices.flatMap((from) => this.#devices.map((to) => [from, to] as const))
    this.world.network.setCuts(pairs.filter(([from, to]) => !this.#linked.has(`${from} ${to}`)))
  }

  within<T>(promise: Promise<T>): Promise<T> {
    return this.world.within(60_000, promise)
  }
}

test('what one puts the others get, from each other too', async () => {
  const caches = new CacheWorld()
  const [anna, ben, carla] = [
    await caches.add('anna'),
    await caches.add('ben'),
    await caches.add('carla'),
  ]
  caches.link('anna', 'ben')
  for (const size of [0, 10, 70_000, 3 * CHUNK_BYTES + 1]) {
    const bytes = patternBytes(size, 5)
    const id = await caches.within(anna.put(bytes))
    assert.ok(!ben.has(id))
    assert.deepEqual(await caches.within(ben.get(id)), bytes)
    assert.ok(ben.has(id))
  }
  caches.link('ben', 'carla')
  for (const { id } of anna.list()) {
    assert.equal((await caches.within(carla.get(id))).length, id.sizeBytes)
  }
  assert.equal(carla.getStats().blobCount, 4)
})

test('several who wait for one blob load it once, and a peer that comes late is asked', async () => {
  const caches = new CacheWorld()
  const [anna, ben] = [await caches.add('anna'), await caches.add('ben')]
  const id = await caches.within(anna.put(patternBytes(300_000)))
  const waiting = [ben.get(id), ben.get(id)]
  await caches.world.pass(3000)
  caches.link('anna', 'ben')
  const [one, other] = await caches.within(Promise.all(waiting))
  assert.deepEqual(one, other)
})

test('each waits as long as it said, however long the others do', async () => {
  const caches = new CacheWorld()
  const [anna, ben] = [await caches.add('anna'), await caches.add('ben')]
  const id = await caches.within(anna.put(patternBytes(300_000)))
  const short = ben.get(id, { timeoutMs: 1000 })
  const long = ben.get(id, { timeoutMs: 20_000 })
  await assert.rejects(caches.within(short), { code: 'BLOB_MISSING' })
  const again = ben.get(id, { timeoutMs: 10_000 })
  caches.link('anna', 'ben')
  assert.equal((await caches.within(long)).length, 300_000)
  assert.equal((await caches.within(again)).length, 300_000)
})

test('what nobody has is given up in time and leaves nothing', async () => {
  const caches = new CacheWorld()
  const [anna, ben] = [await caches.add('anna'), await caches.add('ben')]
  caches.link('anna', 'ben')
  const { id } = new SourceBlob(patternBytes(300_000))
  await assert.rejects(caches.within(ben.get(id, { timeoutMs: 2000 })), { code: 'BLOB_MISSING' })
  await caches.world.pass(100)
  assert.deepEqual([...ben.list()], [])
  const aborting = new AbortController()
  const aborted = ben.get(id, { signal: aborting.signal })
  aborting.abort()
  await assert.rejects(caches.within(aborted), { name: 'AbortError' })
  assert.equal(anna.has(id), false)
  assert.equal((await caches.within(anna.get(EMPTY_BLOB))).length, 0)
})

test('whoever is not allowed gets nothing', async () => {
  const caches = new CacheWorld()
  const onlyCarla: SwarmAccess = {
    isPublic: false,
    isAllowed: (peer) => peer === caches.world.device('carla'),
  }
  const anna = await caches.add('anna', { access: onlyCarla })
  const [ben, carla] = [await caches.add('ben'), await caches.add('carla')]
  caches.link('anna', 'ben')
  caches.link('anna', 'carla')
  const id = await caches.within(anna.put(patternBytes(1000)))
  await assert.rejects(caches.within(ben.get(id, { timeoutMs: 5000 })), { code: 'BLOB_MISSING' })
  assert.equal((await caches.within(carla.get(id))).length, 1000)
})

test('what was used least recently gives way, what is pinned or young does not', async () => {
  const caches = new CacheWorld()
  const anna = await caches.add('anna', { maxBytes: 100_000, defaultTtlMs: 600_000 })
  const put = async (seed: number, pinned = false): Promise<BlobId> => {
    await caches.world.pass(1000)
    return await caches.within(anna.put(patternBytes(40_000, seed), { pinned }))
  }
  const [first, second] = [await put(1), await put(2, true)]
  await caches.world.pass(1000)
  await caches.within(anna.get(first))
  await put(3)
  assert.deepEqual([anna.has(first), anna.has(second)], [false, true])
  await caches.world.pass(700_000)
  assert.deepEqual(
    [...anna.list()].map(({ id }) => id),
    [second],
  )
  await caches.within(anna.unpin(second))
  await caches.world.pass(70_000)
  assert.deepEqual([...anna.list()], [])
})

test('deleting and clearing take a blob from everybody who asks later', async () => {
  const caches = new CacheWorld()
  const [anna, ben] = [await caches.add('anna'), await caches.add('ben')]
  caches.link('anna', 'ben')
  const [one, two] = [
    await caches.within(anna.put(patternBytes(9))),
    await caches.within(anna.put(patternBytes(8))),
  ]
  assert.equal(await caches.within(anna.delete(one)), true)
  await assert.rejects(caches.within(ben.get(one, { timeoutMs: 3000 })), { code: 'BLOB_MISSING' })
  await caches.within(anna.pin(two))
  assert.equal(anna.getStats().pinnedBytes, 8)
  await caches.within(anna.clear())
  await assert.rejects(caches.within(ben.get(two, { timeoutMs: 3000 })), { code: 'BLOB_MISSING' })
  anna.close()
  ben.close()
})
