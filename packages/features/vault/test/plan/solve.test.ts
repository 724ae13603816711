/** Plans against all schemes tried one by one, and the cases that people ask about. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  availability,
  describeSolution,
  parseGoal,
  solvePlan,
  statementText,
  trustedUptime,
} from '@hamlet/vault'
import type { Helper, Solution, VaultGoal } from '@hamlet/vault'
import { madeCircle, madeHelper, personOf } from './_circle.ts'
import { schemeOf, tableRows } from './_printed.ts'

const bytes = 600

function goalOf(text: string): VaultGoal {
  const result = parseGoal(text)
  if (!result.ok) throw result.error
  return result.value
}

/** As `2-of-4`. */
function shapeOf({ plan }: Solution): string {
  return plan === undefined ? 'none' : `${plan.needed}-of-${plan.total}`
}

function solved(text: string, helpers: readonly Helper[]): Solution {
  return solvePlan({ goal: goalOf(text), helpers, bytes })
}

/** Measured for so long that the prior is forgotten. */
function surely(uptimes: readonly number[]): readonly Helper[] {
  return uptimes.map((uptime, index) => {
    return madeHelper(index, { devices: [{ uptime, observations: 1e9 }] })
  })
}

/** People, scheme of desktops, scheme of phones: the table of section 7 of the reference on vaults. */
const BY_CIRCLE = `
1  | 1-of-1  | 1-of-1
2  | 1-of-2  | 1-of-2
3  | 1-of-3  | 1-of-3
4  | 2-of-4  | 1-of-3
6  | 3-of-6  | 2-of-6
8  | 3-of-8  | 3-of-8
10 | 3-of-10 | 3-of-10
11 | 3-of-10 | 3-of-10
12 | 4-of-12 | 4-of-12
64 | 4-of-12 | 4-of-12`

test('without a goal the size of the circle decides, and copies where people are there seldom', () => {
  for (const [people, desktops, phones] of tableRows(BY_CIRCLE)) {
    const plan = (uptime: number): string => {
      return shapeOf(solvePlan({ helpers: madeCircle(Number(people), uptime), bytes }))
    }
    assert.equal(plan(0.9), desktops, `${people} desktops`)
    assert.equal(plan(0.5), phones, `${people} phones`)
  }
})

test('of circles in which some have no room, those who have count', () => {
  const helpers = [...madeCircle(3), madeHelper(5, { room: 0 }), madeHelper(6, { room: 0 })]
  assert.equal(shapeOf(solvePlan({ helpers, bytes })), '1-of-3')
  const nobody = solvePlan({ helpers: [madeHelper(0, { room: 0 })], bytes })
  assert.deepEqual(nobody, {
    ...{ plan: undefined, isMet: false },
    shortfalls: [{ short: 'room', people: 1, bytesEach: bytes, there: 0 }],
  })
})

test('the goal of the manual is met with what is cheapest at the uptimes there are', () => {
  const goal = 'readable 99 % of the time, survives losing any 2 people'
  for (const uptime of [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]) {
    const helpers = surely(Array.from({ length: 12 }, () => uptime))
    const { plan, isMet } = solved(goal, helpers)
    let cheapest = Infinity
    for (let total = 1; total <= 12; total++) {
      for (let needed = 1; needed <= total - 2; needed++) {
        const same = Array.from({ length: total }, () => uptime)
        if (availability(needed, same) >= 0.99) cheapest = Math.min(cheapest, total / needed)
      }
    }
    assert.equal(isMet, cheapest < Infinity)
    if (isMet) assert.equal(plan!.cost, cheapest, `at ${uptime}`)
  }
})

function cheapShape(uptime: number, percent: number): string {
  const helpers = surely(Array.from({ length: 4 }, () => uptime))
  return shapeOf(solved(`readable ${percent} %, costs at most 2x`, helpers))
}

test('copies beat coding of the same cost where people are there seldom, and not where they are there often', () => {
  assert.equal(cheapShape(0.5, 74), '1-of-2')
  assert.equal(cheapShape(0.6, 83), '1-of-2')
  // From about two thirds on, 2-of-4 is read as often as 1-of-2 and is lost less.
  assert.equal(cheapShape(0.7, 90), '2-of-4')
  assert.equal(cheapShape(0.99, 83), '1-of-1')
})

