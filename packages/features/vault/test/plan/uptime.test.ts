import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  measuredUptime,
  trustedUptime,
  UPTIME_PRIOR,
  UPTIME_WINDOW_MS,
  UPTIME_WINDOWS_MAX,
  withLook,
} from '@hamlet/vault'
import type { UptimeRecord } from '@hamlet/vault'

const MINUTE_MS = 60_000
const LOOK_MS = 5 * MINUTE_MS
const DAY_MS = 2 * UPTIME_WINDOW_MS
const START = 20_000 * DAY_MS

/** Looks every five minutes while this device is awake. */
function watched(
  days: number,
  isAwake: (minuteOfDay: number) => boolean,
  isSeen: (atMs: number) => boolean,
): UptimeRecord {
  let record: UptimeRecord = []
  let sinceMs = START
  for (let nowMs = START + LOOK_MS; nowMs <= START + days * DAY_MS; nowMs += LOOK_MS) {
    if (!isAwake(((nowMs - 1) % DAY_MS) / MINUTE_MS)) continue
    record = withLook(record, { sinceMs, nowMs, isSeen: isSeen(nowMs - 1) })
    sinceMs = nowMs
  }
  return record
}

test('a device that is there every other six hours is there half of the time', () => {
  const record = watched(
    30,
    () => true,
    (atMs) => Math.floor(atMs / (6 * 60 * MINUTE_MS)) % 2 === 0,
  )
  const { uptime, observations } = measuredUptime(record, START + 30 * DAY_MS - 1)
  assert.equal(observations, 60)
  assert.ok(Math.abs(uptime - 0.5) < 1e-9, String(uptime))
})

test('what this device slept through counts against nobody', () => {
  // Awake from 8 to 20 only; the other is always there.
  const record = watched(
    10,
    (minute) => minute >= 480 && minute < 1200,
    () => true,
  )
  const { uptime, observations } = measuredUptime(record, START + 10 * DAY_MS - 1)
  assert.deepEqual([uptime, observations], [1, 20])
})

test('each window counts once, however long this device was awake in it', () => {
  // The first day: an hour awake and the other there. The second: awake for the whole window and nobody there.
  const record = watched(
    2,
    (minute) => minute < 60 || minute >= 720,
    (atMs) => (atMs % DAY_MS) / MINUTE_MS < 60,
  )
  assert.equal(measuredUptime(record, START + 2 * DAY_MS - 1).uptime, 0.5)
})

test('some minutes awake say nothing, nor does a clock that was put back', () => {
  const short = withLook([], { sinceMs: START, nowMs: START + LOOK_MS, isSeen: true })
  assert.equal(measuredUptime(short, START + LOOK_MS).observations, 0)
  assert.deepEqual(withLook([], { sinceMs: START, nowMs: START - LOOK_MS, isSeen: true }), [])
})

test('what is older than thirty days is forgotten, and the record stays short', () => {
  const record = watched(
    40,
    () => true,
    (atMs) => atMs < START + 20 * DAY_MS,
  )
  assert.equal(record.length, UPTIME_WINDOWS_MAX)
  const after = measuredUptime(record, START + 40 * DAY_MS - 1)
  assert.ok(Math.abs(after.uptime - 1 / 3) < 1e-9, String(after.uptime))
  assert.equal(measuredUptime(record, START + 80 * DAY_MS).observations, 0)
})

test('a span over the end of a window counts in both', () => {
  const border = START + UPTIME_WINDOW_MS
  const record = withLook([], {
    sinceMs: border - LOOK_MS,
    nowMs: border + MINUTE_MS,
    isSeen: true,
  })
  assert.deepEqual(
    record.map(({ awakeMs, seenMs }) => [awakeMs, seenMs]),
    [
      [LOOK_MS, LOOK_MS],
      [MINUTE_MS, MINUTE_MS],
    ],
  )
})

test('few observations leave the prior nearly as it was, many leave nothing of it', () => {
  assert.equal(trustedUptime({ uptime: 0, observations: 0 }), UPTIME_PRIOR)
  assert.ok(trustedUptime({ uptime: 1, observations: 1 }) < 0.65)
  assert.ok(trustedUptime({ uptime: 1, observations: 60 }) > 0.96)
  assert.ok(trustedUptime({ uptime: 0, observations: 60 }) < 0.04)
})
