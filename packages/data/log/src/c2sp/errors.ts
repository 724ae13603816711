/** The errors of published logs, cosignatures and witnesses: `TlogError` is thrown. */

import { HamletError } from '@hamlet/core'

/** Every code is explained in `docs/errors.md`. */
export type TlogErrorCode =
  | 'TLOG_ENTRY_TOO_LARGE'
  | 'TLOG_OTHER'
  | 'TLOG_MISSING'
  | 'TLOG_MALFORMED'
  | 'TLOG_DAMAGED'
  | 'TLOG_SIGNATURE'
  | 'TLOG_INCONSISTENT'
  | 'TLOG_QUORUM'
  | 'TLOG_REFUSED'

export class TlogError extends HamletError<TlogErrorCode> {
  override readonly name = 'TlogError'
}

/** Why a checkpoint was not taken: a normal branch where it comes from somebody else. */
export interface CheckpointRefusal {
  readonly code: 'TLOG_MALFORMED' | 'TLOG_OTHER' | 'TLOG_SIGNATURE' | 'TLOG_QUORUM'
  readonly message: string
}