/** All ways to choose holders of a shard each, for a circle that is small enough. */
function cheapestOf(helpers: readonly Helper[], goal: VaultGoal): number {
  let cheapest = Infinity
  for (let chosen = 1; chosen < 2 ** helpers.length; chosen++) {
    const holders = helpers.filter((_, index) => ((chosen >> index) & 1) === 1)
    for (let needed = 1; needed <= holders.length; needed++) {
      if (!isMetBy(holders, needed, goal)) continue
      cheapest = Math.min(cheapest, holders.length / needed)
    }
  }
  return cheapest
}

function isMetBy(holders: readonly Helper[], needed: number, goal: VaultGoal): boolean {
  const { readable = 0, survives, costMax = Infinity } = goal
  if (holders.length / needed > costMax) return false
  if (holders.some(({ freeBytes }) => freeBytes < Math.ceil(bytes / needed))) return false
  const uptimes = holders.map(({ devices }) => trustedUptime(devices[0]!))
  if (availability(needed, uptimes) < readable) return false
  const roofs = new Map<string, number>()
  for (const { person, household } of holders) {
    const key = survives?.of === 'households' ? (household ?? person) : person
    roofs.set(key, (roofs.get(key) ?? 0) + 1)
  }
  const largest = [...roofs.values()].sort((a, b) => b - a).slice(0, survives?.losses ?? 0)
  return holders.length - largest.reduce((sum, size) => sum + size, 0) >= needed
}

function circleArb(household: fc.Arbitrary<string | undefined>): fc.Arbitrary<readonly Helper[]> {
  const made = fc.record({
    uptime: fc.integer({ min: 1, max: 99 }).map((value) => value / 100),
    room: fc.integer({ min: 0, max: 7 }),
    household,
  })
  return fc.array(made, { minLength: 1, maxLength: 7 }).map((circle) => {
    return circle.map(({ household: name, room, uptime }, index) => {
      const devices = [{ uptime }]
      return madeHelper(
        index,
        name === undefined ? { room, devices } : { room, devices, household: name },
      )
    })
  })
}

const goalArb = fc.record({
  readable: fc.integer({ min: 1, max: 199 }).map((value) => value / 200),
  losses: fc.integer({ min: 1, max: 3 }),
  costMax: fc.constantFrom(1.5, 2, 3, 8),
})

test('of all ways to choose people and a scheme, none that meets the goal is cheaper', () => {
  fc.assert(
    fc.property(circleArb(fc.constant(undefined)), goalArb, (helpers, { losses, ...rest }) => {
      const goal: VaultGoal = { ...rest, survives: { losses, of: 'people' } }
      const { plan, isMet, shortfalls } = solvePlan({ goal, helpers, bytes })
      const cheapest = cheapestOf(helpers, goal)
      assert.equal(isMet, cheapest < Infinity)
      if (isMet) assert.equal(plan!.cost, cheapest)
      else assert.ok(shortfalls.length > 0)
    }),
    { numRuns: 150 },
  )
})

test('losses of households alone are met as cheaply as any choice of people does', () => {
  const household = fc.constantFrom('mill', 'lane', 'hill', undefined)
  fc.assert(
    fc.property(circleArb(household), goalArb, (helpers, { losses, costMax }) => {
      const goal: VaultGoal = { costMax, survives: { losses, of: 'households' } }
      const roomy = helpers.map((helper) => ({ ...helper, freeBytes: 1000 }))
      const { plan, isMet } = solvePlan({ goal, helpers: roomy, bytes })
      const cheapest = cheapestOf(roomy, goal)
      assert.equal(isMet, cheapest < Infinity)
      if (isMet) assert.equal(plan!.cost, cheapest)
    }),
    { numRuns: 100 },
  )
})

test('the order in which helpers are listed changes nothing', () => {
  fc.assert(
    fc.property(
      circleArb(fc.constantFrom('mill', undefined)),
      goalArb,
      (helpers, { losses, ...rest }) => {
        const goal: VaultGoal = { ...rest, survives: { losses, of: 'households' } }
        const one = solvePlan({ goal, helpers, bytes })
        assert.deepEqual(solvePlan({ goal, helpers: [...helpers].reverse(), bytes }), one)
      },
    ),
    { numRuns: 60 },
  )
})

