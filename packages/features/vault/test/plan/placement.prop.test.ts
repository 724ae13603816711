/** Placement against going through all assignments, for circles that are small enough, and what must hold for any. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { placeShards } from '@hamlet/vault'
import type { Helper, Placement, PlacementRequest, ShardPlace } from '@hamlet/vault'
import { deviceOf, madeHelper, SHARD_BYTES } from './_circle.ts'

/** In this order: shards placed, crowding of people, crowding of households, moves. */
type Score = readonly [placed: number, people: number, households: number, moves: number]

const helperArb = fc.record({
  household: fc.option(fc.constantFrom('mill', 'lane'), { nil: undefined }),
  room: fc.integer({ min: 0, max: 3 }),
  devices: fc.array(
    fc.record({
      uptime: fc.double({ min: 0, max: 1, noNaN: true }),
      room: fc.integer({ min: 0, max: 2 }),
      accepts: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})

function requestArb(people: number, shards: number): fc.Arbitrary<PlacementRequest> {
  return fc
    .record({
      total: fc.integer({ min: 1, max: shards }),
      made: fc.array(helperArb, { maxLength: people }),
      spots: fc.array(fc.tuple(fc.nat(shards), fc.nat(people - 1), fc.nat(2)), {
        maxLength: shards + 2,
      }),
      limit: fc.option(fc.integer({ min: 1, max: shards }), { nil: undefined }),
    })
    .map(({ total, made, spots, limit }) => {
      const helpers = made.map((helper, index) => {
        const { household, ...rest } = helper
        return madeHelper(index, household === undefined ? rest : { ...rest, household })
      })
      const held = spots.map(([shard, person, device]) => {
        return { shard, device: deviceOf(person, device) }
      })
      const request = { total, shardBytes: SHARD_BYTES, helpers, held }
      return limit === undefined ? request : { ...request, householdShardsMax: limit }
    })
}

function ownerOf(request: PlacementRequest, device: string): Helper | undefined {
  return request.helpers.find(({ devices }) => devices.some((one) => one.device === device))
}

function isHeld(request: PlacementRequest, { shard, device }: ShardPlace): boolean {
  return request.held.some((place) => place.shard === shard && place.device === device)
}

/** What an assignment is worth, or `undefined` if it breaks a rule. */
function scoreOf(request: PlacementRequest, places: readonly ShardPlace[]): Score | undefined {
  const { householdShardsMax = request.total, helpers } = request
  const crowds = [new Map<string, number>(), new Map<string, number>()] as const
  const news = new Map<string, number>()
  const devices = new Set<string>()
  let moves = 0
  for (const place of places) {
    const helper = ownerOf(request, place.device)
    if (helper === undefined || devices.has(place.device)) return undefined
    devices.add(place.device)
    if (!isHeld(request, place)) {
      const device = helper.devices.find((one) => one.device === place.device)!
      if (!device.accepts || device.freeBytes < SHARD_BYTES) return undefined
      news.set(helper.person, (news.get(helper.person) ?? 0) + 1)
      if (news.get(helper.person)! * SHARD_BYTES > helper.freeBytes) return undefined
      moves++
    }
    count(crowds[0], helper.person)
    count(crowds[1], helper.household ?? helper.person)
  }
  assert.ok(helpers.length >= crowds[0].size)
  if ([...crowds[1].values()].some((value) => value > householdShardsMax)) return undefined
  return [places.length, crowding(crowds[0]), crowding(crowds[1]), moves]
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function crowding(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, value) => sum + (value * (value - 1)) / 2, 0)
}

function isBetter(a: Score, b: Score): boolean {
  if (a[0] !== b[0]) return a[0] > b[0]
  const at = a.findIndex((value, index) => value !== b[index])
  return at !== -1 && a[at]! < b[at]!
}

interface Best {
  readonly score: Score
  readonly mostPeople: number
}

/** Every assignment of shards to devices. */
function bestOfAll(request: PlacementRequest): Best {
  const devices = request.helpers.flatMap((helper) => helper.devices.map(({ device }) => device))
  let best: Score = [0, 0, 0, 0]
  let mostPeople = 0
  const places: ShardPlace[] = []
  const visit = (shard: number): void => {
    const score = scoreOf(request, places)
    if (score === undefined) return
    if (isBetter(score, best)) best = score
    const people = new Set(places.map(({ device }) => ownerOf(request, device)!.person)).size
    mostPeople = Math.max(mostPeople, people)
    if (shard === request.total) return
    visit(shard + 1)
    for (const device of devices) {
      places.push({ shard, device })
      visit(shard + 1)
      places.pop()
    }
  }
  visit(0)
  return { score: best, mostPeople }
}

test('of all assignments it finds one with the most shards, people and households, in that order, and the fewest moves', () => {
  fc.assert(
    fc.property(requestArb(3, 3), (request) => {
      const placement = placeShards(request)
      const best = bestOfAll(request)
      assert.deepEqual(scoreOf(request, placement.places), best.score)
      assert.equal(placement.happiness, best.mostPeople)
    }),
    { numRuns: 150 },
  )
})

test('no rule is broken in larger circles, and the report is what the places say', () => {
  fc.assert(
    fc.property(requestArb(9, 12), (request) => {
      const placement = placeShards(request)
      const score = scoreOf(request, placement.places)
      assert.notEqual(score, undefined)
      assert.equal(score![3], placement.places.filter(({ isNew }) => isNew).length)
      const shards = [...placement.places.map(({ shard }) => shard), ...placement.unplaced]
      assert.deepEqual(
        shards.sort((a, b) => a - b),
        Array.from({ length: request.total }, (_, index) => index),
      )
      const people = placement.places.map(({ device }) => ownerOf(request, device)!.person)
      assert.equal(placement.happiness, new Set(people).size)
    }),
    { numRuns: 150 },
  )
})

test('the order in which people, devices and shards are listed changes nothing', () => {
  const shuffled = requestArb(6, 8).chain((request) => {
    const orders = fc.record({
      helpers: fc.shuffledSubarray([...request.helpers], { minLength: request.helpers.length }),
      held: fc.shuffledSubarray([...request.held], { minLength: request.held.length }),
    })
    return orders.map((order): [PlacementRequest, PlacementRequest] => {
      const helpers = order.helpers.map((helper) => ({
        ...helper,
        devices: [...helper.devices].reverse(),
      }))
      return [request, { ...request, ...order, helpers }]
    })
  })
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      assert.deepEqual(placeShards(one), placeShards(other))
    }),
    { numRuns: 100 },
  )
})

