/**
 * What is said to prove that a shard is held, on the protocol `/hamlet/vault/1.0.0`: one canonical CBOR array a message.
 *
 *     MESSAGE    ARRAY                                                            ANSWERS
 *     leaves     [0, id, object 32 B, shard, nonce 32 B, leaves 1-8]
 *     whole      [1, id, object 32 B, shard, nonce 32 B]
 *     proof      [2, id, [[leaf, bytes 1-16,384, [hash 32 B ≤ 12]] 1-8]]          leaves
 *     tag        [3, id, tag 32 B]                                                whole
 *     no         [4, id, why: 0 missing, 1 busy, 2 unknown]                       both
 *
 * The id is the asker's, up to 2^32 - 1; an answer with another one is ignored. Worked example: `no` to 5, since the shard is missing, is
 * `83 04 05 00`.
 */

import { LEAF_BYTES } from '@hamlet/blobs'
import { decodeFields, encodeCbor } from '@hamlet/core'
import type { CborError, CborValue, FieldReader, Result } from '@hamlet/core'
import { OBJECT_SHARDS_MAX } from '../objects/limits.ts'
import { OBJECT_ID_BYTES, objectIdBytes, toObjectId } from '../objects/object-manifest.ts'
import type { ObjectId } from '../objects/object-manifest.ts'
import { CHALLENGE_LEAVES_MAX, LEAF_PATH_MAX } from './limits.ts'

export const VAULT_PROTOCOL = '/hamlet/vault/1.0.0'
export const NONCE_BYTES = 32
const HASH_BYTES = 32
const ID_MAX = 2 ** 32 - 1
/** Eight leaves with their paths, and a little. */
export const AUDIT_MESSAGE_BYTES_MAX = CHALLENGE_LEAVES_MAX * (LEAF_BYTES + 1024)

/** Why there is no answer: in this order on the wire. */
export const NO_REASONS = ['missing', 'busy', 'unknown'] as const
export type NoReason = (typeof NO_REASONS)[number]

export interface ProvenLeaf {
  readonly leaf: number
  readonly bytes: Uint8Array
  readonly path: readonly Uint8Array[]
}

interface Asked {
  readonly id: number
  readonly object: ObjectId
  readonly shard: number
  /** 32 bytes, fresh. */
  readonly nonce: Uint8Array
}

export type AuditMessage =
  | ({ readonly type: 'leaves'; readonly count: number } & Asked)
  | ({ readonly type: 'whole' } & Asked)
  | { readonly type: 'proof'; readonly id: number; readonly leaves: readonly ProvenLeaf[] }
  | { readonly type: 'tag'; readonly id: number; readonly tag: Uint8Array }
  | { readonly type: 'no'; readonly id: number; readonly why: NoReason }

const TYPES = ['leaves', 'whole', 'proof', 'tag', 'no'] as const

export function encodeAuditMessage(message: AuditMessage): Uint8Array {
  return encodeCbor([TYPES.indexOf(message.type), message.id, ...fieldsOf(message)])
}

export function decodeAuditMessage(bytes: Uint8Array): Result<AuditMessage, CborError> {
  return decodeFields(bytes, 'audit', readMessage, { bytesMax: AUDIT_MESSAGE_BYTES_MAX })
}

function fieldsOf(message: AuditMessage): readonly CborValue[] {
  switch (message.type) {
    case 'leaves':
      return [...askedFields(message), message.count]
    case 'whole':
      return askedFields(message)
    case 'proof':
      return [message.leaves.map(({ leaf, bytes, path }): CborValue => [leaf, bytes, [...path]])]
    case 'tag':
      return [message.tag]
    case 'no':
      return [NO_REASONS.indexOf(message.why)]
  }
}

function askedFields({ object, shard, nonce }: Asked): readonly CborValue[] {
  return [objectIdBytes(object), shard, nonce]
}

function readMessage(fields: FieldReader): AuditMessage {
  const type = TYPES[fields.uint(TYPES.length - 1)]!
  const id = fields.uint(ID_MAX)
  switch (type) {
    case 'leaves':
      return { type, id, ...readAsked(fields), count: fields.int(1, CHALLENGE_LEAVES_MAX) }
    case 'whole':
      return { type, id, ...readAsked(fields) }
    case 'proof': {
      const leaves = fields.list(CHALLENGE_LEAVES_MAX, (item) => item.tuple(readLeaf), 1)
      return { type, id, leaves }
    }
    case 'tag':
      return { type, id, tag: fields.bytes(HASH_BYTES) }
    case 'no':
      return { type, id, why: NO_REASONS[fields.uint(NO_REASONS.length - 1)]! }
  }
}

function readAsked(fields: FieldReader): Omit<Asked, 'id'> {
  return {
    object: toObjectId(fields.bytes(OBJECT_ID_BYTES)),
    shard: fields.uint(OBJECT_SHARDS_MAX - 1),
    nonce: fields.bytes(NONCE_BYTES),
  }
}

function readLeaf(fields: FieldReader): ProvenLeaf {
  return {
    leaf: fields.uint(ID_MAX),
    bytes: fields.bytesUpTo(LEAF_BYTES, 1),
    path: fields.list(LEAF_PATH_MAX, (item) => item.bytes(HASH_BYTES)),
  }
}
