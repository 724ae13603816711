/**
 * What is wrong with an object, and what has to be done about it: the one judgement that owners, helpers, screens and
 * simulations share.
 *
 * Let m be the people who could together give the object back (each counted with a shard of their own, see placement.ts), out of
 * N shards of which k are needed, and h = (m - k) / (N - k) what is left of the reserve. Repair begins at h ≤ 0.6. It is
 * urgent at m ≤ k + 1, or in circles so small that repair begins no earlier, at m ≤ k: 1-of-2 at 1, 2-of-4 at 2, 3-of-6 at 3, 3-of-8 at
 * 4, 3-of-10 at 4, 4-of-12 at 5. Waiting saves traffic where N is large and costs safety where it is small
 * (durability.ts): below `LAZY_SHARDS_MIN` every lost shard is rebuilt at once.
 *
 * 1. Offline is not lost. Who is late counts until they are gone for good (14 days, the caller's business); only for reading
 *    now they do not count.
 * 2. What failed a check is lost at once, and whoever failed gets nothing new.
 * 3. Who leaves hands over at once: their shards are copied while they are there, which takes one shard and not k.
 * 4. A shard that came back cancels its repair: plans are made of what is now, and nothing of them is kept.
 * 5. Shards move for people and households only, never so that disks are evenly full (placement.ts, invariant 4).
 */

import type { DeviceId, PersonId } from '@hamlet/core'
import type { ShardPlace } from '../entries/content.ts'
import type { Helper } from './helpers.ts'
import { placeShards } from './placement.ts'
import type { PlacedShard, Placement } from './placement.ts'

/** From here on repair may wait until it is worth it. */
export const LAZY_SHARDS_MIN = 10
/** Of the bytes that are stored, the share that may move in a day without need. */
const REBALANCE_SHARE_PER_DAY = 0.05
const DAY_MS = 24 * 60 * 60 * 1000

export type HolderState = 'ok' | 'due' | 'late' | 'failed' | 'gone' | 'leaving'

/** From best to worst. */
export type Health = 'healthy' | 'below-target' | 'repair' | 'urgent' | 'unreadable-now' | 'lost'

export interface HeldShard extends ShardPlace {
  readonly state: HolderState
}

export interface RepairRequest {
  readonly needed: number
  readonly total: number
  readonly shardBytes: number
  /** What is known of each shard; one device may stand here with several. */
  readonly held: readonly HeldShard[]
  /** Everybody who may be asked, those who hold something included. */
  readonly helpers: readonly Helper[]
  readonly householdShardsMax?: number
  /**
   * What a holder is. A circle of few people whose goal is to survive the loss of devices gives each of them several shards.
   * @default 'people'
   */
  readonly countBy?: 'people' | 'devices'
  /**
   * Whether whatever is missing is rebuilt at once. Owners, who still have the whole, say so until all shards are placed.
   * @default below `LAZY_SHARDS_MIN` shards
   */
  readonly isEager?: boolean
}

export interface RepairTask {
  readonly shard: number
  /** `copy`: from one of `from`; `rebuild`: out of `needed` shards, of which `from` lists one holder each, the surest first. */
  readonly how: 'copy' | 'rebuild'
  readonly from: readonly HeldShard[]
  readonly to: { readonly device: DeviceId; readonly person: PersonId }
}

export interface RepairPlan {
  readonly health: Health
  /** People, or devices, that hold a shard of their own and are neither failed, gone nor leaving. */
  readonly holders: number
  /** Different shards that can be read now. */
  readonly readable: number
  /** What to do, in this order; nothing where it can or need not be done now. */
  readonly tasks: readonly RepairTask[]
  /** Shards that need a place and that nobody can take: more people are needed. */
  readonly homeless: readonly number[]
  /** What may be let go: each shard lies with somebody of their own who is there, and this is left over. */
  readonly surplus: readonly ShardPlace[]
}

