import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { hexToBytes } from '@hamlet/core'
import type { SwarmAccess, SwarmDownload, SwarmOptions } from '@hamlet/blobs'
import { CHUNK_BYTES } from '@hamlet/blobs'
import { MemoryBlob } from './_memory-blob.ts'
import { bannedBy, blobBytes, isSame, OPEN, SwarmWorld } from './_swarm-world.ts'
import type { TestPeer } from './_swarm-world.ts'

const MIB = 1024 * 1024

interface Loading {
  readonly peer: TestPeer
  readonly partial: MemoryBlob
  readonly download: SwarmDownload
}

function load(
  world: SwarmWorld,
  name: string,
  blob: MemoryBlob,
  sources: readonly TestPeer[],
  options: SwarmOptions = {},
): Loading {
  const peer = world.add(name, options)
  const partial = new MemoryBlob(blob.id)
  const download = peer.engine.download(partial, OPEN)
  for (const source of sources) peer.engine.addSource(blob.id, source.device)
  return { peer, partial, download }
}

async function expectWhole(
  world: SwarmWorld,
  blob: MemoryBlob,
  { download, partial }: Loading,
): Promise<void> {
  await world.within(10 * 60_000, download.done)
  assert.ok(isSame(partial.bytes, blob.bytes))
  assert.ok(partial.isDurable)
}

