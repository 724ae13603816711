import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SWARM_UNPROVEN_BYTES_MAX, CHUNK_BYTES } from '@hamlet/blobs'
import type { SwarmDownload, WebSeed } from '@hamlet/blobs'
import { MemoryBlob } from './_memory-blob.ts'
import { Rogue } from './_rogue.ts'
import { bannedBy, blobBytes, isSame, OPEN, SwarmWorld } from './_swarm-world.ts'
import type { TestPeer } from './_swarm-world.ts'

const MIB = 1024 * 1024
const blob = MemoryBlob.of(blobBytes(4 * MIB + 99))

interface CountingSeed extends WebSeed {
  readBytes: number
}

/** A server with these bytes, so fast. */
function serverOf(world: SwarmWorld, bytes: Uint8Array, bytesPerMs = 10_000): CountingSeed {
  let freeMs = 0
  const seed: CountingSeed = {
    name: 'https://example.org/blob',
    readBytes: 0,
    read(offset, length, signal) {
      seed.readBytes += length
      freeMs = Math.max(freeMs, world.scheduler.nowMs + 20) + length / bytesPerMs
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
        const waitMs = freeMs - world.scheduler.nowMs
        world.scheduler.after(waitMs, () => resolve(bytes.slice(offset, offset + length)))
      })
    },
  }
  return seed
}

function load(
  world: SwarmWorld,
  of = blob,
): { leecher: TestPeer; partial: MemoryBlob; download: SwarmDownload } {
  const leecher = world.add('leecher')
  const partial = new MemoryBlob(of.id)
  return { leecher, partial, download: leecher.engine.download(partial, OPEN) }
}

suite('a web seed', () => {
  test('alone is read once for a small blob, and for its hashes first for a large one', async () => {
    for (const sizeBytes of [1, 4 * MIB + 99]) {
      const world = new SwarmWorld()
      const small = MemoryBlob.of(blobBytes(sizeBytes))
      const { leecher, partial, download } = load(world, small)
      const server = serverOf(world, small.bytes)
      assert.ok(leecher.engine.addSource(small.id, server))
      assert.ok(!leecher.engine.addSource(small.id, server))
      await world.within(60_000, download.done)
      assert.ok(isSame(partial.bytes, small.bytes))
      assert.equal(server.readBytes, sizeBytes)
    }
    const world = new SwarmWorld()
    const bytes = new Uint8Array(SWARM_UNPROVEN_BYTES_MAX + 1)
    bytes.set(blobBytes(16 * MIB), 5)
    const large = MemoryBlob.of(bytes)
    const { leecher, partial, download } = load(world, large)
    const server = serverOf(world, bytes)
    leecher.engine.addSource(large.id, server)
    await world.within(60_000, download.done)
    assert.ok(isSame(partial.bytes, bytes))
    assert.equal(server.readBytes, 2 * bytes.length)
  })

  test('beside a slow peer gives nearly everything, proven by the peer', async () => {
    const world = new SwarmWorld()
    const { leecher, partial, download } = load(world)
    const peer = world.add('peer', { uploadBytesPerSecond: 100_000 })
    peer.engine.share(blob, OPEN)
    leecher.engine.addSource(blob.id, peer.device)
    await world.pass(1500)
    const server = serverOf(world, blob.bytes)
    leecher.engine.addSource(blob.id, server)
    await world.within(60_000, download.done)
    assert.ok(world.scheduler.nowMs < 5000, `${world.scheduler.nowMs}`)
    assert.ok(isSame(partial.bytes, blob.bytes))
    assert.ok(server.readBytes > blob.id.sizeBytes / 2 && server.readBytes <= blob.id.sizeBytes)
  })

  test('with other bytes is named, with or without peers, and the peer is not', async () => {
    for (const hasPeer of [true, false]) {
      const world = new SwarmWorld()
      const { leecher, partial, download } = load(world)
      const wrong = blob.bytes.slice()
      // In every fourth chunk, since the peer may have given any of them by then.
      for (let at = 0; at < wrong.length; at += MIB) wrong[at]! ^= 1
      const peer = world.add('peer', { uploadBytesPerSecond: 300_000 })
      peer.engine.share(blob, OPEN)
      if (hasPeer) leecher.engine.addSource(blob.id, peer.device)
      await world.pass(1500)
      const server = serverOf(world, wrong)
      leecher.engine.addSource(blob.id, server)
      await world.pass(20_000)
      assert.deepEqual(bannedBy(leecher), ['SWARM_WRONG_CHUNK'])
      assert.ok(leecher.engine.isBanned(server.name))
      assert.ok(!leecher.engine.addSource(blob.id, server))
      leecher.engine.addSource(blob.id, peer.device)
      await world.within(60_000, download.done)
      assert.ok(isSame(partial.bytes, blob.bytes))
    }
  })

  test('a peer that proves wrongly is named, and the server is not', async () => {
    const world = new SwarmWorld()
    const { leecher, partial, download } = load(world)
    const rogue = new Rogue(world, 'rogue')
    rogue.seed(blob, (_peer, chunk) => {
      const [node, uncles] = [new Uint8Array(32), blob.uncles(chunk)]
      return { type: 'proof', channel: 0, chunk, node, uncles }
    })
    // It is asked for nothing else: it chokes once it has been asked for chunks.
    const seed = rogue.onMessage
    rogue.onMessage = (message, peer) => {
      if (message.type !== 'request') return seed(message, peer)
      const proofs = message.requests.filter(({ uncles }) => uncles === undefined)
      if (proofs.length > 0) seed({ ...message, requests: proofs }, peer)
    }
    leecher.engine.addSource(blob.id, rogue.device)
    await world.pass(1500)
    leecher.engine.addSource(blob.id, serverOf(world, blob.bytes))
    await world.within(60_000, download.done)
    assert.ok(isSame(partial.bytes, blob.bytes))
    assert.ok(leecher.engine.isBanned(rogue.device))
    assert.equal(bannedBy(leecher).length, 1)
  })

  test('that fails for a while is tried again, that hangs is given up for others', async () => {
    const world = new SwarmWorld()
    const { leecher, partial, download } = load(world)
    const server = serverOf(world, blob.bytes)
    let reads = 0
    const flaky: WebSeed = {
      name: 'flaky',
      read(offset, length, signal) {
        reads++
        if (reads === 5) return new Promise(() => undefined)
        if (reads < 8) return Promise.reject(new Error('503'))
        return server.read(offset, length, signal)
      },
    }
    leecher.engine.addSource(blob.id, flaky)
    await world.within(10 * 60_000, download.done)
    assert.ok(isSame(partial.bytes, blob.bytes))
    assert.deepEqual(bannedBy(leecher), [])
  })

  test('is left alone while the download is paused or over', async () => {
    const world = new SwarmWorld()
    const { leecher, download, partial } = load(world)
    const server = serverOf(world, blob.bytes, 300)
    leecher.engine.addSource(blob.id, server)
    await world.pass(8000)
    download.pause()
    await world.pass(1000)
    const before = server.readBytes
    assert.ok(before > 0)
    await world.pass(60_000)
    assert.equal(server.readBytes, before)
    download.resume()
    await world.within(120_000, download.done)
    assert.ok(isSame(partial.bytes, blob.bytes))
    const after = server.readBytes
    await world.pass(60_000)
    assert.equal(server.readBytes, after)
    assert.ok(after <= 2 * blob.id.sizeBytes + 8 * CHUNK_BYTES)
  })
})
