/**
 * The epoch secrets this device knows, on its disk, under a key of its own.
 *
 * Seals open with a prekey, and prekeys are thrown away after a while so that a stolen device cannot open what was sealed
 * to it long ago. What the device has opened by then it must not lose. The key is derived from a signature that only
 * this device can make, which Ed25519 makes the same each time (RFC 8032): whoever cannot open the key file cannot read
 * this file either.
 *
 * File `secrets`, replaced as a whole:
 *
 *     OFFSET  SIZE  FIELD
 *     0       1     version, 2
 *     1       12    nonce, random
 *     13      n+16  AES-256-GCM of a CBOR array of three, then the tag; additional data: byte 0 and the space's id
 *
 *     INDEX  FIELD
 *     0      secrets: array of `[epoch 32 B, secret 32 B]`, epochs ascending
 *     1      what the space can be found by of epochs whose secret was forgotten: array of `[epoch 32 B, 32 B]`, ascending
 *     2      prekeys of this space alone: array of `[serial, X25519 private key 32 B, made at (ms)]`, newest first
 *
 * Version 1 has the first of the three in place of the array. Losing the file loses what was sealed to prekeys that are
 * gone, and to those of this space alone.
 */

import { concatBytes, decodeFields, encodeCbor, idToBytes, utf8 } from '@hamlet/core'
import type { EpochId, FieldReader, SpaceId } from '@hamlet/core'
import { PREKEY_SERIAL_MAX, signDomain } from '@hamlet/identity'
import type { PrekeySecret } from '@hamlet/identity'
import { EPOCH_SECRET_BYTES } from './epochs.ts'
import type { SpaceIdentity, SpacePorts } from './space-ports.ts'

export const SECRETS_FILE = 'secrets'
/** Prekeys of one space that are kept: the newest, and those it replaced lately. */
export const SPACE_PREKEYS_MAX = 8

const OLD_VERSION = 1
const VERSION = 2
const NONCE_BYTES = 12
const HEADER_BYTES = 1 + NONCE_BYTES
const SECRETS_MAX = 100_000
const KEY_INFO = utf8('hamlet/v1/epoch-store\0')
const EMPTY = new Uint8Array(0)

type Ports = Pick<SpacePorts, 'disk' | 'crypto' | 'random'>
type SecretPair = readonly [EpochId, Uint8Array]

export interface StoredSecrets {
  readonly secrets: readonly SecretPair[]
  /** Discovery secrets of epochs whose secret was forgotten. */
  readonly discovery: readonly SecretPair[]
  /** Newest first. */
  readonly prekeys: readonly PrekeySecret[]
}

const NOTHING: StoredSecrets = { secrets: [], discovery: [], prekeys: [] }

export class SecretStore {
  readonly #ports: Ports
  readonly #space: Uint8Array
  readonly #key: Uint8Array

  constructor(ports: Ports, space: SpaceId, { deviceSigner }: Pick<SpaceIdentity, 'deviceSigner'>) {
    this.#ports = ports
    this.#space = idToBytes(space)
    const signature = signDomain(deviceSigner, 'epoch-store', this.#space)
    this.#key = ports.crypto.hkdf(signature, EMPTY, KEY_INFO, 32)
  }

  /** Nothing when there is no such file, or it is damaged. */
  async read(): Promise<StoredSecrets> {
    const bytes = await this.#ports.disk.readAll(SECRETS_FILE)
    const version = bytes?.[0]
    if (bytes === undefined || bytes.length < HEADER_BYTES) return NOTHING
    if (version !== VERSION && version !== OLD_VERSION) return NOTHING
    const nonce = bytes.slice(1, HEADER_BYTES)
    const { crypto } = this.#ports
    const sealed = bytes.slice(HEADER_BYTES)
    const opened = crypto.decrypt('aes-256-gcm', this.#key, nonce, sealed, this.#aad(version))
    if (opened === undefined) return NOTHING
    const limits = { bytesMax: opened.length + 1, itemsMax: 6 * SECRETS_MAX + 100 }
    const wrapped = concatBytes(Uint8Array.of(0x81), opened)
    const decoded = decodeFields(
      wrapped,
      'secrets',
      (fields): StoredSecrets => {
        if (version === OLD_VERSION) return { ...NOTHING, secrets: readPairs(fields) }
        return fields.tuple(readStored)
      },
      limits,
    )
    return decoded.ok ? decoded.value : NOTHING
  }

  async write({ secrets, discovery, prekeys }: StoredSecrets): Promise<void> {
    const { crypto, random, disk } = this.#ports
    const nonce = random.bytes(NONCE_BYTES)
    const plain = encodeCbor([
      secrets.map(([epoch, secret]) => [idToBytes(epoch), secret]),
      discovery.map(([epoch, secret]) => [idToBytes(epoch), secret]),
      prekeys.map(({ serial, privateKey, createdAtMs }) => [serial, privateKey, createdAtMs]),
    ])
    const sealed = crypto.encrypt('aes-256-gcm', this.#key, nonce, plain, this.#aad(VERSION))
    await disk.write(SECRETS_FILE, concatBytes(Uint8Array.of(VERSION), nonce, sealed))
  }

  #aad(version: number): Uint8Array {
    return concatBytes(Uint8Array.of(version), this.#space)
  }
}

function readStored(fields: FieldReader): StoredSecrets {
  return {
    secrets: readPairs(fields),
    discovery: readPairs(fields),
    prekeys: fields.list(SPACE_PREKEYS_MAX, (items) =>
      items.tuple((prekey) => ({
        serial: prekey.uint(PREKEY_SERIAL_MAX),
        privateKey: prekey.bytes(32),
        createdAtMs: prekey.uint(),
      })),
    ),
  }
}

function readPairs(fields: FieldReader): SecretPair[] {
  return fields.list(SECRETS_MAX, (items) =>
    items.tuple((pair) => [pair.id<EpochId>(), pair.bytes(EPOCH_SECRET_BYTES)] as const),
  )
}
