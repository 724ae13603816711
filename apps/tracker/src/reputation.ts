/**
 * The order in which a tracker names peers: a figure between 0 and 1 from mirrored receipts and proofs, 0.5 for whoever
 * nothing is known of.
 *
 * The idea (security.md 5.9): each person who has signed for bytes from the peer is one outcome that went well, each proven
 * fraud some that did not. What is believed of the peer is then a Beta distribution, and the figure is what it is worth at
 * least: mean less one standard deviation, so a little evidence moves it little. Evidence fades with a half-life.
 *
 * Invariants:
 * 1. One person counts for a twentieth at most, whatever the amount: a second identity of one's own is worth little.
 * 2. It orders look-ups and nothing else. It is no standing among friends, which is personal, and gates nobody.
 */

import {
  REPUTATION_FRAUD_WEIGHT,
  REPUTATION_HALF_LIFE_MS,
  REPUTATION_PERSON_BYTES,
  REPUTATION_PERSONS_MAX,
} from './limits.ts'

export const REPUTATION_UNKNOWN = 0.5

/** What one person has received from the peer, in all groups. */
export interface Evidence {
  readonly person: string
  readonly bytes: number
  readonly atMs: number
}

export function reputationOf(
  evidence: readonly Evidence[],
  fraudCount: number,
  nowMs: number,
): number {
  const byPerson = new Map<string, number>()
  for (const { person, bytes, atMs } of evidence) {
    const worth = worthOf(bytes) * 2 ** (-Math.max(0, nowMs - atMs) / REPUTATION_HALF_LIFE_MS)
    byPerson.set(person, Math.min(1, (byPerson.get(person) ?? 0) + worth))
  }
  const sum = byPerson.values().reduce((total, worth) => total + worth, 0)
  const good = Math.min(REPUTATION_PERSONS_MAX, sum)
  return toScale(worthAtLeast(good, fraudCount * REPUTATION_FRAUD_WEIGHT))
}

/** A first megabyte says more than the thousandth. */
function worthOf(bytes: number): number {
  return Math.min(
    1,
    Math.log2(1 + bytes / 2 ** 20) / Math.log2(1 + REPUTATION_PERSON_BYTES / 2 ** 20),
  )
}

/** Mean less one standard deviation of Beta(1 + good, 1 + bad). */
function worthAtLeast(good: number, bad: number): number {
  const [a, b] = [1 + good, 1 + bad]
  const mean = a / (a + b)
  return Math.max(0, mean - Math.sqrt((mean * (1 - mean)) / (a + b + 1)))
}

/** So that knowing nothing is one half. */
function toScale(value: number): number {
  const unknown = worthAtLeast(0, 0)
  const isWorse = value < unknown
  return isWorse ? (0.5 * value) / unknown : 0.5 + (0.5 * (value - unknown)) / (1 - unknown)
}
