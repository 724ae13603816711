/** The errors of blobs. */

import { HamletError } from '@hamlet/core'

/** Every code is explained in `docs/errors.md`. */
export type BlobErrorCode =
  | 'BLOB_LABEL'
  | 'BLOB_TOO_LARGE'
  | 'BLOB_MISSING'
  | 'BLOB_QUOTA'
  | 'BLOB_DAMAGED'

export class BlobError extends HamletError<BlobErrorCode> {
  override readonly name = 'BlobError'
}