export interface RepairThresholds {
  /** An object is accepted once it lies with so many people. */
  readonly acceptAt: number
  /** Repair begins at so many people or fewer. */
  readonly repairAt: number
  /** Nothing else is done before, at so many people or fewer. */
  readonly urgentAt: number
}

/** In whole numbers, so that all devices agree: accept at k + round(0.6 (N - k)), repair at m with h ≤ 0.6. */
export function repairThresholds(needed: number, total: number): RepairThresholds {
  const spare = total - needed
  const repairAt = spare === 0 ? 0 : needed + Math.floor((6 * spare) / 10)
  return {
    acceptAt: needed + Math.floor((6 * spare + 5) / 10),
    repairAt,
    urgentAt: spare === 0 ? 0 : needed + 1 < repairAt ? needed + 1 : needed,
  }
}

/** The holder has it as far as anybody knows. */
export function isCounted(state: HolderState): boolean {
  return state === 'ok' || state === 'due' || state === 'late'
}

/** It can be fetched now. */
export function isReadable(state: HolderState): boolean {
  return state === 'ok' || state === 'due' || state === 'leaving'
}

export function planRepair(request: RepairRequest): RepairPlan {
  const { total, held, isEager = total < LAZY_SHARDS_MIN } = request
  const counted = held.filter(({ state }) => isCounted(state))
  const readable = distinctShards(held.filter(({ state }) => isReadable(state)))
  const possible = distinctShards(held.filter(({ state }) => isReadable(state) || isCounted(state)))
  const holders = holdersNow(request, counted)
  const health = judge(request, holders, readable, possible)
  if (holders >= total || health === 'lost') {
    const surplus = health === 'lost' ? [] : surplusOf(request)
    return { health, holders, readable, tasks: [], homeless: [], surplus }
  }
  const wanted = placeShards({ ...request, helpers: willing(request), held: counted })
  const isWaiting = !isEager && health === 'below-target'
  const tasks = tasksOf(request, wanted)
  return {
    ...{ health, holders, readable },
    tasks: isWaiting ? tasks.filter(({ how }) => how === 'copy') : tasks,
    homeless: wanted.unplaced,
    surplus: [],
  }
}

/**
 * How much may still be moved today for people and households, given what was moved and how long ago: a twentieth of what is
 * stored, and where that is less than a shard, one shard.
 */
export function rebalanceBudget(
  storedBytes: number,
  shardBytes: number,
  moved: readonly { readonly bytes: number; readonly agoMs: number }[],
): number {
  const recent = moved.filter(({ agoMs }) => agoMs < DAY_MS)
  const used = recent.reduce((sum, { bytes }) => sum + bytes, 0)
  const allowed = Math.max(shardBytes, Math.floor(storedBytes * REBALANCE_SHARE_PER_DAY))
  return Math.max(0, allowed - used)
}

/** Shards that would be better off with other people or households although nothing is lost, as far as the budget goes. */
export function planRebalance(request: RepairRequest, budgetBytes: number): readonly RepairTask[] {
  const counted = request.held.filter(({ state }) => isCounted(state))
  const wanted = placeShards({ ...request, helpers: willing(request), held: counted })
  const isHeld = new Set(counted.map(({ shard }) => shard))
  const moves = wanted.places.filter(({ shard, isNew }) => isNew && isHeld.has(shard))
  const affordable = Math.floor(budgetBytes / request.shardBytes)
  return moves.slice(0, affordable).flatMap((place) => taskFor(request, place))
}

function judge(
  { needed, total }: RepairRequest,
  holders: number,
  readable: number,
  possible: number,
): Health {
  const { repairAt, urgentAt } = repairThresholds(needed, total)
  if (possible < needed) return 'lost'
  if (readable < needed) return 'unreadable-now'
  if (holders >= total) return 'healthy'
  if (holders <= urgentAt) return 'urgent'
  if (holders <= repairAt) return 'repair'
  return 'below-target'
}

