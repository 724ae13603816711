/** What a space knows of one object: who owns it, who is asked to hold which shard, and who says that they do. */

import type { DeviceId, PersonId } from '@hamlet/core'
import type { ObjectId, ObjectManifest } from '../objects/object-manifest.ts'
import type { Fault, HeldReason } from './content.ts'

export interface VaultOwner {
  readonly person: PersonId
  readonly device: DeviceId
  readonly announcedAtMs: number
  /** Since when it is removed; `undefined`: it is not. */
  readonly removedAtMs: number | undefined
}

/** Somebody's newest word on who shall hold a shard. */
export interface ShardTarget {
  readonly shard: number
  readonly device: DeviceId
  readonly by: PersonId
  readonly atMs: number
  /** Text that orders words. */
  readonly position: string
}

/** What a device said last. */
export interface ShardHolder {
  readonly device: DeviceId
  readonly person: PersonId
  readonly shards: readonly number[]
  readonly why: HeldReason
  readonly atMs: number
}

export interface RepairClaim {
  readonly shard: number
  readonly device: DeviceId
  readonly person: PersonId
  readonly untilMs: number
}

export interface HolderFault {
  readonly shard: number
  readonly device: DeviceId
  readonly by: PersonId
  readonly fault: Fault
  readonly atMs: number
}

export interface VaultObject {
  readonly id: ObjectId
  readonly manifest: ObjectManifest
  /** Who announced it; at least one. */
  readonly owners: readonly VaultOwner[]
  readonly targets: readonly ShardTarget[]
  readonly holders: readonly ShardHolder[]
  readonly claims: readonly RepairClaim[]
  readonly faults: readonly HolderFault[]
}

/** Who may say where shards go beside the owners, and until when. */
export interface RepairGrant {
  readonly person: PersonId
  readonly bytes: number
  readonly untilMs: number
}

/** How long what its owner removed is kept, in case they think again. */
export const REMOVAL_GRACE_MS = 7 * 24 * 60 * 60 * 1000

/** Whether somebody still wants it. */
export function isWanted(object: VaultObject): boolean {
  return object.owners.some(({ removedAtMs }) => removedAtMs === undefined)
}

/** Whether its bytes may go: nobody has wanted it for the time of grace. */
export function mayBeDropped({ owners }: VaultObject, nowMs: number): boolean {
  return owners.every(
    ({ removedAtMs }) => removedAtMs !== undefined && removedAtMs + REMOVAL_GRACE_MS <= nowMs,
  )
}

/**
 * Where each shard shall be: by the newest word of an owner, or of whoever spoke while an owner's grant let them.
 * Ascending by shard.
 */
export function placesOf(
  object: VaultObject,
  grants: ReadonlyMap<PersonId, RepairGrant>,
): readonly ShardTarget[] {
  const newest = new Map<number, ShardTarget>()
  for (const target of object.targets) {
    if (!mayAssign(object, target, grants)) continue
    const known = newest.get(target.shard)
    if (known === undefined || known.position < target.position) newest.set(target.shard, target)
  }
  return [...newest.values()].sort((a, b) => a.shard - b.shard)
}

function mayAssign(
  { owners }: VaultObject,
  { by, atMs }: ShardTarget,
  grants: ReadonlyMap<PersonId, RepairGrant>,
): boolean {
  return owners.some(({ person }) => {
    if (person === by) return true
    const grant = grants.get(person)
    return grant !== undefined && grant.bytes > 0 && atMs < grant.untilMs
  })
}

/** Devices that say they hold the shard. */
export function holdersOf({ holders }: VaultObject, shard: number): readonly ShardHolder[] {
  return holders.filter(({ shards }) => shards.includes(shard))
}
