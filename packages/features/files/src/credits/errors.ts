/** Why a receipt, a transfer, a proof or a stored account could not be read. `docs/errors.md` says what to do about each. */

import { HamletError } from '@hamlet/core'

export type CreditErrorCode =
  /** Not the bytes of such an object. */
  | 'CREDIT_MALFORMED'
  /** A signature on it is missing or not valid. */
  | 'CREDIT_BAD_SIGNATURE'
  /** A proof that proves nothing. */
  | 'CREDIT_NOT_PROVEN'

export class CreditError extends HamletError<CreditErrorCode> {
  override readonly name = 'CreditError'
}
