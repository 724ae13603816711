/**
 * Batches of a catalog under the person's catalog key, as they stand in entries of a space.
 *
 *     OFFSET  SIZE  FIELD
 *     0       16    id of the key
 *     16      16    salt, random
 *     32      32    key commitment
 *     64      N     AES-256-GCM ciphertext, nonce of twelve zero bytes
 *     64 + N  16    tag
 *
 * `one-time key ‖ commitment = HKDF-SHA-256(catalog key, salt, info, 64)`, `info` is "hamlet/v1/vault-catalog\0" ‖ space ‖ person ‖ key id
 * and also the associated data. The one-time key is used once, so the constant nonce is safe, on a device restored
 * from a backup too. GCM does not commit to its key; the stored commitment does.
 *
 * Plaintext: L in four bytes, big-endian; L bytes of a batch; zeros up to the Padmé size of 4 + L.
 *
 * Invariants:
 * 1. What was sealed in one space, by one person, under one key opens nowhere else.
 * 2. One plaintext form per batch: padding of another size or not of zeros is refused.
 */

import { concatBytes, equalBytesConstantTime, err, idToBytes, utf8 } from '@hamlet/core'
import type { Crypto, PersonId, Random, Result, SpaceId } from '@hamlet/core'
import { padmeLength } from '@hamlet/space'
import { catalogIdBytes, CATALOG_ID_BYTES, toCatalogId } from './catalog-ids.ts'
import type { CatalogKeyId } from './catalog-ids.ts'
import { CatalogError } from './errors.ts'
import { BATCH_BYTES_MAX } from './limits.ts'
import type { CatalogOperation } from './operation.ts'
import { decodeOperations, encodeOperations } from './operations.ts'

/** Whose catalog it is, and where. */
export interface CatalogScope {
  readonly space: SpaceId
  readonly person: PersonId
}

/** 32 random bytes and what they are called. */
export interface CatalogKey {
  readonly id: CatalogKeyId
  readonly key: Uint8Array
}

const SALT_BYTES = 16
const COMMITMENT_BYTES = 32
const KEY_BYTES = 32
const TAG_BYTES = 16
const LENGTH_BYTES = 4
const HEAD_BYTES = CATALOG_ID_BYTES + SALT_BYTES + COMMITMENT_BYTES
const ZERO_NONCE = new Uint8Array(12)
const INFO = utf8('hamlet/v1/vault-catalog\0')
/** The largest sealed batch. */
export const SEALED_BATCH_BYTES_MAX =
  HEAD_BYTES + TAG_BYTES + padmeLength(LENGTH_BYTES + BATCH_BYTES_MAX)

/** @throws {@link CatalogError} `VAULT_BATCH_TOO_LARGE` */
export function sealOperations(
  crypto: Crypto,
  random: Random,
  scope: CatalogScope,
  key: CatalogKey,
  operations: readonly CatalogOperation[],
): Uint8Array {
  const info = infoOf(scope, key.id)
  const sealed = sealPadded(crypto, random, key.key, info, encodeOperations(operations))
  return concatBytes(catalogIdBytes(key.id), sealed)
}

/** Which key opens it, or `undefined` when it is too short to say. */
export function sealingKeyId(sealed: Uint8Array): CatalogKeyId | undefined {
  if (sealed.length < HEAD_BYTES) return undefined
  return toCatalogId<CatalogKeyId>(sealed.subarray(0, CATALOG_ID_BYTES))
}

export function openOperations(
  crypto: Crypto,
  scope: CatalogScope,
  key: CatalogKey,
  sealed: Uint8Array,
): Result<readonly CatalogOperation[], CatalogError> {
  if (sealed.length > SEALED_BATCH_BYTES_MAX) return unreadable(`${sealed.length} bytes`)
  if (sealingKeyId(sealed) !== key.id) return unreadable('another key')
  const opened = openPadded(
    crypto,
    key.key,
    infoOf(scope, key.id),
    sealed.subarray(CATALOG_ID_BYTES),
  )
  return opened === undefined ? unreadable('tag, commitment or padding') : decodeOperations(opened)
}

/** Salt, commitment, ciphertext and tag of `content`, padded, under a key that is used for nothing else. */
export function sealPadded(
  crypto: Crypto,
  random: Random,
  secret: Uint8Array,
  info: Uint8Array,
  content: Uint8Array,
): Uint8Array {
  const salt = random.bytes(SALT_BYTES)
  const { key, commitment } = oneTimeKey(crypto, secret, salt, info)
  const ciphertext = crypto.encrypt('aes-256-gcm', key, ZERO_NONCE, pad(content), info)
  return concatBytes(salt, commitment, ciphertext)
}

/** The content of {@link sealPadded}, or `undefined` when anything about it is not what was sealed. */
export function openPadded(
  crypto: Crypto,
  secret: Uint8Array,
  info: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < SALT_BYTES + COMMITMENT_BYTES + TAG_BYTES) return undefined
  const { key, commitment } = oneTimeKey(crypto, secret, sealed.subarray(0, SALT_BYTES), info)
  const stored = sealed.subarray(SALT_BYTES, SALT_BYTES + COMMITMENT_BYTES)
  if (!equalBytesConstantTime(commitment, stored)) return undefined
  const ciphertext = sealed.subarray(SALT_BYTES + COMMITMENT_BYTES)
  const padded = crypto.decrypt('aes-256-gcm', key, ZERO_NONCE, ciphertext, info)
  return padded === undefined ? undefined : unpad(padded)
}

function infoOf({ space, person }: CatalogScope, key: CatalogKeyId): Uint8Array {
  return concatBytes(INFO, idToBytes(space), idToBytes(person), catalogIdBytes(key))
}

function oneTimeKey(
  crypto: Crypto,
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
): { readonly key: Uint8Array; readonly commitment: Uint8Array } {
  const derived = crypto.hkdf(secret, salt, info, KEY_BYTES + COMMITMENT_BYTES)
  return { key: derived.subarray(0, KEY_BYTES), commitment: derived.subarray(KEY_BYTES) }
}

function pad(content: Uint8Array): Uint8Array {
  const padded = new Uint8Array(padmeLength(LENGTH_BYTES + content.length))
  new DataView(padded.buffer).setUint32(0, content.length)
  padded.set(content, LENGTH_BYTES)
  return padded
}

function unpad(padded: Uint8Array): Uint8Array | undefined {
  if (padded.length < LENGTH_BYTES) return undefined
  const view = new DataView(padded.buffer, padded.byteOffset, padded.byteLength)
  const end = LENGTH_BYTES + view.getUint32(0)
  if (end > padded.length || padmeLength(end) !== padded.length) return undefined
  for (let i = end; i < padded.length; i++) if (padded[i] !== 0) return undefined
  return padded.subarray(LENGTH_BYTES, end)
}

function unreadable(message: string): Result<never, CatalogError> {
  const text = `operations of a catalog do not open: ${message}`
  return err(new CatalogError('VAULT_SEALED_UNREADABLE', text))
}
