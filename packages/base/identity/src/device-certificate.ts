/**
 * Device certificates: a person says that a device is theirs, and the device says that it belongs to that person.
 *
 * Both sign the same facts. Without the person's signature anybody could join a person's name; without the device's
 * anybody could claim somebody else's device, and with it what that device wrote. The device's signature also vouches
 * for the prekey, which others seal epoch secrets to. The person's signature also vouches for the recovery key, the
 * public half of a key that the recovery words give: what is sealed to it opens when every device is lost.
 *
 * Format, a CBOR array of ten (worked examples in `docs/formats/identity.md`):
 *
 *     FIELD  CONTENT
 *     0      version, 2
 *     1      person, Ed25519 public key, 32 bytes
 *     2      device, Ed25519 public key, 32 bytes
 *     3      prekey, X25519 public key, 32 bytes
 *     4      serial of the prekey, unsigned 32-bit
 *     5      label, text of 1 to 200 bytes, or null
 *     6      created at, milliseconds since the Unix epoch, unsigned
 *     7      recovery key, X25519 public key, 32 bytes
 *     8      person's signature over fields 0 to 7 as a CBOR array, domain `device-certificate`, 64 bytes
 *     9      device's signature over version 1 and fields 1 to 6 as a CBOR array, domain `device-claim`, 64 bytes
 *
 * A device claims to be a person's before it knows their recovery key, so a claim has version 1 in any case. Version 1 of
 * the certificate is frozen: without field 7, an array of nine, both signatures over fields 0 to 6.
 *
 * Invariants:
 * 1. What is opened has canonical keys of full order and two valid signatures.
 * 2. Validity does not depend on a clock or on Unicode tables: the label is any UTF-8 within its length and has to be
 *    judged with `checkName` before it is shown.
 */

import { bytesToId, decodeFields, encodeCbor, err, idToBytes, NAME_BYTES_MAX } from '@hamlet/core'
import type {
  CborValue,
  Crypto,
  DeviceId,
  FieldReader,
  PersonId,
  Result,
  Signer,
} from '@hamlet/core'

import { SIGNATURE_BYTES } from './crypto-checks.ts'
import { signDomain, verifyDomain } from './domain.ts'
import { isStrictEd25519Point } from './ed25519-rules.ts'
import { CertificateError } from './errors.ts'
import { PREKEY_SERIAL_MAX } from './keys.ts'
import { isStrictX25519Key, X25519_KEY_BYTES } from './x25519-rules.ts'

export interface DeviceFacts {
  readonly person: PersonId
  readonly device: DeviceId
  /** X25519 public key, 32 bytes. */
  readonly prekey: Uint8Array
  readonly prekeySerial: number
  readonly label?: string | undefined
  readonly createdAtMs: number
}

/** A device's own half of its certificate: what a new device hands to one that holds the person's root key. */
export interface DeviceClaim extends DeviceFacts {
  readonly deviceSignature: Uint8Array
}

export interface DeviceCertificate extends DeviceClaim {
  /** X25519 public key of the person's recovery words, 32 bytes; not in version 1. */
  readonly recovery?: Uint8Array | undefined
  readonly personSignature: Uint8Array
}

export const DEVICE_CERTIFICATE_BYTES_MAX = 512

const CLAIM_VERSION = 1
const RECOVERY_VERSION = 2

/** The device signs that it belongs to `facts.person` and owns the prekey. */
export function claimDevice(device: Signer, facts: Omit<DeviceFacts, 'device'>): DeviceClaim {
  const all: DeviceFacts = { ...facts, device: bytesToId<DeviceId>(device.publicKey) }
  return { ...all, deviceSignature: signDomain(device, 'device-claim', signedBytes(all)) }
}

export function verifyDeviceClaim(crypto: Crypto, claim: DeviceClaim): boolean {
  const device = idToBytes(claim.device)
  return verifyDomain(crypto, device, 'device-claim', signedBytes(claim), claim.deviceSignature)
}

/**
 * The person signs a claim, which must have been verified and shown to them. `recovery`: the public key of the person's
 * words, 32 bytes; without it the certificate is of version 1.
 */
export function certifyDevice(
  root: Signer,
  claim: DeviceClaim,
  recovery?: Uint8Array,
): DeviceCertificate {
  const fields = encodeCbor(personFields({ ...claim, recovery }))
  const personSignature = signDomain(root, 'device-certificate', fields)
  return { ...claim, ...(recovery === undefined ? {} : { recovery }), personSignature }
}

/** A claim travels as the certificate without the person's signature: a CBOR array of eight. */
export function encodeDeviceClaim(claim: DeviceClaim): Uint8Array {
  return encodeCbor([...factFields(claim), claim.deviceSignature])
}

