/**
 * The types of `@hamlet/crdt` for the suite of lattice.ts: operations made of chance, and what each type means, said once
 * more in terms of sets of operations and who had seen what (after Burckhardt et al., "Replicated data types:
 * specification, verification, optimality", 2014).
 */

import {
  EnableWinsFlag,
  GCounter,
  GSet,
  LwwMap,
  LwwRegister,
  MvRegister,
  OrMap,
  OrSet,
  PnCounter,
  compareStamps,
} from '@hamlet/crdt'
import type { Choose, LatticeCase, Made } from './lattice.ts'

const NAMES = ['x', 'y', '__proto__', ''] as const

function chooseName(choose: Choose): string {
  return NAMES[choose(NAMES.length)]!
}

/** Those that no later operation ended: one whose author knew them. */
function alive<Operation>(
  known: readonly Made<Operation>[],
  isEnded: (earlier: Operation, later: Operation) => boolean,
): readonly Made<Operation>[] {
  return known.filter((earlier) => {
    return !known.some((later) => {
      return later.past.has(earlier.number) && isEnded(earlier.operation, later.operation)
    })
  })
}

function unique(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].sort()
}

const sum = (numbers: readonly number[]): string => {
  return String(numbers.reduce((total, each) => total + each, 0))
}

export const gCounterCase: LatticeCase<GCounter, number> = {
  type: GCounter,
  choose: (choose) => 1 + choose(4),
  apply: (state, { replica, operation }) => state.increment(replica, operation),
  view: (state) => String(state.value),
  model: (known) => sum(known.map(({ operation }) => operation)),
}

export const pnCounterCase: LatticeCase<PnCounter, number> = {
  type: PnCounter,
  choose: (choose) => [-3, -1, 1, 2][choose(4)]!,
  apply: (state, { replica, operation }) => state.add(replica, operation),
  view: (state) => String(state.value),
  model: (known) => sum(known.map(({ operation }) => operation)),
}

export const gSetCase: LatticeCase<GSet, string> = {
  type: GSet,
  choose: chooseName,
  apply: (state, { operation }) => state.add(operation),
  view: (state) => [state.size, ...unique(state.values())],
  model(known) {
    const elements = unique(known.map(({ operation }) => operation))
    return [elements.length, ...elements]
  },
}

interface SetOperation {
  readonly element: string
  readonly isAdded: boolean
}

export const orSetCase: LatticeCase<OrSet, SetOperation> = {
  type: OrSet,
  choose: (choose) => ({ element: chooseName(choose), isAdded: choose(3) > 0 }),
  apply(state, { operation: { element, isAdded }, replica, seq }) {
    return isAdded ? state.add(element, { replica, seq }) : state.remove(element)
  },
  view: (state) => [state.size, ...unique(state.values())],
  model(known) {
    const live = alive(known, (a, b) => a.element === b.element && !b.isAdded)
    const added = live.filter(({ operation }) => operation.isAdded)
    const elements = unique(added.map(({ operation }) => operation.element))
    return [elements.length, ...elements]
  },
}

export const enableWinsFlagCase: LatticeCase<EnableWinsFlag, boolean> = {
  type: EnableWinsFlag,
  choose: (choose) => choose(2) === 0,
  apply(state, { operation: isOn, replica, seq }) {
    return isOn ? state.enable({ replica, seq }) : state.disable()
  },
  view: (state) => state.isOn,
  model: (known) => alive(known, (_, isOn) => !isOn).some(({ operation: isOn }) => isOn),
}

/** `undefined`: cleared. */
type Written = number | undefined

export const mvRegisterCase: LatticeCase<MvRegister, Written> = {
  type: MvRegister,
  choose: (choose) => (choose(4) === 0 ? undefined : choose(100)),
  apply(state, { operation, replica, seq }) {
    return operation === undefined ? state.clear() : state.write(operation, { replica, seq })
  },
  view: (state) => state.values,
  model(known) {
    return alive(known, () => true)
      .filter(({ operation }) => operation !== undefined)
      .sort((a, b) => (a.replica < b.replica ? -1 : a.replica > b.replica ? 1 : a.seq - b.seq))
      .map(({ operation }) => operation)
  },
}

