/**
 * Who is answered: a few peers at a time, so that each gets enough to be of use to others.
 *
 * A quarter of the slots goes round among everybody who waits, whoever had no turn for longest first, for half a minute each:
 * so nobody starves, and a peer that nobody knows can show what it gives. It goes round among those too who would have a slot
 * by merit, else whoever never gives has most of it. The others go by merit: half of it is what the peer gives (to a seed:
 * what it takes, so that bytes go where they spread fastest), half its rank, as the accounts see it. Whoever owes more than
 * they may gets what is left.
 */

export interface Candidate {
  readonly peer: string
  /** Bytes a second it gives us, or takes where we need nothing. */
  readonly rate: number
  /** 0 to 1. */
  readonly rank: number
  /** Since when it is here: one that had no turn yet waits since then. */
  readonly sinceMs: number
  /** It gets only what nobody else wants. */
  readonly isSpare: boolean
}

const MERIT_PART = 0.75
const TURN_MS = 30_000
/** Peers of which it is remembered when they had a turn, the longest ago out first. */
const TURNS_MAX = 1000

export class Choker {
  /** When those began that are not over. */
  readonly #turns = new Map<string, number>()
  /** When each had its last one, in the order of time. */
  readonly #lastTurns = new Map<string, number>()

  /** The peers to be answered from now on, at most `slots`. */
  choose(candidates: readonly Candidate[], slots: number, nowMs: number): ReadonlySet<string> {
    const worthy = candidates.filter(({ isSpare }) => !isSpare)
    const chosen = new Set<string>()
    this.#takeTurns(worthy, slots - Math.floor(slots * MERIT_PART), nowMs)
    for (const peer of this.#turns.keys()) chosen.add(peer)
    fill(chosen, sortedByMerit(worthy), slots)
    const spare = candidates.filter(({ isSpare }) => isSpare)
    fill(chosen, this.#byWait(spare), slots)
    return chosen
  }

  /** Ends the turns that are over, and begins others. */
  #takeTurns(candidates: readonly Candidate[], count: number, nowMs: number): void {
    const waiting = new Set(candidates.map(({ peer }) => peer))
    for (const [peer, sinceMs] of this.#turns) {
      if (!waiting.has(peer) || nowMs - sinceMs >= TURN_MS) this.#turns.delete(peer)
    }
    // Fewer slots than before.
    for (const peer of [...this.#turns.keys()].slice(count)) this.#turns.delete(peer)
    for (const { peer } of this.#byWait(candidates)) {
      if (this.#turns.size >= count) return
      if (!this.#turns.has(peer)) this.#begin(peer, nowMs)
    }
  }

  #begin(peer: string, nowMs: number): void {
    this.#turns.set(peer, nowMs)
    this.#lastTurns.delete(peer)
    this.#lastTurns.set(peer, nowMs)
    if (this.#lastTurns.size > TURNS_MAX) {
      this.#lastTurns.delete(this.#lastTurns.keys().next().value!)
    }
  }

  /** Who had no turn for longest first. */
  #byWait(candidates: readonly Candidate[]): readonly Candidate[] {
    const sinceOf = ({ peer, sinceMs }: Candidate): number => this.#lastTurns.get(peer) ?? sinceMs
    return candidates.toSorted((a, b) => compare(a, b, sinceOf(a) - sinceOf(b)))
  }
}

function fill(chosen: Set<string>, candidates: readonly Candidate[], slots: number): void {
  for (const { peer } of candidates) {
    if (chosen.size >= slots) return
    chosen.add(peer)
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
