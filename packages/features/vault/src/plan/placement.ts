/**
 * Which shard of an object goes to which device.
 *
 * The idea: any k of m people give an object back if each of them holds a shard of their own, so what counts is the largest
 * matching between people and shards (Tahoe-LAFS, `servers-of-happiness.rst`), never the number of shards. Tahoe finds it in
 * three rounds: shards that lie where nothing new is taken, shards that lie elsewhere, new ones. Here the rounds are costs of
 * one flow, which cannot take a turn in an early round that a later one would regret:
 *
 *     source → shard → device → person → household → sink
 *                  ↘ anywhere ↗ (new shards, as many as the pledge has room for)
 *
 * In this order, each before the next however much of the next it costs:
 * 1. as many shards as possible are placed, never two on one device, within what devices and pledges have room for;
 * 2. at as many people as possible: nobody gets a second one while somebody else could hold it;
 * 3. in as many households as possible, as evenly as possible, at most `householdShardsMax` in each;
 * 4. as few as possible have to be moved;
 * 5. new ones go to devices that have none yet, then to those that are there more (in tenths), then to the most room.
 *
 * Points 2 and 3 cost the j-th shard of a person or household j - 1 units. What people can hold together is a polymatroid,
 * in which the least sum of such costs is reached only by the most even distribution there is, which is also one over as many
 * people as possible.
 *
 * The order in which helpers and places are listed has no effect. Some hundred nodes and arcs: a few milliseconds.
 */

import { assert } from '@hamlet/core'
import type { DeviceId, PersonId } from '@hamlet/core'
import type { ShardPlace } from '../entries/content.ts'
import { compareText, householdOf, shardsTaken, takesShard } from './helpers.ts'
import type { Helper, HelperDevice } from './helpers.ts'
import { FlowNetwork } from './min-cost-flow.ts'
import { trustedUptime } from './uptime.ts'

/** 64 shards at a rank below 1,023 each stay below 2^16; each weight is above all that the ones before can sum up to. */
const RANK_MAX = 510
/** Of a device that has a shard of the object and would let go of it: taken only where no other has room. */
const OCCUPIED_COST = 512
const MOVE_COST = 2 ** 16
const HOUSEHOLD_COST = 2 ** 23
const PERSON_COST = 2 ** 35
const SHARDS_MAX = 64

export interface PlacementRequest {
  /** Shards of the object, at most 64. */
  readonly total: number
  readonly shardBytes: number
  readonly helpers: readonly Helper[]
  /** What lies where already; what lies with nobody among the helpers does not count. */
  readonly held: readonly ShardPlace[]
  /** @default as many as there are */
  readonly householdShardsMax?: number
}

export interface PlacedShard extends ShardPlace {
  readonly person: PersonId
  /** Whether it has to be brought there. */
  readonly isNew: boolean
}

export interface Placement {
  /** Ascending by shard, each at most once. */
  readonly places: readonly PlacedShard[]
  /** Shards that nobody can take. */
  readonly unplaced: readonly number[]
  /** People with a shard of their own: any k of them can give the object back. */
  readonly happiness: number
  readonly households: number
  /** Shards in the household that has the most. */
  readonly fullestHousehold: number
  /** What lies somewhere and is not needed there once all is in its place. */
  readonly surplus: readonly ShardPlace[]
}

interface Seat {
  readonly device: HelperDevice
  readonly helper: Helper
}

interface Network {
  readonly flow: FlowNetwork
  readonly source: number
  readonly sink: number
  /** For each shard, by device, the arc by which it stays there. */
  readonly kept: readonly ReadonlyMap<DeviceId, number>[]
  /** For each shard, the arc by which it moves. */
  readonly moving: readonly number[]
  /** By device, the arc by which something new comes. */
  readonly arriving: ReadonlyMap<DeviceId, number>
}

export function placeShards(request: PlacementRequest): Placement {
  assert(request.total <= SHARDS_MAX, `an object has at most ${SHARDS_MAX} shards`)
  assert(request.shardBytes > 0, 'a shard has bytes')
  const seats = sortedSeats(request.helpers)
  const network = buildNetwork(request, seats)
  network.flow.send(network.source, network.sink)
  return readPlacement(request, seats, network)
}

/** Best first: where new shards go while nothing else matters. */
function sortedSeats(helpers: readonly Helper[]): readonly Seat[] {
  const seats = helpers.flatMap((helper) => helper.devices.map((device) => ({ device, helper })))
  return seats.sort((a, b) => {
    return (
      tenths(b.device) - tenths(a.device) ||
      b.device.freeBytes - a.device.freeBytes ||
      compareText(a.device.device, b.device.device)
    )
  })
}

function tenths(device: HelperDevice): number {
  return Math.floor(trustedUptime(device) * 10)
}

