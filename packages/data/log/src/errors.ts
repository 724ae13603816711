/** The errors of logs: `LogError` is thrown, `LogRangeError` is returned for what a peer sent. */

import { HamletError } from '@hamlet/core'
import type { ForkPoint, ForkProof, TruncationFork } from './types.ts'

/** Every code is explained in `docs/errors.md`. */
export type LogErrorCode =
  | 'LOG_DAMAGED'
  | 'LOG_OTHER'
  | 'LOG_FAILED'
  | 'LOG_CLOSED'
  | 'LOG_READ_ONLY'
  | 'LOG_BEHIND'
  | 'LOG_BLOCK_TOO_LARGE'
  | 'LOG_APPEND_TOO_LARGE'
  | 'LOG_BLOCK_INVALID'
  | 'LOG_OUT_OF_RANGE'
  | 'LOG_MALFORMED'
  | 'LOG_GAP'
  | 'LOG_SIGNATURE'
  | 'LOG_CONFLICT'
  | 'LOG_FORKED'
  | 'LOG_NOT_HERE'
  | 'LOG_CLEARED'
  | 'LOG_OLD_FORK'
  | 'LOG_TRUNCATIONS'
  | 'LOG_USER_DATA'
  | 'LOG_MOVED'

export class LogError extends HamletError<LogErrorCode> {
  override readonly name = 'LogError'
}

/** Why a range or a message of a peer was refused. Malformed, invalid and badly signed ones are the sender's fault. */
export interface LogRangeError {
  readonly code:
    | 'LOG_MALFORMED'
    | 'LOG_GAP'
    | 'LOG_SIGNATURE'
    | 'LOG_BLOCK_INVALID'
    | 'LOG_CONFLICT'
    | 'LOG_FORKED'
    | 'LOG_OLD_FORK'
  readonly message: string
  /** With `LOG_FORKED`: the author signed two histories, and this proves it to anyone. */
  readonly proof?: ForkProof
  /** With `LOG_FORKED`, when the range showed the place: the same, and where the histories part. */
  readonly point?: ForkPoint
  /** With `LOG_FORKED`, when two truncations contradict each other: both of them. */
  readonly truncations?: TruncationFork
}
