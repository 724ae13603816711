/** Goal: whoever signs two histories splits no group, takes nothing back, and can be let go on. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logOf } from '@hamlet/space'
import type { Space } from '@hamlet/space'
import { errorCodeOf, hashOf, join, Peer, pull, syncAll } from './_world.ts'

/** Ada founds; Ben, Cleo and Eve are members; all know of each other. */
async function group(eve: { role?: 'admin' | 'writer' } = {}): Promise<{
  ada: Peer
  ben: Peer
  cleo: Peer
  eve: Peer
}> {
  const ada = new Peer('Ada')
  await ada.create()
  const [ben, cleo, forger] = [new Peer('Ben'), new Peer('Cleo'), new Peer('Eve')]
  await join(ada, ben)
  await join(ada, cleo)
  await join(ada, forger, eve)
  await ada.write('hello')
  await syncAll(ada.space, ben.space, cleo.space, forger.space)
  return { ada, ben, cleo, eve: forger }
}

let nowMs = 0

/** Each says something later than everything before. */
async function say(peer: Peer, text: string): Promise<void> {
  nowMs = Math.max(nowMs, peer.clock.wall()) + 1000
  peer.clock.set(nowMs)
  await peer.write(text)
}

function assertAgreement(...peers: readonly Peer[]): void {
  const [first] = peers
  for (const { name, space, messages } of peers.map((peer) => ({
    name: peer.name,
    space: peer.space,
    messages: peer.messages(),
  }))) {
    assert.deepEqual(messages, first!.messages(), `${name} reads the same`)
    assert.equal(hashOf(space), hashOf(first!.space), `${name} holds the same`)
    assert.equal(space.pendingCounts().waiting, 0, `${name} waits for nothing`)
    assert.deepEqual(space.rejected(), [])
    assert.deepEqual(essenceOf(space), essenceOf(first!.space))
    assert.deepEqual(placesOf(space), placesOf(first!.space), `${name} calls histories the same`)
  }
}

/** Where everything that counts stands, by what the parts of histories are called. */
function placesOf(space: Space): readonly string[] {
  const places: string[] = []
  for (const [log, length] of space.appliedLengths()) {
    for (const entry of space.entries(log, 0, length)) {
      const opened = space.openContent(entry)
      if (opened.kind !== 'content') continue
      const { id, seq } = opened.content
      places.push(`${id} ${logOf(opened.content)} ${seq}`)
    }
  }
  return places.sort()
}

function essenceOf(space: Space): unknown {
  return space.members().map(({ person, role, devices }) => ({ person, role, devices }))
}

/** A member's device that has everything of another's, taken from nothing. */
async function copyOf(peer: Peer): Promise<Peer> {
  const copy = new Peer(peer.name, peer, false, peer.identity)
  copy.clock.set(peer.clock.wall())
  await copy.openForJoin(peer.space.id)
  await pull(peer.space, copy.space)
  return copy
}

test('what others built on stays, of both histories, and what nobody built on counts for nobody', async () => {
  const { ada, ben, cleo, eve } = await group()
  const twin = await eve.twin()
  await say(eve, 'one, seen by Ada')
  await pull(eve.space, ada.space)
  await say(ada, 'Ada answers one')
  await say(twin, 'two, seen by Ben')
  await say(twin, 'two again, seen by Ben')
  await pull(twin.space, ben.space)
  await say(ben, 'Ben answers two')
  await say(twin, 'two, seen by nobody')
  await say(eve, 'one, seen by nobody')
  await pull(eve.space, ada.space)
  await pull(twin.space, cleo.space)
  assert.ok(cleo.messages().includes('two, seen by nobody'))
  await syncAll(ada.space, ben.space, cleo.space)
  for (const peer of [ada, ben, cleo]) assert.ok(peer.space.isForked(eve.device), peer.name)
  const counted = [
    'hello',
    'one, seen by Ada',
    'Ada answers one',
    'two, seen by Ben',
    'two again, seen by Ben',
    'Ben answers two',
  ]
  assert.deepEqual(ada.messages(), counted)
  assertAgreement(ada, ben, cleo)
  assertAgreement(ada, await copyOf(ben))
})