function buildNetwork(request: PlacementRequest, seats: readonly Seat[]): Network {
  const flow = new FlowNetwork()
  const [source, anywhere, sink] = [flow.addNode(), flow.addNode(), flow.addNode()]
  const homes = addHomes(flow, sink, request, seats)
  const seatNodes = new Map<DeviceId, number>()
  const doors = new Map<PersonId, number>()
  const arriving = new Map<DeviceId, number>()
  const occupied = new Set(request.held.map(({ device }) => device))
  for (const [rank, { device, helper }] of seats.entries()) {
    const node = flow.addNode()
    seatNodes.set(device.device, node)
    flow.addArc(node, homes.get(helper.person)!, 1, 0)
    if (!takesShard(device, request.shardBytes)) continue
    let door = doors.get(helper.person)
    if (door === undefined) {
      door = flow.addNode()
      doors.set(helper.person, door)
      flow.addArc(anywhere, door, shardsTaken(helper, request.shardBytes), 0)
    }
    const cost = Math.min(rank, RANK_MAX) + (occupied.has(device.device) ? OCCUPIED_COST : 0)
    arriving.set(device.device, flow.addArc(door, node, 1, cost))
  }
  const { kept, moving } = addShards(flow, request, source, anywhere, seats, seatNodes)
  return { flow, source, sink, kept, moving, arriving }
}

/** Person → household → sink, each further shard dearer than the one before; the node of each person. */
function addHomes(
  flow: FlowNetwork,
  sink: number,
  { total, householdShardsMax = total }: PlacementRequest,
  seats: readonly Seat[],
): ReadonlyMap<PersonId, number> {
  const people = new Map<PersonId, number>()
  const households = new Map<string, number>()
  for (const { helper } of seats) {
    if (people.has(helper.person)) continue
    const name = householdOf(helper)
    let household = households.get(name)
    if (household === undefined) {
      household = flow.addNode()
      households.set(name, household)
      for (let more = 0; more < Math.min(total, householdShardsMax); more++) {
        flow.addArc(household, sink, 1, more * HOUSEHOLD_COST)
      }
    }
    const person = flow.addNode()
    people.set(helper.person, person)
    for (let more = 0; more < Math.min(total, helper.devices.length); more++) {
      flow.addArc(person, household, 1, more * PERSON_COST)
    }
  }
  return people
}

function addShards(
  flow: FlowNetwork,
  { total, held }: PlacementRequest,
  source: number,
  anywhere: number,
  seats: readonly Seat[],
  seatNodes: ReadonlyMap<DeviceId, number>,
): Pick<Network, 'kept' | 'moving'> {
  const heldByShard = Array.from({ length: total }, () => new Set<DeviceId>())
  for (const { shard, device } of held) heldByShard[shard]?.add(device)
  const kept: ReadonlyMap<DeviceId, number>[] = []
  const moving: number[] = []
  for (let shard = 0; shard < total; shard++) {
    const node = flow.addNode()
    flow.addArc(source, node, 1, 0)
    const arcs = new Map<DeviceId, number>()
    for (const { device } of seats) {
      if (!heldByShard[shard]!.has(device.device)) continue
      // Where nothing new is taken, nothing else could lie.
      const cost = device.accepts ? 1 : 0
      arcs.set(device.device, flow.addArc(node, seatNodes.get(device.device)!, 1, cost))
    }
    kept.push(arcs)
    moving.push(flow.addArc(node, anywhere, 1, MOVE_COST))
  }
  return { kept, moving }
}

function readPlacement(
  { total, held }: PlacementRequest,
  seats: readonly Seat[],
  { flow, kept, moving, arriving }: Network,
): Placement {
  const seatsByDevice = new Map(seats.map((seat) => [seat.device.device, seat]))
  const takers = seats.filter(({ device }) => {
    const arc = arriving.get(device.device)
    return arc !== undefined && flow.flowOf(arc) === 1
  })
  const places: PlacedShard[] = []
  const unplaced: number[] = []
  for (let shard = 0; shard < total; shard++) {
    const stays = [...kept[shard]!].find(([, arc]) => flow.flowOf(arc) === 1)
    if (stays !== undefined) {
      places.push(placedAt(shard, seatsByDevice.get(stays[0])!, false))
    } else if (flow.flowOf(moving[shard]!) === 1) {
      places.push(placedAt(shard, takers.shift()!, true))
    } else unplaced.push(shard)
  }
  const isPlaced = new Set(places.map(placeKey))
  const surplus = held.filter((place) => {
    return seatsByDevice.has(place.device) && !isPlaced.has(placeKey(place))
  })
  return { places, unplaced, ...spreadOf(places, seatsByDevice), surplus: sortPlaces(surplus) }
}

function placedAt(shard: number, { device, helper }: Seat, isNew: boolean): PlacedShard {
  return { shard, device: device.device, person: helper.person, isNew }
}

function spreadOf(
  places: readonly PlacedShard[],
  seatsByDevice: ReadonlyMap<DeviceId, Seat>,
): Pick<Placement, 'happiness' | 'households' | 'fullestHousehold'> {
  const counts = new Map<string, number>()
  for (const { device } of places) {
    const household = householdOf(seatsByDevice.get(device)!.helper)
    counts.set(household, (counts.get(household) ?? 0) + 1)
  }
  return {
    happiness: new Set(places.map(({ person }) => person)).size,
    households: counts.size,
    fullestHousehold: Math.max(0, ...counts.values()),
  }
}

function placeKey({ shard, device }: ShardPlace): string {
  return `${shard} ${device}`
}

function sortPlaces(places: readonly ShardPlace[]): readonly ShardPlace[] {
  return [...places].sort((a, b) => a.shard - b.shard || compareText(a.device, b.device))
}
