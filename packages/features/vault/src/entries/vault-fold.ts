/**
 * How one entry changes what is known of backups: every rule of it as a pure function of the set of entries.
 *
 * 1. What a person or a device said last of one thing counts: a pledge to one person, what it holds of one object, whether an object
 *    is removed. Everybody speaks of themselves alone, so nothing here depends on who may speak of others.
 * 2. An object is there as its first announcement by one person says. Several people may announce the same object; whose it is
 *    then is asked when the state is read: each has it.
 * 3. Who is asked to hold a shard is kept by who asks. Whether a word counts (the owner's, or a helper's under the owner's grant)
 *    is judged when the state is read, for the object, or the grant, may not be here yet.
 *
 * The stored state is the same whatever order the entries came in, and folding an entry twice changes nothing.
 */

import type { CborValue, Crypto, PersonId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import { positionText } from '@hamlet/space/entry-position'
import type { ViewState } from '@hamlet/space/view'
import { objectIdOf } from '../objects/object-manifest.ts'
import type { ObjectId } from '../objects/object-manifest.ts'
import { decodeVault } from './content.ts'
import type { PlacedObject, VaultContent } from './content.ts'
import {
  acceptKey,
  CATALOG_PREFIX,
  CLAIM_PREFIX,
  faultKey,
  GRANT_PREFIX,
  HELD_PREFIX,
  KEY_PREFIX,
  LEAVE_PREFIX,
  OBJECT_PREFIX,
  objectKey,
  pledgeKey,
  provenKey,
  REMOVED_PREFIX,
  RENEW_PREFIX,
  shardKey,
  TARGET_PREFIX,
} from './keys.ts'
import { placedValue } from './vault-draft.ts'

export type VaultChange =
  | { readonly kind: 'objects'; readonly objects: readonly ObjectId[] }
  /** Pledges, grants, leases, who leaves. */
  | { readonly kind: 'people' }
  | { readonly kind: 'proven' }
  /** The person's own catalog, or a key of it. */
  | { readonly kind: 'catalog' }

/** What one entry writes: a register each, under its key. */
interface Register {
  readonly key: string
  readonly fields: readonly CborValue[]
  /** The first word counts, and not the newest. */
  readonly isFirst?: boolean
}

export function foldVault(
  crypto: Crypto,
  person: PersonId,
  entry: ContentEntry,
  state: ViewState<VaultChange>,
): void {
  const content = decodeVault(entry.type, entry.value)
  if (content === undefined) return
  const position = positionText(entry)
  const registers = registersOf(crypto, person, entry, content)
  const changed = registers.filter((register) => keep(register, position, state))
  if (changed.length > 0) state.emit(changeOf(content, changed))
}

/** The keys that {@link foldVault} reads. */
export function vaultReads(
  crypto: Crypto,
  person: PersonId,
  entry: ContentEntry,
): readonly string[] {
  const content = decodeVault(entry.type, entry.value)
  if (content === undefined) return []
  return registersOf(crypto, person, entry, content).map(({ key }) => key)
}

/** Within one entry the first word on a thing counts, of several. */
function keep(
  { key, fields, isFirst = false }: Register,
  position: string,
  state: ViewState<VaultChange>,
): boolean {
  const stored = (state.get(key) as readonly [string] | undefined)?.[0]
  if (stored !== undefined) {
    const isLate = isFirst ? position >= stored : position <= stored
    if (isLate) return false
  }
  state.put(key, [position, ...fields])
  return true
}

function registersOf(
  crypto: Crypto,
  person: PersonId,
  entry: ContentEntry,
  content: VaultContent,
): readonly Register[] {
  const { person: by, device } = entry
  const atMs = entry.time.milliseconds
  switch (content.kind) {
    case 'pledge': {
      const { to, bytes, untilMs, household } = content
      return [{ key: pledgeKey(by, to), fields: [entry.id, bytes, untilMs, household, atMs] }]
    }
    case 'accept':
      return [{ key: acceptKey(content.pledge, by), fields: [atMs] }]
    case 'objects':
      return content.objects.flatMap((placed) => objectRegisters(crypto, entry, placed))
    case 'assign':
      return content.assignments.map(({ object, shard, device: to }) => ({
        key: shardKey(TARGET_PREFIX, object, shard, by),
        fields: [to, atMs],
      }))
    case 'held':
      return content.held.map(({ object, shards, why }) => ({
        key: objectKey(HELD_PREFIX, object, device),
        fields: [by, [...shards], why, atMs],
      }))
    case 'remove':
      return content.objects.map((object) => ({
        key: objectKey(REMOVED_PREFIX, object, by),
        fields: [content.isRemoved, atMs],
      }))
    case 'claim':
    case 'fault':
    case 'proven':
      return observationRegisters(entry, content)
    case 'leave':
      return [{ key: LEAVE_PREFIX + by, fields: [content.untilMs, atMs] }]
    case 'renew':
      return [{ key: RENEW_PREFIX + by, fields: [content.untilMs] }]
    case 'grant':
      return [{ key: GRANT_PREFIX + by, fields: [content.bytes, content.untilMs] }]
    case 'key':
      return [{ key: `${KEY_PREFIX}${by}/${entry.id}`, fields: [content.sealedKeys] }]
    case 'catalog':
      return by === person ? [catalogRegister(entry, content.sealedOperations)] : []
  }
}

function observationRegisters(
  { person, device, time }: ContentEntry,
  content: Extract<VaultContent, { kind: 'claim' | 'fault' | 'proven' }>,
): readonly Register[] {
  const atMs = time.milliseconds
  switch (content.kind) {
    case 'claim': {
      const { object, shard, untilMs } = content
      return [
        { key: shardKey(CLAIM_PREFIX, object, shard, device), fields: [person, untilMs, atMs] },
      ]
    }
    case 'fault': {
      const { object, shard, device: holder, fault, evidence } = content
      return [{ key: faultKey(object, shard, holder, person), fields: [fault, evidence, atMs] }]
    }
    case 'proven':
      return content.proofs.map(({ device: holder, atMs: provenAtMs, answers, failures }) => ({
        key: provenKey(device, holder),
        fields: [person, provenAtMs, answers, failures],
      }))
  }
}

function objectRegisters(
  crypto: Crypto,
  { person, device, time }: ContentEntry,
  placed: PlacedObject,
): readonly Register[] {
  const object = objectIdOf(crypto, placed.manifest)
  const fields = [device, time.milliseconds, placedValue({ ...placed, places: [] })]
  const announced = { key: objectKey(OBJECT_PREFIX, object, person), fields, isFirst: true }
  const targets = placed.places.map(({ shard, device: to }) => ({
    key: shardKey(TARGET_PREFIX, object, shard, person),
    fields: [to, time.milliseconds],
  }))
  return [announced, ...targets]
}

/** The log it is in, and its place there: by these snapshots name what they saw. */
function catalogRegister(entry: ContentEntry, sealed: Uint8Array): Register {
  const key = CATALOG_PREFIX + positionText(entry)
  return { key, fields: [entry.log ?? entry.device, entry.seq, sealed] }
}

function changeOf(content: VaultContent, changed: readonly Register[]): VaultChange {
  switch (content.kind) {
    case 'objects':
    case 'assign':
    case 'held':
    case 'remove':
    case 'claim':
    case 'fault':
      return { kind: 'objects', objects: objectsOf(changed) }
    case 'proven':
      return { kind: 'proven' }
    case 'key':
    case 'catalog':
      return { kind: 'catalog' }
    default:
      return { kind: 'people' }
  }
}

const OBJECT_AT = 2
const OBJECT_DIGITS = 64

function objectsOf(registers: readonly Register[]): readonly ObjectId[] {
  const ids = registers.map(({ key }) => key.slice(OBJECT_AT, OBJECT_AT + OBJECT_DIGITS))
  return [...new Set(ids)] as readonly string[] as readonly ObjectId[]
}
