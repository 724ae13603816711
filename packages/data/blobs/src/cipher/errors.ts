/** Errors of sealed blobs. */

import { HamletError } from '@hamlet/core'

export type CipherErrorCode =
  /** A sealed segment does not open: another key, or other bytes than were sealed. */
  'BLOB_SEAL_BROKEN'

export class CipherError extends HamletError<CipherErrorCode> {
  override readonly name = 'CipherError'
}
