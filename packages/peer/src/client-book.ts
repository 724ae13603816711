/**
 * The API clients this device certified for its person, and those it knows to be revoked. A small file replaced
 * atomically at every change.
 *
 * A CBOR array: version 1; certificates (array of bytes, see `docs/formats/identity.md`), oldest first; revoked (array
 * of `[public key, at ms]`), oldest first.
 *
 * Invariant: `update` resolves when the change is durable; a crash leaves the file before or after it.
 */

import { bytesToHex, decodeFields, encodeCbor } from '@hamlet/core'
import type { CborError, Disk, FieldReader, Result } from '@hamlet/core'
import { CLIENT_CERTIFICATE_BYTES_MAX } from '@hamlet/identity'
import { PeerError } from './errors.ts'

/** Certificates made on one device, and revocations remembered there. */
export const CLIENTS_MAX = 1_000

const CLIENTS_FILE = 'clients'
const VERSION = 1
const PUBLIC_KEY_BYTES_MIN = 32
const PUBLIC_KEY_BYTES_MAX = 65
const BYTES_MAX = 1024 * 1024

export interface RevokedClient {
  readonly publicKey: Uint8Array
  readonly atMs: number
}

export interface KnownClients {
  readonly certificates: readonly Uint8Array[]
  readonly revoked: readonly RevokedClient[]
}

export class ClientBook {
  readonly #disk: Disk
  #clients: KnownClients
  #writing: Promise<void> = Promise.resolve()

  private constructor(disk: Disk, clients: KnownClients) {
    this.#disk = disk
    this.#clients = clients
  }

  /** @throws PeerError `CLIENTS_CORRUPT` */
  static async open(disk: Disk): Promise<ClientBook> {
    const bytes = await disk.readAll(CLIENTS_FILE)
    if (bytes === undefined) return new ClientBook(disk, { certificates: [], revoked: [] })
    const decoded = decodeKnownClients(bytes)
    if (decoded.ok) return new ClientBook(disk, decoded.value)
    throw new PeerError('CLIENTS_CORRUPT', 'The file of certified clients is damaged.', {
      cause: decoded.error,
    })
  }

  get value(): KnownClients {
    return this.#clients
  }

  isRevoked(publicKey: Uint8Array): boolean {
    const hex = bytesToHex(publicKey)
    return this.#clients.revoked.some((each) => bytesToHex(each.publicKey) === hex)
  }

  /** @throws PeerError `CLIENTS_FULL` */
  async certified(certificate: Uint8Array): Promise<void> {
    const { certificates } = this.#clients
    if (certificates.length >= CLIENTS_MAX) throw full()
    await this.#update({ certificates: [...certificates, certificate] })
  }

  /** @throws PeerError `CLIENTS_FULL` */
  async revoke(publicKey: Uint8Array, atMs: number): Promise<void> {
    if (this.isRevoked(publicKey)) return
    const { revoked } = this.#clients
    if (revoked.length >= CLIENTS_MAX) throw full()
    await this.#update({ revoked: [...revoked, { publicKey, atMs }] })
  }

  async #update(change: Partial<KnownClients>): Promise<void> {
    this.#clients = { ...this.#clients, ...change }
    const write = this.#writing.then(() =>
      this.#disk.write(CLIENTS_FILE, encodeKnownClients(this.#clients)),
    )
    this.#writing = write.catch(() => undefined)
    await write
  }
}

export function encodeKnownClients({ certificates, revoked }: KnownClients): Uint8Array {
  const pairs = revoked.map(({ publicKey, atMs }) => [publicKey, atMs])
  return encodeCbor([VERSION, [...certificates], pairs])
}

export function decodeKnownClients(bytes: Uint8Array): Result<KnownClients, CborError> {
  const limits = { bytesMax: BYTES_MAX, itemsMax: 8 * CLIENTS_MAX }
  return decodeFields(
    bytes,
    'clients',
    (fields) => {
      fields.literal(VERSION)
      return {
        certificates: fields.list(CLIENTS_MAX, (item) =>
          item.bytesUpTo(CLIENT_CERTIFICATE_BYTES_MAX, 1),
        ),
        revoked: fields.list(CLIENTS_MAX, (item) => item.tuple(readRevoked)),
      }
    },
    limits,
  )
}

function readRevoked(fields: FieldReader): RevokedClient {
  return {
    publicKey: fields.bytesUpTo(PUBLIC_KEY_BYTES_MAX, PUBLIC_KEY_BYTES_MIN),
    atMs: fields.uint(),
  }
}

function full(): PeerError {
  return new PeerError('CLIENTS_FULL', `This device remembers at most ${CLIENTS_MAX} clients.`)
}
