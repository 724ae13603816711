/** What became of a range that a peer sent. */

import type { Result } from '@hamlet/core'

export interface AcceptedEntries {
  /** Length of the log before. */
  readonly from: number
  /** Length of the log after. */
  readonly to: number
}

export interface RefusedEntries {
  /** A `SpaceErrorCode` or a code of `LogRangeError`. */
  readonly code: string
  readonly message: string
}

export type Accepted = Result<AcceptedEntries, RefusedEntries>
