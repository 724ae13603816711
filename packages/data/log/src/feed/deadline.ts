/** Waiting no longer than somebody wants to: by a signal, by a time. */

import { FeedError } from './errors.ts'
import type { Clock } from '@hamlet/core'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** @default as long as it takes */
  readonly timeoutMs?: number | undefined
}

/**
 * What `action` gives; its signal ends when the caller's does, when the time is over, or when `ended` does.
 * @throws FeedError `FEED_TIMEOUT`; the reason of the signal
 */
export async function withDeadline<T>(
  clock: Clock,
  { signal, timeoutMs }: WaitOptions,
  ended: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const sources = signal ? [signal, ended] : [ended]
  for (const source of sources) source.throwIfAborted()
  const controller = new AbortController()
  const { signal: own } = controller
  const ending = Promise.withResolvers<never>()
  own.addEventListener('abort', () => ending.reject(own.reason), { once: true })
  const follow = (event: Event): void => controller.abort((event.target as AbortSignal).reason)
  for (const source of sources) source.addEventListener('abort', follow, { once: true })
  const late = (): void =>
    controller.abort(new FeedError('FEED_TIMEOUT', `nothing came within ${timeoutMs} ms`))
  const cancel = timeoutMs === undefined ? undefined : clock.after(timeoutMs, late)
  try {
    return await Promise.race([action(own), ending.promise])
  } finally {
    cancel?.()
    for (const source of sources) source.removeEventListener('abort', follow)
  }
}
