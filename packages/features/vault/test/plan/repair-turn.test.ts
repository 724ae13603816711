import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNodeCrypto } from '@hamlet/identity/node'
import { repairDelayMs, repairOrder } from '@hamlet/vault'
import { deviceOf } from './_circle.ts'

const { hash } = createNodeCrypto()
const HOUR_MS = 3_600_000
const holders = Array.from({ length: 8 }, (_, index) => deviceOf(index))
const object = new Uint8Array(32).fill(7)

test('all holders compute the same order, whatever they list first', () => {
  const one = repairOrder(hash, { object, holders, nowMs: 5 * HOUR_MS })
  const other = repairOrder(hash, {
    ...{ object, nowMs: 6 * HOUR_MS - 1 },
    holders: [...holders, ...holders].reverse(),
  })
  assert.deepEqual(one, other)
  assert.deepEqual([...one].sort(), holders)
})

test('another hour or another object gives another order, so that nobody is waited for all day', () => {
  const firsts = Array.from({ length: 40 }, (_, hour) => {
    return repairOrder(hash, { object, holders, nowMs: hour * HOUR_MS })[0]!
  })
  assert.equal(new Set(firsts).size, holders.length)
  const others = new Uint8Array(32).fill(8)
  assert.notDeepEqual(
    repairOrder(hash, { object: others, holders, nowMs: 0 }),
    repairOrder(hash, { object, holders, nowMs: 0 }),
  )
})

test('the first begins at once, each next one later, everybody within the hour, and strangers never', () => {
  const many = Array.from({ length: 64 }, (_, index) => deviceOf(index))
  const turns = { object, holders: many, nowMs: 0 }
  const delays = repairOrder(hash, turns).map((device) => repairDelayMs(hash, turns, device)!)
  assert.equal(delays[0], 0)
  assert.ok(delays[1]! > 0)
  assert.deepEqual(
    [...delays].sort((a, b) => a - b),
    delays,
  )
  assert.ok(delays.at(-1)! < HOUR_MS)
  assert.equal(repairDelayMs(hash, turns, deviceOf(99)), undefined)
})
