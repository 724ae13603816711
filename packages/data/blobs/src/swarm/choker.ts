/**
 * Who is answered: a few peers at a time, so that each gets enough to be of use to others.
 *
 * Three quarters of the slots go by merit: half of it is what the peer gives (to a seed: what it takes, so that bytes go where they
 * spread fastest), half its rank, as the accounts see it. The rest go round among the others, longest waiting first, so that
 * nobody starves; one of them is optimistic: drawn by lot, newcomers thrice as likely, so that a peer nobody knows can show what it gives.
 */

import type { Random } from '@hamlet/core'
import { SeededChoice } from './seeded-choice.ts'

export interface Candidate {
  readonly peer: string
  /** Bytes a second it gives us, or takes where we need nothing. */
  readonly rate: number
  /** 0 to 1. */
  readonly rank: number
  /** When it was last answered; before all others: never. */
  readonly lastServedMs: number
  readonly isNew: boolean
}

const MERIT_PART = 0.75
const OPTIMISTIC_MS = 30_000
const NEWCOMER_LOTS = 3

export class Choker {
  readonly #choice: SeededChoice
  #optimistic: string | undefined
  #optimisticSinceMs = 0

  constructor(random: Random) {
    this.#choice = new SeededChoice(random)
  }

  /** The peers to be answered from now on, at most `slots`. */
  choose(candidates: readonly Candidate[], slots: number, nowMs: number): ReadonlySet<string> {
    const chosen = new Set<string>()
    const isLeft = ({ peer }: Candidate): boolean => !chosen.has(peer)
    const byMerit = sortedByMerit(candidates)
    for (const { peer } of byMerit.slice(0, Math.floor(slots * MERIT_PART))) chosen.add(peer)
    if (chosen.size < slots) this.#addOptimistic(candidates.filter(isLeft), chosen, nowMs)
    const waiting = candidates
      .filter(isLeft)
      .sort((a, b) => compare(a, b, a.lastServedMs - b.lastServedMs))
    for (const { peer } of waiting.slice(0, slots - chosen.size)) chosen.add(peer)
    return chosen
  }

  #addOptimistic(candidates: readonly Candidate[], chosen: Set<string>, nowMs: number): void {
    const isDue = nowMs - this.#optimisticSinceMs >= OPTIMISTIC_MS
    const isThere = candidates.some(({ peer }) => peer === this.#optimistic)
    if (isDue || !isThere) {
      this.#optimistic = this.#draw(candidates)
      this.#optimisticSinceMs = nowMs
    }
    if (this.#optimistic !== undefined) chosen.add(this.#optimistic)
  }

  #draw(candidates: readonly Candidate[]): string | undefined {
    const lots = candidates
      .toSorted((a, b) => compare(a, b, 0))
      .flatMap(({ peer, isNew }) => Array<string>(isNew ? NEWCOMER_LOTS : 1).fill(peer))
    return lots[this.#choice.below(lots.length)]
  }
}

function sortedByMerit(candidates: readonly Candidate[]): readonly Candidate[] {
  const fastest = Math.max(1, ...candidates.map(({ rate }) => rate))
  const meritOf = ({ rate, rank }: Candidate): number => rate / fastest + rank
  return candidates.toSorted((a, b) => compare(a, b, meritOf(b) - meritOf(a)))
}

/** Equals in an order that does not depend on how they came. */
function compare(a: Candidate, b: Candidate, difference: number): number {
  if (difference !== 0) return difference
  return a.peer < b.peer ? -1 : 1
}