/** Decodes, checks the keys and verifies the device's signature. */
export function openDeviceClaim(
  crypto: Crypto,
  bytes: Uint8Array,
): Result<DeviceClaim, CertificateError> {
  const decoded = decodeWith(bytes, 'device claim', (fields): DeviceClaim => {
    fields.literal(CLAIM_VERSION)
    return { ...readFacts(fields), deviceSignature: fields.bytes(SIGNATURE_BYTES) }
  })
  if (!decoded.ok || verifyDeviceClaim(crypto, decoded.value)) return decoded
  return err(new CertificateError('CERTIFICATE_BAD_SIGNATURE', 'device claim: bad signature'))
}

export function encodeDeviceCertificate(certificate: DeviceCertificate): Uint8Array {
  const { personSignature, deviceSignature } = certificate
  return encodeCbor([...personFields(certificate), personSignature, deviceSignature])
}

/** Decodes, checks the keys and verifies both signatures. */
export function openDeviceCertificate(
  crypto: Crypto,
  bytes: Uint8Array,
): Result<DeviceCertificate, CertificateError> {
  const decoded = decodeDeviceCertificate(bytes)
  if (!decoded.ok || verifyDeviceCertificate(crypto, decoded.value)) return decoded
  return err(new CertificateError('CERTIFICATE_BAD_SIGNATURE', 'device certificate: bad signature'))
}

export function verifyDeviceCertificate(crypto: Crypto, certificate: DeviceCertificate): boolean {
  const person = idToBytes(certificate.person)
  const signed = encodeCbor(personFields(certificate))
  return (
    verifyDomain(crypto, person, 'device-certificate', signed, certificate.personSignature) &&
    verifyDeviceClaim(crypto, certificate)
  )
}

/** Decodes and checks the keys, not the signatures: for certificates that were opened before they were stored. */
export function decodeDeviceCertificate(
  bytes: Uint8Array,
): Result<DeviceCertificate, CertificateError> {
  return decodeWith(bytes, 'device certificate', (fields): DeviceCertificate => {
    const version = fields.int(CLAIM_VERSION, RECOVERY_VERSION)
    const facts = readFacts(fields)
    const isOld = version === CLAIM_VERSION
    return {
      ...facts,
      ...(isOld ? {} : { recovery: fields.bytes(X25519_KEY_BYTES) }),
      personSignature: fields.bytes(SIGNATURE_BYTES),
      deviceSignature: fields.bytes(SIGNATURE_BYTES),
    }
  })
}

function readFacts(fields: FieldReader): DeviceFacts {
  return {
    person: fields.id<PersonId>(),
    device: fields.id<DeviceId>(),
    prekey: fields.bytes(X25519_KEY_BYTES),
    prekeySerial: fields.uint(PREKEY_SERIAL_MAX),
    label: fields.optional(() => fields.text(NAME_BYTES_MAX, 1)),
    createdAtMs: fields.uint(),
  }
}

function decodeWith<T extends DeviceFacts>(
  bytes: Uint8Array,
  what: string,
  read: (fields: FieldReader) => T,
): Result<T, CertificateError> {
  const decoded = decodeFields(bytes, what, read, { bytesMax: DEVICE_CERTIFICATE_BYTES_MAX })
  if (!decoded.ok) {
    const { message } = decoded.error
    return err(new CertificateError('CERTIFICATE_MALFORMED', message, { cause: decoded.error }))
  }
  if (hasStrictKeys(decoded.value)) return decoded
  const message = `${what}: a key is not canonical or of small order`
  return err(new CertificateError('CERTIFICATE_BAD_KEY', message))
}

function hasStrictKeys(facts: DeviceFacts & Pick<DeviceCertificate, 'recovery'>): boolean {
  const { person, device, prekey, recovery } = facts
  return (
    isStrictEd25519Point(idToBytes(person)) &&
    isStrictEd25519Point(idToBytes(device)) &&
    isStrictX25519Key(prekey) &&
    (recovery === undefined || isStrictX25519Key(recovery))
  )
}

function signedBytes(facts: DeviceFacts): Uint8Array {
  return encodeCbor(factFields(facts))
}

/** What the person signs. */
function personFields(
  facts: DeviceFacts & Pick<DeviceCertificate, 'recovery'>,
): readonly CborValue[] {
  const fields = factFields(facts)
  if (facts.recovery === undefined) return fields
  return [RECOVERY_VERSION, ...fields.slice(1), facts.recovery]
}

/** What the device signs. */
function factFields(facts: DeviceFacts): readonly CborValue[] {
  return [
    CLAIM_VERSION,
    idToBytes(facts.person),
    idToBytes(facts.device),
    facts.prekey,
    facts.prekeySerial,
    facts.label ?? null,
    facts.createdAtMs,
  ]
}
