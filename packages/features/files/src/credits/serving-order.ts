/**
 * Who is answered first, and who is asked first.
 *
 * Three of four upload slots go by standing, the rest goes round: to whoever has waited longest, so that a newcomer is served
 * though nobody knows them, and free-riders get what is left over.
 */

import { SLOT_SHARE_BY_STANDING } from './limits.ts'

export interface Waiting {
  readonly peer: string
  /** 0 to 1, see `rankOf`. */
  readonly rank: number
  /** When it was served last, or began to wait. */
  readonly servedMs: number
}

/** The peers that get a slot, at most `slotCount`, each once. */
export function slotOrder(waiting: readonly Waiting[], slotCount: number): readonly string[] {
  const byRankCount = Math.min(waiting.length, Math.floor(slotCount * SLOT_SHARE_BY_STANDING))
  const byRank = [...waiting].sort(compareRanks).slice(0, byRankCount)
  const chosen = new Set(byRank.map(({ peer }) => peer))
  const rest = waiting.filter(({ peer }) => !chosen.has(peer)).sort(compareWaits)
  return [...chosen, ...rest.slice(0, slotCount - chosen.size).map(({ peer }) => peer)]
}

export interface FoundPeer {
  readonly peer: string
  readonly rank: number
  readonly seenMs: number
}

/** As PeerNet's look-ups: the best standing first, then the most recently seen. */
export function lookupOrder(found: readonly FoundPeer[]): readonly FoundPeer[] {
  return [...found].sort((a, b) => {
    if (a.rank !== b.rank) return b.rank - a.rank
    if (a.seenMs !== b.seenMs) return b.seenMs - a.seenMs
    return a.peer < b.peer ? -1 : 1
  })
}

function compareRanks(a: Waiting, b: Waiting): number {
  return a.rank === b.rank ? compareWaits(a, b) : b.rank - a.rank
}

function compareWaits(a: Waiting, b: Waiting): number {
  if (a.servedMs !== b.servedMs) return a.servedMs - b.servedMs
  return a.peer < b.peer ? -1 : 1
}
