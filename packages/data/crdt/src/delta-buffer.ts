/**
 * Deltas on their way to neighbours: each gets, as one group, what it has not acknowledged.
 *
 * Anti-entropy by delta intervals (Almeida et al. 2018, algorithm 2). A replica pushes the delta of each operation of its
 * own, and what it took in from others if it was new, so that news travels on. Groups begin where a neighbour's
 * acknowledgement ends, so nobody joins an operation before those it builds on. Who is new here, or has been away for
 * longer than deltas are kept, gets the whole state.
 *
 * Invariants:
 * 1. Deltas have consecutive numbers; those that all neighbours acknowledged, and the oldest beyond `deltasMax`, are
 *    forgotten.
 * 2. Losing, repeating and reordering groups and acknowledgements does no harm: joins are idempotent, and an
 *    acknowledgement never takes back another.
 */

import { assert } from '@hamlet/core'
import type { Lattice, LatticeType } from './lattice.ts'

/** What a neighbour is to be sent; it acknowledges `upTo` when it has joined it. */
export type Parcel<State> =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'group'; readonly delta: State; readonly upTo: number }
  /** The whole state as it is now. */
  | { readonly kind: 'state'; readonly upTo: number }

export class DeltaBuffer<State extends Lattice<State>> {
  readonly #type: LatticeType<State>
  readonly #deltasMax: number
  readonly #acknowledged = new Map<string, number>()
  #deltas: State[] = []
  /** Number of the first delta kept. */
  #first = 0

  /** `deltasMax`: deltas kept for neighbours that do not answer. */
  constructor(type: LatticeType<State>, deltasMax = 10_000) {
    assert(deltasMax > 0, 'expected room for a delta')
    this.#type = type
    this.#deltasMax = deltasMax
  }

  /** Deltas kept. */
  get size(): number {
    return this.#deltas.length
  }

  /** The number of the next delta. */
  get next(): number {
    return this.#first + this.#deltas.length
  }

  /** `delta`: kept, do not change it. */
  push(delta: State): void {
    this.#deltas.push(delta)
    if (this.#deltas.length > this.#deltasMax) this.#trim(this.next - this.#deltasMax)
  }

  parcelFor(neighbour: string): Parcel<State> {
    const from = this.#acknowledged.get(neighbour)
    const upTo = this.next
    if (from === undefined || from < this.#first) return { kind: 'state', upTo }
    if (from === upTo) return { kind: 'nothing' }
    const delta = this.#type.empty()
    for (const each of this.#deltas.slice(from - this.#first)) delta.merge(each)
    return { kind: 'group', delta, upTo }
  }

  /** The neighbour has joined everything below `upTo`. */
  acknowledge(neighbour: string, upTo: number): void {
    assert(upTo <= this.next, `expected at most ${this.next}, got ${upTo}`)
    this.#acknowledged.set(neighbour, Math.max(upTo, this.#acknowledged.get(neighbour) ?? 0))
    this.#trim(Math.min(...this.#acknowledged.values()))
  }

  /** Nothing is kept for the neighbour any more. */
  forget(neighbour: string): void {
    this.#acknowledged.delete(neighbour)
  }

  #trim(first: number): void {
    if (first <= this.#first) return
    this.#deltas = this.#deltas.slice(first - this.#first)
    this.#first = first
  }
}
