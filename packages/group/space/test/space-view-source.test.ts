/** Goal: the digest of what does not count tells any two sets apart, so that no view stays as it was. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpaceViewSource } from '@hamlet/space'
import { join, Peer, pull } from './_world.ts'

test('an operation that cuts and later falls itself changes the digest each time', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const admins = [new Peer('Ben'), new Peer('Cleo'), new Peer('Dora')] as const
  for (const admin of admins) await join(ada, admin, { role: 'admin' })
  const [ben, cleo, dora] = admins
  await pull(ada.space, ben.space)
  await pull(ada.space, cleo.space)
  await pull(ada.space, dora.space)
  // Ben knows of no change of role when he writes; Cleo hears of the change first.
  await ben.write('written as an admin')
  const votes = admins.map(({ person, space }) => ({
    person,
    signature: space.signOwnerVote(cleo.person),
  }))
  await ada.space.setRole(ben.person, 'relay')
  await pull(ada.space, cleo.space)
  await pull(ben.space, cleo.space)
  const source = new SpaceViewSource(cleo.space)
  const vector = source.lengths()
  const digests = [source.hidden(vector)]
  assert.deepEqual(cleo.messages(), [])
  // Dora has not heard of it, and by the word of all admins the old owner's operation has never counted.
  await dora.space.replaceOwner(cleo.person, votes)
  await pull(dora.space, cleo.space)
  assert.deepEqual(cleo.messages(), ['written as an admin'])
  digests.push(source.hidden(vector))
  assert.notEqual(digests[0], digests[1])
})
