/** Who is refused, for how long, and that it ends. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BAN_FORGIVEN_MS,
  BanBook,
  banLengthMs,
  BANS_MAX,
  FRIEND_BAN_MS_MAX,
  STRANGER_BAN_MS_MAX,
  VIOLATION_BAN_MS,
} from '@hamlet/network'
import type { Clock } from '@hamlet/core'
import { createTestKv, deviceOf } from './_util.ts'

const MINUTE_MS = 60_000
const EVE = deviceOf('eve')

class HandClock implements Clock {
  wallMs = 1_800_000_000_000
  steadyMs = 5_000

  wall(): number {
    return this.wallMs
  }

  monotonic(): number {
    return this.steadyMs
  }

  after(): () => void {
    return () => undefined
  }

  pass(ms: number): void {
    this.wallMs += ms
    this.steadyMs += ms
  }
}

async function offend(book: BanBook, clock: HandClock, times: number, isFriend: boolean) {
  const lengths: number[] = []
  for (let i = 0; i < times; i++) {
    const lengthMs = book.ban(EVE, VIOLATION_BAN_MS, 'garbage', isFriend)
    lengths.push(lengthMs / MINUTE_MS)
    clock.pass(lengthMs)
  }
  return lengths
}

test('a stranger is refused for ten minutes, twice as long each time, up to a day', async () => {
  const clock = new HandClock()
  const book = await BanBook.open(clock)
  const lengths = await offend(book, clock, 10, false)
  assert.deepEqual(lengths.slice(0, 8), [10, 20, 40, 80, 160, 320, 640, 1280])
  assert.ok(lengths.every((minutes) => minutes <= STRANGER_BAN_MS_MAX / MINUTE_MS))
})

test('a member is refused for an hour at most, however often', async () => {
  const clock = new HandClock()
  const lengths = await offend(await BanBook.open(clock), clock, 8, true)
  assert.deepEqual(lengths, [10, 20, 40, 60, 60, 60, 60, 60])
  assert.equal(FRIEND_BAN_MS_MAX, 60 * MINUTE_MS)
})

test('each day without an offence takes one off, until nothing is left', async () => {
  const clock = new HandClock()
  const book = await BanBook.open(clock)
  assert.deepEqual(await offend(book, clock, 3, false), [10, 20, 40])
  clock.pass(BAN_FORGIVEN_MS)
  assert.deepEqual(await offend(book, clock, 1, false), [40], 'one of three is forgiven')
  clock.pass(3 * BAN_FORGIVEN_MS)
  assert.deepEqual(await offend(book, clock, 1, false), [10])
})

test('a ban is never shorter than asked for, nor longer than a day, and more offences make none shorter', () => {
  const offences = fc.integer({ min: 0, max: 1_000 })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: STRANGER_BAN_MS_MAX }),
      offences,
      fc.boolean(),
      (ms, n, isFriend) => {
        const lengthMs = banLengthMs(ms, n, isFriend)
        assert.ok(lengthMs >= ms && lengthMs <= STRANGER_BAN_MS_MAX)
        assert.ok(banLengthMs(ms, n + 1, isFriend) >= lengthMs)
      },
    ),
  )
})

test('a pause is no offence', async () => {
  const clock = new HandClock()
  const book = await BanBook.open(clock)
  for (let i = 0; i < 50; i++) book.ban(EVE, 100, 'a pause', false)
  assert.equal(book.isBanned(EVE), true)
  clock.pass(100)
  assert.equal(book.isBanned(EVE), false)
  assert.deepEqual(await offend(book, clock, 1, false), [10])
})

test('a ban and its history survive a restart, and being lifted does too', async () => {
  const [clock, storage] = [new HandClock(), createTestKv()]
  const book = await BanBook.open(clock, storage)
  await offend(book, clock, 2, false)
  book.ban(EVE, VIOLATION_BAN_MS, 'a forged holding', false)
  await book.save()
  const restarted = new HandClock()
  restarted.wallMs = clock.wallMs + MINUTE_MS
  const again = await BanBook.open(restarted, storage)
  assert.deepEqual(again.list(), [
    {
      device: EVE,
      reason: 'a forged holding',
      untilMs: clock.wallMs + 40 * MINUTE_MS,
      offences: 3,
    },
  ])
  assert.equal(again.lift(EVE), true)
  assert.equal(again.lift(EVE), false)
  assert.equal(again.isBanned(EVE), false)
  await again.save()
  assert.deepEqual((await BanBook.open(restarted, storage)).list(), [])
})

test('a clock that was set back while the process was away keeps nobody out for longer than a day', async () => {
  const [clock, storage] = [new HandClock(), createTestKv()]
  const book = await BanBook.open(clock, storage)
  book.ban(EVE, VIOLATION_BAN_MS, 'garbage', false)
  await book.save()
  const restarted = new HandClock()
  restarted.wallMs = clock.wallMs - 400 * 86_400_000
  const again = await BanBook.open(restarted, storage)
  assert.equal(again.isBanned(EVE), true)
  restarted.pass(STRANGER_BAN_MS_MAX)
  assert.equal(again.isBanned(EVE), false)
})

test('of more devices than are remembered the soonest to be forgiven go first', async () => {
  const clock = new HandClock()
  const book = await BanBook.open(clock)
  await offend(book, clock, 5, false)
  for (let i = 0; i < BANS_MAX + 10; i++) book.ban(deviceOf(`n${i}`), 60_000 + i, 'a pause', false)
  assert.equal(book.isBanned(deviceOf('n0')), false)
  assert.equal(book.isBanned(deviceOf(`n${BANS_MAX + 9}`)), true)
  assert.deepEqual(await offend(book, clock, 1, false), [320], 'a repeat offender is not forgotten')
})

test('damaged bans count as absent', async () => {
  const [clock, storage] = [new HandClock(), createTestKv()]
  const book = await BanBook.open(clock, storage)
  book.ban(EVE, VIOLATION_BAN_MS, 'garbage', false)
  await book.save()
  for await (const [key, value] of storage.range({})) await storage.put(key, value.subarray(1))
  assert.deepEqual((await BanBook.open(clock, storage)).list(), [])
})
