/**
 * What everybody may know of an object: how it was coded, and the Merkle root of each shard. Whoever has this checks any shard, and
 * any shard made again, without a key and without trusting who made it.
 *
 * The id is SHA-256 over "hamlet/v1/vault-object\0" and the canonical CBOR of
 *
 *     FIELD  CONTENT
 *     0      k, 1 or more
 *     1      n, k to 64
 *     2      bytes of the sealed object, 1 to 67,108,864
 *     3      roots of the shards, n times 32 bytes, one after the other
 *
 * so the same id is the same bytes on every device, and nobody chooses one. Since each object is sealed under a random key, nobody
 * who lacks its bytes can make one with the same id either.
 */

import { ROOT_BYTES } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { assert, bytesToHex, concatBytes, encodeCbor, hexToBytes, utf8 } from '@hamlet/core'
import type { CborValue, Crypto, FieldReader } from '@hamlet/core'
import { OBJECT_CIPHER_BYTES_MAX, OBJECT_SHARDS_MAX } from './limits.ts'
import { shardBytesOf } from './object-shape.ts'
import type { ObjectShape } from './object-shape.ts'

declare const brand: unique symbol

/** 64 lower-case hex digits. */
export type ObjectId = string & { readonly [brand]: 'vault-object' }

export interface ObjectManifest extends ObjectShape {
  /** Of each shard, as a blob. */
  readonly roots: readonly Uint8Array[]
}

export const OBJECT_ID_BYTES = 32
const DOMAIN = utf8('hamlet/v1/vault-object\0')

export function objectIdOf(crypto: Crypto, manifest: ObjectManifest): ObjectId {
  return bytesToHex(crypto.hash(DOMAIN, encodeCbor(manifestValue(manifest)))) as ObjectId
}

export function objectIdBytes(id: ObjectId): Uint8Array {
  return hexToBytes(id)
}

export function toObjectId(bytes: Uint8Array): ObjectId {
  assert(bytes.length === OBJECT_ID_BYTES, `an object's id has ${OBJECT_ID_BYTES} bytes`)
  return bytesToHex(bytes) as ObjectId
}

/** The name of shard `index`, by which it is fetched and checked. */
export function shardBlob(manifest: ObjectManifest, index: number): BlobId {
  const root = manifest.roots[index]
  assert(root !== undefined, `shard ${index} of ${manifest.total}`)
  return { root, sizeBytes: shardBytesOf(manifest) }
}

export function manifestValue({ needed, total, cipherBytes, roots }: ObjectManifest): CborValue {
  return [needed, total, cipherBytes, concatBytes(...roots)]
}

/** The inverse of {@link manifestValue}, of one that came from others. */
export function manifestFields(fields: FieldReader): ObjectManifest {
  const needed = fields.int(1, OBJECT_SHARDS_MAX)
  const total = fields.int(needed, OBJECT_SHARDS_MAX)
  const cipherBytes = fields.int(1, OBJECT_CIPHER_BYTES_MAX)
  const joined = fields.bytes(total * ROOT_BYTES)
  const roots = Array.from({ length: total }, (_, index) =>
    joined.slice(index * ROOT_BYTES, (index + 1) * ROOT_BYTES),
  )
  return { needed, total, cipherBytes, roots }
}
