import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeShards } from '@hamlet/vault'
import type { Helper } from '@hamlet/vault'
import { deviceOf, madeCircle, madeHelper, personOf, SHARD_BYTES } from './_circle.ts'

const request = { shardBytes: SHARD_BYTES, held: [] }

test('everybody gets one shard before anybody gets two, and the rest goes to second devices', () => {
  const helpers = [madeHelper(0, { devices: [{}, {}, {}] }), madeHelper(1, { devices: [{}, {}] })]
  const two = placeShards({ ...request, total: 2, helpers })
  assert.equal(two.happiness, 2)
  const six = placeShards({ ...request, total: 6, helpers })
  assert.equal(six.happiness, 2)
  assert.equal(six.places.length, 5)
  assert.equal(six.unplaced.length, 1)
})

test('a shard that lies where nothing new is taken leaves room where something new is', () => {
  // Tahoe's case of an uploader that could not reach a happy layout that existed.
  const helpers = [madeHelper(0, { devices: [{ accepts: false }] }), madeHelper(1)]
  const held = [
    { shard: 0, device: deviceOf(0) },
    { shard: 0, device: deviceOf(1) },
  ]
  const placement = placeShards({ ...request, total: 2, helpers, held })
  assert.equal(placement.happiness, 2)
  assert.deepEqual(
    placement.places.map(({ shard, person, isNew }) => [shard, person, isNew]),
    [
      [0, personOf(0), false],
      [1, personOf(1), true],
    ],
  )
  assert.deepEqual(placement.surplus, [{ shard: 0, device: deviceOf(1) }])
})

test('households are filled evenly, and a limit for each is kept even if shards are left over', () => {
  const helpers: readonly Helper[] = [
    ...[0, 1, 2].map((index) => madeHelper(index, { household: 'mill' })),
    madeHelper(3, { household: 'lane' }),
    madeHelper(4),
  ]
  const three = placeShards({ ...request, total: 3, helpers })
  assert.equal(three.households, 3)
  const five = placeShards({ ...request, total: 5, helpers, householdShardsMax: 2 })
  assert.equal(five.fullestHousehold, 2)
  assert.deepEqual(five.unplaced.length, 1)
})

test('a household may be called like a person and is none', () => {
  const helpers = [madeHelper(0), madeHelper(1, { household: personOf(0) })]
  assert.equal(placeShards({ ...request, total: 2, helpers }).households, 2)
})

test('new shards go to whoever is there more, then to whoever has most room', () => {
  const helpers = [
    madeHelper(0, { devices: [{ uptime: 0.3 }] }),
    madeHelper(1, { devices: [{ uptime: 0.99, room: 2 }] }),
    madeHelper(2, { devices: [{ uptime: 0.96, room: 5 }] }),
  ]
  const { places } = placeShards({ ...request, total: 1, helpers })
  assert.deepEqual(places, [{ shard: 0, device: deviceOf(2), person: personOf(2), isNew: true }])
})

test('a newcomer with an empty disk moves nothing for the sake of evenness', () => {
  const circle = madeCircle(4)
  const { places } = placeShards({ ...request, total: 4, helpers: circle })
  const helpers = [...circle, madeHelper(9, { room: 1000, devices: [{ uptime: 1, room: 1000 }] })]
  const again = placeShards({ ...request, total: 4, helpers, held: places })
  assert.ok(again.places.every(({ isNew }) => !isNew))
})

test('nobody is asked for more than their pledge, whatever their disks hold', () => {
  const helpers = [madeHelper(0, { room: 1, devices: [{}, {}, {}] })]
  assert.equal(placeShards({ ...request, total: 3, helpers }).places.length, 1)
})

test('64 people with 8 devices each take some milliseconds', () => {
  const helpers = Array.from({ length: 64 }, (_, index) => {
    const devices = Array.from({ length: 8 }, (_unused, at) => ({ uptime: at / 8 }))
    return madeHelper(index, { household: `house ${index % 20}`, devices })
  })
  const first = placeShards({ ...request, total: 64, helpers })
  assert.equal(first.happiness, 64)
  const held = first.places
    .slice(0, 40)
    .map((place) => ({ ...place, shard: (place.shard * 7) % 64 }))
  const before = process.cpuUsage()
  assert.equal(placeShards({ ...request, total: 64, helpers, held }).happiness, 64)
  const { user, system } = process.cpuUsage(before)
  assert.ok((user + system) / 1000 < 500, `${(user + system) / 1000} ms of the processor`)
})

test('without helpers nothing is placed', () => {
  const placement = placeShards({ ...request, total: 2, helpers: [] })
  assert.deepEqual(placement.unplaced, [0, 1])
  assert.equal(placement.happiness, 0)
  assert.equal(placement.fullestHousehold, 0)
})
