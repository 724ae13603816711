import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import test from 'node:test'

import { createNodeClock, createNodeRandom } from '@hamlet/identity/node'

import { KeyCache } from '../src/node/key-cache.ts'

test('the clock fires after the delay and not when cancelled', async () => {
  const clock = createNodeClock()
  const before = clock.monotonic()
  const fired: string[] = []
  const cancel = clock.after(1, () => fired.push('cancelled'))
  cancel()
  cancel()
  clock.after(-5, () => fired.push('at once'))
  // The clock's timers do not keep a process alive, so this one has to.
  const keepAlive = setInterval(() => undefined, 1000)
  await new Promise<void>((resolve) => clock.after(10, resolve))
  clearInterval(keepAlive)
  assert.deepEqual(fired, ['at once'])
  assert.ok(clock.monotonic() - before >= 9)
  assert.ok(Math.abs(clock.wall() - Date.now()) < 1000)
})

test('a delay beyond the 32-bit timer of Node does not fire at once', async () => {
  const clock = createNodeClock()
  let fired = false
  const cancel = clock.after(2 ** 33, () => {
    fired = true
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  cancel()
  assert.equal(fired, false)
})

test('small random values never share bytes, also across refills of the pool', () => {
  const random = createNodeRandom()
  const seen = new Set<string>()
  for (let i = 0; i < 2000; i++) {
    const bytes = random.bytes(16)
    assert.equal(bytes.length, 16)
    assert.equal(bytes.buffer.byteLength, 16)
    seen.add(bytes.join())
  }
  assert.equal(seen.size, 2000)
})

test('random bytes have the length asked for and differ', () => {
  const random = createNodeRandom()
  assert.equal(random.bytes(0).length, 0)
  assert.notDeepEqual(random.bytes(32), random.bytes(32))
  assert.equal(random.bytes(7).constructor, Uint8Array)
})

test('the key cache imports once, drops what was used longest ago and keeps no refusals', () => {
  const imported: number[] = []
  const { publicKey } = generateKeyPairSync('ed25519')
  const cache = new KeyCache(2, (raw): KeyObject | undefined => {
    imported.push(raw[0]!)
    return raw[0] === 0 ? undefined : publicKey
  })
  for (const byte of [1, 2, 1, 3, 1, 2, 0, 0]) cache.get(Uint8Array.of(byte))
  assert.deepEqual(imported, [1, 2, 3, 2, 0, 0])
  assert.equal(cache.count, 2)
})
