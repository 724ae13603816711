import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '@hamlet/core'
import { FetchPlan } from '../../src/sync/fetch-plan.ts'

const EVE = 'ee'.repeat(32) as DeviceId

test('a request begins behind what is on its way to the disk', () => {
  const plan = new FetchPlan()
  assert.equal(plan.next(EVE, 3), 3)
  plan.noteFetched(EVE, 5)
  plan.noteFetched(EVE, 8)
  assert.equal(plan.next(EVE, 3), 8)
  plan.noteTaken(EVE, 5)
  assert.equal(plan.next(EVE, 5), 8, 'the rest still is')
  plan.noteTaken(EVE, 8)
  assert.equal(plan.next(EVE, 8), 8)
})

test('once what was fetched is taken, a log that counts for less is asked for from where it ends', () => {
  const plan = new FetchPlan()
  plan.noteFetched(EVE, 3)
  plan.noteTaken(EVE, 3)
  assert.equal(
    plan.next(EVE, 2),
    2,
    'the device signed two histories, and was reset to two entries',
  )
})

test('what was refused is asked for again', () => {
  const plan = new FetchPlan()
  plan.noteFetched(EVE, 5)
  plan.forgetFetched(EVE)
  assert.equal(plan.next(EVE, 3), 3)
})
