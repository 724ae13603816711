/** Bounded resources: what is on its way between two devices, and what it takes to agree after the chaos. */

import type { NetworkCounts } from '../sim-network.ts'
import type { Problem } from './problem.ts'

/** A full round of answers: eight ranges of at most 768 KiB, and small change. */
export const IN_FLIGHT_BYTES_MAX = 8 * 1024 * 1024
/** Messages of one pair of devices in a minute of agreement: greetings, frontiers and what is missing. */
export const HEALING_MESSAGES_PER_PAIR_MINUTE_MAX = 3_000

export function findExcess(counts: NetworkCounts): Problem | undefined {
  if (counts.inFlightBytesPeak <= IN_FLIGHT_BYTES_MAX) return undefined
  const detail = `${counts.inFlightBytesPeak} bytes on their way to one device`
  return { oracle: 'bounds', detail }
}

export function findHealingExcess(
  messages: number,
  nodes: number,
  healingMs: number,
): Problem | undefined {
  const pairMinutes = Math.max(1, (nodes * (nodes - 1)) / 2) * Math.max(1, healingMs / 60_000)
  if (messages <= pairMinutes * HEALING_MESSAGES_PER_PAIR_MINUTE_MAX) return undefined
  return { oracle: 'bounds', detail: `${messages} messages in ${healingMs} ms of healing` }
}
