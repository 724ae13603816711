/** The majority-quorum baseline of the lab keeps the promises it is compared by. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { CALM_NETWORK } from '@hamlet/testkit/simulator'
import { isLinearizable } from '../../bench/lab/quorum/linearizability.ts'
import type { RegisterOperation } from '../../bench/lab/quorum/linearizability.ts'
import { QuorumTestWorld } from './_quorum-world.ts'

const MINUTE_MS = 60_000

test('a write is acknowledged within a second when everybody is here, and then everybody has it', async () => {
  const world = new QuorumTestWorld(5, 1)
  await world.startAll()
  const write = world.write(2, 'hello')
  await world.pass(1_000)
  assert.notEqual(write.atMs, undefined)
  assert.equal(world.holders.get('2/0')!.size, 5)
})

test('a majority acknowledges, a minority does not until the partition heals', async () => {
  const world = new QuorumTestWorld(5, 2)
  await world.startAll()
  world.partition([0, 1, 2], [3, 4])
  await world.pass(MINUTE_MS)
  const inMajority = world.write(0, 'from three')
  const inMinority = world.write(3, 'from two')
  await world.pass(60 * MINUTE_MS)
  assert.notEqual(inMajority.atMs, undefined)
  assert.equal(inMinority.atMs, undefined)
  assert.deepEqual(
    [...world.holders.get('0/0')!].sort((a, b) => a - b),
    [0, 1, 2],
  )
  world.heal()
  await world.pass(10_000)
  assert.notEqual(inMinority.atMs, undefined)
  for (const entry of ['0/0', '3/0']) assert.equal(world.holders.get(entry)!.size, 5, entry)
})

test('a read answers in a majority only, and with every acknowledged write', async () => {
  const world = new QuorumTestWorld(5, 3)
  await world.startAll()
  world.write(4, 'before')
  await world.pass(2_000)
  world.partition([0, 1, 2], [3, 4])
  await world.pass(MINUTE_MS)
  world.write(0, 'in the partition')
  await world.pass(2_000)
  const inMajority = world.read(1)
  const inMinority = world.read(3)
  await world.pass(10 * MINUTE_MS)
  assert.deepEqual(
    inMajority.lengths,
    new Map([
      [4, 1],
      [0, 1],
    ]),
  )
  assert.equal(inMinority.lengths, undefined)
  world.heal()
  await world.pass(10_000)
  assert.deepEqual(inMinority.lengths, inMajority.lengths)
})

test('an author learns of its majority through others, across restarts, without ever meeting it', async () => {
  const world = new QuorumTestWorld(5, 4)
  const [a, b] = world.nodes
  await a!.start()
  await b!.start()
  await world.pass(2_000)
  const write = world.write(0, 'hand to hand')
  await world.pass(MINUTE_MS)
  a!.stop()
  for (const other of world.nodes.slice(2, 4)) {
    await other.start()
    await world.pass(MINUTE_MS)
    other.stop()
    await world.pass(MINUTE_MS)
  }
  assert.equal(write.atMs, undefined)
  await a!.start()
  await world.pass(5_000)
  assert.notEqual(write.atMs, undefined)
})

test('what was acknowledged is held by a majority at that moment, whatever fails, and reaches everybody', async () => {
  let acknowledged = 0
  for (let seed = 1; seed <= 25; seed++) {
    const world = new QuorumTestWorld(seed % 2 === 0 ? 3 : 5, seed)
    const members = world.nodes.length
    await world.startAll()
    makeTrouble(world)
    const entries: string[] = []
    const written = world.nodes.map(() => 0)
    for (let i = 0; i < 20; i++) {
      await world.pass(world.random.int(100, 8_000))
      const member = world.random.int(0, members - 1)
      const node = world.nodes[member]!
      if (!node.isUp) continue
      const entry = `${member}/${written[member]!++}`
      void node.write(utf8(entry)).then(() => {
        entries.push(entry)
        const holders = world.holders.get(entry)!.size
        assert.ok(holders > members / 2, `seed ${seed}: ${entry} is held by ${holders}`)
      })
    }
    await calmDown(world)
    for (const entry of entries) assert.equal(world.holders.get(entry)!.size, members, entry)
    for (const node of world.nodes) {
      for (const entry of entries) {
        const [author, seq] = entry.split('/').map(Number)
        assert.deepEqual(node.payload(author!, seq!), utf8(entry))
      }
    }
    assert.equal(
      entries.length,
      written.reduce((sum, count) => sum + count),
      'all in the end',
    )
    acknowledged += entries.length
  }
  assert.ok(acknowledged > 300, `${acknowledged} acknowledged`)
})

test('reads and writes of one register are linearisable under every fault; local reads are not', async () => {
  let staleHistories = 0
  let answers = 0
  for (let seed = 100; seed < 160; seed++) {
    const world = new QuorumTestWorld(seed % 2 === 0 ? 3 : 5, seed)
    await world.startAll()
    makeTrouble(world)
    const { quorum, local } = await history(world)
    await calmDown(world)
    answers += quorum.filter(({ kind, toMs }) => kind === 'read' && toMs !== undefined).length
    assert.ok(isLinearizable(quorum), `seed ${seed}: ${JSON.stringify(quorum)}`)
    if (!isLinearizable(local)) staleHistories++
  }
  assert.ok(answers > 200, `${answers} reads were answered`)
  assert.ok(staleHistories > 5, `${staleHistories} histories of local reads were refused`)
})

test('the check of linearisability tells good histories from bad', () => {
  assert.ok(isLinearizable([write(1, 0, 10), read(1, 11, 12)]))
  assert.ok(isLinearizable([write(1, 0, 10), read(0, 1, 2), read(1, 3, 4)]))
  assert.ok(isLinearizable([write(1, 0), read(0, 5, 6), read(1, 7, 8)]))
  assert.ok(!isLinearizable([write(1, 0, 10), read(0, 11, 12)]), 'stale')
  assert.ok(!isLinearizable([write(1, 0), read(1, 1, 2), read(0, 3, 4)]), 'back in time')
  assert.ok(!isLinearizable([read(1, 0, 1), write(1, 2, 3)]), 'before it was written')
})

function write(value: number, fromMs: number, toMs?: number): RegisterOperation {
  return { kind: 'write', value, fromMs, toMs }
}

function read(value: number, fromMs: number, toMs: number): RegisterOperation {
  return { kind: 'read', value, fromMs, toMs }
}

/** One author, everybody reads; each read is noted twice: as answered by the quorum and as the device would show. */
async function history(world: QuorumTestWorld) {
  const quorum: RegisterOperation[] = []
  const local: RegisterOperation[] = []
  let value = 0
  for (let i = 0; i < 24; i++) {
    await world.pass(world.random.int(10, 4_000))
    const fromMs = world.scheduler.nowMs
    const node = world.random.pick(world.nodes)
    const isWrite = i % 4 === 0
    if (!(isWrite ? world.nodes[0]! : node).isUp) continue
    const at = quorum.length
    if (isWrite) {
      quorum.push({ kind: 'write', value: ++value, fromMs, toMs: undefined })
      local.push(quorum[at]!)
      void world.nodes[0]!.write(utf8(`${value}`)).then(() => {
        quorum[at] = { ...quorum[at]!, toMs: world.scheduler.nowMs }
        local[at] = quorum[at]
      })
    } else {
      quorum.push({ kind: 'read', value: 0, fromMs, toMs: undefined })
      local.push({ kind: 'read', value: node.lengths.get(0) ?? 0, fromMs, toMs: fromMs })
      void node.read().then((lengths) => {
        const toMs = world.scheduler.nowMs
        quorum[at] = { kind: 'read', value: lengths.get(0) ?? 0, fromMs, toMs }
      })
    }
  }
  await world.pass(20_000)
  return { quorum, local }
}

