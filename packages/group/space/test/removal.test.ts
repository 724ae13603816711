/**
 * Taking rights away while people are apart: removals, demotions, leaving, owners, devices, and what lies beyond a cut.
 *
 * Each test plays a scene among peers with real logs and then asks every honest peer for the same answer.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '@hamlet/core'
import { SpaceViewSource } from '@hamlet/space'
import type { PersonSignature, SpaceChange } from '@hamlet/space'
import { Forger } from './_forger.ts'
import { errorCodeOf, hashOf, INVITE, join, Peer, pull, syncAll } from './_world.ts'

async function members(
  roles: Readonly<Record<string, 'admin' | 'writer' | 'reader'>>,
): Promise<Record<string, Peer>> {
  const ada = new Peer('Ada')
  await ada.create()
  const peers: Record<string, Peer> = { Ada: ada }
  for (const [name, role] of Object.entries(roles)) {
    const peer = new Peer(name)
    await join(ada, peer, { role })
    peers[name] = peer
  }
  await syncPeers(peers)
  return peers
}

async function syncPeers(peers: Readonly<Record<string, Peer>>): Promise<void> {
  await syncAll(...Object.values(peers).map(({ space }) => space))
}

/** All of them hold the same, say the same of members and show the same messages. */
function assertEqual(...peers: readonly Peer[]): void {
  const [first, ...others] = peers as [Peer, ...Peer[]]
  for (const peer of others) {
    assert.deepEqual(peer.space.controlState(), first.space.controlState())
    assert.equal(hashOf(peer.space), hashOf(first.space))
    assert.deepEqual(peer.messages(), first.messages())
  }
}

