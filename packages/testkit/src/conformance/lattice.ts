/**
 * What every replicated type does: the laws of a join semilattice, and its own model.
 *
 * A script of numbers decides what three replicas do: operations, joins of whole states, deltas that arrive late, twice
 * and in any order. Some deliveries are causal (an operation comes after those its author knew); then what a user sees
 * must be what the model says of the set of operations known, at every step. Some states are joins of deltas in no order
 * at all; they, too, must obey the laws and end up equal.
 *
 * A law is checked on encoded states, since equal states have equal bytes.
 */

import { assert, bytesToHex } from '@hamlet/core'
import { copyState } from '@hamlet/crdt'
import type { Dot, Lattice, LatticeType, Stamp } from '@hamlet/crdt'
import { checkEqual } from './check.ts'
import type { TestFunction } from './check.ts'

/** An operation as its author made it. */
export interface Made<Operation> extends Stamp, Dot {
  readonly number: number
  readonly operation: Operation
  /** Numbers of the operations its author knew. */
  readonly past: ReadonlySet<number>
}

/** A number from 0 to below `count`. */
export type Choose = (count: number) => number

export interface LatticeCase<State extends Lattice<State>, Operation> {
  readonly type: LatticeType<State>
  choose(choose: Choose): Operation
  /** Applies the operation to the state and returns its delta. */
  apply(state: State, made: Made<Operation>): State
  /** What a user sees of a state. */
  view(state: State): unknown
  /** The same, from nothing but the operations known. */
  model(known: readonly Made<Operation>[]): unknown
}

/** Runs a property on many scripts, as `fc.assert(fc.property(fc.array(fc.nat()), run))` does. */
export type ForAll = (run: (script: readonly number[]) => void) => void

interface Replica<State> {
  readonly name: string
  readonly known: Set<number>
  state: State
  next: number
}

export function latticeConformance<State extends Lattice<State>, Operation>(
  test: TestFunction,
  forAll: ForAll,
  each: LatticeCase<State, Operation>,
): void {
  const name = each.type.stored
  const property = (title: string, run: (world: World<State, Operation>) => void): void => {
    test(`${name}: ${title}`, async () => {
      forAll((script) => run(new World(each, script)))
    })
  }
  property('a state shows what the model says of the operations known', (world) => world.play())
  property('joining is commutative, associative and idempotent', (world) => {
    const [a, b, c] = world.samples()
    checkSame(world.joined(a, b), world.joined(b, a), 'commutative')
    const left = world.joined(world.joined(a, b), c)
    checkSame(left, world.joined(a, world.joined(b, c)), 'associative')
    checkSame(world.joined(a, a), a, 'idempotent')
  })
  property('the order agrees with joining, and nothing gets lost', (world) => {
    const [a, b] = world.samples()
    const both = world.joined(a, b)
    assert(a.isWithin(both) && b.isWithin(both), 'a join knows what both sides knew')
    assert(a.isWithin(b) === isSame(both, b), 'below means that a join changes nothing')
    assert(!(a.isWithin(b) && b.isWithin(a)) || isSame(a, b), 'antisymmetric')
    assert(world.type.empty().isWithin(a), 'the empty state is the least')
  })
  property('deltas joined in any order, some twice, give what whole states give', (world) => {
    world.play()
    checkSame(world.joined(...world.shuffledDeltas()), world.joined(...world.states), 'deltas')
  })
  property('a stored state comes back, and only in one form', (world) => {
    for (const state of world.samples()) {
      const decoded = world.type.decode(state.encode())
      assert(decoded.ok, 'a stored state can be read')
      checkSame(decoded.value, state, 'read again')
      checkEqual(each.view(decoded.value), each.view(state))
      checkSame(world.joined(decoded.value, state), state, 'joined with what was stored')
    }
  })
}

class World<State extends Lattice<State>, Operation> {
  readonly type: LatticeType<State>
  readonly #case: LatticeCase<State, Operation>
  readonly #script: readonly number[]
  readonly #replicas: readonly Replica<State>[]
  readonly #made: Made<Operation>[] = []
  readonly #deltas: State[] = []
  #at = 0

