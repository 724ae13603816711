import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NetHandler } from '@hamlet/core'
import { Scheduler } from '../../src/simulator/scheduler.ts'
import { SeededRandom } from '../../src/simulator/seeded-random.ts'
import type { SimNet } from '../../src/simulator/sim-net.ts'
import { CALM_NETWORK, SimNetwork } from '../../src/simulator/sim-network.ts'

interface Heard {
  readonly messages: number[]
  readonly events: string[]
}

interface Pair {
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly a: SimNet
  readonly b: SimNet
  readonly heardByB: Heard
}

function listen(net: SimNet): Heard {
  const heard: Heard = { messages: [], events: [] }
  const handler: NetHandler = {
    peerUp: (peer) => heard.events.push(`up ${peer}`),
    peerDown: (peer) => heard.events.push(`down ${peer}`),
    message: (_peer, _protocol, bytes) => heard.messages.push(bytes[0]!),
    drain: (peer) => heard.events.push(`drain ${peer}`),
  }
  net.subscribe(handler)
  return heard
}

/** Two nodes that are up to each other. */
async function connect(): Promise<Pair> {
  const scheduler = new Scheduler()
  const network = new SimNetwork(scheduler, new SeededRandom(1), () => undefined)
  const [a, b] = [network.attach('aaaa'), network.attach('bbbb')]
  const heardByB = listen(b)
  await scheduler.run(1_000)
  assert.deepEqual(heardByB.events, ['up aaaa'])
  return { scheduler, network, a, b, heardByB }
}

function send(net: SimNet, count: number, from = 0): void {
  for (let i = from; i < from + count; i++) net.send('bbbb', '/test/1', Uint8Array.of(i))
}

test('a calm network delivers everything once and in order', async () => {
  const { scheduler, a, heardByB } = await connect()
  send(a, 100)
  await scheduler.run(10_000)
  assert.deepEqual(
    heardByB.messages,
    Array.from({ length: 100 }, (_, i) => i),
  )
})

test('loss, duplication and reordering happen at about their rates', async () => {
  const { scheduler, network, a, heardByB } = await connect()
  network.faults = { ...CALM_NETWORK, lossRate: 0.3, duplicateRate: 0.2, reorderRate: 0.5 }
  for (let i = 0; i < 10; i++) send(a, 100)
  await scheduler.run(100_000)
  const { lost, duplicated, reordered } = network.counts
  assert.ok(lost > 240 && lost < 360, `${lost} lost`)
  assert.ok(duplicated > 140 && duplicated < 260, `${duplicated} repeated`)
  assert.ok(reordered > 250, `${reordered} reordered`)
  assert.ok(heardByB.messages.some((value, i) => i > 0 && value < heardByB.messages[i - 1]!))
})

test('a congested send says so, and drains later', async () => {
  const { scheduler, network, b } = await connect()
  network.faults = { ...CALM_NETWORK, congestionRate: 1 }
  const heard = listen(b)
  assert.equal(b.send('aaaa', '/test/1', Uint8Array.of(1)), false)
  await scheduler.run(5_000)
  assert.deepEqual(heard.events, ['drain aaaa'])
})

test('a one-way cut loses one direction, and is noticed as down after a while', async () => {
  const { scheduler, network, a, b, heardByB } = await connect()
  const heardByA = listen(a)
  network.setCuts([['aaaa', 'bbbb']])
  send(a, 5)
  b.send('aaaa', '/test/1', Uint8Array.of(9))
  await scheduler.run(30_000)
  assert.deepEqual(heardByB.messages, [])
  assert.deepEqual(heardByA.messages, [9])
  assert.deepEqual(heardByB.events, ['up aaaa', 'down aaaa'])
  network.setCuts([])
  await scheduler.run(40_000)
  assert.deepEqual(heardByB.events, ['up aaaa', 'down aaaa', 'up aaaa'])
})

test('a reset is seen by both sides, loses what was on its way, and the link comes back', async () => {
  const { scheduler, network, a, heardByB } = await connect()
  send(a, 5)
  assert.ok(network.inFlightBytes('aaaa', 'bbbb') > 0)
  network.reset('aaaa', 'bbbb')
  await scheduler.run(20_000)
  assert.deepEqual(heardByB.events, ['up aaaa', 'down aaaa', 'up aaaa'])
  assert.deepEqual(heardByB.messages, [])
  assert.equal(network.inFlightBytes('aaaa', 'bbbb'), 0)
})

test('a node that is gone is noticed, and what it sent late does not arrive in its new life', async () => {
  const { scheduler, network, a, heardByB } = await connect()
  network.faults = { ...CALM_NETWORK, delayMeanMs: 600_000 }
  send(a, 5)
  network.detach('aaaa')
  network.attach('aaaa')
  await scheduler.run(10_000_000)
  assert.deepEqual(heardByB.messages, [])
  assert.deepEqual(heardByB.events, ['up aaaa', 'down aaaa', 'up aaaa'])
})

test('a banned peer stays away for as long as it was banned', async () => {
  const { scheduler, network, b, heardByB } = await connect()
  b.disconnect('aaaa', 'test', 60_000)
  assert.deepEqual(b.banned, ['aaaa'])
  await scheduler.run(30_000)
  network.connectAll()
  assert.deepEqual(heardByB.events, ['up aaaa', 'down aaaa'])
  await scheduler.run(70_000)
  network.connectAll()
  assert.deepEqual(heardByB.events, ['up aaaa', 'down aaaa', 'up aaaa'])
})
