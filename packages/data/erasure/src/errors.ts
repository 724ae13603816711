/** The errors of erasure coding. */

import { HamletError } from '@hamlet/core'

/** Every code is explained in `docs/errors.md`. */
export type ErasureErrorCode =
  | 'ERASURE_PARAMETERS'
  | 'ERASURE_SHARD_COUNT'
  | 'ERASURE_SHARD_LENGTH'
  | 'ERASURE_SHARD_INDEX'
  | 'ERASURE_TOO_FEW'
  | 'ERASURE_NOT_SHARED'
  | 'ERASURE_POOL_CLOSED'
  | 'ERASURE_THREAD_DIED'

export class ErasureError extends HamletError<ErasureErrorCode> {
  override readonly name = 'ErasureError'
}
