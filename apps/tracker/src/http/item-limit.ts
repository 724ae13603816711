/** What one identity writes in bulk: as many items as its bucket holds, whatever the number of requests. */

import { ApiError } from '@hamlet/http/parts'
import type { Clock } from '@hamlet/core'

import { IDENTITY_ITEM_BURST_MAX, IDENTITY_ITEMS_PER_SECOND_MAX } from '../limits.ts'
import { RateLimits } from './rate-limits.ts'

export class ItemLimit {
  readonly #buckets: RateLimits

  constructor(clock: Clock) {
    this.#buckets = new RateLimits(clock, IDENTITY_ITEMS_PER_SECOND_MAX, IDENTITY_ITEM_BURST_MAX)
  }

  /** @throws ApiError `RATE_LIMITED` */
  take(identity: string, count: number): void {
    const retryAfterMs = this.#buckets.take(identity, count)
    if (retryAfterMs > 0) throw rateLimited(retryAfterMs)
  }
}

export function rateLimited(retryAfterMs: number): ApiError {
  return new ApiError('RATE_LIMITED', 'too much at a time; wait', 429, { fields: { retryAfterMs } })
}