test('whoever is removed reads nothing written after the writer knew', async () => {
  const peers = await members({ Ben: 'writer', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  await Ada.write('before')
  await syncPeers(peers)
  await Ada.space.remove(Ben.person)
  await Ada.write('after, by Ada')
  await pull(Ada.space, Cleo.space)
  await Cleo.write('after, by Cleo')
  await syncPeers(peers)
  assert.deepEqual(Ben.messages(), ['before'])
  assert.deepEqual(Ada.messages(), ['before', 'after, by Ada', 'after, by Cleo'])
  assert.equal(Ben.space.ownRole, undefined)
  assert.equal(await errorCodeOf(Ben.write('no')), 'SPACE_NOT_MEMBER')
  assertEqual(Ada, Cleo)
})

test('whoever is removed is served what it takes to understand that, and nothing written after', async () => {
  const peers = await members({ Ben: 'writer', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  // Ben is away while Cleo writes, Ada reads it and then removes him.
  Cleo.clock.pass(1000)
  await Cleo.write('while Ben was away')
  await pull(Cleo.space, Ada.space)
  Ada.clock.pass(2000)
  await Ada.space.remove(Ben.person)
  await pull(Ada.space, Cleo.space)
  Cleo.clock.pass(2000)
  await Cleo.write('after')
  await pull(Cleo.space, Ada.space)
  for (const { device } of [Ada, Cleo]) {
    const served = Ada.space.servedLength(Ben.device, device)
    const from = Ben.space.lengths().get(device) ?? 0
    const range = Ada.space.rangeFrom(device, from, {
      bytesMax: 1_000_000,
      blocksMax: served - from,
    })
    assert.ok(range !== undefined && (await Ben.space.accept(device, range)).ok)
  }
  assert.equal(Ben.space.ownRole, undefined)
  assert.equal(Ben.space.pendingCounts().waiting, 0)
  assert.deepEqual(Ben.messages(), ['while Ben was away'])
  assert.equal(Ada.space.servedLength(Cleo.device, Ada.device), Ada.space.lengths().get(Ada.device))
})

test('what a removed person wrote while apart is set aside everywhere, and can be adopted', async () => {
  const peers = await members({ Ben: 'writer', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  await Ben.write('seen')
  await syncPeers(peers)
  await Ben.write('not seen by Ada')
  await pull(Ben.space, Cleo.space)
  assert.deepEqual(Cleo.messages(), ['seen', 'not seen by Ada'])
  const changes: SpaceChange[] = []
  Cleo.space.subscribe((change) => changes.push(change))
  const source = new SpaceViewSource(Cleo.space)
  const before = source.hidden(source.lengths())
  await Ada.space.remove(Ben.person)
  await syncPeers(peers)
  assert.deepEqual(Cleo.messages(), ['seen'])
  assert.ok(changes.some(({ kind }) => kind === 'voided'))
  assert.notEqual(source.hidden(source.lengths()), before)
  assertEqual(Ada, Cleo)
  const [aside] = Ada.space.setAside()
  assert.equal(aside?.person, Ben.person)
  assert.deepEqual(aside?.content, { type: 'chat.message', value: ['not seen by Ada'] })
  await Cleo.space.adopt([aside!.id])
  await syncPeers(peers)
  assert.deepEqual(Ada.messages(), ['seen', 'not seen by Ada'])
  assert.equal(await errorCodeOf(Cleo.space.adopt([Ada.space.id as never])), 'SPACE_NOT_SET_ASIDE')
})

test('what a lowered admin wrote unaware counts as a writer’s, and is not set aside', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  await Ben.write('unaware')
  await Ada.space.setRole(Ben.person, 'writer')
  await syncPeers(peers)
  for (const peer of [Ada, Ben, Cleo]) {
    assert.deepEqual(peer.messages(), ['unaware'])
    assert.deepEqual(peer.space.setAside(), [])
  }
  await Ben.write('unaware of this')
  await Ada.space.setRole(Ben.person, 'reader')
  await syncPeers(peers)
  for (const peer of [Ada, Ben, Cleo]) {
    assert.deepEqual(peer.messages(), ['unaware'])
    assert.equal(peer.space.setAside().length, 1)
  }
})

test('entries dated back before the removal have no effect, whatever past they claim', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  const forger = await Forger.open(Ben, Ben.space)
  const dan = new Peer('Dan')
  const { link } = await Ben.space.createInvite(INVITE)
  await syncPeers(peers)
  const backdater = await Forger.open(Ben, Ben.space)
  await Ada.space.remove(Ben.person)
  await pull(Ada.space, Cleo.space)
  // Ben goes on from what he knew then: a grant for Cleo, and a new member.
  const place = { deps: [], time: { milliseconds: Ben.clock.wall() + 5, counter: 0 } }
  const grant = await backdater.control(
    { name: 'grant', person: Cleo.person, role: 'admin' },
    place,
  )
  assert.ok((await Cleo.space.accept(Ben.device, grant)).ok)
  const request = await backdater.control({ name: 'join-request', request: dan.request(link) })
  assert.ok((await Cleo.space.accept(Ben.device, request)).ok)
  await pull(Cleo.space, Ada.space)
  assert.equal(Cleo.space.role(Cleo.person), 'writer')
  assert.deepEqual(
    Ada.space.requests().filter(({ state }) => state === 'waiting'),
    [],
  )
  assertEqual(Ada, Cleo)
  assert.ok(forger)
})

test('nobody removes a peer: two admins who try it both stay, and the owner decides', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'admin' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  assert.equal(await errorCodeOf(Ben.space.remove(Cleo.person)), 'SPACE_FORBIDDEN')
  assert.equal(await errorCodeOf(Cleo.space.remove(Ben.person)), 'SPACE_FORBIDDEN')
  assert.equal(await errorCodeOf(Ben.space.remove(Ada.person)), 'SPACE_FORBIDDEN')
  const forged = await Forger.open(Ben, Ben.space)
  const range = await forged.control({ name: 'remove', person: Cleo.person, cut: [] })
  assert.ok((await Cleo.space.accept(Ben.device, range)).ok)
  assert.equal(Cleo.space.ownRole, 'admin')
  await Ada.space.remove(Ben.person)
  await pull(Cleo.space, Ada.space)
  await pull(Ada.space, Cleo.space)
  assert.equal(Cleo.space.role(Ben.person), undefined)
  assertEqual(Ada, Cleo)
})

test('two admins remove and let in at the same time: removal wins over what did not know of it', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'admin', Dan: 'writer' })
  const { Ada, Ben, Cleo, Dan } = peers as Record<'Ada' | 'Ben' | 'Cleo' | 'Dan', Peer>
  await Ben.space.remove(Dan.person)
  await Ada.space.setRole(Dan.person, 'admin')
  await Cleo.write('meanwhile')
  await syncPeers(peers)
  assert.equal(Ada.space.role(Dan.person), undefined)
  assert.deepEqual(
    Ada.space.formerMembers().map(({ person, by }) => [person, by]),
    [[Dan.person, Ben.person]],
  )
  assertEqual(Ada, Ben, Cleo)
})

