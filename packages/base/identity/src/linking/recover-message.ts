/**
 * The messages of the recovery protocol, `/hamlet/recover/1`: a person's device asks another device for their spaces.
 *
 * Before anything is named, both sides show each other that they know the person: a tag is an HMAC under the person's id
 * over both nonces and both devices, so a stranger on the local network learns nothing and a recorded tag is worth
 * nothing on another connection. Tables: `docs/formats/linking.md`.
 *
 *     ask tag   = HMAC-SHA-256(person, "hamlet/v1/recover-ask\0" ‖ nonces ‖ devices)
 *     known tag = HMAC-SHA-256(person, "hamlet/v1/recover-known\0" ‖ nonces ‖ devices)
 *     signed    = nonces ‖ devices ‖ SHA-256(certificate), domain `device-recover`
 *     where nonces = asker's ‖ helper's, devices = asker ‖ helper
 *
 * A ticket is sealed (HPKE) to the prekey in the asker's certificate with info `"hamlet/v1/recover-ticket\0" ‖ nonces ‖
 * devices`, so that it opens for the certified device alone.
 */

import { concatBytes, decodeFields, encodeCbor, hexToBytes, idToBytes, utf8 } from '@hamlet/core'
import type {
  CborError,
  CborValue,
  Crypto,
  DeviceId,
  FieldReader,
  PersonId,
  Result,
} from '@hamlet/core'

import { SIGNATURE_BYTES } from '../crypto-checks.ts'
import { DEVICE_CERTIFICATE_BYTES_MAX } from '../device-certificate.ts'
import { SEAL_OVERHEAD_BYTES } from '../hpke.ts'
import { X25519_KEY_BYTES } from '../x25519-rules.ts'
import { TICKET_BYTES_MAX, TICKETS_MAX } from './meeting-ticket.ts'

export const RECOVER_PROTOCOL = '/hamlet/recover/1'
export const RECOVER_VERSION = 1
export const RECOVER_NONCE_BYTES = 32

export type RecoverMessage =
  /** Each side's first. */
  | { readonly kind: 'hello'; readonly nonce: Uint8Array }
  /** Asker: the person meant, for who knows them. */
  | { readonly kind: 'ask'; readonly tag: Uint8Array }
  /** Helper: the person is a member of a space here. */
  | { readonly kind: 'known'; readonly tag: Uint8Array }
  /** Helper: no space here is that person's, or this device may not be helped. Nothing follows. */
  | { readonly kind: 'unknown' }
  /** Asker: the certificate, and a signature by the device in it. */
  | { readonly kind: 'proof'; readonly certificate: Uint8Array; readonly signature: Uint8Array }
  | { readonly kind: 'ticket'; readonly enc: Uint8Array; readonly ciphertext: Uint8Array }
  /** Helper: that were all of them. */
  | { readonly kind: 'end'; readonly ticketCount: number }

/** What both sides know once the nonces are exchanged. */
export interface RecoverContext {
  readonly asker: DeviceId
  readonly helper: DeviceId
  readonly askerNonce: Uint8Array
  readonly helperNonce: Uint8Array
}

const KINDS = ['hello', 'ask', 'known', 'unknown', 'proof', 'ticket', 'end'] as const
const TAG_BYTES = 32
const ASK_DOMAIN = utf8('hamlet/v1/recover-ask\0')
const KNOWN_DOMAIN = utf8('hamlet/v1/recover-known\0')
const TICKET_DOMAIN = utf8('hamlet/v1/recover-ticket\0')

export function askTag(crypto: Crypto, person: PersonId, context: RecoverContext): Uint8Array {
  return crypto.hmac(idToBytes(person), ASK_DOMAIN, contextBytes(context))
}

export function knownTag(crypto: Crypto, person: PersonId, context: RecoverContext): Uint8Array {
  return crypto.hmac(idToBytes(person), KNOWN_DOMAIN, contextBytes(context))
}

/** What the asker's device signs. */
export function proofBytes(
  crypto: Crypto,
  certificate: Uint8Array,
  context: RecoverContext,
): Uint8Array {
  return concatBytes(contextBytes(context), crypto.hash(certificate))
}

export function ticketSealInfo(context: RecoverContext): Uint8Array {
  return concatBytes(TICKET_DOMAIN, contextBytes(context))
}

function contextBytes({ asker, helper, askerNonce, helperNonce }: RecoverContext): Uint8Array {
  return concatBytes(askerNonce, helperNonce, hexToBytes(asker), hexToBytes(helper))
}

export function encodeRecoverMessage(message: RecoverMessage): Uint8Array {
  return encodeCbor([KINDS.indexOf(message.kind), ...fieldsOf(message)])
}

function fieldsOf(message: RecoverMessage): CborValue[] {
  switch (message.kind) {
    case 'hello':
      return [RECOVER_VERSION, message.nonce]
    case 'ask':
    case 'known':
      return [message.tag]
    case 'unknown':
      return []
    case 'proof':
      return [message.certificate, message.signature]
    case 'ticket':
      return [message.enc, message.ciphertext]
    case 'end':
      return [message.ticketCount]
  }
}

export function decodeRecoverMessage(bytes: Uint8Array): Result<RecoverMessage, CborError> {
  return decodeFields(bytes, 'recovery message', readMessage)
}

function readMessage(fields: FieldReader): RecoverMessage {
  const kind = KINDS[fields.uint(KINDS.length - 1)]!
  switch (kind) {
    case 'hello':
      fields.literal(RECOVER_VERSION)
      return { kind, nonce: fields.bytes(RECOVER_NONCE_BYTES) }
    case 'ask':
    case 'known':
      return { kind, tag: fields.bytes(TAG_BYTES) }
    case 'unknown':
      return { kind }
    case 'proof':
      return {
        kind,
        certificate: fields.bytesUpTo(DEVICE_CERTIFICATE_BYTES_MAX),
        signature: fields.bytes(SIGNATURE_BYTES),
      }
    case 'ticket':
      return {
        kind,
        enc: fields.bytes(X25519_KEY_BYTES),
        ciphertext: fields.bytesUpTo(TICKET_BYTES_MAX + SEAL_OVERHEAD_BYTES),
      }
    case 'end':
      return { kind, ticketCount: fields.uint(TICKETS_MAX) }
  }
}
