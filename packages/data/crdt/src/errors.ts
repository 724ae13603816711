import { HamletError } from '@hamlet/core'

export type CrdtErrorCode =
  /** The hybrid clock has reached the end of its 48 bits of milliseconds. */
  | 'CRDT_CLOCK_OVERFLOW'
  /** Stored state is not what the encoder writes. */
  | 'CRDT_BAD_STATE'
  /** Stored state is larger than its decoder reads. */
  | 'CRDT_LIMIT'

export class CrdtError extends HamletError<CrdtErrorCode> {
  override readonly name = 'CrdtError'
}
