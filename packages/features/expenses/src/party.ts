/**
 * Who pays and owes: people of the space, and placeholders for people without the app.
 *
 * A person is named by their root key, a placeholder by 16 bytes that whoever made it drew or derived: from the file an
 * import came from, so that two devices importing one file name the same placeholder. The length tells them apart, in
 * CBOR (byte strings of 32 and 16 bytes) and as text (64 and 32 lower-case hex digits).
 */

import { bytesToHex, equalBytes, hexToBytes } from '@hamlet/core'
import type { FieldReader, PersonId } from '@hamlet/core'

declare const brand: unique symbol
declare const versionBrand: unique symbol

/** 16 bytes as 32 lower-case hex digits: a placeholder, an expense, a series, a category… of a ledger. */
export type LedgerId = string & { readonly [brand]: 'ledger' }
export type PartyId = PersonId | LedgerId
/** SHA-256 of what one version of a record says, as 64 lower-case hex digits: see `ledger/version.ts`. */
export type VersionId = string & { readonly [versionBrand]: 'version' }

export const LEDGER_ID_BYTES = 16
const PERSON_BYTES = 32
const LEDGER_ID_PATTERN = /^[0-9a-f]{32}$/

export function bytesToLedgerId(bytes: Uint8Array): LedgerId {
  return bytesToHex(bytes.subarray(0, LEDGER_ID_BYTES)) as LedgerId
}

/** `undefined` when it is not 32 lower-case hex digits. */
export function parseLedgerId(text: string): LedgerId | undefined {
  return LEDGER_ID_PATTERN.test(text) ? (text as LedgerId) : undefined
}

export function isPlaceholder(party: PartyId): party is LedgerId {
  return party.length === 2 * LEDGER_ID_BYTES
}

export function partyToBytes(party: PartyId): Uint8Array {
  return hexToBytes(party)
}

/** Reads a party from the next field of a record. */
export function readParty(fields: FieldReader): PartyId {
  const bytes = fields.bytesUpTo(PERSON_BYTES, LEDGER_ID_BYTES)
  if (bytes.length === PERSON_BYTES || bytes.length === LEDGER_ID_BYTES) {
    return bytesToParty(bytes)
  }
  throw fields.refuse('expected a person of 32 bytes or a placeholder of 16')
}

/**
 * A few parties stand in all expenses of a group: whoever was read last is not made into text again. One text for each,
 * besides, is hashed and compared once wherever it is a key.
 */
const READ_LAST: { readonly bytes: Uint8Array; readonly party: PartyId }[] = []
const READ_LAST_BITS = 10

function bytesToParty(bytes: Uint8Array): PartyId {
  const place = ((bytes[0]! << 8) | bytes[1]!) >> (16 - READ_LAST_BITS)
  const known = READ_LAST[place]
  if (known !== undefined && equalBytes(known.bytes, bytes)) return known.party
  const party = bytesToHex(bytes) as PartyId
  READ_LAST[place] = { bytes, party }
  return party
}