test('two who did not know of each other that they were admins remove each other: both are out, and the owner decides', async () => {
  const peers = await members({ Ben: 'writer', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  const phone = new Peer('Ada’s phone', Ada)
  await Ada.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(Ada.space.id)
  await pull(Ada.space, phone.space)
  await syncPeers({ ...peers, phone })
  // The owner's devices are apart, each beside one of the two.
  await Ada.space.setRole(Ben.person, 'admin')
  await pull(Ada.space, Ben.space)
  await phone.space.setRole(Cleo.person, 'admin')
  await pull(phone.space, Cleo.space)
  await Ben.space.remove(Cleo.person)
  await Cleo.space.remove(Ben.person)
  await syncPeers({ ...peers, phone })
  assertEqual(Ada, phone)
  for (const peer of [Ada, phone, Ben, Cleo]) {
    assert.equal(peer.space.role(Ben.person), undefined)
    assert.equal(peer.space.role(Cleo.person), undefined)
  }
  const { link } = await Ada.space.createInvite({ ...INVITE, mode: 'auto' })
  assert.ok((await Ada.space.submitRequest(Ben.request(link))).ok)
  await syncPeers({ ...peers, phone })
  assert.equal(Ben.space.ownRole, 'writer')
  assert.equal(Cleo.space.ownRole, undefined)
  assertEqual(Ada, phone, Ben)
})

test('a cut below what its author had acknowledged does not count', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  await Cleo.write('a debt')
  await syncPeers(peers)
  await Ben.write('I have seen it')
  await syncPeers(peers)
  const forger = await Forger.open(Ben, Ben.space)
  const erase = await forger.control({ name: 'remove', person: Cleo.person, cut: [] })
  assert.ok((await Ada.space.accept(Ben.device, erase)).ok)
  assert.equal(Ada.space.role(Cleo.person), 'writer')
  assert.ok(Ada.messages().includes('a debt'))
})

test('who comes back is a new incarnation: what was cut stays cut, what is new counts', async () => {
  const peers = await members({ Ben: 'writer' })
  const { Ada, Ben } = peers as { Ada: Peer; Ben: Peer }
  await Ben.write('first life')
  await syncPeers(peers)
  await Ben.write('unseen')
  await Ada.space.remove(Ben.person)
  await syncPeers(peers)
  const { link } = await Ada.space.createInvite(INVITE)
  const submitted = await Ada.space.submitRequest(Ben.request(link))
  assert.ok(submitted.ok)
  await Ada.space.approve(submitted.value)
  await syncPeers(peers)
  assert.equal(Ben.space.ownRole, 'writer')
  assert.equal(Ada.space.members().find(({ person }) => person === Ben.person)?.incarnation, 1)
  await Ben.write('second life')
  await syncPeers(peers)
  assert.deepEqual(Ada.messages(), ['first life', 'second life'])
  assertEqual(Ada, Ben)
})

test('what was cut of an earlier life stays cut, whatever becomes of the person in a later one', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'writer', Dan: 'writer' })
  const { Ada, Ben, Cleo, Dan } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer; Dan: Peer }
  for (const peer of [Cleo, Dan]) await peer.write(`${peer.name}, unaware`)
  await Ada.space.remove(Cleo.person)
  await Ben.space.remove(Dan.person)
  await syncPeers(peers)
  for (const peer of [Cleo, Dan]) {
    const { link } = await Ada.space.createInvite({ ...INVITE, role: 'admin', mode: 'auto' })
    assert.ok((await Ada.space.submitRequest(peer.request(link))).ok)
  }
  await syncPeers(peers)
  await Cleo.write('back')
  await syncPeers(peers)
  // Cleo owns the space for a while; Dan is lowered by somebody higher than who removed him.
  await Ada.space.transferOwnership(Cleo.person)
  await syncPeers(peers)
  await Cleo.space.setRole(Dan.person, 'writer')
  await Cleo.space.transferOwnership(Ada.person)
  await syncPeers(peers)
  for (const peer of [Ada, Ben, Cleo, Dan]) {
    assert.deepEqual(peer.messages(), ['back'])
    assert.equal(peer.space.setAside().length, 2)
  }
  assertEqual(Ada, Ben, Cleo, Dan)
})

