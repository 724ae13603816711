/**
 * The key of a person's catalog in one space: random, and sealed to whatever the person opens things with.
 *
 *     CBOR [1, key id 16 B, [replaced key id 16 B], [[recipient 32 B, enc 32 B, ciphertext 48 B] 1-65]]
 *
 * A recipient is an X25519 public key: the prekey of a device, or the recovery key that the 24 words give. The id is the first 16
 * bytes of SHA-256("hamlet/v1/vault-key-id\0" ‖ key). Each seal is HPKE with info "hamlet/v1/vault-key\0", space, person and key id as
 * associated data. The recovery words so read every catalog and write none: a new device gets keys of its own and
 * seals the catalog key to itself.
 *
 * Two devices may make a key at the same time, each before it heard of the other's. Both are kept for reading; all write under the one
 * with the lowest id. After a device was removed, a new key replaces all others: what is written from then on it cannot read.
 *
 * Invariants:
 * 1. A key is taken only if its id is that of its bytes.
 * 2. Which key is written with follows from the set of records, whatever order they came in.
 */

import {
  bytesToHex,
  concatBytes,
  decodeFields,
  encodeCbor,
  equalBytes,
  err,
  idToBytes,
  ok,
  utf8,
} from '@hamlet/core'
import type { CborValue, Crypto, FieldReader, Random, Result } from '@hamlet/core'
import { openSealed, sealTo, X25519_KEY_BYTES } from '@hamlet/identity'
import { catalogIdBytes, catalogIdField, CATALOG_ID_BYTES, toCatalogId } from './catalog-ids.ts'
import type { CatalogKeyId } from './catalog-ids.ts'
import { CATALOG_KEY_BYTES_MAX } from '../entries/limits.ts'
import { CatalogError } from './errors.ts'
import { KEY_REPLACES_MAX, KEY_SEALS_MAX } from './limits.ts'
import type { CatalogKey, CatalogScope } from './sealed-operations.ts'

export interface KeySeal {
  /** X25519 public key, 32 bytes. */
  readonly recipient: Uint8Array
  readonly enc: Uint8Array
  readonly ciphertext: Uint8Array
}

/** What one entry `vault.key` says. */
export interface VaultKeyRecord {
  readonly id: CatalogKeyId
  /** Not to be written with any more. */
  readonly replaces: readonly CatalogKeyId[]
  readonly seals: readonly KeySeal[]
}

const VERSION = 1
const KEY_BYTES = 32
const SEALED_KEY_BYTES = KEY_BYTES + 16
const INFO = utf8('hamlet/v1/vault-key\0')
const ID_DOMAIN = utf8('hamlet/v1/vault-key-id\0')

export function createVaultKey(crypto: Crypto, random: Random): CatalogKey {
  const key = random.bytes(KEY_BYTES)
  return { id: keyIdOf(crypto, key), key }
}

/** `recipients`: strict X25519 public keys, 1 to 65. A key that is there already may be sealed to further ones. */
export function sealVaultKey(
  crypto: Crypto,
  random: Random,
  scope: CatalogScope,
  { id, key }: CatalogKey,
  recipients: readonly Uint8Array[],
  replaces: readonly CatalogKeyId[] = [],
): VaultKeyRecord {
  const aad = aadOf(scope, id)
  const seals = recipients.map((recipient) => {
    return { recipient, ...sealTo(crypto, random, recipient, INFO, aad, key) }
  })
  return { id, replaces: replaces.toSorted(), seals }
}

export function encodeVaultKey({ id, replaces, seals }: VaultKeyRecord): Uint8Array {
  return encodeCbor([
    VERSION,
    catalogIdBytes(id),
    replaces.map(catalogIdBytes),
    seals.map(({ recipient, enc, ciphertext }): CborValue => [recipient, enc, ciphertext]),
  ])
}

