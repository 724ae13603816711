/** Why something a person asked of a ledger cannot be done. `docs/errors.md` says what to do about each. */

import { HamletError } from '@hamlet/core'

export type LedgerErrorCode =
  | 'LEDGER_NOT_AUTHOR'
  | 'LEDGER_LOCK_UNREADABLE'
  | 'LEDGER_LOCK_NEWER'
  | 'LEDGER_BAD_QUERY'
  | 'LEDGER_BAD_EXPENSE'
  | 'LEDGER_BAD_RECORD'
  | 'LEDGER_UNKNOWN'
  | 'LEDGER_VERDICT_NOT_ALLOWED'
  | 'LEDGER_ADMINS_ONLY'
  | 'LEDGER_ARCHIVED'

export class LedgerError extends HamletError<LedgerErrorCode> {
  override readonly name = 'LedgerError'
}