test('nobody takes back what was built on by forking before it', async () => {
  const { ada, ben, cleo, eve } = await group()
  const twin = await eve.twin()
  for (const text of ['I owe Ada 20', 'I owe Ben 30']) await say(eve, text)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  await say(ben, 'noted')
  await say(twin, 'I owe nobody')
  await say(twin, 'really')
  await pull(twin.space, cleo.space)
  await syncAll(ada.space, ben.space, cleo.space)
  const refusals = await pull(twin.space, ada.space)
  assert.ok(cleo.space.isForked(eve.device) || refusals.length > 0)
  await syncAll(ada.space, ben.space, cleo.space)
  assert.deepEqual(ada.messages(), ['hello', 'I owe Ada 20', 'I owe Ben 30', 'noted'])
  assertAgreement(ada, ben, cleo)
})

test('whoever knows of two histories builds on neither, and a log lets in one history only', async () => {
  const { ada, ben, cleo, eve } = await group()
  const twin = await eve.twin()
  await say(eve, 'one')
  await pull(eve.space, ada.space)
  await say(twin, 'two')
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space, cleo.space)
  assert.ok(ada.space.isForked(eve.device))
  const before = ada.space.lengths().get(ada.device)!
  await say(ada, 'later')
  const entry = ada.space.entryAt(ada.device, before)!
  assert.ok(
    entry.deps.every(
      ({ device, seq }) => device !== eve.device || seq < ada.space.forkLimit(eve.device),
    ),
  )
  await syncAll(ada.space, ben.space, cleo.space)
  assert.ok(!ada.messages().includes('one') && !ada.messages().includes('two'))
  assertAgreement(ada, ben, cleo)
})

test('what an admin did in a history that nobody built on is undone everywhere, and what came of it', async () => {
  const { ada, ben, cleo, eve } = await group({ role: 'admin' })
  const twin = await eve.twin()
  const zoe = new Peer('Zoe')
  await join(eve, zoe)
  await say(zoe, 'I am in')
  await pull(zoe.space, eve.space)
  await say(eve, 'welcome')
  await pull(eve.space, ada.space)
  assert.equal(ada.space.role(zoe.person), 'writer')
  await say(twin, 'another story')
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space, cleo.space)
  for (const peer of [ada, ben, cleo])
    assert.equal(peer.space.role(zoe.person), undefined, peer.name)
  assertAgreement(ada, ben, cleo)
  assertAgreement(ada, await copyOf(cleo))
})

test('what an admin did counts when somebody who was in before built on it', async () => {
  const { ada, ben, cleo, eve } = await group({ role: 'admin' })
  const twin = await eve.twin()
  const zoe = new Peer('Zoe')
  await join(eve, zoe)
  await say(zoe, 'I am in')
  await pull(zoe.space, eve.space)
  await pull(eve.space, ada.space)
  await say(ada, 'welcome, Zoe')
  await say(twin, 'another story')
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space, cleo.space)
  for (const peer of [ada, ben, cleo])
    assert.equal(peer.space.role(zoe.person), 'writer', peer.name)
  await pull(ada.space, zoe.space)
  await say(zoe, 'hello all')
  await syncAll(ada.space, ben.space, cleo.space, zoe.space)
  assertAgreement(ada, ben, cleo, zoe)
})

test('what a sibling device saw counts through whoever built on the sibling', async () => {
  const { ada, ben, cleo, eve } = await group()
  const phone = new Peer('phone', eve)
  await eve.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(eve.space.id)
  await pull(eve.space, phone.space)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  const twin = await eve.twin()
  await say(eve, 'to my phone')
  await pull(eve.space, phone.space)
  await say(phone, 'from my phone')
  await say(twin, 'another story')
  await pull(twin.space, ben.space)
  await pull(phone.space, ada.space)
  // Ada knows of both histories before she writes, and builds on the phone alone.
  await pull(ben.space, ada.space)
  assert.ok(ada.space.isForked(eve.device))
  assert.ok(!ada.messages().includes('to my phone'))
  await say(ada, 'I see')
  assert.ok(ada.messages().includes('to my phone'))
  await syncAll(ada.space, ben.space, cleo.space, phone.space)
  assert.deepEqual(ada.messages(), ['hello', 'to my phone', 'from my phone', 'I see'])
  assertAgreement(ada, ben, cleo, phone)
})

