/** Goal: the later write wins by one rule, also where a broken writer uses a stamp twice. Method: few stamps, many values. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '@hamlet/core'
import fc from 'fast-check'
import { LwwMap, LwwRegister } from '../src/index.ts'
import type { Lattice, Stamp } from '../src/index.ts'

const stamp: fc.Arbitrary<Stamp> = fc.record({
  time: fc.record({ milliseconds: fc.nat({ max: 1 }), counter: fc.nat({ max: 1 }) }),
  id: fc.constantFrom('a', 'b'),
})
const value = fc.constantFrom(null, 0, 1, 'x', true, ['x'])
const write = fc.record({ key: fc.constantFrom('k', 'l'), stamp, value: fc.option(value) })
const map = fc.array(write, { maxLength: 8 }).map((writes) => {
  const made = new LwwMap()
  for (const each of writes) {
    if (each.value === null) made.delete(each.key, each.stamp)
    else made.set(each.key, each.value, each.stamp)
  }
  return made
})
const register = fc.array(fc.record({ stamp, value }), { maxLength: 4 }).map((writes) => {
  const made = new LwwRegister()
  for (const each of writes) made.set(each.value, each.stamp)
  return made
})

function at(milliseconds: number): Stamp {
  return { time: { milliseconds, counter: 0 }, id: 'a' }
}

function checkLaws<State extends Lattice<State>>(
  states: fc.Arbitrary<State>,
  empty: () => State,
): void {
  const hex = (state: State): string => bytesToHex(state.encode())
  const joined = (...all: readonly State[]): State => {
    const join = empty()
    for (const state of all) join.merge(state)
    return join
  }
  fc.assert(
    fc.property(states, states, states, (a, b, c) => {
      assert.equal(hex(joined(a, b)), hex(joined(b, a)))
      assert.equal(hex(joined(joined(a, b), c)), hex(joined(a, joined(b, c))))
      assert.equal(a.isWithin(b), hex(joined(a, b)) === hex(b))
      assert.equal(joined(a, b).merge(a), false)
    }),
    { numRuns: 1000 },
  )
}

test('maps join in every order', () => checkLaws(map, () => new LwwMap()))

test('registers join in every order', () => checkLaws(register, () => new LwwRegister()))

test('a state that was joined is not changed by what happens to the other', () => {
  const first = new LwwMap()
  const delta = first.set('k', 'old', at(1))
  const second = new LwwMap()
  second.merge(first)
  first.set('k', 'new', at(2))
  assert.deepEqual([delta.get('k'), second.get('k'), first.get('k')], ['old', 'old', 'new'])
})
