import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JOIN_REQUESTS_PER_HOUR_MAX } from '@hamlet/core'
import { ASKERS_MAX, JoinAskers } from '@hamlet/space'
import { TestClock } from '../_world.ts'

test('a device asks three times an hour, and the same paper again is no other request', () => {
  const clock = new TestClock()
  const askers = new JoinAskers(clock)
  const answers = ['a', 'b', 'c', 'd', 'a'].map((paper) => askers.mayAsk('eve', undefined, paper))
  assert.deepEqual(answers, [true, true, true, false, true])
  clock.pass(3_600_000)
  assert.equal(askers.mayAsk('eve', undefined, 'd'), true)
})

test('devices made up behind one address block share its three requests an hour', () => {
  const askers = new JoinAskers(new TestClock())
  const answers = Array.from({ length: 5 }, (_, i) => {
    return askers.mayAsk(`device ${i}`, '203.0.113.0/24', `paper ${i}`)
  })
  assert.equal(answers.filter(Boolean).length, JOIN_REQUESTS_PER_HOUR_MAX)
  assert.equal(askers.mayAsk('another', '198.51.100.0/24', 'paper'), true)
  assert.equal(askers.mayAsk('at home', undefined, 'paper'), true)
})

test('what is remembered of askers is bounded', () => {
  const askers = new JoinAskers(new TestClock())
  for (let paper = 0; paper < 3; paper++) askers.mayAsk('first', undefined, `${paper}`)
  assert.equal(askers.mayAsk('first', undefined, 'fourth'), false)
  for (let i = 0; i < ASKERS_MAX; i++) askers.mayAsk(`device ${i}`, undefined, 'paper')
  assert.equal(askers.mayAsk('first', undefined, 'fourth'), true, 'the oldest made room')
})