/** How many have a shard of their own, as it lies now. Mostly each shard lies once and each person has one: that is counted. */
function holdersNow(request: RepairRequest, counted: readonly HeldShard[]): number {
  if (isOneEach(request, counted)) return counted.length
  const { total, shardBytes, countBy = 'people' } = request
  const helpers = request.helpers.map((helper) => ({ ...helper, freeBytes: 0 }))
  const { happiness, places } = placeShards({ total, shardBytes, helpers, held: counted })
  return countBy === 'people' ? happiness : places.length
}

/**
 * What is left over once everybody has the shard that suits the whole: not simply the newer copy of each, which could leave two
 * with one device and none with another. Only what is surely there counts for this.
 */
function surplusOf({ total, shardBytes, helpers, held }: RepairRequest): readonly ShardPlace[] {
  const sure = held.filter(({ state }) => state === 'ok')
  if (sure.length <= total) return []
  const asTheyAre = helpers.map((helper) => ({ ...helper, freeBytes: 0 }))
  const kept = placeShards({ total, shardBytes, helpers: asTheyAre, held: sure })
  return kept.happiness === total ? kept.surplus : []
}

function isOneEach({ helpers }: RepairRequest, counted: readonly HeldShard[]): boolean {
  const people = new Map(
    helpers.flatMap(({ person, devices }) =>
      devices.map(({ device }) => [device, person] as const),
    ),
  )
  const holders = new Set(counted.flatMap(({ device }) => people.get(device) ?? []))
  return holders.size === counted.length && distinctShards(counted) === counted.length
}

/** Whoever is late, failed, gone or leaving keeps what counts and gets nothing new. */
function willing({ held, helpers }: RepairRequest): readonly Helper[] {
  const refused = new Set(
    held.filter(({ state }) => state !== 'ok' && state !== 'due').map(({ device }) => device),
  )
  return helpers.map((helper) => ({
    ...helper,
    devices: helper.devices.map((device) => {
      return refused.has(device.device) ? { ...device, accepts: false } : device
    }),
  }))
}

/** For shards that nobody holds any more who counts; those that bring another person first. */
function tasksOf(request: RepairRequest, wanted: Placement): readonly RepairTask[] {
  const counted = request.held.filter(({ state }) => isCounted(state))
  const isHeld = new Set(counted.map(({ shard }) => shard))
  const missing = wanted.places.filter(({ shard, isNew }) => isNew && !isHeld.has(shard))
  const people = new Set(wanted.places.filter(({ isNew }) => !isNew).map(({ person }) => person))
  const [first, second]: [PlacedShard[], PlacedShard[]] = [[], []]
  for (const place of missing) {
    if (people.has(place.person)) second.push(place)
    else first.push(place)
    people.add(place.person)
  }
  return [...first, ...second].flatMap((place) => taskFor(request, place))
}

function taskFor(
  { held, needed }: RepairRequest,
  { shard, device, person }: PlacedShard,
): readonly RepairTask[] {
  const readable = held.filter(({ state }) => isReadable(state)).sort(surestFirst)
  const same = readable.filter((other) => other.shard === shard)
  const to = { device, person }
  if (same.length > 0) return [{ shard, how: 'copy', from: same, to }]
  const from = oneOfEach(readable)
  return from.length < needed ? [] : [{ shard, how: 'rebuild', from, to }]
}

/** Those who leave are asked last: they may be gone by then. */
function surestFirst(a: HeldShard, b: HeldShard): number {
  const order = Number(a.state === 'leaving') - Number(b.state === 'leaving')
  return order || a.shard - b.shard || (a.device < b.device ? -1 : 1)
}

function oneOfEach(held: readonly HeldShard[]): readonly HeldShard[] {
  const firstByShard = new Map<number, HeldShard>()
  for (const place of held) {
    if (!firstByShard.has(place.shard)) firstByShard.set(place.shard, place)
  }
  return [...firstByShard.values()]
}

function distinctShards(held: readonly HeldShard[]): number {
  return new Set(held.map(({ shard }) => shard)).size
}
