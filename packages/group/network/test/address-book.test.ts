import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '@hamlet/core'
import { AddressBook, loadPorts, portsInUse, savePorts, withPorts } from '@hamlet/network'
import { REMEMBERED_MS_MAX, REMEMBERED_PEERS_MAX } from '@hamlet/network'
import { createTestFiles, deviceOf } from './_util.ts'

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
  const [clock, files] = [createClock(), createTestFiles()]
  const book = await AddressBook.open(clock, files)
  for (let i = 0; i < 12; i++) book.remember(deviceOf('a'), address(i))
  book.remember(deviceOf('a'), address(6))
  const expected = [6, 11, 10, 9, 8, 7, 5, 4].map(address)
  assert.deepEqual(book.addresses(deviceOf('a')), expected)
  assert.equal(book.has(address(4)), true)
  assert.equal(book.has(address(3)), false)
  await book.save()
  const again = await AddressBook.open(clock, files)
  assert.deepEqual(again.addresses(deviceOf('a')), expected)
  clock.wallMs += REMEMBERED_MS_MAX + 1
  assert.deepEqual(again.addresses(deviceOf('a')), [])
})

test('the book does not outgrow its number of peers, also on disk', async () => {
  const [clock, files] = [createClock(), createTestFiles()]
  const book = await AddressBook.open(clock, files)
  const devices = Array.from({ length: REMEMBERED_PEERS_MAX + 5 }, (_, i) =>
    i.toString(16).padStart(64, '0'),
  )
  for (const device of devices) {
    clock.wallMs++
    book.remember(device, address(7))
  }
  await book.save()
  const again = await AddressBook.open(clock, files)
  for (const kept of [book, again]) {
    assert.deepEqual(kept.addresses(devices[4]!), [])
    assert.deepEqual(kept.addresses(devices[5]!), [address(7)])
  }
})

test('a damaged file counts as empty', async () => {
  const files = createTestFiles()
  await files.write('addresses', Uint8Array.of(0xff, 1, 2))
  await files.write('ports', Uint8Array.of(0x81))
  const book = await AddressBook.open(createClock(), files)
  assert.deepEqual(book.addresses('01'.repeat(32)), [])
  assert.equal((await loadPorts(files)).size, 0)
})

test('what could not be written is written with the next save, and nothing is written without news', async () => {
  const files = createTestFiles()
  let writes = 0
  let isFull = true
  const book = await AddressBook.open(createClock(), {
    readAll: files.readAll,
    write: async (path, bytes) => {
      writes++
      if (isFull) throw new Error('no room')
      await files.write(path, bytes)
    },
  })
  book.remember(deviceOf('a'), address(1))
  await assert.rejects(book.save(), /no room/)
  isFull = false
  await book.save()
  book.remember(deviceOf('a'), address(1))
  await book.save()
  assert.equal(writes, 2)
  const again = await AddressBook.open(createClock(), files)
  assert.deepEqual(again.addresses(deviceOf('a')), [address(1)])
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
  const files = createTestFiles()
  await savePorts(files, portsInUse(listen, given))
  assert.deepEqual(withPorts(listen, await loadPorts(files)), [
    '/ip4/0.0.0.0/tcp/4001',
    '/ip6/::/tcp/4002',
    '/ip4/0.0.0.0/tcp/4003/ws',
    '/ip4/1.2.3.4/tcp/9',
  ])
})
