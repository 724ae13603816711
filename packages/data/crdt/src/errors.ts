/** Errors of the clocks and replicated types. */

import { HamletError } from '@hamlet/core'

export type CrdtErrorCode =
  /** The hybrid clock has reached the end of its 48 bits of milliseconds. */
  | 'CRDT_CLOCK_OVERFLOW'
  /** A message of a reconciliation that is none: the other side is broken or lies. */
  | 'CRDT_BAD_RECONCILE_MESSAGE'

export class CrdtError extends HamletError<CrdtErrorCode> {
  override readonly name = 'CrdtError'
}
