/**
 * Token buckets by key: identity, address, account. They live in one process; several trackers behind one address allow
 * as many times as much.
 *
 * Invariant: at most `BUCKETS_MAX` buckets are kept. The one unused for longest goes first: it has filled up since, or its
 * owner is one of more than that many, which is what a limit by address cannot stop anyway.
 */

import { RateLimit } from '@hamlet/http/parts'
import type { Clock } from '@hamlet/core'

import { BUCKETS_MAX } from '../limits.ts'

export class RateLimits {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  /** In the order of their last use. */
  readonly #buckets = new Map<string, RateLimit>()

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#burst = burst
  }

  /** 0 when `count` more are allowed now and counted, otherwise the milliseconds until they will be. */
  take(key: string, count = 1): number {
    const bucket =
      this.#buckets.get(key) ?? new RateLimit(this.#clock, this.#perSecond, this.#burst)
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > BUCKETS_MAX) {
      const [stalest] = this.#buckets.keys()
      this.#buckets.delete(stalest!)
    }
    return bucket.take(count)
  }

  /** As {@link take} of one, which is not counted. */
  wait(key: string): number {
    return this.#buckets.get(key)?.wait() ?? 0
  }
}

/** Of IPv6 the /64, which one customer has; of IPv4 in IPv6 form the IPv4 address. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head, tail] = address.split('::') as [string, string?]
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back]
  return `${groups.slice(0, 4).join(':')}::/64`
}
