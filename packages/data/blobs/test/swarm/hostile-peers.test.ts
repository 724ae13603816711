// What peers do wrong, and what it costs: they are named, and nobody else is.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CHUNK_BYTES, SWARM_PROTOCOL, SwarmEngine, swarmProof, swarmTopic } from '@hamlet/blobs'
import type { SwarmMessage } from '@hamlet/blobs'
import { SWARM_REQUESTS_QUEUED_MAX, SWARM_WINDOW_MAX } from '../../src/swarm/swarm-limits.ts'
import { testCrypto } from '../_blobs.ts'
import { MemoryBlob } from './_memory-blob.ts'
import { chunkOf, Rogue } from './_rogue.ts'
import { bannedBy, blobBytes, isSame, OPEN, SwarmWorld } from './_swarm-world.ts'

const MIB = 1024 * 1024
const blob = MemoryBlob.of(blobBytes(4 * MIB + 99))
const other = MemoryBlob.of(blobBytes(4 * MIB + 99, 7))

interface Scene {
  readonly world: SwarmWorld
  readonly rogue: Rogue
  readonly partial: MemoryBlob
  readonly leecher: ReturnType<SwarmWorld['add']>
  /** Lets it load; a seed comes after a while. */
  run(ms?: number): Promise<void>
}

function sceneOf(seed = 1): Scene {
  const world = new SwarmWorld(seed)
  const rogue = new Rogue(world, 'rogue')
  const leecher = world.add('leecher')
  const partial = new MemoryBlob(blob.id)
  const download = leecher.engine.download(partial, OPEN)
  leecher.engine.addSource(blob.id, rogue.device)
  return {
    ...{ world, rogue, partial, leecher },
    async run(ms = 5000) {
      await world.pass(ms)
      const honest = world.add('honest')
      honest.engine.share(blob, OPEN)
      leecher.engine.addSource(blob.id, honest.device)
      await world.within(10 * 60_000, download.done)
      assert.ok(isSame(partial.bytes, blob.bytes))
      assert.ok(!leecher.engine.isBanned(honest.device))
      assert.deepEqual(bannedBy(honest), [])
    },
  }
}

