/**
 * The messages of the link protocol, `/hamlet/link/1`, inside and outside of the Noise session.
 *
 *     frame   = kind 1 B ‖ rest      kind 0: a Noise message; kind 1: a refusal, CBOR [code], in the clear
 *
 * The stream itself is encrypted and its ends are proven by the network; Noise adds the secret of the code. A refusal
 * needs no more than the stream's protection: it can only end this link. Tables: `docs/formats/linking.md`.
 *
 * Invariant: decoding is strict, every field bounded; what is in a message is judged by the machines.
 */

import { concatBytes, decodeFields, encodeCbor, idToBytes, NAME_BYTES_MAX } from '@hamlet/core'
import type { CborError, CborValue, FieldReader, PersonId, Result } from '@hamlet/core'

import { CHECK_NONCE_BYTES } from '../check-number.ts'
import { DEVICE_CERTIFICATE_BYTES_MAX } from '../device-certificate.ts'
import { X25519_KEY_BYTES } from '../x25519-rules.ts'
import { LINK_REFUSALS } from './errors.ts'
import type { LinkRefusal } from './errors.ts'
import { readTicket, ticketFields, TICKETS_MAX } from './meeting-ticket.ts'
import type { MeetingTicket } from './meeting-ticket.ts'

export const LINK_PROTOCOL = '/hamlet/link/1'
export const LINK_VERSION = 1

export type LinkFrame =
  | { readonly kind: 'noise'; readonly message: Uint8Array }
  | { readonly kind: 'refusal'; readonly code: LinkRefusal }

/** Payload of the second handshake message. */
export interface LinkCommitment {
  readonly commitment: Uint8Array
}

/** Payload of the third: what the new device calls itself, and its half of the number. */
export interface LinkIntroduction {
  readonly nonce: Uint8Array
  readonly label: string
}

export type LinkMessage =
  /** Old to new: the other half of the number, and whose device it is. */
  | {
      readonly kind: 'reveal'
      readonly nonce: Uint8Array
      readonly person: PersonId
      readonly personName: string
    }
  /** Old to new: the person has seen the same number on both. */
  | { readonly kind: 'confirm' }
  /** New to old: an encoded device claim. */
  | { readonly kind: 'claim'; readonly claim: Uint8Array }
  /** Old to new: the certificate; `ticketCount` tickets follow. */
  | {
      readonly kind: 'grant'
      readonly certificate: Uint8Array
      readonly recoveryPublic: Uint8Array | undefined
      readonly ticketCount: number
    }
  | { readonly kind: 'ticket'; readonly ticket: MeetingTicket }
  /** New to old: everything is stored. */
  | { readonly kind: 'done' }

const NOISE_KIND = 0
const REFUSAL_KIND = 1
const KINDS = ['reveal', 'confirm', 'claim', 'grant', 'ticket', 'done'] as const

export function encodeNoiseFrame(message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(NOISE_KIND), message)
}

export function encodeRefusal(code: LinkRefusal): Uint8Array {
  return concatBytes(Uint8Array.of(REFUSAL_KIND), encodeCbor([code]))
}

/** `undefined`: neither of the two. */
export function decodeLinkFrame(frame: Uint8Array): LinkFrame | undefined {
  const rest = frame.slice(1)
  if (frame[0] === NOISE_KIND) return { kind: 'noise', message: rest }
  if (frame[0] !== REFUSAL_KIND) return undefined
  const decoded = decodeFields(rest, 'refusal', (fields) => fields.oneOf(LINK_REFUSALS))
  return decoded.ok ? { kind: 'refusal', code: decoded.value } : undefined
}

export function encodeCommitment({ commitment }: LinkCommitment): Uint8Array {
  return encodeCbor([LINK_VERSION, commitment])
}

export function decodeCommitment(bytes: Uint8Array): Result<LinkCommitment, CborError> {
  return decodeFields(bytes, 'link commitment', (fields) => {
    fields.literal(LINK_VERSION)
    return { commitment: fields.bytes(32) }
  })
}

export function encodeIntroduction({ nonce, label }: LinkIntroduction): Uint8Array {
  return encodeCbor([LINK_VERSION, nonce, label])
}

export function decodeIntroduction(bytes: Uint8Array): Result<LinkIntroduction, CborError> {
  return decodeFields(bytes, 'link introduction', (fields) => {
    fields.literal(LINK_VERSION)
    return { nonce: fields.bytes(CHECK_NONCE_BYTES), label: fields.text(NAME_BYTES_MAX) }
  })
}

export function encodeLinkMessage(message: LinkMessage): Uint8Array {
  return encodeCbor([KINDS.indexOf(message.kind), ...fieldsOf(message)])
}

function fieldsOf(message: LinkMessage): CborValue[] {
  switch (message.kind) {
    case 'reveal':
      return [message.nonce, idToBytes(message.person), message.personName]
    case 'claim':
      return [message.claim]
    case 'grant':
      return [message.certificate, message.recoveryPublic ?? null, message.ticketCount]
    case 'ticket':
      return ticketFields(message.ticket)
    case 'confirm':
    case 'done':
      return []
  }
}

export function decodeLinkMessage(bytes: Uint8Array): Result<LinkMessage, CborError> {
  return decodeFields(bytes, 'link message', readMessage)
}

function readMessage(fields: FieldReader): LinkMessage {
  const kind = KINDS[fields.uint(KINDS.length - 1)]!
  switch (kind) {
    case 'reveal':
      return {
        kind,
        nonce: fields.bytes(CHECK_NONCE_BYTES),
        person: fields.id<PersonId>(),
        personName: fields.text(NAME_BYTES_MAX),
      }
    case 'claim':
      return { kind, claim: fields.bytesUpTo(DEVICE_CERTIFICATE_BYTES_MAX) }
    case 'grant':
      return {
        kind,
        certificate: fields.bytesUpTo(DEVICE_CERTIFICATE_BYTES_MAX),
        recoveryPublic: fields.optional(() => fields.bytes(X25519_KEY_BYTES)),
        ticketCount: fields.uint(TICKETS_MAX),
      }
    case 'ticket':
      return { kind, ticket: readTicket(fields) }
    case 'confirm':
    case 'done':
      return { kind }
  }
}
