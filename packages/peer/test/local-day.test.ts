/** Which day it is: by the machine's time zone on Node, by Greenwich where nothing else is said. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeDay } from '../src/node/node-day.ts'
import { today, utcDay } from '../src/local-day.ts'
import { TestClock } from './_world.ts'

const LATE_ON_NEW_YEARS_EVE_MS = Date.UTC(2026, 11, 31, 23, 30)

test('without a port the day is the one in Greenwich, to the ends of the calendar', () => {
  assert.equal(utcDay(0), '1970-01-01')
  assert.equal(utcDay(-1), '1969-12-31')
  assert.equal(utcDay(LATE_ON_NEW_YEARS_EVE_MS), '2026-12-31')
  assert.equal(utcDay(LATE_ON_NEW_YEARS_EVE_MS + 30 * 60_000), '2027-01-01')
  assert.equal(utcDay(Date.UTC(2024, 1, 29, 12)), '2024-02-29')
  assert.equal(utcDay(-1e15), '1900-01-01')
  assert.equal(utcDay(1e15), '2199-12-31')
  assert.equal(today({ clock: new TestClock() }), '2027-01-15')
  assert.equal(today({ clock: new TestClock(), dayOf: () => '2000-02-03' }), '2000-02-03')
})

test('on Node it is the day of the time zone the machine is in', () => {
  const zone = process.env['TZ']
  try {
    process.env['TZ'] = 'Pacific/Auckland'
    assert.equal(nodeDay(LATE_ON_NEW_YEARS_EVE_MS), '2027-01-01')
    process.env['TZ'] = 'America/Los_Angeles'
    assert.equal(nodeDay(LATE_ON_NEW_YEARS_EVE_MS), '2026-12-31')
    assert.equal(nodeDay(Date.UTC(2026, 2, 9, 6, 30)), '2026-03-08', 'the day summer time began')
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
})
