/**
 * Pauses between attempts: doubling from a first to a longest one, each shortened by up to half at random, so that
 * devices which lost each other at the same moment do not keep knocking in step.
 */

import type { Random } from '@hamlet/core'

/** The pause before attempt `attempt` (0: the first repetition). */
export function backoffMs(random: Random, attempt: number, firstMs: number, maxMs: number): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30))
  const share = random.bytes(1)[0]! / 255
  return Math.round(fullMs * (1 - share / 2))
}