test('a restart changes nothing of what counts, and branches are found again', async () => {
  const { ada, ben, cleo, eve } = await group()
  const twin = await eve.twin()
  await say(eve, 'one')
  await pull(eve.space, ada.space)
  await say(ada, 'Ada answers')
  await say(twin, 'two')
  await pull(twin.space, ben.space)
  await say(ben, 'Ben answers')
  await syncAll(ada.space, ben.space, cleo.space)
  const messages = ada.messages()
  for (const peer of [ada, ben, cleo]) {
    await peer.space.close()
    await peer.reopen()
    assert.deepEqual(peer.messages(), messages, peer.name)
  }
  await say(cleo, 'on we go')
  await syncAll(ada.space, ben.space, cleo.space)
  assertAgreement(ada, ben, cleo)
})

test('three histories, two of which part late, are held without anything twice', async () => {
  const { ada, ben, cleo, eve } = await group()
  const first = await eve.twin()
  await say(eve, 'one')
  await pull(eve.space, ada.space)
  await say(ada, 'Ada answers one')
  await say(first, 'two, a')
  const second = await first.twin()
  await say(first, 'two, b')
  await pull(first.space, ben.space)
  await say(ben, 'Ben answers two, b')
  await say(second, 'three, b')
  await pull(second.space, cleo.space)
  await say(cleo, 'Cleo answers three, b')
  await syncAll(ada.space, ben.space, cleo.space)
  await syncAll(ada.space, ben.space, cleo.space)
  assert.deepEqual(ada.messages(), [
    'hello',
    'one',
    'Ada answers one',
    'two, a',
    'two, b',
    'Ben answers two, b',
    'three, b',
    'Cleo answers three, b',
  ])
  assertAgreement(ada, ben, cleo)
  assertAgreement(ada, await copyOf(cleo))
  const parts = ada.space.historyParts().filter(({ device }) => device === eve.device)
  // Nothing is shared by all three: "one", "two, a", and behind that "two, b" and "three, b".
  assert.ok(parts.every(({ name }) => name !== eve.device))
  const lengths = parts.map(({ length }) => length)
  assert.deepEqual(
    lengths.toSorted((a, b) => a - b),
    [1, 1, 2, 2],
  )
})

test('a device with two histories writes nothing until it is reset, then goes on behind the longer one', async () => {
  const { ada, ben, cleo, eve } = await group()
  const phone = new Peer('phone', eve)
  await eve.space.addDevice(phone.identity.certificate)
  await phone.openForJoin(eve.space.id)
  await pull(eve.space, phone.space)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  const old = await eve.twin()
  for (const text of ['lost with the disk', 'lost too']) await say(eve, text)
  await pull(eve.space, ada.space)
  await say(ada, 'seen')
  // The disk dies, a backup is put back, and used before anybody is met.
  await say(old, 'written on the backup')
  await pull(ada.space, old.space)
  await pull(old.space, ada.space)
  await syncAll(ada.space, ben.space, cleo.space, phone.space, old.space)
  assert.equal(await errorCodeOf(old.write('more')), 'SPACE_FORKED')
  assert.equal(await errorCodeOf(phone.space.resetDevice(ben.device)), 'SPACE_NOT_FORKED')
  assert.equal(await errorCodeOf(ben.space.resetDevice(eve.device)), 'SPACE_FORBIDDEN')
  phone.clock.set((nowMs += 1000))
  await phone.space.resetDevice(eve.device)
  await syncAll(ada.space, ben.space, cleo.space, phone.space, old.space)
  await say(old, 'back again')
  await say(old, 'and well')
  await syncAll(ada.space, ben.space, cleo.space, phone.space, old.space)
  assert.deepEqual(ada.messages(), [
    'hello',
    'lost with the disk',
    'lost too',
    'seen',
    'back again',
    'and well',
  ])
  assertAgreement(ada, ben, cleo, phone, old)
  assertAgreement(ada, await copyOf(ben))
  await say(cleo, 'welcome back')
  for (const peer of [ada, ben, cleo, phone, old]) {
    await peer.space.close()
    await peer.reopen()
  }
  await say(old, 'thank you')
  await syncAll(ada.space, ben.space, cleo.space, phone.space, old.space)
  assertAgreement(ada, ben, cleo, phone, old)
})

