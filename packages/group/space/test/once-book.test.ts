/** A request that is repeated, because its reply was lost, is written once: at once, later, and after a crash. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { ONCE_ENTRIES_MAX } from '../src/once-book.ts'
import { errorCodeOf, join, Peer, pull } from './_world.ts'

const KEY = 'a-key-of-the-client'

function say(peer: Peer, key: string, text: string) {
  return peer.space.appendOnce(key, async () => ({ type: 'chat.message', value: [text] }))
}

test('the same key again writes nothing and gives the entry that was written', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const first = await say(ada, KEY, 'once')
  const length = ada.space.lengths().get(ada.device)
  const again = await ada.space.appendOnce(KEY, () => assert.fail('the draft is not asked again'))
  assert.equal(again.id, first.id)
  assert.equal(ada.space.lengths().get(ada.device), length)
  await say(ada, 'another-key-of-the-client', 'once')
  assert.deepEqual(ada.messages(), ['once', 'once'])
})

test('requests with one key at the same time share one write', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const entries = await Promise.all(Array.from({ length: 5 }, () => say(ada, KEY, 'once')))
  assert.equal(new Set(entries.map(({ id }) => id)).size, 1)
  assert.deepEqual(ada.messages(), ['once'])
})

test('a key is known after a restart, and with no index left', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const { id } = await say(ada, KEY, 'once')
  await ada.space.close()
  ada.kv = createMemoryKv()
  await ada.reopen()
  assert.equal((await say(ada, KEY, 'twice?')).id, id)
  assert.deepEqual(ada.messages(), ['once'])
})

test('a write that failed leaves the key free', async () => {
  const ada = new Peer('Ada')
  ada.disk = createMemoryDisk({ capacityBytes: 20_000 })
  await ada.create()
  const large = 'x'.repeat(30_000)
  assert.equal(await errorCodeOf(say(ada, KEY, large)), 'SPACE_DISK')
  await assert.rejects(
    ada.space.appendOnce(KEY, () => Promise.reject(new Error('no such room'))),
    /no such room/,
  )
  await say(ada, KEY, 'small')
  assert.deepEqual(ada.messages(), ['small'])
})

test('a key belongs to one device and one space; others read the entry as any other', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben)
  await say(ada, KEY, "Ada's")
  await pull(ada.space, ben.space)
  await say(ben, KEY, "Ben's")
  assert.deepEqual(ben.messages().toSorted(), ["Ada's", "Ben's"])
})

test('of salts written under one key only the first half is the same', async () => {
  const salts: string[] = []
  for (const seed of ['one life', 'another life']) {
    const ada = new Peer('Ada')
    await ada.create()
    // The same space and device, as after a restored backup, and other chance.
    for (const byte of seed) ada.random.bytes(byte.length)
    if (seed === 'another life') ada.random.bytes(1)
    const { payload } = await say(ada, KEY, 'once')
    salts.push(Buffer.from(payload.subarray(0, 16)).toString('hex'))
  }
  assert.equal(salts[0]!.slice(0, 16), salts[1]!.slice(0, 16))
  assert.notEqual(salts[0]!.slice(16), salts[1]!.slice(16))
})

test('keys are looked for among the newest entries only', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  await say(ada, KEY, 'long ago')
  const filler = Array.from({ length: ONCE_ENTRIES_MAX - 1 }, () => ({
    type: 'chat.note',
    value: [] as const,
  }))
  await ada.space.append(filler)
  await say(ada, KEY, 'long ago')
  assert.deepEqual(ada.messages(), ['long ago'], 'the last one it is looked for in')
  await ada.space.append(filler.slice(0, 2))
  await say(ada, KEY, 'again')
  assert.deepEqual(ada.messages(), ['long ago', 'again'])
})