test('an old request does not let in again whoever was removed', async () => {
  const peers = await members({ Ben: 'writer' })
  const { Ada, Ben } = peers as { Ada: Peer; Ben: Peer }
  const { link } = await Ada.space.createInvite({ ...INVITE, mode: 'auto', maxUses: 5 })
  const cleo = new Peer('Cleo')
  const paper = cleo.request(link)
  assert.ok((await Ada.space.submitRequest(paper)).ok)
  await cleo.openForJoin(Ada.space.id)
  await pull(Ada.space, cleo.space)
  assert.equal(cleo.space.ownRole, 'writer')
  await Ada.space.remove(cleo.person)
  await Ada.space.submitRequest(paper)
  assert.equal(Ada.space.role(cleo.person), undefined)
  await pull(Ada.space, Ben.space)
  await Ben.space.submitRequest(paper)
  assert.equal(Ben.space.role(cleo.person), undefined)
})

test('a demoted writer may no longer write; what nobody saw is set aside', async () => {
  const peers = await members({ Ben: 'writer', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  await Ben.write('seen')
  await syncPeers(peers)
  await Ben.write('unseen')
  await Ben.space.append([{ type: 'space.profile', value: ['Ben', 'phone'] }])
  await Ada.space.setRole(Ben.person, 'reader')
  await syncPeers(peers)
  assert.deepEqual(Ada.messages(), ['seen'])
  assert.equal(await errorCodeOf(Ben.write('no more')), 'SPACE_READ_ONLY')
  await Ada.space.setRole(Ben.person, 'writer')
  await syncPeers(peers)
  await Ben.write('again')
  await syncPeers(peers)
  assert.deepEqual(Cleo.messages(), ['seen', 'again'])
  assertEqual(Ada, Ben, Cleo)
})

test('an invitation that falls takes the requests under it along', async () => {
  const peers = await members({ Cleo: 'admin' })
  const { Ada, Cleo } = peers as { Ada: Peer; Cleo: Peer }
  const { link } = await Cleo.space.createInvite(INVITE)
  const dan = new Peer('Dan')
  const submitted = await Cleo.space.submitRequest(dan.request(link))
  assert.ok(submitted.ok)
  assert.ok(Cleo.space.requests().some(({ person }) => person === dan.person))
  await Ada.space.setRole(Cleo.person, 'writer')
  await syncPeers(peers)
  for (const peer of [Ada, Cleo]) {
    assert.ok(peer.space.invites().every(({ createdBy }) => createdBy !== Cleo.person))
    assert.ok(peer.space.requests().every(({ person }) => person !== dan.person))
  }
  const code = await errorCodeOf(Ada.space.approve(submitted.value))
  assert.equal(code, 'SPACE_INVITE_UNKNOWN')
  const again = await Ada.space.submitRequest(dan.request(link))
  assert.ok(!again.ok && again.error.code === 'SPACE_INVITE_UNKNOWN')
})

test('who leaves is out, keeps what was read, and is sealed nothing more; the owner has to hand over first', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  assert.equal(await errorCodeOf(Ada.space.leave()), 'SPACE_OWNER_STAYS')
  await Cleo.write('one')
  await syncPeers(peers)
  await Cleo.space.leave()
  await syncPeers(peers)
  await Ben.write('two')
  await syncPeers(peers)
  assert.deepEqual(Cleo.messages(), ['one'])
  assert.deepEqual(Ada.messages(), ['one', 'two'])
  assert.equal(Ada.space.formerMembers()[0]?.by, undefined)
  await Ada.space.transferOwnership(Ben.person)
  await syncPeers(peers)
  assert.equal(Ben.space.ownRole, 'owner')
  assert.equal(Ada.space.ownRole, 'admin')
  await Ada.space.leave()
  await syncPeers(peers)
  assert.equal(Ben.space.role(Ada.person), undefined)
  assertEqual(Ben, Ada)
})

test('a former owner cannot take it back with entries dated before', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  await Ada.space.transferOwnership(Ben.person)
  await syncPeers(peers)
  assert.equal(await errorCodeOf(Ada.space.remove(Ben.person)), 'SPACE_FORBIDDEN')
  assert.equal(await errorCodeOf(Ada.space.transferOwnership(Cleo.person)), 'SPACE_FORBIDDEN')
  await Ben.space.remove(Ada.person)
  await syncPeers(peers)
  assert.equal(Cleo.space.role(Ada.person), undefined)
  assertEqual(Ben, Cleo)
})

