/** Who has said to hold what: only members, only in their own name, only the newest, also after a restart. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger, utf8 } from '@hamlet/core'
import type { Kv } from '@hamlet/core'
import { createMemoryKv } from '@hamlet/store'
import { HoldingBook, signHolding } from '@hamlet/space'
import type { SignedHolding } from '@hamlet/space'
import { crypto, DAY_MS, join, Peer } from '../_world.ts'

async function open(peer: Peer, kv: Kv = createMemoryKv()): Promise<HoldingBook> {
  const { clock } = peer
  const ports = { kv, clock, crypto, logger: silentLogger }
  return await HoldingBook.open(peer.space, peer.identity.deviceSigner, ports)
}

function say(peer: Peer, serial: number, lengths = peer.space.lengths()): SignedHolding {
  const { device, space } = peer
  return signHolding(peer.identity.deviceSigner, { space: space.id, device, serial, lengths })
}

async function couple(): Promise<[Peer, Peer]> {
  const [ada, ben] = [new Peer('ada'), new Peer('ben')]
  await ada.create()
  await join(ada, ben)
  return [ada, ben]
}

test('the newest statement of a member counts', async () => {
  const [ada, ben] = await couple()
  const book = await open(ada)
  assert.deepEqual(book.receive(say(ben, 5).encoded), say(ben, 5))
  assert.deepEqual(book.holders(ada.device, 0), [ben.device])
  assert.equal(book.receive(say(ben, 5).encoded), undefined, 'the same again is no news')
  const lengths = new Map([[ada.device, 0]])
  assert.equal(book.receive(say(ben, 5, lengths).encoded), undefined, 'the same serial is old')
  assert.equal(book.receive(say(ben, 4, lengths).encoded), undefined)
  assert.notEqual(book.receive(say(ben, 6, lengths).encoded), undefined)
  assert.deepEqual(book.holders(ada.device, 0), [])
  assert.equal(book.saidAtMs(ben.device), 6)
})

test('what is signed by another, of another space or no holding is invalid', async () => {
  const [ada, ben] = await couple()
  const other = new Peer('other')
  await other.create()
  const book = await open(ada)
  const { device } = ben
  const forged = signHolding(other.identity.deviceSigner, { ...say(ben, 9), device })
  const elsewhere = signHolding(ben.identity.deviceSigner, {
    ...say(ben, 9),
    space: other.space.id,
  })
  assert.equal(book.receive(forged.encoded), 'invalid')
  assert.equal(book.receive(elsewhere.encoded), 'invalid')
  assert.equal(book.receive(utf8('no holding')), 'invalid')
  assert.deepEqual(book.all(), [])
})

test('the statement of a device that is no member yet waits until it is', async () => {
  const ada = new Peer('ada')
  const ben = new Peer('ben')
  await ada.create()
  const book = await open(ada)
  await ben.openForJoin(ada.space.id)
  const holding = say(ben, 3, new Map([[ada.device, 1]]))
  assert.equal(book.receive(holding.encoded), undefined)
  assert.deepEqual(book.admitWaiting(), [])
  await join(ada, ben)
  assert.deepEqual(book.admitWaiting(), [holding])
  assert.deepEqual(book.holders(ada.device, 0), [ben.device])
  assert.deepEqual(book.admitWaiting(), [])
})

test('of statements that wait only the newest devices are kept', async () => {
  const ada = new Peer('ada')
  const ben = new Peer('ben')
  await ada.create()
  await ben.openForJoin(ada.space.id)
  const book = await open(ada)
  book.receive(say(ben, 1, new Map()).encoded)
  for (let i = 0; i < 64; i++) {
    const stranger = new Peer(`stranger ${i}`)
    await stranger.openForJoin(ada.space.id)
    book.receive(say(stranger, 1, new Map()).encoded)
  }
  await join(ada, ben)
  assert.deepEqual(book.admitWaiting(), [])
})

test('an own statement is made when something has changed, each with a greater serial', async () => {
  const ada = new Peer('ada')
  await ada.create()
  const book = await open(ada)
  const first = book.signOwn(ada.device)!
  assert.equal(first.serial, ada.clock.wall())
  assert.equal(book.signOwn(ada.device), undefined)
  await ada.write('more')
  ada.clock.set(ada.clock.wall() - DAY_MS)
  const second = book.signOwn(ada.device)!
  assert.equal(second.serial, first.serial + 1)
})

test('what was said is known after a restart; damaged records are not', async () => {
  const [ada, ben] = await couple()
  const kv = createMemoryKv()
  const book = await open(ada, kv)
  const own = book.signOwn(ada.device)!
  book.receive(say(ben, 7).encoded)
  await kv.put(new Uint8Array(32), utf8('damaged'))
  const again = await open(ada, kv)
  assert.deepEqual(
    new Map(again.all().map(({ device, serial }) => [device, serial])),
    new Map([
      [ada.device, own.serial],
      [ben.device, 7],
    ]),
  )
  assert.equal(again.signOwn(ada.device), undefined)
})

test('a store that fails costs the record, not the statement', async () => {
  const ada = new Peer('ada')
  await ada.create()
  const kv = createMemoryKv()
  const book = await open(ada, kv)
  await kv.close()
  assert.notEqual(book.signOwn(ada.device), undefined)
  await new Promise<void>((resolve) => setImmediate(resolve))
  assert.equal(book.all().length, 1)
})
