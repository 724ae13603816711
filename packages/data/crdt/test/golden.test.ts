/** Goal: stored forms never change. Method: one state of each type against its file in `golden`, both ways. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, encodeCbor, hexToBytes } from '@hamlet/core'
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
  entryDot,
  logDot,
} from '../src/index.ts'
import type { Lattice, LatticeType } from '../src/index.ts'

const stamp = (milliseconds: number, counter: number, id: string) => {
  return { time: { milliseconds, counter }, id }
}

/** A state of the type with each of its features: what was ended, several replicas, gaps. */
const makers = {
  'g-counter': [
    GCounter,
    (state: GCounter) => void [state.increment('phone', 3), state.increment('bé', 300)],
  ],
  'pn-counter': [
    PnCounter,
    (state: PnCounter) => void [state.add('phone', 3), state.add('phone', -5)],
  ],
  'g-set': [GSet, (state: GSet) => void [state.add('pear'), state.add('apple'), state.add('')]],
  'or-set': [
    OrSet,
    (state: OrSet) => {
      state.add('milk', logDot('phone', 0))
      state.add('tea', logDot('phone', 2, 1))
      state.add('milk', entryDot(new Uint8Array(32).fill(7), 2))
      state.remove('tea')
      state.merge(new OrSet().add('late', { replica: 'tablet', seq: 9 }))
    },
  ],
  'enable-wins-flag': [
    EnableWinsFlag,
    (state: EnableWinsFlag) => {
      state.enable({ replica: 'phone', seq: 4 })
      state.enable({ replica: 'laptop', seq: 0 })
    },
  ],
  'mv-register': [
    MvRegister,
    (state: MvRegister) => {
      state.merge(new MvRegister().write(['one', 1], { replica: 'phone', seq: 0 }))
      state.merge(new MvRegister().write(null, { replica: 'laptop', seq: 3 }))
    },
  ],
  'lww-register': [
    LwwRegister,
    (state: LwwRegister) => void state.set('Home', stamp(1_700_000_000_000, 5, 'entry')),
  ],
  'lww-map': [
    LwwMap,
    (state: LwwMap) => {
      state.set('b', 1, stamp(1_700_000_000_000, 0, 'one'))
      state.set('a', null, stamp(1_700_000_000_250, 1, 'one'))
      state.delete('c', stamp(1_700_000_000_250, 1, 'two'))
    },
  ],
  'or-map': [
    OrMap,
    (state: OrMap) => {
      const trip = state.at('trip')
      trip.at('open').enable(logDot('phone', 0))
      trip.at('name').write('Rome', logDot('phone', 0, 1))
      trip.at('people').add('Anna', logDot('phone', 0, 2))
      trip.at('cents').increment(-250, logDot('phone', 0, 3))
      state.at('old').write(1, logDot('phone', 1))
      state.remove('old')
    },
  ],
} as const

for (const [name, [type, make]] of Object.entries(makers)) {
  test(`the stored form of ${name} is the documented one`, () => {
    const { stored, empty, decode } = type as unknown as LatticeType<Lattice<object>>
    assert.equal(stored, `${name}/1`)
    const state = empty()
    ;(make as (state: unknown) => void)(state)
    const golden = readFileSync(join(import.meta.dirname, 'golden', `${name}.hex`), 'utf8').trim()
    assert.equal(bytesToHex(state.encode()), golden)
    const decoded = decode(hexToBytes(golden))
    assert.ok(decoded.ok && bytesToHex(decoded.value.encode()) === golden)
  })
}

test('a state of one type is not taken for another, nor one of a later version', () => {
  assert.equal(GSet.decode(new OrSet().encode()).ok, false)
  assert.equal(GSet.decode(encodeCbor(['g-set/2', []])).ok, false)
  assert.equal(GSet.decode(encodeCbor(['g-set/1', [], 1])).ok, false)
})