test('what the device wrote behind the place it was reset to is no new fork, and does not count', async () => {
  const { ada, ben, cleo, eve } = await group()
  const twin = await eve.twin()
  await say(eve, 'one')
  await pull(eve.space, ada.space)
  await say(twin, 'two')
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space, cleo.space)
  // Meanwhile the first history has grown, unseen.
  await say(eve, 'never seen')
  ada.clock.set((nowMs += 1000))
  await ada.space.resetDevice(eve.device, eve.root)
  await pull(ada.space, eve.space)
  await say(eve, 'on we go')
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  assert.deepEqual(ada.messages(), ['hello', 'one', 'on we go'])
  assertAgreement(ada, ben, cleo, eve)
  await say(ben, 'good')
  await say(eve, 'yes')
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  assertAgreement(ada, ben, cleo, eve)
})

test('how much is exchanged of a device that was reset is known while the disk does not answer', async () => {
  const { ada, ben, cleo, eve } = await group()
  const twin = await eve.twin()
  await say(eve, 'one')
  await pull(eve.space, ada.space)
  await say(twin, 'two')
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space, cleo.space)
  ada.clock.set((nowMs += 1000))
  await ada.space.resetDevice(eve.device, eve.root)
  await pull(ada.space, eve.space)
  await say(eve, 'on we go')
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  for (const isNew of [false, true]) {
    if (isNew) {
      await cleo.space.close()
      await cleo.reopen()
    }
    cleo.disk.setFaults({ readError: () => true })
    assert.deepEqual(cleo.space.lengths(), ada.space.lengths())
    assert.equal(cleo.space.forkLimit(eve.device), Infinity)
    assert.equal(hashOf(cleo.space), hashOf(ada.space))
    cleo.disk.setFaults({})
  }
})

test('a device that forks again behind its reset is frozen again', async () => {
  const { ada, ben, cleo, eve } = await group()
  let twin = await eve.twin()
  await say(eve, 'one')
  await pull(eve.space, ada.space)
  await say(twin, 'two')
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space, cleo.space)
  ada.clock.set((nowMs += 1000))
  await ada.space.resetDevice(eve.device, eve.root)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  await say(eve, 'three')
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  assert.ok(ada.messages().includes('three'))
  twin = await eve.twin()
  await say(eve, 'four')
  await pull(eve.space, ada.space)
  await say(ada, 'Ada answers four')
  await say(twin, 'five')
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space, cleo.space)
  assert.equal(Number.isFinite(ada.space.forkLimit(eve.device)), true)
  assert.ok(ada.messages().includes('four') && !ada.messages().includes('five'))
  assertAgreement(ada, ben, cleo)
  ada.clock.set((nowMs += 1000))
  await ada.space.resetDevice(eve.device, eve.root)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  await say(eve, 'six')
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  assert.ok(cleo.messages().includes('six'))
  assertAgreement(ada, ben, cleo, eve)
})

/** A device that was reset forked again. Of three histories before, it was reset to what two share. */
async function forkedAgain(
  histories: 2 | 3,
): Promise<Awaited<ReturnType<typeof group>> & { again: number }> {
  const { ada, ben, cleo, eve } = await group()
  const other = await eve.twin()
  await say(eve, 'one')
  const third = await eve.twin()
  await pull(eve.space, cleo.space)
  await say(eve, 'two')
  await pull(eve.space, ada.space)
  if (histories === 3) await say(third, 'another two')
  await pull(third.space, ben.space)
  await syncAll(ada.space, ben.space)
  await say(other, 'another one')
  await pull(other.space, ada.space)
  await syncAll(ada.space, ben.space, cleo.space)
  cleo.clock.set((nowMs += 1000))
  await cleo.space.resetDevice(eve.device, eve.root)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  await say(eve, 'three')
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  assert.equal(ada.space.forkLimit(eve.device), Infinity)
  const again = ada.space.lengths().get(eve.device)!
  const twin = await eve.twin()
  await say(eve, 'four')
  await pull(eve.space, ada.space)
  await say(ada, 'Ada answers four')
  await say(twin, 'another four')
  await pull(twin.space, ben.space)
  await say(ben, 'Ben answers another four')
  return { ada, ben, cleo, eve, again }
}

