/**
 * Transfers: credit that somebody gives away, as a gift or as a bounty on top of receipts, said by both sides.
 *
 * Credit is only ever the negative of somebody else's, so a transfer moves it and makes none. A gift may go to the group: then
 * anybody else of it accepts, and what the group holds widens the credit of all. A bounty pays more for bytes that are
 * rare, and counts up to what receipts of the same two people come to: nobody earns more than twice what they sent.
 *
 * Format, a CBOR array of fifteen, at most 1,024 bytes (`docs/formats/receipt.md`, frozen since v1):
 *
 *     FIELD  CONTENT
 *     0      version, 1
 *     1      group: space, 32 bytes, or null in public
 *     2      device that gives, 32 bytes
 *     3      person it is certified for, 32 bytes
 *     4      person it goes to, 32 bytes, or null for the group
 *     5      amount, 1 to 2^48; one is a byte
 *     6      "gift" or "bounty"
 *     7      blinded name of the blob that a bounty is for, 32 bytes, or null
 *     8      note, text of up to 200 bytes
 *     9      when, milliseconds since the Unix epoch
 *     10     nonce, 16 bytes
 *     11     signature of the giving device over fields 0 to 10 as an array, domain `credit-transfer`, 64 bytes
 *     12     device that accepts, 32 bytes; null until then, as 13 and 14
 *     13     person it is certified for, 32 bytes
 *     14     its signature over fields 0 to 13 as an array, domain `credit-transfer-accepted`, 64 bytes
 */

import {
  CLOCK_AHEAD_MS_MAX,
  decodeFields,
  encodeCbor,
  err,
  hexToBytes,
  idToBytes,
} from '@hamlet/core'
import type {
  CborValue,
  Crypto,
  DeviceId,
  FieldReader,
  PersonId,
  Result,
  Signer,
  SpaceId,
} from '@hamlet/core'
import { SIGNATURE_BYTES, signDomain, verifyDomain } from '@hamlet/identity'
import { CreditError } from './errors.ts'
import type { JudgeContext } from './judge-receipt.ts'
import { TRANSFER_AMOUNT_MAX, TRANSFER_BYTES_MAX, TRANSFER_NOTE_BYTES_MAX } from './limits.ts'
import { bytesToDigest, groupToCbor, readDigest } from './receipt-ids.ts'
import type { SwarmId, TransferId } from './receipt-ids.ts'

export type TransferPurpose = 'gift' | 'bounty'

export interface TransferFacts {
  readonly group: SpaceId | undefined
  readonly from: DeviceId
  readonly fromPerson: PersonId
  /** `undefined`: the group. */
  readonly to: PersonId | undefined
  readonly amount: number
  readonly purpose: TransferPurpose
  readonly swarm: SwarmId | undefined
  readonly note: string
  readonly atMs: number
  /** 16 bytes. */
  readonly nonce: Uint8Array
}

/** Given and not accepted yet. */
export interface TransferOffer extends TransferFacts {
  readonly signature: Uint8Array
}

export interface Transfer extends TransferOffer {
  readonly acceptedBy: DeviceId
  readonly acceptedByPerson: PersonId
  readonly acceptance: Uint8Array
}

export type TransferRefusal =
  /** To oneself, or accepted by whoever gave. */
  | 'self-gift'
  /** A bounty to the group, or for no blob; a gift for one. */
  | 'purpose'
  | 'unknown-device'
  | 'not-member'
  /** Accepted by somebody whom it does not go to. */
  | 'wrong-acceptor'
  | 'in-future'
  | 'bad-signature'

const VERSION = 1
const NONCE_BYTES = 16
const PURPOSES: readonly TransferPurpose[] = ['gift', 'bounty']

export function offerTransfer(giver: Signer, facts: TransferFacts): TransferOffer {
  const signed = encodeCbor(factFields(facts))
  return { ...facts, signature: signDomain(giver, 'credit-transfer', signed) }
}

export function acceptTransfer(
  signer: Signer,
  offer: TransferOffer,
  by: { readonly device: DeviceId; readonly person: PersonId },
): Transfer {
  const accepted = { ...offer, acceptedBy: by.device, acceptedByPerson: by.person }
  const signed = encodeCbor(acceptedFields(accepted))
  return { ...accepted, acceptance: signDomain(signer, 'credit-transfer-accepted', signed) }
}

export function transferId(crypto: Crypto, transfer: TransferFacts): TransferId {
  return bytesToDigest(crypto.hash(encodeCbor(factFields(transfer))))
}

export function encodeTransfer(transfer: TransferOffer | Transfer): Uint8Array {
  const tail = isAccepted(transfer)
    ? [...acceptedFields(transfer), transfer.acceptance]
    : [...offerFields(transfer), null, null, null]
  return encodeCbor(tail)
}

