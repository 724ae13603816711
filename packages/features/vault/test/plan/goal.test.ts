import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { goalText, parseGoal } from '@hamlet/vault'
import type { LossKind, VaultGoal } from '@hamlet/vault'

function goalOf(text: string): VaultGoal {
  const result = parseGoal(text)
  if (!result.ok) throw result.error
  return result.value
}

function faultOf(text: string): unknown {
  const result = parseGoal(text)
  return result.ok ? undefined : result.error.fields.fault
}

test('a goal is read as it is said', () => {
  const people = { losses: 2, of: 'people' } as const
  assert.deepEqual(goalOf('readable 99 % of the time, survives losing any 2 people'), {
    ...{ readable: 0.99, survives: people },
  })
  assert.deepEqual(goalOf('  Survives  the loss of TWO people'), {
    survives: people,
  })
  assert.deepEqual(goalOf('survives losing one household and readable at least 99.9percent'), {
    readable: 0.999,
    survives: { losses: 1, of: 'households' },
  })
  assert.deepEqual(goalOf('lost less than 1 in 1000000 a year; costs at most 2.5x'), {
    yearlyLossMax: 1e-6,
    costMax: 2.5,
  })
  assert.deepEqual(goalOf('lost at most 0.1 % per year, and costs up to 3 times the size'), {
    yearlyLossMax: 0.001,
    costMax: 3,
  })
})

test('what is not a goal is refused with the words that were not understood', () => {
  for (const text of [
    ...['', 'safe', 'readable', 'readable 99', 'readable -1 %', 'survives 2 people', ','],
    ...['survives losing any thirteen people', 'survives losing 2 cats', 'costs 3 times'],
    ...['readable 99 % of the time.', 'readable 1e2 %', 'lost at most 1 in 3 a month'],
  ]) {
    assert.equal(faultOf(text), 'words', text)
  }
  assert.equal(faultOf('readable 99 %, readable 98 %'), 'twice')
  for (const text of [
    ...['readable 100 %', 'readable 0 %', 'survives losing any 0 people', 'costs at most 0.5x'],
    ...['survives losing any 64 people', 'lost at most 1 in 0 a year', 'lost at most 101 % a year'],
  ]) {
    assert.equal(faultOf(text), 'range', text)
  }
  assert.equal(faultOf(`readable 99 %${' '.repeat(300)}`), 'length')
})

test('the words for a goal are read as the same goal', () => {
  const goals: fc.Arbitrary<VaultGoal> = fc.record(
    {
      readable: fc.integer({ min: 1, max: 99_999_999 }).map((value) => Number(`${value}e-8`)),
      survives: fc.record(
        {
          losses: fc.integer({ min: 1, max: 63 }),
          of: fc.constantFrom<LossKind>('people', 'devices', 'households'),
        },
        { noNullPrototype: true },
      ),
      yearlyLossMax: fc.oneof(
        fc.integer({ min: 1, max: 1e12 }).map((value) => 1 / value),
        fc.integer({ min: 1, max: 1_000_000 }).map((value) => Number(`${value}e-6`)),
      ),
      costMax: fc.integer({ min: 100, max: 6400 }).map((value) => value / 100),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  fc.assert(
    fc.property(goals, (goal) => {
      if (Object.keys(goal).length === 0) return
      assert.deepEqual(goalOf(goalText(goal)), goal)
    }),
  )
})

test('any text is read or refused, and soon', () => {
  const words = fc.constantFrom(
    ...['readable', 'survives', 'losing', 'any', '2', '99', '%', 'people', 'and', ',', ';'],
    ...['costs', 'at', 'most', 'x', 'lost', '1', 'in', 'a', 'year', ' ', '999999999999999', 'İ'],
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((list) => list.join(' ')),
      ),
      (text) => {
        const result = parseGoal(text)
        if (result.ok) assert.deepEqual(goalOf(goalText(result.value)), result.value)
        else assert.equal(result.error.code, 'VAULT_BAD_GOAL')
      },
    ),
  )
})
