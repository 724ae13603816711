/** A peer's share of this device's work. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  HELD_BYTES_MAX,
  HELD_MESSAGES_MAX,
  PEER_WORK_MS_MAX,
  PEER_WORK_WINDOW_MS,
  STRANGER_HELD_BYTES_MAX,
  PeerInbox,
  WORK_COUNTED_MS_MAX,
  WorkBudget,
} from '@hamlet/space'
import { TestClock } from '../_world.ts'

/** An inbox whose messages take so long each. */
function inboxOf(costMs: number, { isFree = false, isMember = true } = {}) {
  const clock = new TestClock()
  const handled: number[] = []
  let overflows = 0
  const inbox = new PeerInbox(clock, {
    handle: (bytes) => {
      const sinceMs = clock.monotonic()
      clock.pass(costMs)
      handled.push(bytes[0]!)
      if (isFree) inbox.excuse(sinceMs)
    },
    isMember: () => isMember,
    overflow: () => overflows++,
  })
  return { clock, inbox, handled, overflows: () => overflows }
}

test('a peer gets 250 ms of work in ten seconds, and what waits is done in order later', () => {
  const { clock, inbox, handled } = inboxOf(25)
  for (let i = 0; i < 30; i++) inbox.receive(Uint8Array.of(i))
  assert.ok(handled.length * 25 <= PEER_WORK_MS_MAX + 50, `${handled.length} handled at once`)
  assert.equal(handled.length + inbox.heldMessages, 30)
  for (let second = 0; second < 60; second++) {
    clock.pass(1_000)
    inbox.tick()
  }
  assert.deepEqual(
    handled,
    Array.from({ length: 30 }, (_, i) => i),
  )
})

test('work that moves a log forward is not counted', () => {
  const { inbox, handled } = inboxOf(25, { isFree: true })
  for (let i = 0; i < 200; i++) inbox.receive(Uint8Array.of(i))
  assert.equal(handled.length, 200)
})

test('a machine that slept in the middle of a message counts it as a short one', () => {
  const { inbox, handled } = inboxOf(3_600_000)
  inbox.receive(Uint8Array.of(0))
  assert.equal(inbox.isSpent, false)
  assert.equal(handled.length, 1)
  assert.ok(WORK_COUNTED_MS_MAX < PEER_WORK_MS_MAX)
})

test('more messages, or more bytes, than may wait are reported once and let go', () => {
  for (const [count, bytes, isMember] of [
    [HELD_MESSAGES_MAX + 50, 1, true],
    [50, HELD_BYTES_MAX / 8, true],
    [50, STRANGER_HELD_BYTES_MAX / 8, false],
  ] as const) {
    const { inbox, handled, overflows } = inboxOf(WORK_COUNTED_MS_MAX, { isMember })
    let sent = 0
    for (; sent < count && overflows() === 0; sent++) inbox.receive(new Uint8Array(bytes))
    assert.equal(overflows(), 1)
    assert.equal(inbox.heldMessages, 0)
    if (bytes > 1) assert.equal(sent - handled.length, 9, 'eight may wait')
  }
})

test('a budget never gives more than its capacity and what came in', () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 5_000 }),
    amount: fc.integer({ min: 0, max: 40 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const rate = { capacity: PEER_WORK_MS_MAX, refillMs: PEER_WORK_WINDOW_MS }
      const budget = new WorkBudget(rate)
      let [nowMs, spent] = [0, 0]
      for (const { afterMs, amount } of steps) {
        nowMs += afterMs
        if (budget.isSpent(nowMs)) continue
        budget.spend(amount, nowMs)
        spent += amount
      }
      assert.ok(spent <= rate.capacity + (rate.capacity * nowMs) / rate.refillMs + 40)
    }),
  )
})
