/**
 * Keys of a person and of a device.
 *
 * A person is 32 bytes of entropy (24 recovery words). HKDF-SHA-256 with an empty salt makes from it
 *
 *     INFO                          KEY
 *     "hamlet/v1/person-root\0"     seed of the Ed25519 root key; its public half is the person's id
 *     "hamlet/v1/person-recovery\0" X25519 private key that epochs are also sealed to
 *
 * A device has a random Ed25519 seed, whose public half is the device's id and its libp2p peer, and X25519 prekeys with
 * rising serials, so that one can be replaced without a new device.
 *
 * Format of a signed prekey, a CBOR array of six:
 *
 *     FIELD  CONTENT
 *     0      version, 1
 *     1      device, 32 bytes
 *     2      X25519 public key, 32 bytes
 *     3      serial, unsigned; higher replaces lower
 *     4      created at, milliseconds since the Unix epoch
 *     5      signature of the device key over fields 0 to 4 as a CBOR array, domain `prekey`
 */

import { assert, bytesToId, decodeFields, encodeCbor, err, idToBytes, ok, utf8 } from '@hamlet/core'
import type { CborValue, Crypto, DeviceId, PersonId, Random, Result, Signer } from '@hamlet/core'

import { SIGNATURE_BYTES } from './crypto-checks.ts'
import { signDomain, verifyDomain } from './domain.ts'
import { isStrictEd25519Point } from './ed25519-rules.ts'
import { CertificateError } from './errors.ts'
import { ENTROPY_BYTES } from './words.ts'
import { isStrictX25519Key, X25519_KEY_BYTES } from './x25519-rules.ts'

export interface PersonKeys {
  readonly person: PersonId
  readonly rootSigner: Signer
  readonly recoveryPrivate: Uint8Array
  readonly recoveryPublic: Uint8Array
}

/** The private half of a prekey as its device keeps it. */
export interface PrekeySecret {
  readonly serial: number
  readonly privateKey: Uint8Array
  readonly createdAtMs: number
}

export interface SignedPrekey {
  readonly device: DeviceId
  readonly publicKey: Uint8Array
  readonly serial: number
  readonly createdAtMs: number
  readonly signature: Uint8Array
}

export const PREKEY_BYTES_MAX = 256
export const PREKEY_SERIAL_MAX = 2 ** 32 - 1

const PREKEY_VERSION = 1
const ROOT_INFO = utf8('hamlet/v1/person-root\0')
const RECOVERY_INFO = utf8('hamlet/v1/person-recovery\0')
const NO_SALT = new Uint8Array(0)

/** `entropy`: the 32 bytes behind the recovery words. */
export function derivePersonKeys(crypto: Crypto, entropy: Uint8Array): PersonKeys {
  assert(entropy.length === ENTROPY_BYTES, `a person's entropy has ${ENTROPY_BYTES} bytes`)
  const rootSigner = crypto.signer(crypto.hkdf(entropy, NO_SALT, ROOT_INFO, 32))
  const recoveryPrivate = crypto.hkdf(entropy, NO_SALT, RECOVERY_INFO, X25519_KEY_BYTES)
  return {
    person: bytesToId(rootSigner.publicKey),
    rootSigner,
    recoveryPrivate,
    recoveryPublic: crypto.agreementKey(recoveryPrivate),
  }
}

export function createPrekey(random: Random, serial: number, createdAtMs: number): PrekeySecret {
  assert(serial >= 0 && serial <= PREKEY_SERIAL_MAX, 'prekey serials are unsigned 32-bit')
  return { serial, privateKey: random.bytes(X25519_KEY_BYTES), createdAtMs }
}

/** The public half of a prekey, signed by its device. */
export function signPrekey(crypto: Crypto, device: Signer, prekey: PrekeySecret): SignedPrekey {
  const facts = {
    device: bytesToId<DeviceId>(device.publicKey),
    publicKey: crypto.agreementKey(prekey.privateKey),
    serial: prekey.serial,
    createdAtMs: prekey.createdAtMs,
  }
  return { ...facts, signature: signDomain(device, 'prekey', encodeCbor(prekeyFields(facts))) }
}

export function encodeSignedPrekey(prekey: SignedPrekey): Uint8Array {
  return encodeCbor([...prekeyFields(prekey), prekey.signature])
}

/** Decodes, checks both keys and verifies the signature. */
export function openSignedPrekey(
  crypto: Crypto,
  bytes: Uint8Array,
): Result<SignedPrekey, CertificateError> {
  const decoded = decodeSignedPrekey(bytes)
  if (!decoded.ok) return decoded
  const { device, signature } = decoded.value
  const signed = encodeCbor(prekeyFields(decoded.value))
  if (!verifyDomain(crypto, idToBytes(device), 'prekey', signed, signature)) {
    return err(new CertificateError('CERTIFICATE_BAD_SIGNATURE', 'prekey: bad signature'))
  }
  return decoded
}

export function decodeSignedPrekey(bytes: Uint8Array): Result<SignedPrekey, CertificateError> {
  const decoded = decodeFields(
    bytes,
    'prekey',
    (fields): SignedPrekey => {
      fields.literal(PREKEY_VERSION)
      return {
        device: fields.id<DeviceId>(),
        publicKey: fields.bytes(X25519_KEY_BYTES),
        serial: fields.uint(PREKEY_SERIAL_MAX),
        createdAtMs: fields.uint(),
        signature: fields.bytes(SIGNATURE_BYTES),
      }
    },
    { bytesMax: PREKEY_BYTES_MAX },
  )
  if (!decoded.ok) {
    const { message } = decoded.error
    return err(new CertificateError('CERTIFICATE_MALFORMED', message, { cause: decoded.error }))
  }
  const { device, publicKey } = decoded.value
  if (!isStrictEd25519Point(idToBytes(device)) || !isStrictX25519Key(publicKey)) {
    return err(
      new CertificateError(
        'CERTIFICATE_BAD_KEY',
        'prekey: a key is not canonical or of small order',
      ),
    )
  }
  return ok(decoded.value)
}

function prekeyFields(prekey: Omit<SignedPrekey, 'signature'>): readonly CborValue[] {
  return [
    PREKEY_VERSION,
    idToBytes(prekey.device),
    prekey.publicKey,
    prekey.serial,
    prekey.createdAtMs,
  ]
}