suite('a swarm', () => {
  for (const sizeBytes of [1, 16_383, 16_384, 16_385, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * MIB + 77]) {
    test(`a blob of ${sizeBytes} bytes goes from a seed to whoever asks for it`, async () => {
      const world = new SwarmWorld()
      const blob = MemoryBlob.of(blobBytes(sizeBytes))
      const seed = world.add('seed')
      seed.engine.share(blob, OPEN)
      const leecher = load(world, 'leecher', blob, [seed])
      await expectWhole(world, blob, leecher)
      const status = leecher.download.status()
      assert.equal(status.state, 'seeding')
      assert.equal(status.receivedBytes, sizeBytes)
      assert.equal(status.wastedBytes, 0)
    })
  }

  test('an empty blob is there at once', async () => {
    const world = new SwarmWorld()
    const blob = MemoryBlob.of(new Uint8Array())
    const leecher = load(world, 'leecher', blob, [])
    await expectWhole(world, blob, leecher)
  })

  test('several who load the same give each other what they have', async () => {
    const world = new SwarmWorld(2, { bytesPerSecond: 2 * MIB })
    const blob = MemoryBlob.of(blobBytes(8 * MIB))
    const seed = world.add('seed', { uploadBytesPerSecond: MIB })
    seed.engine.share(blob, OPEN)
    const leechers: Loading[] = []
    for (const name of ['a', 'b', 'c', 'd']) {
      leechers.push(load(world, name, blob, [seed, ...leechers.map(({ peer }) => peer)]))
    }
    for (const leecher of leechers) await expectWhole(world, blob, leecher)
    const bySeed = seed.engine.transfers()[0]!.sentBytes
    assert.ok(bySeed < 2 * blob.id.sizeBytes, `the seed sent ${bySeed}`)
  })

  test('four seeds are all asked, and each for about its rate', async () => {
    const world = new SwarmWorld(3)
    const blob = MemoryBlob.of(blobBytes(16 * MIB))
    const rates = [MIB / 2, MIB / 2, MIB, 2 * MIB]
    const seeds = rates.map((uploadBytesPerSecond, i) => {
      const seed = world.add(`seed ${i}`, { uploadBytesPerSecond })
      seed.engine.share(blob, OPEN)
      return seed
    })
    const leecher = load(world, 'leecher', blob, seeds)
    const beganMs = world.scheduler.nowMs
    await expectWhole(world, blob, leecher)
    assert.ok(world.scheduler.nowMs - beganMs < 7000, `${world.scheduler.nowMs - beganMs} ms`)
    const sent = seeds.map(({ engine }) => engine.transfers()[0]!.sentBytes)
    assert.ok(sent[3]! > 2 * sent[0]!, sent.join())
    assert.ok(leecher.download.status().wastedBytes <= 3 * MIB)
  })

  test('whoever may not have it, or does not know the root, is answered as if there were nothing', async () => {
    const world = new SwarmWorld()
    const blob = MemoryBlob.of(blobBytes(MIB))
    const seed = world.add('seed')
    const members = new Set([world.device('member')])
    const access: SwarmAccess = {
      isPublic: false,
      group: 'g',
      isAllowed: (peer) => members.has(peer),
    }
    seed.engine.share(blob, access)
    const member = load(world, 'member', blob, [seed])
    const stranger = load(world, 'stranger', blob, [seed])
    await expectWhole(world, blob, member)
    await world.pass(60_000)
    assert.equal(stranger.partial.heldCount, 0)
    assert.deepEqual(stranger.download.status().sources, [])
    members.add(stranger.peer.device)
    await expectWhole(world, blob, stranger)
  })

  test('whoever is no member any more gets no more of it', async () => {
    const world = new SwarmWorld()
    const blob = MemoryBlob.of(blobBytes(4 * MIB))
    const seed = world.add('seed', { uploadBytesPerSecond: MIB / 2 })
    let isMember = true
    seed.engine.share(blob, { isPublic: false, isAllowed: () => isMember })
    const { partial } = load(world, 'leecher', blob, [seed])
    await world.pass(3000)
    isMember = false
    await world.pass(2000)
    const { heldCount } = partial
    assert.ok(heldCount > 0 && heldCount < 16)
    await world.pass(60_000)
    assert.equal(partial.heldCount, heldCount)
  })

  test('what two share is shared until both have stopped, also when it was loaded meanwhile', async () => {
    const world = new SwarmWorld()
    const blob = MemoryBlob.of(blobBytes(MIB))
    const { engine } = world.add('peer')
    const stops = [engine.share(blob, OPEN), engine.share(blob, OPEN)]
    const download = engine.download(blob, OPEN)
    await world.within(1000, download.done)
    download.stop()
    stops[0]!()
    stops[0]!()
    assert.equal(engine.transfers().length, 1)
    stops[1]!()
    assert.equal(engine.transfers().length, 0)
  })

  test('a source that has nothing yet is asked again soon, and ever more seldom', async () => {
    const world = new SwarmWorld()
    const blob = MemoryBlob.of(blobBytes(MIB))
    const [starting, later] = [world.add('starting'), world.add('later')]
    const first = load(world, 'first', blob, [starting])
    await world.pass(3000)
    starting.engine.share(blob, OPEN)
    await world.within(4000, first.download.done)
    const second = load(world, 'second', blob, [later])
    await world.pass(5 * 60_000)
    later.engine.share(blob, OPEN)
    await world.pass(60_000)
    assert.equal(second.download.status().heldBytes, 0)
    await world.within(5 * 60_000, second.download.done)
  })

  test('a source whose line is new is asked at once, however often it refused before', async () => {
    const world = new SwarmWorld()
    const blob = MemoryBlob.of(blobBytes(MIB))
    const seed = world.add('seed')
    const leecher = load(world, 'leecher', blob, [seed])
    await world.pass(5 * 60_000)
    seed.engine.share(blob, OPEN)
    world.network.reset(seed.device, leecher.peer.device)
    await world.within(2000, leecher.download.done)
  })

  test('a line that breaks, again and again, only costs what was on its way', async () => {
    const world = new SwarmWorld(5, { bytesPerSecond: MIB })
    const blob = MemoryBlob.of(blobBytes(16 * MIB))
    const seed = world.add('seed')
    seed.engine.share(blob, OPEN)
    const leecher = load(world, 'leecher', blob, [seed])
    const beat = (): void => {
      world.network.reset(seed.device, leecher.peer.device)
      world.scheduler.after(5000, beat)
    }
    world.scheduler.after(3000, beat)
    await expectWhole(world, blob, leecher)
    assert.equal(leecher.download.status().wastedBytes, 0)
    assert.deepEqual([...bannedBy(seed), ...bannedBy(leecher.peer)], [])
  })

  test('pausing stops what comes but not what goes, and it goes on where it was', async () => {
    const world = new SwarmWorld(6, { bytesPerSecond: MIB })
    const blob = MemoryBlob.of(blobBytes(8 * MIB))
    const seed = world.add('seed')
    seed.engine.share(blob, OPEN)
    const first = load(world, 'first', blob, [seed])
    await world.pass(4000)
    first.download.pause()
    await world.pass(5000)
    const held = first.partial.heldCount
    assert.ok(held > 2 && held < 30, `${held}`)
    assert.equal(first.download.status().state, 'paused')
    const second = load(world, 'second', blob, [first.peer])
    await world.pass(30_000)
    assert.equal(first.partial.heldCount, held)
    assert.equal(second.partial.heldCount, held)
    first.download.resume()
    await expectWhole(world, blob, first)
    await expectWhole(world, blob, second)
  })

  test('a download that is begun again goes on from what is here, and nothing comes twice', async () => {
    const world = new SwarmWorld(7, { bytesPerSecond: MIB })
    const blob = MemoryBlob.of(blobBytes(8 * MIB))
    const seed = world.add('seed')
    seed.engine.share(blob, OPEN)
    const { peer, partial, download } = load(world, 'leecher', blob, [seed])
    await world.pass(4000)
    download.stop()
    await assert.rejects(download.done, { code: 'SWARM_STOPPED' })
    await world.pass(5000)
    const heldBytes = partial.heldCount * CHUNK_BYTES
    assert.deepEqual(peer.engine.transfers(), [])
    const again = peer.engine.download(partial, OPEN)
    peer.engine.addSource(blob.id, seed.device)
    await expectWhole(world, blob, { peer, partial, download: again })
    assert.equal(again.status().receivedBytes, blob.id.sizeBytes - heldBytes)
  })

  test('what somebody waits for comes first, also once others were asked for', async () => {
    const world = new SwarmWorld(8, { bytesPerSecond: MIB / 2 })
    const blob = MemoryBlob.of(blobBytes(16 * MIB))
    const seeds = ['one', 'two'].map((name) => world.add(name))
    for (const { engine } of seeds) engine.share(blob, OPEN)
    const { partial, download } = load(world, 'viewer', blob, seeds)
    await world.pass(3000)
    download.want({ offset: 12 * MIB, length: MIB }, world.scheduler.nowMs + 3000)
    await world.pass(5000)
    for (let chunk = 48; chunk < 52; chunk++) assert.ok(partial.hasChunk(chunk), `${chunk}`)
    assert.ok(partial.heldCount < 50)
  })

  test('of a blob only what is chosen comes, then nobody is asked; what somebody waits for comes all the same', async () => {
    const world = new SwarmWorld(8, { bytesPerSecond: 4 * MIB })
    const blob = MemoryBlob.of(blobBytes(4 * MIB + 1000))
    const seed = world.add('seed')
    seed.engine.share(blob, OPEN)
    const { engine } = world.add('leecher')
    const partial = new MemoryBlob(blob.id)
    const chosen = { offset: CHUNK_BYTES - 1, length: 2 }
    const download = engine.download(partial, OPEN, { ranges: [chosen] })
    engine.addSource(blob.id, seed.device)
    await world.pass(20_000)
    assert.deepEqual([...partial.held()], [0, 1])
    const sees = () => seed.engine.transfers()[0]!.sources[0]!.isInterested
    assert.deepEqual([sees(), download.status().state], [false, 'loading'])
    download.want({ offset: 4 * MIB, length: 1000 }, world.scheduler.nowMs + 1000)
    await world.pass(20_000)
    assert.deepEqual([...partial.held(), sees()], [0, 1, 16, false])
    download.select([{ offset: 2 * MIB, length: 1 }])
    await world.pass(20_000)
    assert.deepEqual([...partial.held(), sees()], [0, 1, 8, 16, false])
    assert.equal(download.status().receivedBytes, 3 * CHUNK_BYTES + 1000)
    download.select(undefined)
    await expectWhole(world, blob, { peer: seed, partial, download })
  })

  test('of two downloads from one seed the one of twice the priority gets twice as much', async () => {
    const world = new SwarmWorld(9, { bytesPerSecond: MIB / 2 })
    const blobs = [1, 2].map((seed) => MemoryBlob.of(blobBytes(12 * MIB, seed)))
    const seed = world.add('seed')
    const leecher = world.add('leecher')
    const partials = blobs.map((blob, i) => {
      seed.engine.share(blob, OPEN)
      const partial = new MemoryBlob(blob.id)
      leecher.engine.download(partial, OPEN, { priority: i + 1 })
      leecher.engine.addSource(blob.id, seed.device)
      return partial
    })
    await world.pass(20_000)
    const [less, more] = partials.map(({ heldCount }) => heldCount)
    assert.ok(less! > 10 && Math.abs(more! / less! - 2) < 0.35, `${less} and ${more}`)
  })

  test('the limits on both directions are kept', async () => {
    for (const who of ['seed', 'leecher'] as const) {
      const world = new SwarmWorld(10)
      const blob = MemoryBlob.of(blobBytes(8 * MIB))
      const seed = world.add('seed', who === 'seed' ? { uploadBytesPerSecond: MIB } : {})
      seed.engine.share(blob, OPEN)
      const limits = who === 'leecher' ? { downloadBytesPerSecond: MIB } : {}
      const leecher = load(world, 'leecher', blob, [seed], limits)
      const beganMs = world.scheduler.nowMs
      await world.pass(3000)
      assert.ok(leecher.partial.heldCount <= 4 * 4 + 1, `${who} ${leecher.partial.heldCount}`)
      await expectWhole(world, blob, leecher)
      assert.ok(world.scheduler.nowMs - beganMs > 6500)
      const { peer } = leecher
      peer.engine.setLimits({ downloadBytesPerSecond: 0 })
      const other = MemoryBlob.of(blobBytes(MIB, 4))
      seed.engine.share(other, OPEN)
      const partial = new MemoryBlob(other.id)
      const download = peer.engine.download(partial, OPEN)
      peer.engine.addSource(other.id, seed.device)
      await world.pass(20_000)
      assert.equal(partial.heldCount, 0)
      peer.engine.setLimits({ downloadBytesPerSecond: Number.POSITIVE_INFINITY })
      await world.within(60_000, download.done)
    }
  })

  test('a slow source does not hold up the end', async () => {
    const world = new SwarmWorld(11)
    const blob = MemoryBlob.of(blobBytes(8 * MIB))
    const [slow, fast] = [
      world.add('slow', { uploadBytesPerSecond: 20_000 }),
      world.add('fast', { uploadBytesPerSecond: 4 * MIB }),
    ]
    for (const { engine } of [slow, fast]) engine.share(blob, OPEN)
    const leecher = load(world, 'leecher', blob, [slow, fast])
    const beganMs = world.scheduler.nowMs
    await expectWhole(world, blob, leecher)
    assert.ok(world.scheduler.nowMs - beganMs < 8000, `${world.scheduler.nowMs - beganMs} ms`)
  })

  test('a disk that takes no more lets the download wait, until it does', async () => {
    const world = new SwarmWorld(12)
    const blob = MemoryBlob.of(blobBytes(4 * MIB))
    const seed = world.add('seed')
    seed.engine.share(blob, OPEN)
    const leecher = load(world, 'leecher', blob, [seed])
    leecher.partial.failure = Object.assign(new Error('full'), { code: 'STORE_FULL' })
    await world.pass(15_000)
    const { state, errorCode } = leecher.download.status()
    assert.deepEqual({ state, errorCode }, { state: 'waiting', errorCode: 'STORE_FULL' })
    leecher.partial.failure = undefined
    await expectWhole(world, blob, leecher)
    assert.deepEqual(bannedBy(leecher.peer), [])
  })

  test('a tree that cannot be read lets the download wait, until it can', async () => {
    const world = new SwarmWorld(15)
    const blob = MemoryBlob.of(blobBytes(4 * MIB))
    const seed = world.add('seed')
    seed.engine.share(blob, OPEN)
    const leecher = load(world, 'leecher', blob, [seed])
    leecher.partial.treeFailure = Object.assign(new Error('unreadable'), { code: 'STORE_IO' })
    await world.pass(5000)
    assert.equal(leecher.download.status().errorCode, 'STORE_IO')
    leecher.partial.treeFailure = undefined
    await expectWhole(world, blob, leecher)
  })

  test('stopped and begun again over a slow line, the answers to before are not taken for those to now', async () => {
    const world = new SwarmWorld(16, { delayMeanMs: 1500 })
    const blob = MemoryBlob.of(blobBytes(4 * MIB))
    const seed = world.add('seed')
    seed.engine.share(blob, OPEN)
    const leecher = load(world, 'leecher', blob, [seed])
    let { download } = leecher
    for (let i = 0; i < 6; i++) {
      await world.pass(1500)
      download.stop()
      download = leecher.peer.engine.download(leecher.partial, OPEN)
      leecher.peer.engine.addSource(blob.id, seed.device)
    }
    await expectWhole(world, blob, { ...leecher, download })
    assert.deepEqual([...bannedBy(seed), ...bannedBy(leecher.peer)], [])
    assert.ok(world.network.counts.sent < 200, `${world.network.counts.sent}`)
  })

  test('both who open the same at once get one swarm', async () => {
    const world = new SwarmWorld(17, { delayMeanMs: 500 })
    const blob = MemoryBlob.of(blobBytes(4 * MIB))
    const halves = [0, 1].map((half) => {
      const partial = new MemoryBlob(blob.id)
      for (let chunk = half; chunk < blob.chunkCount; chunk += 2) {
        partial.write(chunk, blob.readChunk(chunk)!, blob.uncles(chunk))
      }
      return partial
    })
    const peers = ['a', 'b'].map((name) => world.add(name))
    const downloads = peers.map(({ engine }, i) => engine.download(halves[i]!, OPEN))
    for (const [i, { engine }] of peers.entries()) engine.addSource(blob.id, peers[1 - i]!.device)
    for (const { done } of downloads) await world.within(60_000, done)
    for (const partial of halves) assert.ok(isSame(partial.bytes, blob.bytes))
  })

  test('of more peers than slots all are served in turn, and nobody for nothing', async () => {
    const world = new SwarmWorld(13)
    const blob = MemoryBlob.of(blobBytes(8 * MIB))
    const seed = world.add('seed', { slots: 2, uploadBytesPerSecond: MIB })
    seed.engine.share(blob, OPEN)
    const leechers = ['a', 'b', 'c', 'd', 'e'].map((name) => load(world, name, blob, [seed]))
    for (const leecher of leechers) await expectWhole(world, blob, leecher)
    for (const { peer } of leechers) assert.deepEqual(bannedBy(peer), [])
    assert.deepEqual(bannedBy(seed), [])
  })

  test('members of a public swarm are told of each other, those of a private one are not', async () => {
    for (const isPublic of [true, false]) {
      const world = new SwarmWorld(14)
      const blob = MemoryBlob.of(blobBytes(MIB))
      const access = { ...OPEN, isPublic }
      const seed = world.add('seed', {
        uploadBytesPerSecond: 1000,
        addressesOf: () => ['/memory/1'],
      })
      seed.engine.share(blob, access)
      const peers = ['a', 'b'].map((name) => {
        const peer = world.add(name)
        peer.engine.download(new MemoryBlob(blob.id), access)
        peer.engine.addSource(blob.id, seed.device)
        return peer
      })
      await world.pass(70_000)
      const told = peers[0]!.events.find((event) => event.type === 'peers')
      const expected = { device: hexToBytes(peers[1]!.device), addresses: ['/memory/1'] }
      if (isPublic) assert.deepEqual(told?.type === 'peers' && told.peers, [expected])
      else assert.equal(told, undefined)
    }
  })
})