/** Decodes and checks the form, not the signatures. */
export function decodeTransfer(bytes: Uint8Array): Result<TransferOffer | Transfer, CreditError> {
  const decoded = decodeFields(bytes, 'transfer', readTransfer, { bytesMax: TRANSFER_BYTES_MAX })
  if (decoded.ok) return decoded
  const { message } = decoded.error
  return err(new CreditError('CREDIT_MALFORMED', message, { cause: decoded.error }))
}

/** Decodes and verifies both signatures. */
export function openTransfer(crypto: Crypto, bytes: Uint8Array): Result<Transfer, CreditError> {
  const decoded = decodeTransfer(bytes)
  if (!decoded.ok) return decoded
  const transfer = decoded.value
  if (isAccepted(transfer) && verifyTransfer(crypto, transfer)) return { ok: true, value: transfer }
  return err(new CreditError('CREDIT_BAD_SIGNATURE', 'transfer: expected two valid signatures'))
}

export function verifyTransfer(crypto: Crypto, transfer: Transfer): boolean {
  const { from, acceptedBy, signature, acceptance } = transfer
  const given = encodeCbor(factFields(transfer))
  const accepted = encodeCbor(acceptedFields(transfer))
  return (
    verifyDomain(crypto, idToBytes(from), 'credit-transfer', given, signature) &&
    verifyDomain(crypto, idToBytes(acceptedBy), 'credit-transfer-accepted', accepted, acceptance)
  )
}

/** Whether a transfer counts; `undefined` if so, else why not. */
export function judgeTransfer(
  transfer: Transfer,
  context: Pick<JudgeContext, 'crypto' | 'nowMs' | 'personOf' | 'isMemberAt'>,
): TransferRefusal | undefined {
  const { fromPerson, to, acceptedByPerson, purpose, swarm, atMs } = transfer
  if (to === fromPerson || acceptedByPerson === fromPerson) return 'self-gift'
  if ((purpose === 'bounty') !== (swarm !== undefined && to !== undefined)) return 'purpose'
  if (to !== undefined && acceptedByPerson !== to) return 'wrong-acceptor'
  const areKnown =
    context.personOf(transfer.from) === fromPerson &&
    context.personOf(transfer.acceptedBy) === acceptedByPerson
  if (!areKnown) return 'unknown-device'
  const isMember = (person: PersonId) => context.isMemberAt?.(person, atMs) ?? true
  if (!isMember(fromPerson) || !isMember(acceptedByPerson)) return 'not-member'
  if (atMs > context.nowMs + CLOCK_AHEAD_MS_MAX) return 'in-future'
  return verifyTransfer(context.crypto, transfer) ? undefined : 'bad-signature'
}

export function isAccepted(transfer: TransferOffer | Transfer): transfer is Transfer {
  return 'acceptance' in transfer
}

function readTransfer(fields: FieldReader): TransferOffer | Transfer {
  fields.literal(VERSION)
  const offer: TransferOffer = {
    group: fields.optional(() => fields.id<SpaceId>()),
    from: fields.id<DeviceId>(),
    fromPerson: fields.id<PersonId>(),
    to: fields.optional(() => fields.id<PersonId>()),
    amount: fields.int(1, TRANSFER_AMOUNT_MAX),
    purpose: fields.oneOf(PURPOSES),
    swarm: fields.optional(() => readDigest<SwarmId>(fields)),
    note: fields.text(TRANSFER_NOTE_BYTES_MAX),
    atMs: fields.uint(),
    nonce: fields.bytes(NONCE_BYTES),
    signature: fields.bytes(SIGNATURE_BYTES),
  }
  const acceptedBy = fields.optional(() => fields.id<DeviceId>())
  const acceptedByPerson = fields.optional(() => fields.id<PersonId>())
  const acceptance = fields.optional(() => fields.bytes(SIGNATURE_BYTES))
  if (acceptedBy !== undefined && acceptedByPerson !== undefined && acceptance !== undefined) {
    return { ...offer, acceptedBy, acceptedByPerson, acceptance }
  }
  const parts = [acceptedBy, acceptedByPerson, acceptance]
  if (parts.some((part) => part !== undefined)) throw fields.refuse('half accepted')
  return offer
}

function acceptedFields(
  transfer: TransferOffer & Pick<Transfer, 'acceptedBy' | 'acceptedByPerson'>,
): readonly CborValue[] {
  const { acceptedBy, acceptedByPerson } = transfer
  return [...offerFields(transfer), idToBytes(acceptedBy), idToBytes(acceptedByPerson)]
}

function offerFields(offer: TransferOffer): readonly CborValue[] {
  return [...factFields(offer), offer.signature]
}

function factFields(facts: TransferFacts): readonly CborValue[] {
  return [
    VERSION,
    groupToCbor(facts.group),
    idToBytes(facts.from),
    idToBytes(facts.fromPerson),
    facts.to === undefined ? null : idToBytes(facts.to),
    facts.amount,
    facts.purpose,
    facts.swarm === undefined ? null : hexToBytes(facts.swarm),
    facts.note,
    facts.atMs,
    facts.nonce,
  ]
}
