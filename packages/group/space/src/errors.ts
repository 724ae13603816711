/** Errors of a space: what a member, a peer's bytes or the disk can do wrong. The codes are listed in `docs/errors.md`. */

import { HamletError } from '@hamlet/core'

export type SpaceErrorCode =
  // What a peer or a person handed in.
  | 'SPACE_ENTRY_MALFORMED'
  | 'SPACE_ENTRY_MISPLACED'
  | 'SPACE_PAYLOAD_MISMATCH'
  | 'SPACE_PAYLOAD_UNREADABLE'
  | 'SPACE_OPERATION_MALFORMED'
  | 'SPACE_LINK_MALFORMED'
  | 'SPACE_REQUEST_MALFORMED'
  | 'SPACE_REQUEST_FORGED'
  | 'SPACE_WRONG_SPACE'
  | 'SPACE_BUNDLE_MALFORMED'
  | 'SPACE_BUNDLE_FORGED'
  | 'SPACE_BUNDLE_TOO_LARGE'
  | 'SPACE_DEVICE_UNKNOWN'
  | 'SPACE_QUARANTINE_FULL'
  | 'SPACE_TOO_FAST'
  | 'SPACE_TOO_MANY_BRANCHES'
  // What an invitation or a request no longer allows.
  | 'SPACE_INVITE_UNKNOWN'
  | 'SPACE_INVITE_REVOKED'
  | 'SPACE_INVITE_EXPIRED'
  | 'SPACE_INVITE_USED'
  | 'SPACE_REQUEST_UNKNOWN'
  | 'SPACE_REQUEST_SETTLED'
  | 'SPACE_REQUESTS_FULL'
  | 'SPACE_ALREADY_MEMBER'
  | 'SPACE_PERSON_UNKNOWN'
  | 'SPACE_DEVICE_REVOKED'
  | 'SPACE_OWNER_STAYS'
  | 'SPACE_NO_QUORUM'
  | 'SPACE_NOT_SET_ASIDE'
  // What the own role or the own state does not allow.
  | 'SPACE_NOT_MEMBER'
  | 'SPACE_READ_ONLY'
  | 'SPACE_FORBIDDEN'
  | 'SPACE_CONTENT_TOO_LARGE'
  | 'SPACE_FROZEN'
  | 'SPACE_FORKED'
  | 'SPACE_NOT_FORKED'
  | 'SPACE_UNCONFIRMED'
  | 'SPACE_NEWER_RULES'
  | 'SPACE_CLOCK_BEHIND'
  | 'SPACE_EPOCH_LOCKED'
  | 'SPACE_DAY_SPENT'
  // What the machine does not allow.
  | 'SPACE_DISK'
  | 'SPACE_DAMAGED'
  | 'SPACE_NOT_FOUND'
  | 'SPACE_CLOSED'

export class SpaceError extends HamletError<SpaceErrorCode> {
  override readonly name = 'SpaceError'
}
