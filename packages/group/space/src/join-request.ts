/**
 * Join requests: the paper a joiner hands to any member, who carries it into the log.
 *
 * It is signed by the invitation key (the joiner holds the link) and by the joiner's device (the joiner is who they
 * say), over space, invitation, person, certificate, nonce and name together. So it cannot be replayed for other keys,
 * another space or another invitation. Format: `docs/formats/invitation.md`.
 *
 * Invariants:
 * 1. `decodeJoinRequest` checks form only; `verifyJoinRequest` needs the invitation's public key from the history.
 * 2. The joiner's name is sealed with a key from the link: members who hold the epoch read it, relays do not.
 */

import { bytesToHex, decodeFields, encodeCbor, err, idToBytes } from '@hamlet/core'
import { NAME_BYTES_MAX, utf8 } from '@hamlet/core'
import type { CborValue, Crypto, EntryId, InviteId, PersonId, Random, Result } from '@hamlet/core'
import type { Signer, SpaceId } from '@hamlet/core'
import { openDeviceCertificate, signDomain, verifyDomain } from '@hamlet/identity'
import type { DeviceCertificate } from '@hamlet/identity'
import { CERTIFICATE_BYTES_MAX, REQUEST_BYTES_MAX } from './control-operation.ts'
import { SpaceError } from './errors.ts'

export const REQUEST_VERSION = 1
export const REQUEST_NONCE_BYTES = 16
export const SEALED_NAME_BYTES_MAX = 512

const SIGNATURE_BYTES = 64
const NAME_INFO = utf8('hamlet/v1/request-name\0')
const ZERO_NONCE = new Uint8Array(12)
const EMPTY = new Uint8Array(0)

export interface JoinRequestFacts {
  readonly space: SpaceId
  readonly invite: InviteId
  readonly person: PersonId
  /** Encoded device certificate. */
  readonly certificate: Uint8Array
  /** 16 random bytes. */
  readonly nonce: Uint8Array
  readonly sealedName: Uint8Array
}

export interface JoinRequest extends JoinRequestFacts {
  readonly inviteSignature: Uint8Array
  readonly deviceSignature: Uint8Array
  /** Hex of the nonce: the same for every copy of one paper. */
  readonly paper: string
}

export interface JoinRequestInput {
  readonly space: SpaceId
  readonly invite: InviteId
  readonly person: PersonId
  readonly certificate: Uint8Array
  readonly name: string
}

/** A new request with a fresh nonce, encoded. */
export function createJoinRequest(
  ports: { readonly crypto: Crypto; readonly random: Random },
  keys: { readonly inviteSigner: Signer; readonly requestKey: Uint8Array; readonly device: Signer },
  input: JoinRequestInput,
): Uint8Array {
  const { space, invite, person, certificate, name } = input
  const nonce = ports.random.bytes(REQUEST_NONCE_BYTES)
  const sealedName = sealRequestName(ports.crypto, keys.requestKey, nonce, name)
  const facts = { space, invite, person, certificate, nonce, sealedName }
  const signed = signedBytes(facts)
  return encodeCbor([
    ...factFields(facts),
    signDomain(keys.inviteSigner, 'join-request', signed),
    signDomain(keys.device, 'join-request', signed),
  ])
}

export function decodeJoinRequest(bytes: Uint8Array): Result<JoinRequest, SpaceError> {
  const decoded = decodeFields(
    bytes,
    'join request',
    (fields): JoinRequest => {
      fields.literal(REQUEST_VERSION)
      const facts = {
        space: fields.id<SpaceId>(),
        invite: fields.id<EntryId>(),
        person: fields.id<PersonId>(),
        certificate: fields.bytesUpTo(CERTIFICATE_BYTES_MAX),
        nonce: fields.bytes(REQUEST_NONCE_BYTES),
        sealedName: fields.bytesUpTo(SEALED_NAME_BYTES_MAX),
      }
      const inviteSignature = fields.bytes(SIGNATURE_BYTES)
      const deviceSignature = fields.bytes(SIGNATURE_BYTES)
      return { ...facts, inviteSignature, deviceSignature, paper: bytesToHex(facts.nonce) }
    },
    { bytesMax: REQUEST_BYTES_MAX },
  )
  if (decoded.ok) return decoded
  return err(
    new SpaceError('SPACE_REQUEST_MALFORMED', 'not a join request', { cause: decoded.error }),
  )
}

/** The certificate in the request, when it is valid and names the request's person. */
export function requestCertificate(
  crypto: Crypto,
  request: JoinRequest,
): DeviceCertificate | undefined {
  const opened = openDeviceCertificate(crypto, request.certificate)
  return opened.ok && opened.value.person === request.person ? opened.value : undefined
}

/** Whether both signatures hold: the invitation's and that of the device in `certificate`. */
export function verifyJoinRequest(
  crypto: Crypto,
  request: JoinRequest,
  certificate: DeviceCertificate,
  invitePublicKey: Uint8Array,
): boolean {
  const signed = signedBytes(request)
  const device = idToBytes(certificate.device)
  return (
    verifyDomain(crypto, invitePublicKey, 'join-request', signed, request.inviteSignature) &&
    verifyDomain(crypto, device, 'join-request', signed, request.deviceSignature)
  )
}

export function sealRequestName(
  crypto: Crypto,
  requestKey: Uint8Array,
  nonce: Uint8Array,
  name: string,
): Uint8Array {
  const plaintext = utf8(name)
  const key = crypto.hkdf(requestKey, nonce, NAME_INFO, 32)
  return crypto.encrypt('aes-256-gcm', key, ZERO_NONCE, plaintext, EMPTY)
}

/** The bytes of the name, or `undefined` when the key is another. */
export function openRequestName(
  crypto: Crypto,
  requestKey: Uint8Array,
  request: JoinRequest,
): Uint8Array | undefined {
  if (request.sealedName.length < 16 || request.sealedName.length > NAME_BYTES_MAX + 16)
    return undefined
  const key = crypto.hkdf(requestKey, request.nonce, NAME_INFO, 32)
  return crypto.decrypt('aes-256-gcm', key, ZERO_NONCE, request.sealedName, EMPTY)
}

function signedBytes(facts: JoinRequestFacts): Uint8Array {
  return encodeCbor(factFields(facts))
}

function factFields(facts: JoinRequestFacts): CborValue[] {
  const { space, invite, person, certificate, nonce, sealedName } = facts
  const ids = [idToBytes(space), idToBytes(invite), idToBytes(person)]
  return [REQUEST_VERSION, ...ids, certificate, nonce, sealedName]
}