test('a fork behind a reset is found whatever other histories were proven before, at the place of the reset too', async () => {
  const { ada, ben, cleo, eve, again } = await forkedAgain(3)
  await syncAll(ada.space, ben.space, cleo.space)
  for (const peer of [ada, ben, cleo]) {
    assert.equal(peer.space.forkLimit(eve.device), again, peer.name)
  }
  assertAgreement(ada, ben, cleo)
})

test('a fork behind a reset is known after a restart', async () => {
  const { ada, ben, cleo, eve, again } = await forkedAgain(2)
  await syncAll(ada.space, ben.space, cleo.space)
  await ben.space.close()
  await ben.reopen()
  assert.equal(ben.space.forkLimit(eve.device), again)
})

test('a fork behind a reset is proven by both histories, when the first was not here yet where they part', async () => {
  const { ada, ben, cleo, eve } = await group()
  const other = await eve.twin()
  await say(eve, 'one')
  await pull(eve.space, ada.space)
  await say(other, 'another one')
  await pull(other.space, ben.space)
  await syncAll(ada.space, ben.space, cleo.space)
  ada.clock.set((nowMs += 1000))
  await ada.space.resetDevice(eve.device, eve.root)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  await say(eve, 'two')
  await syncAll(ada.space, cleo.space, eve.space)
  const twin = await eve.twin()
  await say(eve, 'three')
  const at = ben.space.lengths().get(eve.device)!
  const limits = { bytesMax: 1_000_000, blocksMax: 1 }
  // What Ben has of the first history ends before they part; its head speaks of more.
  await ben.space.accept(eve.device, eve.space.rangeFrom(eve.device, at, limits)!)
  await say(twin, 'another three')
  await pull(twin.space, cleo.space)
  await say(cleo, 'Cleo answers')
  await pull(cleo.space, ben.space)
  await ben.space.accept(eve.device, eve.space.rangeFrom(eve.device, at + 1, limits)!)
  assert.equal(ben.space.forkLimit(eve.device), at + 1)
})

test('whoever resets a device names all that its histories share, also what is dated ahead of their clock', async () => {
  const { ada, ben, cleo, eve } = await group()
  eve.clock.pass(20 * 60_000)
  await eve.write('both one')
  await eve.write('both two')
  const twin = await eve.twin()
  await eve.write('one')
  await twin.write('two')
  await pull(eve.space, ada.space)
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space)
  assert.equal(ada.space.isForked(eve.device), true)
  assert.deepEqual(ada.messages(), ['hello'])
  await ada.space.resetDevice(eve.device, eve.root)
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  for (const { clock } of [ada, ben, cleo]) clock.pass(20 * 60_000)
  await eve.write('on we go')
  await syncAll(ada.space, ben.space, cleo.space, eve.space)
  assertAgreement(ada, ben, cleo, eve)
  assert.deepEqual(cleo.messages(), ['hello', 'both one', 'both two', 'one', 'on we go'])
})

test('an epoch that comes to count by a reset is opened, also when the history named comes later and in pieces', async () => {
  const { ada, ben, cleo, eve } = await group({ role: 'admin' })
  const twin = await eve.twin()
  await eve.space.rotateEpoch()
  await say(eve, 'under a new key')
  await say(eve, 'the last word')
  await pull(eve.space, ada.space)
  await say(twin, 'two')
  await pull(twin.space, ben.space)
  await syncAll(ada.space, ben.space)
  ada.clock.set((nowMs += 1000))
  await ada.space.resetDevice(eve.device, eve.root)
  const copy = new Peer('Cleo again', cleo, false, cleo.identity)
  copy.clock.set(nowMs)
  await copy.openForJoin(ada.space.id)
  await pull(ada.space, copy.space, 1)
  assert.deepEqual(copy.messages(), ['hello', 'under a new key', 'the last word'])
  assert.deepEqual(ada.messages(), copy.messages())
})