test('one more person never means fewer people with a shard, nor one more device', () => {
  fc.assert(
    fc.property(requestArb(6, 8), fc.nat(5), (request, left) => {
      const { happiness } = placeShards(request)
      const helpers = request.helpers.filter((_, index) => index !== left)
      assert.ok(placeShards({ ...request, helpers }).happiness <= happiness)
      const poorer = request.helpers.map((helper) => ({
        ...helper,
        devices: helper.devices.slice(1),
      }))
      assert.ok(placeShards({ ...request, helpers: poorer }).happiness <= happiness)
    }),
    { numRuns: 100 },
  )
})

/** What is left of the pledge and the disks once new shards have come. */
function afterwards(helper: Helper, { places }: Placement): Helper {
  const taken = new Set(places.filter(({ isNew }) => isNew).map(({ device }) => device))
  const devices = helper.devices.map((device) => {
    const bytes = taken.has(device.device) ? SHARD_BYTES : 0
    return { ...device, freeBytes: device.freeBytes - bytes }
  })
  const count = devices.filter(({ device }) => taken.has(device)).length
  return { ...helper, devices, freeBytes: helper.freeBytes - count * SHARD_BYTES }
}

test('placed once, placed for good: the same question with its own answer moves nothing', () => {
  fc.assert(
    fc.property(requestArb(6, 8), (request) => {
      const first = placeShards(request)
      const helpers = request.helpers.map((helper) => afterwards(helper, first))
      const again: Placement = placeShards({ ...request, helpers, held: first.places })
      assert.deepEqual(
        again.places.filter(({ isNew }) => isNew),
        [],
      )
      assert.deepEqual(again.unplaced, first.unplaced)
      assert.equal(again.happiness, first.happiness)
    }),
    { numRuns: 100 },
  )
})