  constructor(each: LatticeCase<State, Operation>, script: readonly number[]) {
    this.#case = each
    this.type = each.type
    this.#script = script
    this.#replicas = ['a', 'b', 'c'].map((name) => {
      return { name, known: new Set(), state: this.type.empty(), next: 0 }
    })
  }

  get states(): readonly State[] {
    return this.#replicas.map(({ state }) => state)
  }

  /** The script as far as it goes, checked at each step. */
  play(): void {
    while (this.#at < this.#script.length) {
      const replica = this.#replicas[this.#choose(3)]!
      const act = this.#choose(4)
      if (act <= 1 || this.#made.length === 0) this.#operate(replica)
      else if (act === 2) this.#deliver(replica, this.#choose(this.#made.length))
      else this.#pull(replica, this.#replicas[this.#choose(3)]!)
      const known = this.#made.filter(({ number }) => replica.known.has(number))
      checkEqual(this.#case.view(replica.state), this.#case.model(known))
    }
  }

  /** Three states: of replicas, or joins of any deltas. */
  samples(): readonly [State, State, State] {
    this.play()
    const pool = [...this.states, ...this.#partialJoins()]
    const at = this.#made.length
    return [pool[at % 6]!, pool[(at * 5 + 1) % 6]!, pool[(at * 3 + 2) % 6]!]
  }

  joined(...states: readonly State[]): State {
    const all = this.type.empty()
    for (const state of states) {
      const before = bytesToHex(all.encode())
      const isChanged = all.merge(state)
      assert(isChanged === (bytesToHex(all.encode()) !== before), 'a join says whether it changed')
    }
    return all
  }

  /** All of them, the odd ones twice, in an order that the script decides. */
  shuffledDeltas(): readonly State[] {
    const weights = this.#deltas.map(
      (_, i) => ((this.#script[i % this.#script.length] ?? 0) * (i + 7)) % 31,
    )
    const order = this.#deltas.map((delta, i) => ({ delta, weight: weights[i]! }))
    const twice = [
      ...order,
      ...order
        .filter((_, i) => i % 2 === 1)
        .map(({ delta }, i) => ({ delta, weight: weights[i]! })),
    ]
    return twice.sort((x, y) => x.weight - y.weight).map(({ delta }) => delta)
  }

  #partialJoins(): readonly State[] {
    return [0, 1, 2].map((third) =>
      this.joined(...this.#deltas.filter((_, i) => (i * 7 + third) % 3 !== 0)),
    )
  }

  #choose(count: number): number {
    return (this.#script[this.#at++] ?? 0) % count
  }

  #operate(replica: Replica<State>): void {
    const number = this.#made.length
    const time = { milliseconds: this.#choose(4), counter: this.#choose(2) }
    // Numbers are skipped now and then, as where an entry concerns something else.
    const seq = replica.next + this.#choose(3)
    const past = new Set(replica.known)
    const operation = this.#case.choose((count) => this.#choose(count))
    const made = { number, operation, past, time, id: `w${number}`, replica: replica.name, seq }
    const before = copyState(this.type, replica.state)
    const delta = this.#case.apply(replica.state, made)
    assert(before.isWithin(replica.state), 'an operation takes nothing back')
    assert(delta.isWithin(replica.state), 'a delta is part of the state after it')
    checkSame(this.joined(before, delta), replica.state, 'state and delta')
    replica.next = seq + 1
    replica.known.add(number)
    this.#made.push(made)
    this.#deltas.push(copyState(this.type, delta))
  }

  /** Causal: only after what its author knew; as often as it comes. */
  #deliver(replica: Replica<State>, number: number): void {
    const { past } = this.#made[number]!
    if (![...past].every((each) => replica.known.has(each))) return
    replica.state.merge(this.#deltas[number]!)
    replica.known.add(number)
  }

  #pull(replica: Replica<State>, from: Replica<State>): void {
    replica.state.merge(from.state)
    for (const number of from.known) replica.known.add(number)
  }
}

function isSame<State extends Lattice<State>>(a: State, b: State): boolean {
  return bytesToHex(a.encode()) === bytesToHex(b.encode())
}

function checkSame<State extends Lattice<State>>(a: State, b: State, law: string): void {
  assert(isSame(a, b), `${law}: ${bytesToHex(a.encode())} and ${bytesToHex(b.encode())}`)
}
