/**
 * A group of 520 members: more devices than one operation has seals for. What rotation costs there is measured by
 * `bench/membership`; here it has to work.
 *
 * @timeoutSeconds 300
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EPOCH_SEALS_MAX } from '@hamlet/space'
import { INVITE, Peer, pull } from './_world.ts'

const MEMBERS = 520

test('a group of more members than one epoch has seals for rotates, removes and reads on', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const { link } = await ada.space.createInvite({ ...INVITE, mode: 'auto', maxUses: 1000 })
  const others = Array.from({ length: MEMBERS - 1 }, (_, i) => new Peer(`Member ${i}`))
  for (const other of others) {
    const submitted = await ada.space.submitRequest(other.request(link))
    assert.ok(submitted.ok)
  }
  assert.equal(ada.space.members().length, MEMBERS)
  const before = ada.space.storedBytes
  await ada.space.rotateEpoch()
  const bytes = ada.space.storedBytes - before
  // One seal for each device, one for each person's recovery words.
  assert.ok(bytes < 2 * MEMBERS * 130, `${bytes} bytes`)
  const [epoch] = ada.space.epochs()
  assert.equal(epoch?.recipients.size, 2 * MEMBERS)
  assert.ok(MEMBERS > EPOCH_SEALS_MAX)
  await ada.write('to all')
  const removed = others[0]!
  await ada.space.remove(removed.person)
  await ada.write('to all but one')
  // Whose seal is in the first operation, whose in the last: both read; who was removed reads up to then.
  const byDevice = others.slice(1).sort((a, b) => (a.device < b.device ? -1 : 1))
  for (const reader of [byDevice[0]!, byDevice.at(-1)!]) {
    await reader.openForJoin(ada.space.id)
    await pull(ada.space, reader.space)
    assert.deepEqual(reader.messages(), ['to all', 'to all but one'])
    assert.equal(reader.space.members().length, MEMBERS - 1)
  }
  await removed.openForJoin(ada.space.id)
  await pull(ada.space, removed.space)
  assert.deepEqual(removed.messages(), ['to all'])
})
