/** Errors of the tracker. Those that answer a request carry their HTTP status; `docs/errors.md` lists the codes. */

import { HamletError } from '@hamlet/core'
import type { HamletErrorOptions } from '@hamlet/core'

export type TrackerErrorCode =
  /** The database does not answer, or gave up; what was asked for was not acknowledged and may be asked again. */
  | 'DATABASE_UNAVAILABLE'
  /** The tables could not be brought to this version. */
  | 'MIGRATION_FAILED'
  /** A flag or a variable of the environment cannot be used; the message names it. */
  | 'TRACKER_MISCONFIGURED'
  /** The challenge is not one of this tracker's for this peer, was answered before or is too old. */
  | 'CHALLENGE_REFUSED'
  /** The signature is not that of the key, over this challenge and the host that was asked. */
  | 'LOGIN_SIGNATURE_REFUSED'
  /** There is no such account, or the password is wrong; which of them is not told. */
  | 'PASSWORD_REFUSED'
  /** The token was not made here, is not of this form, or has ended. */
  | 'TOKEN_REFUSED'
  /** The token is older than it may be. */
  | 'TOKEN_EXPIRED'
  /** A person's session was renewed for as long as it may be. */
  | 'SESSION_ENDED'
  /** The token is of a person where a peer is needed, or the other way round. */
  | 'CALLER_REFUSED'
  /** Accounts are made by the operator alone. */
  | 'REGISTRATION_CLOSED'
  /** The name has an account already, and this is not its password. */
  | 'ACCOUNT_NAME_TAKEN'
  /** Nobody has announced it. */
  | 'SWARM_NOT_FOUND'
  /** The tracker knows no such peer, and no peer of such a person. */
  | 'PEER_NOT_FOUND'
  /** The address may not be passed on to others: private, or a privileged port. */
  | 'ADDRESS_REFUSED'
  /** The peer has announced as many swarms as it may. */
  | 'HOLDINGS_FULL'
  /** A chunk of a PeerNet file whose number is not below the number of its chunks. */
  | 'CHUNK_OUT_OF_RANGE'
  /** More work of this kind at a time than one process takes. */
  | 'TRACKER_BUSY'

/** The status of codes that answer requests. */
const STATUS: Readonly<Partial<Record<TrackerErrorCode, number>>> = {
  DATABASE_UNAVAILABLE: 503,
  CHALLENGE_REFUSED: 401,
  LOGIN_SIGNATURE_REFUSED: 401,
  PASSWORD_REFUSED: 401,
  TOKEN_REFUSED: 401,
  TOKEN_EXPIRED: 401,
  SESSION_ENDED: 401,
  CALLER_REFUSED: 403,
  REGISTRATION_CLOSED: 403,
  ACCOUNT_NAME_TAKEN: 409,
  SWARM_NOT_FOUND: 404,
  PEER_NOT_FOUND: 404,
  ADDRESS_REFUSED: 400,
  HOLDINGS_FULL: 409,
  CHUNK_OUT_OF_RANGE: 400,
  TRACKER_BUSY: 503,
}

export class TrackerError extends HamletError<TrackerErrorCode> {
  override readonly name = 'TrackerError'
  readonly status: number

  constructor(code: TrackerErrorCode, message: string, options: HamletErrorOptions = {}) {
    super(code, message, options)
    this.status = STATUS[code] ?? 500
  }
}