export function decodeVaultKey(bytes: Uint8Array): Result<VaultKeyRecord, CatalogError> {
  const limits = { bytesMax: CATALOG_KEY_BYTES_MAX, depthMax: 4 }
  const decoded = decodeFields(bytes, 'key of a catalog', readRecord, limits)
  if (decoded.ok) return decoded
  const { message } = decoded.error
  return err(new CatalogError('VAULT_KEY_MALFORMED', message, { cause: decoded.error }))
}

/** The key, if one of these private keys opens it. `privateKeys`: all own prekeys, or the recovery key of the words. */
export function openVaultKey(
  crypto: Crypto,
  scope: CatalogScope,
  record: VaultKeyRecord,
  privateKeys: readonly Uint8Array[],
): Result<CatalogKey, CatalogError> {
  for (const privateKey of privateKeys) {
    const publicKey = crypto.agreementKey(privateKey)
    for (const seal of record.seals) {
      if (!equalBytes(seal.recipient, publicKey)) continue
      const key = openSealed(crypto, privateKey, seal, INFO, aadOf(scope, record.id))
      if (key !== undefined && keyIdOf(crypto, key) === record.id) return ok({ id: record.id, key })
    }
  }
  const text = 'a key of this catalog is not sealed to this device'
  return err(new CatalogError('VAULT_SEALED_UNREADABLE', text))
}

/** All that is known of the keys of one catalog. */
export class VaultKeyRing {
  readonly #keys = new Map<CatalogKeyId, CatalogKey>()
  readonly #replaced = new Set<CatalogKeyId>()
  readonly #recipients = new Map<CatalogKeyId, Set<string>>()

  /** A record of this person's, and the key if it opened; again and in any order. */
  add(record: VaultKeyRecord, key: CatalogKey | undefined): void {
    for (const id of record.replaces) if (id !== record.id) this.#replaced.add(id)
    const recipients = this.#recipients.get(record.id) ?? new Set()
    for (const { recipient } of record.seals) recipients.add(bytesToHex(recipient))
    this.#recipients.set(record.id, recipients)
    if (key !== undefined) this.#keys.set(key.id, key)
  }

  /** What to open a batch with. */
  get(id: CatalogKeyId): CatalogKey | undefined {
    return this.#keys.get(id)
  }

  get ids(): readonly CatalogKeyId[] {
    return [...this.#recipients.keys()].sort()
  }

  /** What to write under; `undefined`: there is none, or none that was sealed to this device. */
  get current(): CatalogKey | undefined {
    const id = this.currentId
    return id === undefined ? undefined : this.#keys.get(id)
  }

  /** The lowest that no other replaces; of nothing but replaced ones, which only a defect makes, the lowest. */
  get currentId(): CatalogKeyId | undefined {
    return this.ids.find((id) => !this.#replaced.has(id)) ?? this.ids[0]
  }

  /** To which of these a key is not sealed yet. */
  missing(id: CatalogKeyId, recipients: readonly Uint8Array[]): readonly Uint8Array[] {
    const known = this.#recipients.get(id)
    return recipients.filter((recipient) => known?.has(bytesToHex(recipient)) !== true)
  }
}

function readRecord(fields: FieldReader): VaultKeyRecord {
  fields.literal(VERSION)
  return {
    id: catalogIdField<CatalogKeyId>(fields),
    replaces: fields.list(KEY_REPLACES_MAX, (item) => catalogIdField<CatalogKeyId>(item)),
    seals: fields.list(KEY_SEALS_MAX, (item) => item.tuple(readSeal), 1),
  }
}

function readSeal(fields: FieldReader): KeySeal {
  return {
    recipient: fields.bytes(X25519_KEY_BYTES),
    enc: fields.bytes(X25519_KEY_BYTES),
    ciphertext: fields.bytes(SEALED_KEY_BYTES),
  }
}

function keyIdOf(crypto: Crypto, key: Uint8Array): CatalogKeyId {
  return toCatalogId(crypto.hash(ID_DOMAIN, key).subarray(0, CATALOG_ID_BYTES))
}

function aadOf({ space, person }: CatalogScope, id: CatalogKeyId): Uint8Array {
  return concatBytes(idToBytes(space), idToBytes(person), catalogIdBytes(id))
}
