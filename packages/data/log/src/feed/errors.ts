/** The errors of feeds; those of the log below come through as they are. */

import { HamletError } from '@hamlet/core'

/** Every code is explained in `docs/errors.md`. */
export type FeedErrorCode =
  | 'FEED_CLOSED'
  | 'FEED_TIMEOUT'
  | 'FEED_READ_ONLY'
  | 'FEED_PAYLOAD_TOO_LARGE'
  | 'FEED_MALFORMED'
  | 'FEED_DECRYPT'
  | 'FEED_OFFSETS'
  | 'FEED_TRUNCATED'

export class FeedError extends HamletError<FeedErrorCode> {
  override readonly name = 'FeedError'
}
