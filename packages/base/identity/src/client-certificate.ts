/**
 * Client certificates: a person lets an API client sign operations in their name with a key of its own.
 *
 * The key is Ed25519, or ECDSA P-256 so that a browser can hold it in WebCrypto without being able to export it. What
 * the client signs is carried in the log of a device and counts as the person's. P-256 signatures are accepted with
 * either S, as WebCrypto makes them, so the bytes of a signature must never serve as an identifier.
 *
 * Format, a CBOR array of eight (frozen since v1, worked example in `docs/formats/identity.md`):
 *
 *     FIELD  CONTENT
 *     0      version, 1
 *     1      person, Ed25519 public key, 32 bytes
 *     2      algorithm, "ed25519" or "p256"
 *     3      public key: 32 bytes, or an uncompressed point of 65 bytes
 *     4      label, text of 1 to 200 bytes, or null
 *     5      created at, milliseconds since the Unix epoch
 *     6      expires at, milliseconds since the Unix epoch, or null
 *     7      person's signature over fields 0 to 6 as a CBOR array, domain `client-certificate`, 64 bytes
 *
 * A signed operation is any bytes with a signature of 64 bytes over the domain `client-operation` and those bytes.
 * Expiry is compared with the time of the entry that carries the operation, not with a clock, so that every device
 * decides alike.
 */

import { decodeFields, encodeCbor, err, idToBytes, NAME_BYTES_MAX, ok } from '@hamlet/core'
import type { CborValue, Crypto, FieldReader, PersonId, Result, Signer } from '@hamlet/core'

import { isP256Point, P256_POINT_BYTES, SIGNATURE_BYTES } from './crypto-checks.ts'
import { domainMessage, signDomain, verifyDomain } from './domain.ts'
import { ED25519_POINT_BYTES, isStrictEd25519Point } from './ed25519-rules.ts'
import { CertificateError } from './errors.ts'

export type ClientAlgorithm = 'ed25519' | 'p256'

export interface ClientFacts {
  readonly person: PersonId
  readonly algorithm: ClientAlgorithm
  /** 32 bytes for Ed25519, an uncompressed point of 65 bytes for P-256. */
  readonly publicKey: Uint8Array
  readonly label?: string | undefined
  readonly createdAtMs: number
  readonly expiresAtMs?: number | undefined
}

export interface ClientCertificate extends ClientFacts {
  readonly personSignature: Uint8Array
}

export const CLIENT_CERTIFICATE_BYTES_MAX = 512

const VERSION = 1
const PUBLIC_KEY_BYTES: Readonly<Record<ClientAlgorithm, number>> = {
  ed25519: ED25519_POINT_BYTES,
  p256: P256_POINT_BYTES,
}

/** `root` must be the signer of `facts.person`. */
export function certifyClient(root: Signer, facts: ClientFacts): ClientCertificate {
  return { ...facts, personSignature: signDomain(root, 'client-certificate', signedBytes(facts)) }
}

export function encodeClientCertificate(certificate: ClientCertificate): Uint8Array {
  return encodeCbor([...factFields(certificate), certificate.personSignature])
}

/** Decodes, checks the keys and verifies the person's signature. */
export function openClientCertificate(
  crypto: Crypto,
  bytes: Uint8Array,
): Result<ClientCertificate, CertificateError> {
  const decoded = decodeClientCertificate(bytes)
  if (!decoded.ok || verifyClientCertificate(crypto, decoded.value)) return decoded
  return err(new CertificateError('CERTIFICATE_BAD_SIGNATURE', 'client certificate: bad signature'))
}

export function verifyClientCertificate(crypto: Crypto, certificate: ClientCertificate): boolean {
  const person = idToBytes(certificate.person)
  const signed = signedBytes(certificate)
  return verifyDomain(crypto, person, 'client-certificate', signed, certificate.personSignature)
}

/** Whether the client of an opened certificate signed `operation` by the time `atMs` of the entry carrying it. */
export function verifyClientOperation(
  crypto: Crypto,
  certificate: ClientCertificate,
  operation: Uint8Array,
  signature: Uint8Array,
  atMs: number,
): boolean {
  if (certificate.expiresAtMs !== undefined && atMs >= certificate.expiresAtMs) return false
  const message = domainMessage('client-operation', operation)
  return certificate.algorithm === 'ed25519'
    ? crypto.verify(certificate.publicKey, message, signature)
    : crypto.verifyP256(certificate.publicKey, message, signature)
}

/** Decodes and checks the keys, not the signature. */
export function decodeClientCertificate(
  bytes: Uint8Array,
): Result<ClientCertificate, CertificateError> {
  const decoded = decodeFields(bytes, 'client certificate', readCertificate, {
    bytesMax: CLIENT_CERTIFICATE_BYTES_MAX,
  })
  if (!decoded.ok) {
    const { message } = decoded.error
    return err(new CertificateError('CERTIFICATE_MALFORMED', message, { cause: decoded.error }))
  }
  return hasStrictKeys(decoded.value)
    ? ok(decoded.value)
    : err(
        new CertificateError(
          'CERTIFICATE_BAD_KEY',
          'client certificate: a key is not canonical or of small order',
        ),
      )
}

function readCertificate(fields: FieldReader): ClientCertificate {
  fields.literal(VERSION)
  const person = fields.id<PersonId>()
  const algorithm = fields.oneOf<ClientAlgorithm>(['ed25519', 'p256'])
  return {
    person,
    algorithm,
    publicKey: fields.bytes(PUBLIC_KEY_BYTES[algorithm]),
    label: fields.optional(() => fields.text(NAME_BYTES_MAX, 1)),
    createdAtMs: fields.uint(),
    expiresAtMs: fields.optional(() => fields.uint()),
    personSignature: fields.bytes(SIGNATURE_BYTES),
  }
}

/** Whether a P-256 point lies on its curve shows when a signature is verified. */
function hasStrictKeys({ person, algorithm, publicKey }: ClientFacts): boolean {
  const isKeyStrict =
    algorithm === 'ed25519' ? isStrictEd25519Point(publicKey) : isP256Point(publicKey)
  return isKeyStrict && isStrictEd25519Point(idToBytes(person))
}

function signedBytes(facts: ClientFacts): Uint8Array {
  return encodeCbor(factFields(facts))
}

function factFields(facts: ClientFacts): readonly CborValue[] {
  return [
    VERSION,
    idToBytes(facts.person),
    facts.algorithm,
    facts.publicKey,
    facts.label ?? null,
    facts.createdAtMs,
    facts.expiresAtMs ?? null,
  ]
}
