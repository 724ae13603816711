/**
 * The content types of backups and their strict decoders. `docs/formats/vault.md` has the same table.
 *
 *     TYPE                VALUE (CBOR array)                                                                 LEAST ROLE
 *     vault.pledge.read   [to person 32 B, bytes, until ms, household ≤ 64 B]                                reader
 *     vault.accept        [pledge 32 B]                                                                      writer
 *     vault.objects       [[[k, n, sealed bytes, roots 32 n B, [[shard, device 32 B] ≤ 64]] 1-100]]           writer
 *     vault.assign        [[[object 32 B, shard, device 32 B] 1-500]]                                        writer
 *     vault.held.read     [[[object 32 B, [shard ≤ 64], why] 1-100]]                                         reader
 *     vault.leave.read    [until ms]                                                                         reader
 *     vault.remove        [[object 32 B 1-500], is removed]                                                  writer
 *     vault.renew         [until ms]                                                                         writer
 *     vault.grant         [bytes, until ms]                                                                  writer
 *     vault.claim.read    [object 32 B, shard, until ms]                                                     reader
 *     vault.fault.read    [object 32 B, shard, device 32 B, what, evidence ≤ 4,096 B]                        reader
 *     vault.proven.read   [[[device 32 B, at ms, answers, failures] 1-200]]                                  reader
 *     vault.key           [sealed keys ≤ 16,384 B]                                                           writer
 *     vault.catalog       [sealed operations ≤ 60,000 B]                                                     writer
 *
 * A value that does not decode is ignored, on every device alike. Types that end in `.read` are what readers may write: what they
 * do for others and what they saw. What a household is called tells who lives under one roof; nobody else sees it.
 */

import { readFields } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, FieldReader, PersonId } from '@hamlet/core'
import type { Role } from '@hamlet/space'
import { OBJECT_SHARDS_MAX } from '../objects/limits.ts'
import { manifestFields, OBJECT_ID_BYTES, toObjectId } from '../objects/object-manifest.ts'
import type { ObjectId, ObjectManifest } from '../objects/object-manifest.ts'
import {
  CATALOG_BATCH_BYTES_MAX,
  CATALOG_KEY_BYTES_MAX,
  EVIDENCE_BYTES_MAX,
  HELD_OBJECTS_MAX,
  HOUSEHOLD_BYTES_MAX,
  OBJECTS_PER_ENTRY_MAX,
  PLEDGE_BYTES_MAX,
  PROOFS_PER_ENTRY_MAX,
  SHARD_WORDS_MAX,
} from './limits.ts'

/** Why a device does not hold what it is asked to: in this order on the wire. */
export const HELD_REASONS = [
  'none',
  'no-pledge',
  'pledge-full',
  'disk-full',
  'damaged',
  'leaving',
  'removed',
] as const
export type HeldReason = (typeof HELD_REASONS)[number]

/** What a holder did: in this order on the wire. */
export const FAULTS = ['wrong-bytes', 'missing', 'bad-tag'] as const
export type Fault = (typeof FAULTS)[number]

export interface Pledge {
  readonly to: PersonId
  /** 0: nothing more. */
  readonly bytes: number
  /** 0: until further notice. */
  readonly untilMs: number
  /** Who lives under one roof says the same; empty when they do not say. */
  readonly household: string
}

export interface ShardPlace {
  readonly shard: number
  readonly device: DeviceId
}

/** An object as its owner announces it, with whom they ask to hold which shard. */
export interface PlacedObject {
  readonly manifest: ObjectManifest
  readonly places: readonly ShardPlace[]
}

export interface Assignment extends ShardPlace {
  readonly object: ObjectId
}

/** All that a device holds of an object. */
export interface HeldShards {
  readonly object: ObjectId
  /** Ascending. */
  readonly shards: readonly number[]
  readonly why: HeldReason
}

export interface HolderProof {
  readonly device: DeviceId
  readonly atMs: number
  readonly answers: number
  readonly failures: number
}

export type VaultContent =
  | ({ readonly kind: 'pledge' } & Pledge)
  | { readonly kind: 'accept'; readonly pledge: EntryId }
  | { readonly kind: 'objects'; readonly objects: readonly PlacedObject[] }
  | { readonly kind: 'assign'; readonly assignments: readonly Assignment[] }
  | { readonly kind: 'held'; readonly held: readonly HeldShards[] }
  | { readonly kind: 'leave'; readonly untilMs: number }
  | { readonly kind: 'remove'; readonly objects: readonly ObjectId[]; readonly isRemoved: boolean }
  | { readonly kind: 'renew'; readonly untilMs: number }
  | { readonly kind: 'grant'; readonly bytes: number; readonly untilMs: number }
  | {
      readonly kind: 'claim'
      readonly object: ObjectId
      readonly shard: number
      readonly untilMs: number
    }
  | {
      readonly kind: 'fault'
      readonly object: ObjectId
      readonly shard: number
      readonly device: DeviceId
      readonly fault: Fault
      readonly evidence: Uint8Array
    }
  | { readonly kind: 'proven'; readonly proofs: readonly HolderProof[] }
  | { readonly kind: 'key'; readonly sealedKeys: Uint8Array }
  | { readonly kind: 'catalog'; readonly sealedOperations: Uint8Array }

