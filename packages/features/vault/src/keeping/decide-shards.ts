/**
 * What a device does about shards, as a pure function of what the space says and of what is here: what it loads, what it
 * lets go, and what it says that it holds.
 *
 * Invariants:
 * 1. A shard is loaded only for an owner to whom this person pledged room, and only while there is room left: the holder enforces
 *    the pledge, whatever the owner thinks.
 * 2. A shard is let go only when nobody wants the object any more and the time of grace is over, or when another device says that it
 *    holds that shard and this one is not asked to. What the owner keeps on purpose stays with the owner.
 * 3. What a device says that it holds is complete and durable here, and nothing of it is about to go.
 */

import type { DeviceId, PersonId } from '@hamlet/core'
import type { HeldReason, HeldShards } from '../entries/content.ts'
import type { PledgeItem } from '../entries/vault-book.ts'
import { holdersOf, isWanted, mayBeDropped, placesOf } from '../entries/vault-object.ts'
import type { RepairGrant, VaultObject } from '../entries/vault-object.ts'
import type { ObjectId } from '../objects/object-manifest.ts'
import { shardBytesOf } from '../objects/object-shape.ts'

/** Why bytes of a shard are here: `sent` until a helper has it, `kept` as the owner's own copy, `held` for others. */
export type ShardPin = 'sent' | 'kept' | 'held'

export interface LocalShard {
  readonly shard: number
  /** All of it is here, durable and right. */
  readonly isComplete: boolean
  readonly pins: ReadonlySet<ShardPin>
}

export interface KeepingState {
  readonly device: DeviceId
  readonly person: PersonId
  /** This person's, this one among them. */
  readonly ownDevices: ReadonlySet<DeviceId>
  readonly objects: Iterable<VaultObject>
  readonly grants: ReadonlyMap<PersonId, RepairGrant>
  readonly pledges: readonly PledgeItem[]
  readonly here: (object: VaultObject) => readonly LocalShard[]
  readonly nowMs: number
}

export interface ShardName {
  readonly object: ObjectId
  readonly shard: number
}

export interface ShardDecisions {
  /** In the order of the objects. */
  readonly load: readonly ShardName[]
  readonly release: readonly ShardName[]
  /** What is to be said, because it is not what was said last. */
  readonly say: readonly HeldShards[]
}

export function decideShards(state: KeepingState): ShardDecisions {
  const objects = [...state.objects]
  const room = new PledgedRoom(state, objects)
  const load: ShardName[] = []
  const release: ShardName[] = []
  const say: HeldShards[] = []
  for (const object of objects) {
    const local = state.here(object)
    const wanted = wantedHere(state, object)
    const leaving = local.filter((each) => !isNeeded(state, object, wanted, each))
    release.push(...leaving.map(({ shard }) => ({ object: object.id, shard })))
    const missing = wanted.filter((shard) => !local.some((each) => isWhole(each, shard)))
    const refusal = missing.length === 0 ? 'none' : room.take(object, missing.length)
    if (refusal === 'none') load.push(...missing.map((shard) => ({ object: object.id, shard })))
    const held = local.filter((each) => each.isComplete && !leaving.includes(each))
    const said = whatToSay(state, object, held, reasonOf(refusal, object, leaving))
    if (said !== undefined) say.push(said)
  }
  return { load, release, say }
}

function isWhole(local: LocalShard, shard: number): boolean {
  return local.shard === shard && local.isComplete
}

/** Shards that this device is asked to hold. */
function wantedHere(state: KeepingState, object: VaultObject): readonly number[] {
  if (!isWanted(object)) return []
  const places = placesOf(object, state.grants)
  return places.filter(({ device }) => device === state.device).map(({ shard }) => shard)
}

function isNeeded(
  state: KeepingState,
  object: VaultObject,
  wanted: readonly number[],
  { shard, isComplete, pins }: LocalShard,
): boolean {
  if (mayBeDropped(object, state.nowMs)) return false
  // What has come in part is of use to whoever loads the rest, and to nobody else.
  if (!isComplete && !pins.has('kept')) return wanted.includes(shard)
  if (pins.has('kept') || wanted.includes(shard)) return true
  const others = holdersOf(object, shard).filter(({ device }) => device !== state.device)
  // What was sent stays until a helper has it; what is held for others, until another one has it.
  return !others.some(({ person }) => pins.has('held') || person !== state.person)
}

function reasonOf(
  refusal: HeldReason,
  object: VaultObject,
  leaving: readonly LocalShard[],
): HeldReason {
  if (refusal !== 'none') return refusal
  return leaving.length > 0 && !isWanted(object) ? 'removed' : 'none'
}

function whatToSay(
  { device }: KeepingState,
  object: VaultObject,
  held: readonly LocalShard[],
  why: HeldReason,
): HeldShards | undefined {
  const shards = held.map(({ shard }) => shard).sort((a, b) => a - b)
  const told = object.holders.find((each) => each.device === device)
  const isTold = told?.why === why && told.shards.join() === shards.join()
  const isNothing = told === undefined && shards.length === 0 && why === 'none'
  return isTold || isNothing ? undefined : { object: object.id, shards, why }
}

/** What is left of this person's pledges, as shards are taken on. */
class PledgedRoom {
  readonly #state: KeepingState
  readonly #left = new Map<PersonId, number>()

  constructor(state: KeepingState, objects: readonly VaultObject[]) {
    this.#state = state
    for (const { from, to, bytes, untilMs } of state.pledges) {
      const isOver = untilMs !== 0 && untilMs <= state.nowMs
      if (from === state.person && !isOver) this.#left.set(to, bytes)
    }
    for (const object of objects)
      if (isWanted(object)) this.#charge(object, this.#heldCount(object))
  }

  /** Takes room for shards of an object, or says why there is none. */
  take(object: VaultObject, count: number): HeldReason {
    const owners = object.owners.filter(({ removedAtMs }) => removedAtMs === undefined)
    // One's own devices hold for oneself without a pledge.
    if (owners.some(({ person }) => person === this.#state.person)) return 'none'
    const pledged = owners.filter(({ person }) => this.#left.has(person))
    if (pledged.length === 0) return 'no-pledge'
    const bytes = count * shardBytesOf(object.manifest)
    if (!pledged.some(({ person }) => this.#left.get(person)! >= bytes)) return 'pledge-full'
    this.#charge(object, count)
    return 'none'
  }

  #charge(object: VaultObject, count: number): void {
    const bytes = count * shardBytesOf(object.manifest)
    for (const { person } of object.owners) {
      const left = this.#left.get(person)
      if (left !== undefined) this.#left.set(person, left - bytes)
    }
  }

  /** Shards that this person's devices say they hold. */
  #heldCount({ holders }: VaultObject): number {
    const own = holders.filter(({ device }) => this.#state.ownDevices.has(device))
    return own.reduce((sum, { shards }) => sum + shards.length, 0)
  }
}
