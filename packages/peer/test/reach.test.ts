/** Reach and joins over a network in memory: whom the network is asked to find, and how a join lives on. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'
// Not part of the package's face: only the peer uses it.
import { Reach } from '../src/reach.ts'
import type { ReachGoal } from '../src/reach.ts'
import { MemoryNetwork, MemoryNode, pass, people, TestClock } from './_world.ts'

const [A, B] = ['aa'.repeat(32), 'bb'.repeat(32)] as DeviceId[]
const SECRET = new Uint8Array(32).fill(1)
const OTHER = new Uint8Array(32).fill(2)
const topicOf = (secret: Uint8Array): string => Buffer.from(secret).toString('hex')

function setup(goals: () => readonly ReachGoal[]) {
  const world = new MemoryNetwork()
  const clock = new TestClock()
  const node = new MemoryNode(A!, world)
  const reach = new Reach(node, clock, silentLogger, goals)
  return { world, clock, node, reach }
}

test('the devices of every goal are wanted, this one is not, and all secrets are announced', async () => {
  const { world, clock, node, reach } = setup(() => [
    { devices: [A!, B!], secrets: [SECRET] },
    { devices: [B!], secrets: [SECRET, OTHER] },
  ])
  reach.changed()
  reach.changed()
  clock.pass(200)
  assert.deepEqual(node.wanted, [B])
  for (const secret of [SECRET, OTHER]) {
    assert.deepEqual([...world.announced.get(topicOf(secret))!], [A])
  }
  reach.close()
  assert.equal(world.announced.get(topicOf(SECRET))!.size, 0)
})

test('a secret that is gone is announced no more', async () => {
  let secrets = [SECRET, OTHER]
  const { world, clock, reach } = setup(() => [{ devices: [B!], secrets }])
  reach.changed()
  clock.pass(200)
  secrets = [OTHER]
  reach.changed()
  clock.pass(200)
  assert.equal(world.announced.get(topicOf(SECRET))!.size, 0)
  assert.equal(world.announced.get(topicOf(OTHER))!.size, 1)
  reach.close()
})

test('whoever is missing is looked up, ever more seldom, and dialed when found', async () => {
  const { world, clock, node, reach } = setup(() => [{ devices: [B!], secrets: [SECRET] }])
  reach.changed()
  for (let i = 0; i < 240; i++) {
    clock.pass(500)
    await world.settle()
  }
  assert.equal(node.lookups.length, 4, 'after 0.5, 5, 15 and 60 s')
  const other = new MemoryNode(B!, world)
  other.announce(SECRET)
  for (let i = 0; i < 700; i++) {
    clock.pass(500)
    await world.settle()
  }
  assert.deepEqual(node.net.peers(), [B])
  const { length } = node.lookups
  for (let i = 0; i < 700; i++) {
    clock.pass(500)
    await world.settle()
  }
  assert.equal(node.lookups.length, length, 'nobody is missing')
  reach.close()
})

test('a look-up that hangs is cut off, and closing stops everything', async () => {
  const { world, clock, node, reach } = setup(() => [{ devices: [], secrets: [SECRET] }])
  node.isSlow = true
  reach.changed()
  for (let i = 0; i < 80; i++) {
    clock.pass(500)
    await world.settle()
  }
  assert.equal(node.lookups.length, 2, 'the second began after the first was cut off')
  reach.close()
  await world.settle()
  clock.pass(600_000)
  await world.settle()
  assert.equal(node.lookups.length, 2)
  assert.equal(clock.timerCount, 0)
})

test('a join under way survives restarts of the joiner, as the same request', async () => {
  const [anna, ben] = await people('anna', 'ben')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space)
  await anna.close()
  const started = await ben.api.join(link!, 'Ben')
  assert.equal(started.state, 'connecting')
  assert.deepEqual(await ben.api.join(` ${link} `), started, 'the same link is the same join')
  await ben.reopen()
  assert.equal((await ben.api.joins())[0]?.state, 'connecting')
  await anna.open()
  await pass([anna, ben], 15_000)
  assert.equal((await ben.api.joins())[0]?.state, 'asked')
  await ben.reopen()
  await pass([anna, ben], 15_000)
  const requests = await anna.api.requests(space)
  assert.equal(requests.length, 1)
  await ben.close()
  await anna.api.approve(space, requests[0]!.id)
  await ben.open()
  await pass([anna, ben], 15_000)
  assert.equal((await ben.api.joins())[0]?.state, 'joined')
  await ben.reopen()
  assert.equal((await ben.api.spaces())[0]?.name, 'Home')
})

test('a join can be given up, and begun again', async () => {
  const [anna, ben] = await people('anna', 'ben')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await anna.close()
  await ben.api.join(link!, 'Ben')
  await ben.api.cancelJoin(space)
  assert.deepEqual(await ben.api.joins(), [])
  await anna.open()
  await pass([anna, ben], 12_000)
  assert.equal((await anna.api.members(space)).length, 1)
  await ben.api.join(link!)
  await pass([anna, ben], 15_000)
  assert.equal((await ben.api.joins())[0]?.state, 'joined')
})

test('a disk that is full when a joiner is let in delays the join and does not end it', async () => {
  const [anna, ben] = await people('anna', 'ben')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space)
  await ben.api.join(link!, 'Ben')
  await pass([anna, ben], 3_000)
  ben.disk.setCapacity(0)
  await anna.api.approve(space, (await anna.api.requests(space))[0]!.id)
  await pass([anna, ben], 5_000)
  assert.notEqual((await ben.api.joins())[0]?.state, 'joined')
  ben.disk.setCapacity(Number.POSITIVE_INFINITY)
  await pass([anna, ben], 90_000)
  assert.equal((await ben.api.joins())[0]?.state, 'joined')
})
