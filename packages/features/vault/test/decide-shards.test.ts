import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId, PersonId } from '@hamlet/core'
import { decideShards, REMOVAL_GRACE_MS, shardBytesOf } from '../src/index.ts'
import type {
  KeepingState,
  LocalShard,
  PledgeItem,
  ShardPin,
  VaultObject,
  VaultOwner,
} from '../src/index.ts'
import { idOf, someManifest } from './_world.ts'

const [ann, ben] = [idOf<PersonId>('ann'), idOf<PersonId>('ben')]
const [laptop, phone, tablet] = ['laptop', 'phone', 'tablet'].map((name) => idOf<DeviceId>(name))
const NOW_MS = 1_000_000_000_000

function objectOf(
  changes: Partial<VaultObject> = {},
  owner: Partial<VaultOwner> = {},
): VaultObject {
  const announced = { person: ann, device: laptop!, announcedAtMs: 1, removedAtMs: undefined }
  return {
    id: idOf<never>('object'),
    manifest: someManifest(1),
    owners: [{ ...announced, ...owner }],
    ...{ targets: [], holders: [], claims: [], faults: [] },
    ...changes,
  }
}

function target(shard: number, device: DeviceId): VaultObject['targets'][number] {
  return { shard, device, by: ann, atMs: 1, position: '1' }
}

function holder(device: DeviceId, person: PersonId, ...shards: readonly number[]) {
  return { device, person, shards, why: 'none' as const, atMs: 1 }
}

function local(shard: number, ...pins: readonly ShardPin[]): LocalShard {
  return { shard, isComplete: true, pins: new Set(pins) }
}

function pledgeOf(bytes: number, changes: Partial<PledgeItem> = {}): PledgeItem {
  const fixed = { id: idOf<never>('pledge'), from: ben, to: ann, household: '', pledgedAtMs: 0 }
  return { ...fixed, bytes, untilMs: 0, isAccepted: true, ...changes }
}

/** As Ben's phone sees it. */
function decide(object: VaultObject, changes: Partial<KeepingState> = {}, here: LocalShard[] = []) {
  return decideShards({
    ...{ device: phone!, person: ben, ownDevices: new Set([phone!]), objects: [object] },
    ...{ grants: new Map(), pledges: [pledgeOf(10_000)], here: () => here, nowMs: NOW_MS },
    ...changes,
  })
}

const shardBytes = shardBytesOf(someManifest(1))

test('a helper loads what it is asked to hold, while its pledge has room', () => {
  const object = objectOf({ targets: [target(0, tablet!), target(1, phone!), target(2, phone!)] })
  assert.deepEqual(
    decide(object).load.map(({ shard }) => shard),
    [1, 2],
  )
  const full = decide(object, { pledges: [pledgeOf(2 * shardBytes - 1)] })
  assert.deepEqual([full.load, full.say[0]?.why], [[], 'pledge-full'])
  assert.equal(decide(object, { pledges: [pledgeOf(2 * shardBytes)] }).load.length, 2)
})

test('without a pledge, or after its end, nothing is taken and that is said once', () => {
  const object = objectOf({ targets: [target(1, phone!)] })
  for (const pledges of [
    [],
    [pledgeOf(10_000, { untilMs: NOW_MS })],
    [pledgeOf(10_000, { to: ben })],
  ]) {
    const decided = decide(object, { pledges })
    assert.deepEqual([decided.load, decided.say[0]?.why], [[], 'no-pledge'])
  }
  const told = { ...holder(phone!, ben), why: 'no-pledge' as const }
  assert.deepEqual(decide({ ...object, holders: [told] }, { pledges: [] }).say, [])
})

