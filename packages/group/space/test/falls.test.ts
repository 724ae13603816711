/**
 * Admissions that fall: somebody was let in by who had lost the right to, through an invitation that was taken back, or on
 * a seat that others have. Each test gives the one let in exactly what they are served, and asks what they understand.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOf, INVITE, join, Peer, pull, serve, syncAll } from './_world.ts'

/** Ada's space with an admin, who is apart from her from here on. */
async function apart(): Promise<{ ada: Peer; ben: Peer; cleo: Peer }> {
  const [ada, ben, cleo] = [new Peer('Ada'), new Peer('Ben'), new Peer('Cleo')]
  await ada.create()
  await join(ada, ben, { role: 'admin' })
  await ada.write('together')
  await syncAll(ada.space, ben.space)
  return { ada, ben, cleo }
}

/** Everybody lets a second pass, so that what is written next is dated after it. */
function pass(...peers: readonly Peer[]): void {
  for (const { clock } of peers) clock.pass(1000)
}

test('whoever was let in by somebody removed without knowing is told why, and nothing written after', async () => {
  const { ada, ben, cleo } = await apart()
  pass(ada, ben, cleo)
  await ada.space.remove(ben.person)
  await join(ben, cleo)
  await ben.write('for Cleo')
  await cleo.write('from Cleo')
  assert.equal(cleo.space.ownRole, 'writer')
  assert.equal(cleo.space.ownPlace.fall(), undefined)
  await pull(cleo.space, ada.space)
  pass(ada)
  await ada.write('among members')
  assert.equal(ada.space.hasLost(cleo.device), true)
  await serve(ada.space, cleo)
  assert.equal(cleo.space.ownRole, undefined)
  assert.equal(cleo.space.pendingCounts().waiting, 0)
  const fall = cleo.space.ownPlace.fall()
  assert.deepEqual(
    [fall?.reason, fall?.admitter, fall?.by, fall?.role],
    ['admitter', ben.person, ada.person, 'writer'],
  )
  assert.ok(!cleo.messages().includes('among members'))
  assert.deepEqual(
    cleo.space.formerMembers().map(({ person }) => person),
    [ben.person],
  )
})

test('they ask again by another invitation, and are in as if for the first time', async () => {
  const { ada, ben, cleo } = await apart()
  pass(ada, ben, cleo)
  await ada.space.remove(ben.person)
  await join(ben, cleo)
  await pull(cleo.space, ada.space)
  await serve(ada.space, cleo)
  assert.equal(cleo.space.ownRole, undefined)
  const { link } = await ada.space.createInvite(INVITE)
  const submitted = await ada.space.submitRequest(cleo.request(link))
  assert.ok(submitted.ok)
  await ada.space.approve(submitted.value)
  await syncAll(ada.space, cleo.space)
  assert.equal(cleo.space.ownRole, 'writer')
  assert.equal(cleo.space.ownPlace.fall(), undefined)
  await cleo.write('in at last')
  await syncAll(ada.space, cleo.space)
  assert.deepEqual(ada.messages(), ['together', 'in at last'])
  assert.equal(hashOf(ada.space), hashOf(cleo.space))
})

test('a chain of admissions falls with its first link, and its last is told of that', async () => {
  const { ada, ben, cleo } = await apart()
  const dan = new Peer('Dan')
  pass(ada, ben, cleo, dan)
  await ada.space.remove(ben.person)
  await join(ben, cleo)
  // Cleo, a writer, lets Dan in by an automatic invitation of Ben's.
  const { link } = await ben.space.createInvite({ ...INVITE, mode: 'auto' })
  await pull(ben.space, cleo.space)
  await dan.openForJoin(cleo.space.id)
  assert.ok((await cleo.space.submitRequest(dan.request(link))).ok)
  await pull(cleo.space, dan.space)
  assert.equal(dan.space.ownRole, 'writer')
  await pull(dan.space, ada.space)
  await serve(ada.space, dan)
  const fall = dan.space.ownPlace.fall()
  assert.deepEqual(
    [dan.space.ownRole, fall?.reason, fall?.admitter, fall?.by],
    [undefined, 'admitter', cleo.person, ada.person],
  )
})

test('an admission by an admin who had been demoted is told as such', async () => {
  const { ada, ben, cleo } = await apart()
  pass(ada, ben, cleo)
  await ada.space.setRole(ben.person, 'reader')
  await join(ben, cleo)
  await pull(cleo.space, ada.space)
  await serve(ada.space, cleo)
  assert.deepEqual(
    [cleo.space.ownRole, cleo.space.ownPlace.fall()?.reason],
    [undefined, 'admitter'],
  )
})

test('an automatic admission by an invitation taken back meanwhile says so', async () => {
  const { ada, ben, cleo } = await apart()
  const { link, invite } = await ada.space.createInvite({ ...INVITE, mode: 'auto' })
  await pull(ada.space, ben.space)
  pass(ada, ben, cleo)
  await ada.space.revokeInvite(invite.id)
  await cleo.openForJoin(ben.space.id)
  assert.ok((await ben.space.submitRequest(cleo.request(link))).ok)
  await pull(ben.space, cleo.space)
  assert.equal(cleo.space.ownRole, 'writer')
  await pull(cleo.space, ada.space)
  await serve(ada.space, cleo)
  const fall = cleo.space.ownPlace.fall()
  assert.deepEqual([cleo.space.ownRole, fall?.reason, fall?.by], [undefined, 'invite', ada.person])
})

test('who lost the race for one seat is told that others have it', async () => {
  const { ada, ben, cleo } = await apart()
  const dan = new Peer('Dan')
  const { link } = await ada.space.createInvite({ ...INVITE, mode: 'auto', maxUses: 1 })
  await pull(ada.space, ben.space)
  pass(ada, ben, cleo, dan)
  for (const [host, guest] of [
    [ada, cleo],
    [ben, dan],
  ] as const) {
    await guest.openForJoin(host.space.id)
    assert.ok((await host.space.submitRequest(guest.request(link))).ok)
    await pull(host.space, guest.space)
  }
  assert.deepEqual([cleo.space.ownRole, dan.space.ownRole], ['writer', 'writer'])
  await syncAll(ada.space, ben.space)
  const loser = ada.space.role(cleo.person) === undefined ? cleo : dan
  assert.equal(ada.space.members().length, 3)
  await pull(loser.space, ada.space)
  await serve(ada.space, loser)
  assert.deepEqual([loser.space.ownRole, loser.space.ownPlace.fall()?.reason], [undefined, 'seat'])
})

test('whoever comes back by an admission that falls is told of that one, not of the removal before', async () => {
  const { ada, ben, cleo } = await apart()
  await join(ada, cleo)
  await syncAll(ada.space, ben.space, cleo.space)
  await ada.space.remove(cleo.person)
  await syncAll(ada.space, ben.space, cleo.space)
  pass(ada, ben, cleo)
  await ada.space.remove(ben.person)
  const { link } = await ben.space.createInvite(INVITE)
  const submitted = await ben.space.submitRequest(cleo.request(link))
  assert.ok(submitted.ok)
  await ben.space.approve(submitted.value)
  await pull(ben.space, cleo.space)
  assert.equal(cleo.space.ownRole, 'writer')
  await pull(cleo.space, ada.space)
  await serve(ada.space, cleo)
  assert.deepEqual([cleo.space.ownRole, cleo.space.ownPlace.fall()?.by], [undefined, ada.person])
  assert.equal(cleo.space.ownPlace.fall()?.admitter, ben.person)
})