test('what is missing is said as what would be enough and what is there', () => {
  const seldom = solved('readable 90 %, survives losing any 2 people', surely([0.62, 0.62, 0.2]))
  assert.deepEqual(seldom.shortfalls, [{ short: 'uptime', holders: 3, uptime: 0.54, there: 2 }])
  assert.equal(shapeOf(seldom), '1-of-3')
  const few = solved('survives losing any 3 people', madeCircle(3))
  assert.deepEqual(few.shortfalls, [{ short: 'people', needed: 4, there: 3 }])
  const full = [...madeCircle(2), madeHelper(2, { room: 1 })]
  assert.deepEqual(solved('survives losing any 2 people', full).shortfalls, [
    { short: 'room', people: 3, bytesEach: 600, there: 2 },
  ])
  const mill = [0, 1, 2].map((index) => madeHelper(index, { household: 'mill' }))
  assert.deepEqual(solved('survives losing any 1 household', mill).shortfalls, [
    { short: 'households', needed: 2, there: 1 },
  ])
  const dear = solved('survives losing any 2 people, costs at most 2x', madeCircle(3))
  assert.deepEqual(dear.shortfalls, [{ short: 'cost', cost: 3 }])
  const [loss] = solved('lost at most 1 in 1000000000 a year', madeCircle(3)).shortfalls
  assert.equal(loss!.short, 'loss')
  const pair = [madeHelper(0, { devices: [{}, {}] })]
  assert.deepEqual(solved('survives losing any 2 devices', pair).shortfalls, [
    { short: 'devices', needed: 3, there: 2 },
  ])
})

test('two things that are missing are both said', () => {
  const helpers = [
    madeHelper(0, { devices: [{ uptime: 0.1 }], room: 1 }),
    madeHelper(1, { room: 1 }),
  ]
  const { shortfalls, plan } = solved('readable 99.9 %, survives losing any 1 person', helpers)
  assert.deepEqual(
    shortfalls.map(({ short }) => short),
    ['room', 'uptime'],
  )
  assert.equal(plan, undefined)
})

test('the second devices of people hold shards only where devices are what may be lost', () => {
  const helpers = [madeHelper(0, { devices: [{}, {}] }), madeHelper(1, { devices: [{}, {}] })]
  assert.equal(shapeOf(solvePlan({ helpers, bytes })), '1-of-2')
  const { plan } = solved('survives losing any 2 devices', helpers)
  assert.deepEqual([plan!.needed, plan!.total], [2, 4])
  assert.deepEqual(plan!.survives, { people: 1, devices: 2, households: 1 })
})

test("the owner's own copy is one loss more, unless it goes with the helpers' household", () => {
  const goal = goalOf('survives losing any 2 households')
  const helpers = madeCircle(2)
  assert.equal(solvePlan({ goal, helpers, bytes }).isMet, false)
  const apart = { person: personOf(9), household: undefined }
  assert.equal(solvePlan({ goal, helpers, bytes, ownCopy: apart }).isMet, true)
  const together = [madeHelper(0, { household: 'mill' }), madeHelper(1)]
  const ownCopy = { person: personOf(9), household: 'mill' }
  const { plan, isMet } = solvePlan({ goal, helpers: together, bytes, ownCopy })
  assert.equal(isMet, false)
  assert.deepEqual(plan!.survives, { people: 2, devices: 2, households: 1 })
})

test('a solution is told in sentences', () => {
  const helpers = surely([0.5, 0.5, 0.5, 0.5])
  const told = describeSolution(solvePlan({ helpers, bytes })).map(statementText)
  assert.deepEqual(told.slice(0, 4), [
    'any 1 of 3 holders give it back',
    'costs 3 times its size, 600 bytes each',
    'readable 87.5 % of the time from them alone',
    'survives losing any 2 people',
  ])
  assert.match(told[4]!, /^lost with a chance of 1 in \d+ a year$/)
  const short = describeSolution(
    solved('readable 90 %, survives losing any 2 people', surely([0.62, 0.62, 0.2])),
  )
  assert.equal(
    statementText(short.at(-1)!),
    'needs 3 holders online at least 54 % of the time; there are 2',
  )
})

test('64 people with 8 devices each are planned for in some milliseconds', () => {
  const helpers = Array.from({ length: 64 }, (_, index) => {
    const devices = Array.from({ length: 8 }, (_unused, at) => ({ uptime: (index + at) / 80 }))
    return madeHelper(index, { household: `house ${index % 20}`, devices })
  })
  const text = 'readable 99 % of the time, survives losing any 2 people'
  solved(text, helpers)
  const before = process.cpuUsage()
  assert.equal(solved(text, helpers).isMet, true)
  const { user, system } = process.cpuUsage(before)
  assert.ok((user + system) / 1000 < 300, `${(user + system) / 1000} ms of the processor`)
  assert.ok(schemeOf(shapeOf(solved(text, helpers))).needed <= 16)
})
