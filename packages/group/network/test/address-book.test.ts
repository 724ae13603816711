import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8, type Clock } from '@hamlet/core'
import { AddressBook, loadPorts, portsInUse, savePorts, withPorts } from '@hamlet/network'
import { REMEMBERED_MS_MAX, REMEMBERED_PEERS_MAX } from '@hamlet/network'
import { createTestKv, deviceOf } from './_util.ts'

/** A clock that goes when it is told to. */
function createClock(): Clock & { wallMs: number } {
  const clock = {
    wallMs: 1_790_000_000_000,
    wall: () => clock.wallMs,
    monotonic: () => clock.wallMs,
    after: () => () => undefined,
  }
  return clock
}

const address = (index: number): string => `/ip4/10.0.${index >> 8}.${index & 255}/tcp/4001`

test('the eight most recent addresses of a device are kept, the latest first, across restarts', async () => {
  const [clock, storage] = [createClock(), createTestKv()]
  const book = await AddressBook.open(clock, storage)
  for (let i = 0; i < 12; i++) book.remember(deviceOf('a'), address(i))
  book.remember(deviceOf('a'), address(6))
  const expected = [6, 11, 10, 9, 8, 7, 5, 4].map(address)
  assert.deepEqual(book.addresses(deviceOf('a')), expected)
  assert.equal(book.has(address(4)), true)
  assert.equal(book.has(address(3)), false)
  await book.save()
  const again = await AddressBook.open(clock, storage)
  assert.deepEqual(again.addresses(deviceOf('a')), expected)
  clock.wallMs += REMEMBERED_MS_MAX + 1
  assert.deepEqual(again.addresses(deviceOf('a')), [])
})

test('the book does not outgrow its number of peers, also on disk', async () => {
  const [clock, storage] = [createClock(), createTestKv()]
  const book = await AddressBook.open(clock, storage)
  const devices = Array.from({ length: REMEMBERED_PEERS_MAX + 5 }, (_, i) =>
    i.toString(16).padStart(64, '0'),
  )
  for (const device of devices) {
    clock.wallMs++
    book.remember(device, address(7))
  }
  await book.save()
  const again = await AddressBook.open(clock, storage)
  for (const kept of [book, again]) {
    assert.deepEqual(kept.addresses(devices[4]!), [])
    assert.deepEqual(kept.addresses(devices[5]!), [address(7)])
  }
})

test('damaged storage counts as empty', async () => {
  const storage = createTestKv()
  const key = Buffer.concat([utf8('network/address/'), Buffer.alloc(32, 1)])
  await storage.put(new Uint8Array(key), Uint8Array.of(0xff, 1, 2))
  await storage.put(utf8('network/ports'), Uint8Array.of(0x81))
  const book = await AddressBook.open(createClock(), storage)
  assert.deepEqual(book.addresses('01'.repeat(32)), [])
  assert.equal((await loadPorts(storage)).size, 0)
})

test('a port 0 becomes the port of last time, per family and transport', async () => {
  const listen = [
    '/ip4/0.0.0.0/tcp/0',
    '/ip6/::/tcp/0',
    '/ip4/0.0.0.0/tcp/0/ws',
    '/ip4/1.2.3.4/tcp/9',
  ]
  const given = [
    '/ip4/10.0.0.5/tcp/4001/p2p/X',
    '/ip4/10.0.0.5/tcp/4003/ws/p2p/X',
    '/ip6/::1/tcp/4002',
  ]
  const storage = createTestKv()
  await savePorts(storage, portsInUse(listen, given))
  assert.deepEqual(withPorts(listen, await loadPorts(storage)), [
    '/ip4/0.0.0.0/tcp/4001',
    '/ip6/::/tcp/4002',
    '/ip4/0.0.0.0/tcp/4003/ws',
    '/ip4/1.2.3.4/tcp/9',
  ])
})
