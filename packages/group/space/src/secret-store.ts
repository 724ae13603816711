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
 *     0       1     version, 1
 *     1       12    nonce, random
 *     13      n+16  AES-256-GCM of a CBOR array of `[epoch 32 B, secret 32 B]`, epochs ascending, then the tag;
 *                   additional data: byte 0 and the space's id
 *
 * Losing the file loses only what was sealed to prekeys that are gone.
 */

import { concatBytes, decodeFields, encodeCbor, idToBytes, utf8 } from '@hamlet/core'
import type { EpochId, SpaceId } from '@hamlet/core'
import { signDomain } from '@hamlet/identity'
import { EPOCH_SECRET_BYTES } from './epochs.ts'
import type { SpaceIdentity, SpacePorts } from './space-ports.ts'

export const SECRETS_FILE = 'secrets'
const VERSION = 1
const NONCE_BYTES = 12
const HEADER_BYTES = 1 + NONCE_BYTES
const SECRETS_MAX = 100_000
const KEY_INFO = utf8('hamlet/v1/epoch-store\0')
const EMPTY = new Uint8Array(0)

type Ports = Pick<SpacePorts, 'disk' | 'crypto' | 'random'>

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
  async read(): Promise<ReadonlyMap<EpochId, Uint8Array>> {
    const bytes = await this.#ports.disk.readAll(SECRETS_FILE)
    if (bytes === undefined || bytes.length < HEADER_BYTES || bytes[0] !== VERSION) return new Map()
    const nonce = bytes.slice(1, HEADER_BYTES)
    const { crypto } = this.#ports
    const sealed = bytes.slice(HEADER_BYTES)
    const opened = crypto.decrypt('aes-256-gcm', this.#key, nonce, sealed, this.#aad())
    if (opened === undefined) return new Map()
    const limits = { bytesMax: opened.length + 1, itemsMax: 3 * SECRETS_MAX + 2 }
    const decoded = decodeFields(
      concatBytes(Uint8Array.of(0x81), opened),
      'secrets',
      (fields) =>
        fields.list(SECRETS_MAX, (items) =>
          items.tuple((pair) => [pair.id<EpochId>(), pair.bytes(EPOCH_SECRET_BYTES)] as const),
        ),
      limits,
    )
    return new Map(decoded.ok ? decoded.value : [])
  }

  async write(secrets: readonly (readonly [EpochId, Uint8Array])[]): Promise<void> {
    const { crypto, random, disk } = this.#ports
    const nonce = random.bytes(NONCE_BYTES)
    const plain = encodeCbor(secrets.map(([epoch, secret]) => [idToBytes(epoch), secret]))
    const sealed = crypto.encrypt('aes-256-gcm', this.#key, nonce, plain, this.#aad())
    await disk.write(SECRETS_FILE, concatBytes(Uint8Array.of(VERSION), nonce, sealed))
  }

  #aad(): Uint8Array {
    return concatBytes(Uint8Array.of(VERSION), this.#space)
  }
}