test('more than two thirds of the admins replace a lost owner, whose late removals then fall', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'admin', Dan: 'admin', Eve: 'admin' })
  const { Ada, Ben, Cleo, Dan, Eve } = peers as Record<'Ada' | 'Ben' | 'Cleo' | 'Dan' | 'Eve', Peer>
  const vote = ({ person, space }: Peer): PersonSignature => {
    return { person, signature: space.signOwnerVote(Ben.person) }
  }
  const two = [vote(Ben), vote(Cleo)]
  assert.equal(await errorCodeOf(Ben.space.replaceOwner(Ben.person, two)), 'SPACE_NO_QUORUM')
  const forged = [...two, { person: Dan.person, signature: new Uint8Array(64) }]
  assert.equal(await errorCodeOf(Ben.space.replaceOwner(Ben.person, forged)), 'SPACE_NO_QUORUM')
  await Ben.space.replaceOwner(Ben.person, [...two, vote(Dan)])
  // The lost owner turns up, has not heard of it, and removes the new one.
  await Ada.space.remove(Ben.person)
  await syncPeers(peers)
  assert.equal(Eve.space.role(Ben.person), 'owner')
  assert.equal(Eve.space.role(Ada.person), 'admin')
  await Ben.write('under new ownership')
  await syncPeers(peers)
  assert.deepEqual(Ada.messages(), ['under new ownership'])
  assertEqual(Ada, Ben, Cleo, Dan, Eve)
})

test('two admins are too few to replace an owner', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'admin' })
  const { Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  const votes = [Ben, Cleo].map(({ person, space }) => {
    return { person, signature: space.signOwnerVote(Ben.person) }
  })
  assert.equal(await errorCodeOf(Ben.space.replaceOwner(Ben.person, votes)), 'SPACE_NO_QUORUM')
})