export const lwwRegisterCase: LatticeCase<LwwRegister, number> = {
  type: LwwRegister,
  choose: (choose) => choose(100),
  apply: (state, { operation, time, id }) => state.set(operation, { time, id }),
  view: (state) => state.value ?? null,
  model: (known) => known.toSorted(compareStamps).at(-1)?.operation ?? null,
}

interface MapOperation {
  readonly key: string
  readonly value: Written
}

export const lwwMapCase: LatticeCase<LwwMap, MapOperation> = {
  type: LwwMap,
  choose: (choose) => ({
    key: chooseName(choose),
    value: choose(3) === 0 ? undefined : choose(100),
  }),
  apply(state, { operation: { key, value }, time, id }) {
    const stamp = { time, id }
    return value === undefined ? state.delete(key, stamp) : state.set(key, value, stamp)
  },
  view: (state) => [state.size, ...NAMES.map((key) => state.get(key) ?? null)],
  model(known) {
    const newest = NAMES.map((name) => {
      const writes = known.filter(({ operation }) => operation.key === name)
      return writes.sort(compareStamps).at(-1)?.operation.value ?? null
    })
    return [newest.filter((value) => value !== null).length, ...newest]
  },
}

const PATHS = [[], ['x'], ['x', ''], ['x', 'y'], ['__proto__'], ['__proto__', 'y']] as const
const ACTS = ['enable', 'disable', 'write', 'add', 'remove', 'increment', 'clear'] as const

interface PlaceOperation {
  readonly path: readonly string[]
  readonly act: (typeof ACTS)[number]
  readonly element: string
  readonly by: number
}

/** By act: the acts that end it where they are done at the same place. */
const ENDED_BY: Readonly<Record<string, readonly string[]>> = {
  enable: ['enable', 'disable'],
  write: ['write'],
  add: ['add', 'remove'],
  increment: [],
}

export const orMapCase: LatticeCase<OrMap, PlaceOperation> = {
  type: OrMap,
  choose: (choose) => ({
    path: PATHS[choose(PATHS.length)]!,
    act: ACTS[choose(ACTS.length)]!,
    element: chooseName(choose),
    by: [-2, 1, 3][choose(3)]!,
  }),
  apply(state, { operation: { path, act, element, by }, replica, seq }) {
    const dot = { replica, seq }
    const place = state.at(...path)
    if (act === 'enable') return place.enable(dot)
    if (act === 'disable') return place.disable()
    if (act === 'write') return place.write(element, dot)
    if (act === 'add') return place.add(element, dot)
    if (act === 'remove') return place.remove(element)
    if (act === 'increment') return place.increment(by, dot)
    return path.length === 1 ? state.remove(path[0]!) : place.clear()
  },
  view(state) {
    return PATHS.map((path) => {
      const place = state.at(...path)
      const { isOn, total, values } = place
      const [keys, elements] = [unique(place.keys()), unique(place.elements())]
      return { keys, isOn, values: unique(values.map(String)), elements, total: String(total) }
    })
  },
  model(known) {
    const live = alive(known, (earlier, later) => {
      if (later.act === 'clear') return isBelow(earlier.path, later.path)
      const isSamePlace = earlier.path.join() === later.path.join()
      const isOther = earlier.act === 'add' && earlier.element !== later.element
      return isSamePlace && !isOther && ENDED_BY[earlier.act]?.includes(later.act) === true
    }).map(({ operation }) => operation)
    return PATHS.map((path) => modelPlace(live, path))
  },
}

function modelPlace(live: readonly PlaceOperation[], path: readonly string[]): unknown {
  const making = live.filter(({ act }) => ENDED_BY[act] !== undefined)
  const below = making.filter((each) => isBelow(each.path, path) && each.path.length > path.length)
  const here = making.filter((each) => each.path.join() === path.join())
  const of = (act: string): readonly PlaceOperation[] => here.filter((each) => each.act === act)
  return {
    keys: unique(below.map((each) => each.path[path.length]!)),
    isOn: of('enable').length > 0,
    values: unique(of('write').map(({ element }) => element)),
    elements: unique(of('add').map(({ element }) => element)),
    total: sum(of('increment').map(({ by }) => by)),
  }
}

/** At `path` or below. */
function isBelow(inner: readonly string[], path: readonly string[]): boolean {
  return path.every((key, i) => inner[i] === key)
}
