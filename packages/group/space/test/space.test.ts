/** A small space of three people, exchanging ranges by hand. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodeOf, hashOf, join, Peer, pull, syncAll } from './_world.ts'

test('a founder is the owner of a space with one epoch and its name', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  assert.equal(ada.space.ownRole, 'owner')
  assert.equal(ada.space.epochs().length, 1)
  assert.deepEqual([...ada.space.appliedLengths()], [[ada.device, 3]])
  const opened = ada.space.openContent(ada.space.entryAt(ada.device, 2)!)
  assert.equal(opened.kind, 'content')
  assert.deepEqual(opened.kind === 'content' && opened.content.value, ['Home'])
})

test('a newcomer reads the history and both talk', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await ada.write('before')
  await join(ada, ben)
  assert.equal(ben.space.ownRole, 'writer')
  await ben.write('hello')
  await ada.write('hi')
  await syncAll(ada.space, ben.space)
  assert.deepEqual(ben.messages(), ada.messages())
  assert.deepEqual(new Set(ada.messages()), new Set(['before', 'hello', 'hi']))
  assert.equal(hashOf(ada.space), hashOf(ben.space))
})