suite('a source that lies', () => {
  const lies: readonly (readonly [
    string,
    (chunk: number, uncles: number) => SwarmMessage,
    string,
  ])[] = [
    [
      'sends one wrong byte',
      (chunk, uncles) => {
        const right = chunkOf(blob, chunk, uncles)
        if (chunk !== 3) return right
        const bytes = right.bytes.slice()
        bytes[1000]! ^= 1
        return { ...right, bytes }
      },
      'SWARM_WRONG_CHUNK',
    ],
    [
      'sends chunks of another blob',
      (chunk, uncles) => chunkOf(other, chunk, uncles),
      'SWARM_WRONG_CHUNK',
    ],
    [
      'sends a wrong hash beside right bytes',
      (chunk, uncles) => {
        const right = chunkOf(blob, chunk, uncles)
        return { ...right, uncles: right.uncles.map(() => new Uint8Array(32)) }
      },
      'SWARM_WRONG_CHUNK',
    ],
    [
      'sends fewer bytes',
      (chunk, uncles) => {
        const right = chunkOf(blob, chunk, uncles)
        return { ...right, bytes: right.bytes.subarray(1) }
      },
      'SWARM_WRONG_CHUNK',
    ],
    [
      'sends more hashes than it was asked for',
      (chunk, uncles) => {
        const right = chunkOf(blob, chunk, uncles)
        return { ...right, uncles: [...right.uncles, new Uint8Array(32)] }
      },
      'SWARM_WRONG_CHUNK',
    ],
    [
      'sends a chunk nobody asked for',
      (chunk) => chunkOf(blob, (chunk + 5) % blob.chunkCount, 5),
      'SWARM_UNASKED',
    ],
    [
      'proves what nobody asked it to prove',
      (chunk) => ({ type: 'proof', channel: 0, chunk, node: new Uint8Array(32), uncles: [] }),
      'SWARM_UNASKED',
    ],
    [
      'answers in a swarm that is not open',
      (chunk) => ({ type: 'reject', channel: 9, chunk, reason: 'choked' }),
      'SWARM_UNASKED',
    ],
    [
      'has more chunks than the blob',
      () => ({ type: 'have', channel: 0, ranges: [{ first: 0, count: 100 }] }),
      'SWARM_MALFORMED',
    ],
    ['says hello twice', () => ({ type: 'hello', requestsMax: 1 }), 'SWARM_MALFORMED'],
  ]
  for (const [title, answer, code] of lies) {
    test(`${title}: it is named and refused, and the rest comes from others`, async () => {
      const scene = sceneOf()
      const { rogue, leecher } = scene
      rogue.seed(blob, (_peer, chunk, uncles) => answer(chunk, uncles))
      await scene.run()
      assert.deepEqual(bannedBy(leecher), [code])
      assert.ok(leecher.engine.isBanned(rogue.device))
    })
  }

  test('what it sent before it lied stays', async () => {
    const scene = sceneOf()
    const { rogue, partial } = scene
    let answered = 0
    rogue.seed(blob, (_peer, chunk, uncles) => {
      answered++
      return chunkOf(answered > 8 ? other : blob, chunk, uncles)
    })
    await scene.world.pass(5000)
    assert.equal(partial.heldCount, 8)
    await scene.run()
  })

  test('bytes that are no message end the line', async () => {
    const scene = sceneOf()
    const { rogue, leecher } = scene
    rogue.seed(blob, (peer) => {
      rogue.net.send(peer, SWARM_PROTOCOL, Uint8Array.of(99, 1, 2))
      return undefined
    })
    await scene.run()
    assert.deepEqual(bannedBy(leecher), ['SWARM_MALFORMED'])
  })
})

suite('a source that is of no use', () => {
  test('answers nothing: others are asked for the same, and it is not refused', async () => {
    const scene = sceneOf()
    const { rogue, leecher } = scene
    rogue.seed(blob, () => undefined)
    await scene.run(1000)
    assert.deepEqual(bannedBy(leecher), [])
    const asked = rogue.all('request').flatMap(({ requests }) => requests)
    assert.ok(asked.length <= 4, `${asked.length}`)
  })

  test('answers after others were asked: what it brings is taken if it is still missing', async () => {
    const scene = sceneOf()
    const { rogue, world, partial, leecher } = scene
    rogue.seed(blob, (peer, chunk, uncles) => {
      world.scheduler.after(20_000, () => rogue.say(peer, chunkOf(blob, chunk, uncles)))
      return undefined
    })
    await world.pass(45_000)
    assert.ok(partial.heldCount >= 4, `${partial.heldCount}`)
    await scene.run()
    assert.deepEqual(bannedBy(leecher), [])
  })

  test('holds nothing of what it says it has: it is not asked for the same again', async () => {
    const scene = sceneOf()
    const { rogue, leecher } = scene
    rogue.seed(blob, (_peer, chunk) => ({ type: 'reject', channel: 0, chunk, reason: 'not-here' }))
    await scene.run()
    assert.deepEqual(bannedBy(leecher), [])
    const asked = rogue.all('request').flatMap(({ requests }) => requests.map(({ chunk }) => chunk))
    assert.equal(asked.length, new Set(asked).size)
  })

  test('never says anything after hello: its line is left after two minutes', async () => {
    const scene = sceneOf()
    const { rogue, world, leecher } = scene
    rogue.seed(blob, () => undefined)
    await world.pass(150_000)
    assert.ok(world.network.counts.resets >= 1)
    assert.deepEqual(bannedBy(leecher), [])
    // It is back by now, and tried with one chunk.
    const before = rogue.all('request').length
    await world.pass(60_000)
    const after = rogue.all('request').slice(before)
    assert.ok(after.every(({ requests }) => requests.length === 1))
  })
})