test('a second device reads the whole history, and the older one can revoke it, not the other way', async () => {
  const peers = await members({ Ben: 'writer' })
  const { Ada, Ben } = peers as { Ada: Peer; Ben: Peer }
  await Ada.write('old news')
  await syncPeers(peers)
  const phone = new Peer('Ben phone', Ben)
  await Ben.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(Ada.space.id)
  await pull(Ben.space, phone.space)
  await phone.write('from the phone')
  await pull(phone.space, Ben.space)
  assert.deepEqual(phone.messages(), ['old news', 'from the phone'])
  await phone.write('by the thief, unseen')
  assert.equal(await errorCodeOf(phone.space.revokeDevice(Ben.device)), 'SPACE_FORBIDDEN')
  await Ben.space.revokeDevice(phone.device)
  await syncAll(Ada.space, Ben.space, phone.space)
  await Ada.write('secret')
  await syncAll(Ada.space, Ben.space, phone.space)
  assert.deepEqual(Ada.messages(), ['old news', 'from the phone', 'secret'])
  assert.ok(!phone.messages().includes('secret'))
  assert.equal(
    await errorCodeOf(Ben.space.addDevice(phone.identity.certificate)),
    'SPACE_DEVICE_REVOKED',
  )
  assertEqual(Ada, Ben)
})

test('the root key revokes the oldest device, whose revocation of the new one then has no effect', async () => {
  const peers = await members({ Ben: 'writer' })
  const { Ada, Ben } = peers as { Ada: Peer; Ben: Peer }
  const laptop = new Peer('Ben laptop', Ben)
  // Any member carries the certificate: Ben has nothing left but his words.
  await Ada.space.addDevice(laptop.identity.certificate)
  await laptop.openForJoin(Ada.space.id)
  await pull(Ada.space, laptop.space)
  await pull(Ada.space, Ben.space)
  await Ben.space.revokeDevice(laptop.device)
  await laptop.space.revokeDevice(Ben.device, laptop.root)
  await syncAll(Ada.space, laptop.space)
  await pull(Ben.space, Ada.space)
  await syncAll(Ada.space, laptop.space)
  assert.deepEqual(Ada.space.members().find(({ person }) => person === Ben.person)?.devices, [
    laptop.device,
  ])
  await laptop.write('still me')
  await pull(laptop.space, Ada.space)
  assert.deepEqual(Ada.messages(), ['still me'])
})

test('a request under an invitation that fell with its author is not listed, and lets nobody in', async () => {
  const peers = await members({ Ben: 'admin', Cleo: 'admin' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  const { link } = await Ben.space.createInvite(INVITE)
  await pull(Ben.space, Cleo.space)
  const submitted = await Cleo.space.submitRequest(new Peer('Dan').request(link))
  assert.ok(submitted.ok)
  const waiting = (): number =>
    Cleo.space.requests().filter(({ state }) => state === 'waiting').length
  assert.equal(waiting(), 1)
  await Ada.space.remove(Ben.person)
  await syncPeers(peers)
  assert.equal(waiting(), 0)
  assert.equal(await errorCodeOf(Cleo.space.approve(submitted.value)), 'SPACE_INVITE_UNKNOWN')
  assert.equal(await errorCodeOf(Cleo.space.decline(submitted.value)), 'SPACE_FORBIDDEN')
})

test('a removal survives a restart: verdicts, cuts and keys are as before', async () => {
  const peers = await members({ Ben: 'writer', Cleo: 'writer' })
  const { Ada, Ben, Cleo } = peers as { Ada: Peer; Ben: Peer; Cleo: Peer }
  await Ben.write('seen')
  await syncPeers(peers)
  await Ben.write('unseen')
  await Ada.space.remove(Ben.person)
  await syncPeers(peers)
  const before = [Cleo.space.controlState(), Cleo.messages(), bytesToHex(Cleo.space.frontierHash())]
  await Cleo.space.close()
  await Cleo.reopen()
  assert.deepEqual(
    [Cleo.space.controlState(), Cleo.messages(), bytesToHex(Cleo.space.frontierHash())],
    before,
  )
  await Cleo.space.close()
  await Cleo.kv.clear()
  await Cleo.reopen()
  assert.deepEqual([Cleo.space.controlState(), Cleo.messages()], before.slice(0, 2))
  assert.equal(Cleo.space.setAside().length, 1)
})
