/**
 * Tickets: what a person's new device needs to find a space and be known in it.
 *
 * Whoever gives one is a member's device and has written the new device into the space before. A ticket holds secrets
 * by which members recognise each other on a connection, so it only travels encrypted to the device it is for. What is
 * in it is a hint until the space's own history confirms it. Format: `docs/formats/linking.md`.
 */

import { decodeFields, encodeCbor, idToBytes, NAME_BYTES_MAX } from '@hamlet/core'
import type { CborError, CborValue, DeviceId, FieldReader, Result, SpaceId } from '@hamlet/core'

export interface MeetingTicket {
  readonly space: SpaceId
  /** The device whose log begins with the genesis entry. */
  readonly founder: DeviceId | undefined
  /** What the giver sees the space called. */
  readonly name: string
  /** Discovery secrets of its newest epochs, 32 bytes each. */
  readonly secrets: readonly Uint8Array[]
  /** Multiaddrs of members' devices, each ending in `/p2p/`. */
  readonly hints: readonly string[]
}

export const TICKET_BYTES_MAX = 4096
export const TICKET_SECRETS_MAX = 4
export const TICKET_HINTS_MAX = 8
export const TICKET_HINT_BYTES_MAX = 200
/** Spaces told of in one answer. */
export const TICKETS_MAX = 1000

export function encodeTicket(ticket: MeetingTicket): Uint8Array {
  return encodeCbor(ticketFields(ticket))
}

export function decodeTicket(bytes: Uint8Array): Result<MeetingTicket, CborError> {
  return decodeFields(bytes, 'meeting ticket', readTicket, { bytesMax: TICKET_BYTES_MAX })
}

/** For formats of which tickets are a part. */
export function ticketFields(ticket: MeetingTicket): CborValue[] {
  const { space, founder, name, secrets, hints } = ticket
  return [
    idToBytes(space),
    founder === undefined ? null : idToBytes(founder),
    name,
    secrets.slice(0, TICKET_SECRETS_MAX),
    hints.filter(fits).slice(0, TICKET_HINTS_MAX),
  ]
}

export function readTicket(fields: FieldReader): MeetingTicket {
  return {
    space: fields.id<SpaceId>(),
    founder: fields.optional(() => fields.id<DeviceId>()),
    name: fields.text(NAME_BYTES_MAX),
    secrets: fields.list(TICKET_SECRETS_MAX, (item) => item.bytes(32)),
    hints: fields.list(TICKET_HINTS_MAX, (item) => item.text(TICKET_HINT_BYTES_MAX, 1)),
  }
}

function fits(hint: string): boolean {
  return hint.length > 0 && hint.length <= TICKET_HINT_BYTES_MAX
}
