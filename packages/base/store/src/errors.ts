/** The errors of disks and key-value stores. */

import { HamletError } from '@hamlet/core'

/** Every code is explained in `docs/errors.md`. */
export type StoreErrorCode =
  | 'STORE_FULL'
  | 'STORE_SHORT_READ'
  | 'STORE_SYNC_FAILED'
  | 'STORE_NOT_FOUND'
  | 'STORE_PATH'
  | 'STORE_IO'
  | 'STORE_LOCKED'
  | 'STORE_DAMAGED'
  | 'STORE_CLOSED'

/** A disk or key-value store could not do what was asked; the reason below is the `cause`. */
export class StoreError extends HamletError<StoreErrorCode> {
  override readonly name = 'StoreError'
}
