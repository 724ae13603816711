/**
 * Who is answered first, and who is asked first.
 *
 * Three of four upload slots go by standing. The rest goes round among everybody who waits, whatever they are thought of:
 * a newcomer's turn comes though nobody knows them, and somebody who never gives gets their turn and no more.
 */

import { SLOT_SHARE_BY_STANDING } from './limits.ts'

export interface Waiting {
  readonly peer: string
  /** 0 to 1, see `rankOf`. */
  readonly rank: number
  /** When it was served last; of equal rank, who waited longest is first. */
  readonly servedMs: number
  /** When it had its last turn of those that go round. */
  readonly turnMs: number
}

export interface Slot {
  readonly peer: string
  /** `turn`: its turn is over with it. */
  readonly by: 'standing' | 'turn'
}

/** The peers that get a slot, at most `slotCount`, each once: first whose turn it is. */
export function slotOrder(waiting: readonly Waiting[], slotCount: number): readonly Slot[] {
  const turnCount = slotCount - Math.floor(slotCount * SLOT_SHARE_BY_STANDING)
  const turns = [...waiting].sort(compareTurns).slice(0, turnCount)
  const rest = waiting.filter((each) => !turns.includes(each)).sort(compareRanks)
  return [
    ...turns.map(({ peer }): Slot => ({ peer, by: 'turn' })),
    ...rest.slice(0, slotCount - turns.length).map(({ peer }): Slot => ({ peer, by: 'standing' })),
  ]
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
  if (a.rank !== b.rank) return b.rank - a.rank
  return a.servedMs === b.servedMs ? comparePeers(a, b) : a.servedMs - b.servedMs
}

function compareTurns(a: Waiting, b: Waiting): number {
  return a.turnMs === b.turnMs ? comparePeers(a, b) : a.turnMs - b.turnMs
}

function comparePeers(a: Waiting, b: Waiting): number {
  return a.peer < b.peer ? -1 : 1
}
