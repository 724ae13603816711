/**
 * What all replicated types of this package have in common: they are join semilattices.
 *
 * States are ordered by what they know. `merge` replaces a state by the least one that knows what both did; that is
 * commutative, associative and idempotent, so states may travel by any route, late, twice and in any order. A *delta*
 * is a small state of the same type: joining what one operation changed gives the same as joining the whole state
 * after it (Almeida, Shoker, Baquero, "Delta state replicated data types", 2018). Deltas join into *groups* just so.
 *
 * `packages/testkit/src/conformance/lattice.ts` holds every type against these laws.
 */

import type { CborError, Result } from '@hamlet/core'

export interface Lattice<Self> {
  /** Takes in everything `other` knows, which stays as it is; whether anything was new. */
  merge(other: Self): boolean
  /** Whether `other` knows everything that this state knows: the order of the lattice. */
  isWithin(other: Self): boolean
  /** Canonical CBOR: equal states give equal bytes. */
  encode(): Uint8Array
}

/** The way into one type. */
export interface LatticeType<State extends Lattice<State>> {
  /** The name its stored form begins with. */
  readonly stored: string
  /** The least state, which knows nothing. */
  empty(): State
  /** Accepts what `encode` gives and nothing else. */
  decode(bytes: Uint8Array): Result<State, CborError>
}

/** A state of its own that knows the same. */
export function copyState<State extends Lattice<State>>(
  type: LatticeType<State>,
  state: State,
): State {
  const copy = type.empty()
  copy.merge(state)
  return copy
}