/** For two minutes: lost, repeated and late messages, partitions, restarts. */
function makeTrouble(world: QuorumTestWorld): void {
  const { scheduler, network, random, nodes } = world
  network.faults = {
    ...CALM_NETWORK,
    delayMeanMs: random.pick([20, 300]),
    lossRate: random.pick([0, 0.1, 0.3]),
    duplicateRate: random.pick([0, 0.3]),
    reorderRate: random.pick([0, 0.3]),
  }
  for (let atMs = 5_000; atMs < 100_000; atMs += 10_000) {
    scheduler.after(atMs, () => {
      const all = random.shuffle(nodes.map(({ member }) => member))
      const at = random.int(1, nodes.length - 1)
      world.partition(all.slice(0, at), all.slice(at))
      scheduler.after(random.int(1_000, 9_000), () => world.heal())
    })
    scheduler.after(atMs + random.int(0, 9_000), () => {
      const node = random.pick(nodes)
      node.stop()
      scheduler.after(random.int(500, 8_000), () => {
        if (!node.isUp) void node.start()
      })
    })
  }
}

async function calmDown(world: QuorumTestWorld): Promise<void> {
  await world.pass(2 * MINUTE_MS)
  world.heal()
  world.network.faults = CALM_NETWORK
  for (const node of world.nodes) if (!node.isUp) await node.start()
  world.network.reconnectAll()
  await world.pass(2 * MINUTE_MS)
}