function served(): { world: SwarmWorld; seed: ReturnType<SwarmWorld['add']>; rogue: Rogue } {
  const world = new SwarmWorld()
  const seed = world.add('seed', { uploadBytesPerSecond: MIB })
  seed.engine.share(blob, OPEN)
  const rogue = new Rogue(world, 'rogue')
  return { world, seed, rogue }
}

async function opened(): Promise<ReturnType<typeof served>> {
  const scene = served()
  const { world, seed, rogue } = scene
  await world.pass(1000)
  rogue.hello(seed.device)
  rogue.open(seed.device, blob.id)
  rogue.say(seed.device, { type: 'interest', channel: 0, isInterested: true })
  await world.pass(1000)
  assert.equal(rogue.all('choke').at(-1)?.isChoked, false)
  return scene
}

const request = (chunks: readonly number[], uncles: number | 'proof' = 0): SwarmMessage => ({
  type: 'request',
  channel: 0,
  requests: chunks.map((chunk) => ({ chunk, uncles: uncles === 'proof' ? undefined : uncles })),
})

suite('a peer that asks', () => {
  test('gets each chunk it asks for once, with the hashes it wants', async () => {
    const { world, seed, rogue } = await opened()
    rogue.say(seed.device, request([2, 5], 3))
    rogue.say(seed.device, request([7], 'proof'))
    await world.pass(3000)
    const chunks = rogue.all('chunk')
    assert.deepEqual(
      chunks.map(({ chunk, uncles }) => [chunk, uncles.length]),
      [
        [2, 3],
        [5, 3],
      ],
    )
    assert.ok(isSame(chunks[0]!.bytes, blob.readChunk(2)!))
    assert.equal(rogue.all('proof')[0]!.chunk, 7)
    assert.deepEqual(rogue.all('proof')[0]!.uncles, blob.uncles(7))
  })

  test('while it is choked, or for what it was not offered, is told no', async () => {
    const { world, seed, rogue } = served()
    const half = new MemoryBlob(blob.id)
    half.write(0, blob.readChunk(0)!, blob.uncles(0))
    seed.engine.share(half, OPEN)
    await world.pass(1000)
    rogue.hello(seed.device)
    rogue.open(seed.device, blob.id)
    rogue.say(seed.device, request([0]))
    await world.pass(1000)
    assert.deepEqual(
      rogue.all('reject').map(({ reason }) => reason),
      ['choked'],
    )
    assert.equal(rogue.all('chunk').length, 0)
  })

  test('again and again for what it was not offered is refused', async () => {
    const world = new SwarmWorld()
    const seed = world.add('seed')
    const half = new MemoryBlob(blob.id)
    half.write(0, blob.readChunk(0)!, blob.uncles(0))
    seed.engine.share(half, OPEN)
    const rogue = new Rogue(world, 'rogue')
    await world.pass(1000)
    rogue.hello(seed.device)
    rogue.open(seed.device, blob.id)
    rogue.say(seed.device, { type: 'interest', channel: 0, isInterested: true })
    await world.pass(1000)
    for (let i = 0; i < 300; i++) rogue.say(seed.device, request([1]))
    await world.pass(1000)
    assert.deepEqual(bannedBy(seed), ['SWARM_FLOOD'])
    assert.ok(rogue.all('reject').every(({ reason }) => reason === 'not-here'))
  })

  test('for more than may wait, or twice for the same, is refused', async () => {
    for (const chunks of [
      [4, 4],
      [...Array(blob.chunkCount).keys(), 4],
    ]) {
      const { world, seed, rogue } = await opened()
      seed.engine.setLimits({ uploadBytesPerSecond: 1 })
      await world.pass(5000)
      rogue.say(seed.device, request(chunks))
      await world.pass(1000)
      assert.deepEqual(bannedBy(seed), ['SWARM_FLOOD'])
    }
  })

  test('for a chunk that the blob does not have, or with too many hashes, is refused', async () => {
    for (const message of [request([blob.chunkCount]), request([0], 6)]) {
      const { world, seed, rogue } = await opened()
      rogue.say(seed.device, message)
      await world.pass(1000)
      assert.deepEqual(bannedBy(seed), ['SWARM_MALFORMED'])
    }
  })

  test('and takes back is told so, unless the answer went before', async () => {
    const { world, seed, rogue } = await opened()
    seed.engine.setLimits({ uploadBytesPerSecond: MIB / 4 })
    rogue.say(seed.device, request([0, 1, 2, 3, 4, 5, 6, 7]))
    rogue.say(seed.device, { type: 'cancel', channel: 0, chunk: 7 })
    rogue.say(seed.device, { type: 'cancel', channel: 0, chunk: 99 })
    await world.pass(20_000)
    assert.deepEqual(
      rogue.all('reject').map(({ chunk, reason }) => [chunk, reason]),
      [[7, 'cancelled']],
    )
    assert.equal(rogue.all('chunk').length, 7)
  })

  test('talks without end is refused', async () => {
    const { world, seed, rogue } = await opened()
    for (let i = 0; i < 6000; i++) {
      rogue.say(seed.device, { type: 'interest', channel: 0, isInterested: i % 2 === 0 })
    }
    await world.pass(1000)
    assert.deepEqual(bannedBy(seed), ['SWARM_FLOOD'])
  })

  test('knows the topic but not the root: it is told what it would be told of nothing', async () => {
    const { world, seed, rogue } = served()
    await world.pass(1000)
    rogue.hello(seed.device)
    rogue.open(seed.device, blob.id, new Uint8Array(32).fill(3))
    rogue.open(seed.device, other.id)
    // A proof that somebody else made for the same seed, and one the seed made.
    const topic = swarmTopic(testCrypto, blob.id)
    for (const [from, to] of [
      [world.device('x'), seed.device],
      [seed.device, rogue.device],
    ] as const) {
      const proof = swarmProof(testCrypto, blob.id.root, from, to)
      rogue.say(seed.device, {
        type: 'open',
        channel: 0,
        answers: undefined,
        topic,
        proof,
        terms: [],
      })
    }
    await world.pass(1000)
    const heard = rogue.heard.map(({ type }) => type)
    assert.deepEqual(heard, ['hello', 'refused', 'refused', 'refused', 'refused'])
  })

  test('is not named as a source is told nothing at all before it says hello', async () => {
    const { world, rogue } = served()
    await world.pass(60_000)
    assert.deepEqual(rogue.heard, [])
  })

  test('says something before hello is refused', async () => {
    const { world, seed, rogue } = served()
    await world.pass(1000)
    rogue.open(seed.device, blob.id)
    await world.pass(1000)
    assert.deepEqual(bannedBy(seed), ['SWARM_MALFORMED'])
  })
})

test('what waits for one peer, and what is asked of one, is bounded', async () => {
  assert.ok(SWARM_WINDOW_MAX <= SWARM_REQUESTS_QUEUED_MAX)
  const world = new SwarmWorld(4)
  const large = MemoryBlob.of(blobBytes(16 * MIB))
  const rogue = new Rogue(world, 'rogue')
  const leecher = world.add('leecher')
  leecher.engine.download(new MemoryBlob(large.id), OPEN)
  leecher.engine.addSource(large.id, rogue.device)
  let [open, peak] = [0, 0]
  rogue.seed(large, (peer, chunk, uncles) => {
    open++
    peak = Math.max(peak, open)
    world.scheduler.after(1, () => {
      open--
      rogue.say(peer, chunkOf(large, chunk, uncles))
    })
    return undefined
  })
  await world.pass(5000)
  assert.equal(leecher.engine.transfers()[0]!.heldBytes, 64 * CHUNK_BYTES)
  assert.ok(peak > 8 && peak <= SWARM_WINDOW_MAX, `${peak}`)
  assert.ok(leecher.engine instanceof SwarmEngine)
})
