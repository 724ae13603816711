/** Errors of the clocks and replicated types. */

import { HamletError } from '@hamlet/core'

export type CrdtErrorCode =
  /** The hybrid clock has reached the end of its 48 bits of milliseconds. */
  'CRDT_CLOCK_OVERFLOW'

export class CrdtError extends HamletError<CrdtErrorCode> {
  override readonly name = 'CrdtError'
}