test('what this person’s other devices hold takes room of the same pledge', () => {
  const object = objectOf({
    targets: [target(1, phone!)],
    holders: [holder(tablet!, ben, 0, 3)],
  })
  const room = { ownDevices: new Set([phone!, tablet!]), pledges: [pledgeOf(3 * shardBytes - 1)] }
  assert.deepEqual(decide(object, room).load, [])
  assert.equal(decide(object, { ...room, pledges: [pledgeOf(3 * shardBytes)] }).load.length, 1)
})

test('what is complete is said, ascending, and not said again', () => {
  const object = objectOf({ targets: [target(2, phone!), target(0, phone!)] })
  const here = [local(2, 'held'), local(0, 'held')]
  assert.deepEqual(decide(object, {}, here).say, [
    { object: object.id, shards: [0, 2], why: 'none' },
  ])
  const told = { ...object, holders: [holder(phone!, ben, 0, 2)] }
  assert.deepEqual(decide(told, {}, here).say, [])
})

test('a shard that is not whole any more is taken back, and loaded again', () => {
  const object = objectOf({ targets: [target(2, phone!)], holders: [holder(phone!, ben, 2)] })
  const decided = decide(object, {}, [{ ...local(2, 'held'), isComplete: false }])
  assert.deepEqual(decided.say[0]?.shards, [])
  assert.equal(decided.load.length, 1)
})

test('what has come in part goes when it is not asked for any more', () => {
  const part = { ...local(2, 'held'), isComplete: false }
  assert.equal(decide(objectOf(), {}, [part]).release.length, 1)
  assert.equal(decide(objectOf({ targets: [target(2, phone!)] }), {}, [part]).release.length, 0)
})

test('a holder that is not asked any more lets go once another one has the shard', () => {
  const object = objectOf({ targets: [target(2, tablet!)], holders: [holder(phone!, ben, 2)] })
  const here = [local(2, 'held')]
  assert.deepEqual(decide(object, {}, here).release, [])
  const moved = { ...object, holders: [...object.holders, holder(tablet!, ann, 2)] }
  const decided = decide(moved, {}, here)
  assert.equal(decided.release.length, 1)
  assert.deepEqual(decided.say, [{ object: object.id, shards: [], why: 'none' }])
})

test('the owner keeps what was sent until somebody else has it, and the own copy for good', () => {
  const object = objectOf({ targets: [target(0, phone!), target(1, tablet!)] })
  const asAnn = { device: laptop!, person: ann, ownDevices: new Set([laptop!]) }
  const here = [local(0, 'sent'), local(1, 'sent', 'kept')]
  assert.deepEqual(decide(object, asAnn, here).release, [])
  const placed = { ...object, holders: [holder(phone!, ben, 0), holder(tablet!, ben, 1)] }
  assert.deepEqual(
    decide(placed, asAnn, here).release.map(({ shard }) => shard),
    [0],
  )
  const ownTablet = { ...object, holders: [holder(tablet!, ann, 0)] }
  assert.deepEqual(decide(ownTablet, asAnn, here).release, [], 'the same person is no helper')
})

test('what its owner removed stays for the time of grace, and nothing more of it is loaded', () => {
  const removed = objectOf(
    { targets: [target(2, phone!), target(1, phone!)], holders: [holder(phone!, ben, 2)] },
    { removedAtMs: NOW_MS - REMOVAL_GRACE_MS + 1 },
  )
  const here = [local(2, 'held')]
  const waiting = decide(removed, {}, here)
  assert.deepEqual([waiting.load, waiting.release, waiting.say], [[], [], []])
  const over = decide(removed, { nowMs: NOW_MS + 1 }, here)
  assert.equal(over.release.length, 1)
  assert.deepEqual(over.say, [{ object: removed.id, shards: [], why: 'removed' }])
})

test('one’s own devices hold for oneself without a pledge', () => {
  const object = objectOf({ targets: [target(1, tablet!)] })
  const asAnn = { device: tablet!, person: ann, ownDevices: new Set([laptop!, tablet!]) }
  assert.equal(decide(object, { ...asAnn, pledges: [] }).load.length, 1)
})
