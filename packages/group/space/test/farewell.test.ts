/**
 * What somebody who is out is served where the operation that put them out does not tell it all: they understand that they
 * are out, and get nothing that was written by those who knew.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersonSignature } from '@hamlet/space'
import { INVITE, join, Peer, pull, serve, syncAll } from './_world.ts'

interface Cast {
  readonly ada: Peer
  /** Three admins; Dan goes his own way. */
  readonly admins: readonly [ben: Peer, cleo: Peer, fay: Peer]
  readonly dan: Peer
  readonly eve: Peer
}

/** Ada's space with four admins and a writer, Eve, whom Dan removes while he is apart from Ada and Eve. */
async function cast(): Promise<Cast> {
  const [ada, ben, cleo, fay, dan] = ['Ada', 'Ben', 'Cleo', 'Fay', 'Dan'].map((name) => {
    return new Peer(name)
  }) as [Peer, Peer, Peer, Peer, Peer]
  const eve = new Peer('Eve')
  await ada.create()
  for (const admin of [ben, cleo, fay, dan]) await join(ada, admin, { role: 'admin' })
  await join(ada, eve)
  await syncAll(...[ada, ben, cleo, fay, dan, eve].map(({ space }) => space))
  await dan.space.remove(eve.person)
  for (const { clock } of [ada, ben, cleo, fay, dan, eve]) clock.pass(1_000)
  return { ada, admins: [ben, cleo, fay], dan, eve }
}

/** The admins have Ben replace whoever they know as the owner. */
async function vote([ben, cleo, fay]: Cast['admins'], dan?: Peer): Promise<void> {
  const voters = [ben, cleo, fay, ...(dan === undefined ? [] : [dan])]
  const votes = voters.map(({ space, person }): PersonSignature => {
    return { person, signature: space.signOwnerVote(ben.person) }
  })
  await ben.space.replaceOwner(ben.person, votes)
}

/** Ben and Ada hear everything, and write on; then Ben meets Eve. */
async function meet({ ada, admins: [ben], eve }: Cast): Promise<void> {
  await pull(eve.space, ben.space)
  await syncAll(ada.space, ben.space)
  for (const { clock } of [ada, ben, eve]) clock.pass(1_000)
  await ada.write('among us')
  await ben.space.rotateEpoch()
  await syncAll(ada.space, ben.space)
  assert.equal(ben.space.hasLost(eve.device), true)
  assert.equal(ada.space.role(eve.person), undefined)
  assert.notEqual(eve.space.ownRole, undefined)
  await serve(ben.space, eve)
  assert.equal(eve.space.ownRole, undefined)
  assert.deepEqual(eve.space.pendingCounts(), { waiting: 0, held: 0 })
  for (const { device } of [ada, ben]) {
    const [given, all] = [eve, ben].map(({ space }) => space.lengths().get(device)!)
    assert.ok(given! < all!, 'what was written by those who knew is not served')
  }
}

test('somebody removed whom an unaware owner hands the space, until the admins choose another', async () => {
  const people = await cast()
  const { ada, admins, dan, eve } = people
  await ada.space.transferOwnership(eve.person)
  await pull(ada.space, eve.space)
  await syncAll(...[ada, dan, ...admins].map(({ space }) => space))
  assert.equal(admins[0].space.role(eve.person), 'owner')
  await vote(admins, dan)
  await meet(people)
})

test('somebody removed whom an unaware owner hands the space while the admins choose another', async () => {
  const people = await cast()
  const { ada, admins, dan, eve } = people
  await syncAll(...[dan, ...admins].map(({ space }) => space))
  await vote(admins, dan)
  await ada.space.transferOwnership(eve.person)
  await pull(ada.space, eve.space)
  assert.equal(eve.space.ownRole, 'owner')
  await meet(people)
})

test('somebody whose removal fell by what the owner did, and stands again when the owner is replaced', async () => {
  const people = await cast()
  const { ada, admins, dan, eve } = people
  await syncAll(...[dan, ...admins].map(({ space }) => space))
  await vote(admins, dan)
  await ada.space.remove(dan.person)
  await pull(dan.space, eve.space)
  await pull(ada.space, eve.space)
  assert.equal(eve.space.ownRole, 'writer')
  await meet(people)
})

test('somebody removed twice and let in again by who knew of one removal is told of the other', async () => {
  const people = await cast()
  const { ada, admins, dan, eve } = people
  const [ben] = admins
  await ben.space.remove(eve.person)
  await pull(ben.space, eve.space)
  const { link } = await ben.space.createInvite(INVITE)
  const submitted = await ben.space.submitRequest(eve.request(link))
  assert.ok(submitted.ok)
  await ben.space.approve(submitted.value)
  await pull(ben.space, eve.space)
  assert.equal(eve.space.ownRole, 'writer')
  await syncAll(dan.space, ada.space, ben.space)
  await meet(people)
  assert.deepEqual(
    [ben, eve].map(({ space }) => space.formerMembers().map(({ by }) => by)),
    [[dan.person], [dan.person]],
  )
})

for (const known of ['Dan', 'Ben']) {
  test(`somebody removed twice, told by an owner who knows of ${known}’s removal only and has removed ${known}`, async () => {
    const people = await cast()
    const { ada, admins, dan, eve } = people
    const [ben] = admins
    await ben.space.remove(eve.person)
    const [author, other] = known === 'Dan' ? [dan, ben] : [ben, dan]
    await ada.space.remove(author.person)
    await pull(author.space, ada.space)
    assert.equal(ada.space.role(eve.person), 'writer')
    await ada.space.remove(other.person)
    await syncAll(...[dan, ...admins].map(({ space }) => space))
    await vote(admins, dan)
    await pull(ada.space, eve.space)
    assert.equal(eve.space.ownRole, 'writer')
    await meet(people)
  })
}

test('a device whose person was removed and came back with another one', async () => {
  const [ada, phone] = [new Peer('Ada'), new Peer('Ben’s phone')]
  const laptop = new Peer('Ben’s laptop', phone)
  await ada.create()
  await join(ada, phone)
  await ada.space.remove(phone.person)
  await join(ada, laptop)
  for (const { clock } of [ada, phone]) clock.pass(1_000)
  await ada.write('among us')
  assert.deepEqual([ada.space.role(phone.person), phone.space.ownRole], ['writer', 'writer'])
  assert.equal(ada.space.hasLost(phone.device), true)
  await serve(ada.space, phone)
  assert.equal(phone.space.ownRole, undefined)
  assert.ok(phone.space.lengths().get(ada.device)! < ada.space.lengths().get(ada.device)!)
})
