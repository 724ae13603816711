/** Objects as the view keeps them, read whole. */

import type { CborValue, DeviceId, PersonId } from '@hamlet/core'
import { readFields } from '@hamlet/core'
import type { View } from '@hamlet/space/view'
import { manifestFields } from '../objects/object-manifest.ts'
import type { ObjectId, ObjectManifest } from '../objects/object-manifest.ts'
import type { Fault, HeldReason } from './content.ts'
import {
  CLAIM_PREFIX,
  FAULT_PREFIX,
  HELD_PREFIX,
  keyEnd,
  keyObject,
  keyShard,
  OBJECT_PREFIX,
  REMOVED_PREFIX,
  TARGET_PREFIX,
} from './keys.ts'
import type { VaultChange } from './vault-fold.ts'
import type {
  HolderFault,
  RepairClaim,
  ShardHolder,
  ShardTarget,
  VaultObject,
  VaultOwner,
} from './vault-object.ts'

type VaultView = View<VaultChange>

/** Of objects whose id begins with `start`: all of them, or one. */
export async function readObjects(
  view: VaultView,
  start: string,
): Promise<Map<ObjectId, VaultObject>> {
  const removals = await readRemovals(view, start)
  const targets = await grouped(view, TARGET_PREFIX + start, targetOf)
  const holders = await grouped(view, HELD_PREFIX + start, holderOf)
  const claims = await grouped(view, CLAIM_PREFIX + start, claimOf)
  const faults = await grouped(view, FAULT_PREFIX + start, faultOf)
  const objects = new Map<ObjectId, VaultObject>()
  for await (const [key, value] of view.range(OBJECT_PREFIX + start)) {
    const id = keyObject(key)
    const person = keyEnd<PersonId>(key)
    const [, device, announcedAtMs, body] = value as [string, DeviceId, number, CborValue]
    const owner = { person, device, announcedAtMs, removedAtMs: removals.get(id)?.get(person) }
    objects.set(id, {
      id,
      manifest: objects.get(id)?.manifest ?? manifestOf(body),
      owners: [...(objects.get(id)?.owners ?? []), owner] satisfies VaultOwner[],
      targets: targets.get(id) ?? [],
      holders: holders.get(id) ?? [],
      claims: claims.get(id) ?? [],
      faults: faults.get(id) ?? [],
    })
  }
  return objects
}

/** The fold stored what it had decoded. */
function manifestOf(body: CborValue): ObjectManifest {
  const manifest = readFields(body, 'object', (fields) => {
    const read = manifestFields(fields)
    fields.value()
    return read
  })
  if (manifest.ok) return manifest.value
  throw manifest.error
}

async function readRemovals(
  view: VaultView,
  start: string,
): Promise<ReadonlyMap<ObjectId, ReadonlyMap<PersonId, number>>> {
  const removals = new Map<ObjectId, Map<PersonId, number>>()
  for await (const [key, value] of view.range(REMOVED_PREFIX + start)) {
    const [, isRemoved, atMs] = value as [string, boolean, number]
    if (!isRemoved) continue
    const byPerson = removals.get(keyObject(key)) ?? new Map<PersonId, number>()
    removals.set(keyObject(key), byPerson.set(keyEnd(key), atMs))
  }
  return removals
}

async function grouped<T>(
  view: VaultView,
  prefix: string,
  read: (key: string, value: CborValue) => T,
): Promise<ReadonlyMap<ObjectId, readonly T[]>> {
  const groups = new Map<ObjectId, T[]>()
  for await (const [key, value] of view.range(prefix)) {
    const group = groups.get(keyObject(key))
    if (group === undefined) groups.set(keyObject(key), [read(key, value)])
    else group.push(read(key, value))
  }
  return groups
}

function targetOf(key: string, value: CborValue): ShardTarget {
  const [position, device, atMs] = value as [string, DeviceId, number]
  return { shard: keyShard(key), by: keyEnd<PersonId>(key), position, device, atMs }
}

function holderOf(key: string, value: CborValue): ShardHolder {
  const [, person, shards, why, atMs] = value as unknown as [
    string,
    PersonId,
    readonly number[],
    HeldReason,
    number,
  ]
  return { device: keyEnd<DeviceId>(key), person, shards, why, atMs }
}

function claimOf(key: string, value: CborValue): RepairClaim {
  const [, person, untilMs] = value as [string, PersonId, number]
  return { shard: keyShard(key), device: keyEnd<DeviceId>(key), person, untilMs }
}

const FAULT_DEVICE_AT = 2 + 64 + 1 + 2 + 1

function faultOf(key: string, value: CborValue): HolderFault {
  const [, fault, , atMs] = value as [string, Fault, Uint8Array, number]
  const device = key.slice(FAULT_DEVICE_AT, FAULT_DEVICE_AT + 64) as DeviceId
  return { shard: keyShard(key), device, by: keyEnd<PersonId>(key), fault, atMs }
}