export const VAULT_TYPES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['vault.pledge.read', 'reader'],
  ['vault.accept', 'writer'],
  ['vault.objects', 'writer'],
  ['vault.assign', 'writer'],
  ['vault.held.read', 'reader'],
  ['vault.leave.read', 'reader'],
  ['vault.remove', 'writer'],
  ['vault.renew', 'writer'],
  ['vault.grant', 'writer'],
  ['vault.claim.read', 'reader'],
  ['vault.fault.read', 'reader'],
  ['vault.proven.read', 'reader'],
  ['vault.key', 'writer'],
  ['vault.catalog', 'writer'],
])

/** What the value says, or `undefined` for another type and for anything malformed. */
export function decodeVault(type: string, value: CborValue): VaultContent | undefined {
  const read = READERS.get(type)
  if (read === undefined) return undefined
  const decoded = readFields(value, type, read)
  return decoded.ok ? decoded.value : undefined
}

const READERS = new Map<string, (fields: FieldReader) => VaultContent>([
  ['vault.pledge.read', (fields) => ({ kind: 'pledge', ...readPledge(fields) })],
  ['vault.accept', (fields) => ({ kind: 'accept', pledge: fields.id() })],
  [
    'vault.objects',
    (fields) => ({
      kind: 'objects',
      objects: fields.list(OBJECTS_PER_ENTRY_MAX, (item) => item.tuple(readPlaced), 1),
    }),
  ],
  [
    'vault.assign',
    (fields) => ({
      kind: 'assign',
      assignments: fields.list(SHARD_WORDS_MAX, (item) => item.tuple(readAssignment), 1),
    }),
  ],
  [
    'vault.held.read',
    (fields) => ({
      kind: 'held',
      held: fields.list(HELD_OBJECTS_MAX, (item) => item.tuple(readHeld), 1),
    }),
  ],
  ['vault.leave.read', (fields) => ({ kind: 'leave', untilMs: fields.uint() })],
  [
    'vault.remove',
    (fields) => ({
      kind: 'remove',
      objects: fields.list(SHARD_WORDS_MAX, readObject, 1),
      isRemoved: fields.boolean(),
    }),
  ],
  ['vault.renew', (fields) => ({ kind: 'renew', untilMs: fields.uint() })],
  [
    'vault.grant',
    (fields) => ({ kind: 'grant', bytes: fields.uint(PLEDGE_BYTES_MAX), untilMs: fields.uint() }),
  ],
  [
    'vault.claim.read',
    (fields) => ({
      kind: 'claim',
      object: readObject(fields),
      shard: readShard(fields),
      untilMs: fields.uint(),
    }),
  ],
  ['vault.fault.read', readFault],
  [
    'vault.proven.read',
    (fields) => ({
      kind: 'proven',
      proofs: fields.list(PROOFS_PER_ENTRY_MAX, (item) => item.tuple(readProof), 1),
    }),
  ],
  [
    'vault.key',
    (fields) => ({ kind: 'key', sealedKeys: fields.bytesUpTo(CATALOG_KEY_BYTES_MAX, 1) }),
  ],
  [
    'vault.catalog',
    (fields) => ({
      kind: 'catalog',
      sealedOperations: fields.bytesUpTo(CATALOG_BATCH_BYTES_MAX, 1),
    }),
  ],
])

function readPledge(fields: FieldReader): Pledge {
  return {
    to: fields.id(),
    bytes: fields.uint(PLEDGE_BYTES_MAX),
    untilMs: fields.uint(),
    household: fields.text(HOUSEHOLD_BYTES_MAX),
  }
}

function readPlaced(fields: FieldReader): PlacedObject {
  const manifest = manifestFields(fields)
  const readPlace = (item: FieldReader): ShardPlace => {
    return { shard: item.uint(manifest.total - 1), device: item.id() }
  }
  const places = fields.list(OBJECT_SHARDS_MAX, (item) => item.tuple(readPlace))
  if (new Set(places.map(({ shard }) => shard)).size < places.length) {
    throw fields.refuse('a shard has two places')
  }
  return { manifest, places }
}

function readAssignment(fields: FieldReader): Assignment {
  return { object: readObject(fields), shard: readShard(fields), device: fields.id() }
}

function readHeld(fields: FieldReader): HeldShards {
  const object = readObject(fields)
  const shards = fields.list(OBJECT_SHARDS_MAX, readShard)
  if (shards.some((shard, at) => at > 0 && shard <= shards[at - 1]!)) {
    throw fields.refuse('expected ascending shards')
  }
  return { object, shards, why: HELD_REASONS[fields.uint(HELD_REASONS.length - 1)]! }
}

function readFault(fields: FieldReader): VaultContent {
  return {
    kind: 'fault',
    object: readObject(fields),
    shard: readShard(fields),
    device: fields.id(),
    fault: FAULTS[fields.uint(FAULTS.length - 1)]!,
    evidence: fields.bytesUpTo(EVIDENCE_BYTES_MAX),
  }
}

function readProof(fields: FieldReader): HolderProof {
  return {
    device: fields.id(),
    atMs: fields.uint(),
    answers: fields.uint(),
    failures: fields.uint(),
  }
}

function readObject(fields: FieldReader): ObjectId {
  return toObjectId(fields.bytes(OBJECT_ID_BYTES))
}

function readShard(fields: FieldReader): number {
  return fields.uint(OBJECT_SHARDS_MAX - 1)
}
