/** What members decide at the same time, apart from each other, and what stands once they meet. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpaceViewSource } from '@hamlet/space'
import type { ContentEntry, SpaceChange } from '@hamlet/space'
import { createMemoryKv } from '@hamlet/store'
import { errorCodeOf, hashOf, INVITE, join, Peer, pull, syncAll } from './_world.ts'

async function members(...names: readonly string[]): Promise<Peer[]> {
  const peers = names.map((name) => new Peer(name))
  const [founder, ...others] = peers
  await founder!.create()
  for (const other of others) await join(founder!, other, { role: 'admin' })
  await syncAll(...peers.map(({ space }) => space))
  return peers
}

test('two admins use one place up at the same time: one stands, everywhere the same', async () => {
  const [ada, ben, cleo] = await members('Ada', 'Ben', 'Cleo')
  const [dan, eve] = [new Peer('Dan'), new Peer('Eve')]
  const { link } = await ada!.space.createInvite(INVITE)
  await syncAll(ada!.space, ben!.space, cleo!.space)
  for (const [admin, joiner] of [
    [ben!, dan],
    [cleo!, eve],
  ] as const) {
    const submitted = await admin.space.submitRequest(joiner.request(link))
    assert.ok(submitted.ok)
    await admin.space.approve(submitted.value)
    await joiner.openForJoin(ada!.space.id)
    await pull(admin.space, joiner.space)
    await joiner.write(`${joiner.name} is in`)
    await pull(joiner.space, admin.space)
  }
  await syncAll(ada!.space, ben!.space, cleo!.space)
  const inside = [dan, eve].filter(({ person }) => ada!.space.role(person) !== undefined)
  assert.equal(inside.length, 1)
  assert.equal(ada!.messages().length, 1)
  for (const peer of [ben!, cleo!]) {
    assert.deepEqual(peer.space.controlState(), ada!.space.controlState())
    assert.deepEqual(peer.messages(), ada!.messages())
    assert.equal(hashOf(peer.space), hashOf(ada!.space))
  }
  // Whoever was let in and put out again holds a key: the next message is under another.
  await ada!.write('between us')
  const outside = inside[0] === dan ? eve : dan
  await pull(ada!.space, outside.space)
  assert.ok(!outside.messages().includes('between us'))
})

test('revoking an automatic invitation puts out whom it let in meanwhile, and views are told', async () => {
  const [ada, ben] = await members('Ada', 'Ben')
  const dan = new Peer('Dan')
  const { invite, link } = await ada!.space.createInvite({ ...INVITE, mode: 'auto' })
  await pull(ada!.space, ben!.space)
  assert.ok((await ben!.space.submitRequest(dan.request(link))).ok)
  await dan.openForJoin(ada!.space.id)
  await pull(ben!.space, dan.space)
  await dan.write('I am in')
  await pull(dan.space, ben!.space)
  assert.deepEqual(ben!.messages(), ['I am in'])
  await ada!.space.revokeInvite(invite.id)
  const changes: SpaceChange[] = []
  ben!.space.subscribe((change) => changes.push(change))
  const source = new SpaceViewSource(ben!.space)
  const before = source.hidden(source.lengths())
  await pull(ada!.space, ben!.space)
  assert.equal(ben!.space.role(dan.person), undefined)
  assert.deepEqual(ben!.messages(), [])
  assert.deepEqual(
    changes.flatMap((change) => (change.kind === 'voided' ? change.devices : [])),
    [dan.device],
  )
  assert.notEqual(source.hidden(source.lengths()), before)
  await pull(ben!.space, ada!.space)
  assert.equal(hashOf(ada!.space), hashOf(ben!.space))
})

test('an epoch made while somebody joined elsewhere is opened to them by the next writer', async () => {
  const [ada, ben] = await members('Ada', 'Ben')
  const dan = new Peer('Dan')
  await ben!.space.rotateEpoch()
  await ben!.write('under my own epoch')
  await join(ada!, dan)
  const unlocked: SpaceChange[] = []
  dan.space.subscribe((change) => void (change.kind === 'unlocked' && unlocked.push(change)))
  await syncAll(ada!.space, ben!.space, dan.space)
  assert.deepEqual(dan.messages(), [])
  const source = new SpaceViewSource(dan.space)
  assert.notEqual(source.hidden(source.lengths()), '')
  await ada!.write('for all')
  await syncAll(ada!.space, ben!.space, dan.space)
  assert.deepEqual(dan.messages(), ['under my own epoch', 'for all'])
  assert.equal(unlocked.length, 1)
  assert.equal(source.hidden(source.lengths()), '')
})

test('two epochs made at the same time both stay readable, and all write under the same one next', async () => {
  const [ada, ben, cleo] = await members('Ada', 'Ben', 'Cleo')
  await Promise.all([ada!.space.rotateEpoch(), ben!.space.rotateEpoch()])
  await ada!.write('a')
  await ben!.write('b')
  await syncAll(ada!.space, ben!.space, cleo!.space)
  const entries = [await ada!.write('next'), await cleo!.write('next')]
  const [first, second] = entries.map(([entry]) => entry!.epoch)
  assert.equal(first, second)
  await syncAll(ada!.space, ben!.space, cleo!.space)
  assert.equal(cleo!.messages().length, 4)
  assert.deepEqual(cleo!.messages(), ada!.messages())
})

test('two grants of one role at the same time: the lower one wins', async () => {
  const [ada, ben, cleo] = await members('Ada', 'Ben', 'Cleo')
  const dan = new Peer('Dan')
  await join(ada!, dan)
  await syncAll(ada!.space, ben!.space, cleo!.space)
  await ben!.space.setRole(dan.person, 'reader')
  await ada!.space.setRole(dan.person, 'admin')
  await syncAll(ada!.space, ben!.space, cleo!.space)
  assert.equal(cleo!.space.role(dan.person), 'reader')
  await ada!.space.setRole(dan.person, 'admin')
  assert.equal(ada!.space.role(dan.person), 'admin')
})

test('a view source gives the content that counts, in causal order, in pieces that add up', async () => {
  const [ada, ben] = await members('Ada', 'Ben')
  for (let i = 0; i < 10; i++) {
    const [from, to] = i % 2 === 0 ? [ada!, ben!] : [ben!, ada!]
    await from.write(String(i))
    await pull(from.space, to.space)
  }
  const source = new SpaceViewSource(ada!.space)
  const all = await collect(source.entries(new Map(), source.lengths()))
  const texts = all.flat().filter(({ type }) => type === 'chat.message')
  assert.deepEqual(
    texts.map(({ value }) => (value as readonly string[])[0]),
    Array.from({ length: 10 }, (_, i) => String(i)),
  )
  const half = new Map([...source.lengths()].map(([device, n]) => [device, Math.floor(n / 2)]))
  const first = await collect(source.entries(new Map(), half))
  const rest = await collect(source.entries(half, source.lengths()))
  assert.equal(first.flat().length + rest.flat().length, all.flat().length)
})

async function collect(batches: AsyncIterable<readonly ContentEntry[]>): Promise<ContentEntry[][]> {
  const collected: ContentEntry[][] = []
  for await (const batch of batches) collected.push([...batch])
  return collected
}

test('what would not count because a decision lies ahead of the own clock is refused until then', async () => {
  const [ada, ben, cleo] = [new Peer('Ada'), new Peer('Ben'), new Peer('Cleo')]
  await ada.create()
  await join(ada, ben, { role: 'admin' })
  await join(ada, cleo)
  await syncAll(ada.space, ben.space, cleo.space)
  await ben.space.remove(cleo.person)
  // Ada, whose clock is ahead, has not heard of that, and it falls with what she says of Ben.
  ada.clock.pass(20 * 60_000)
  await ada.space.setRole(ben.person, 'writer')
  await ada.space.setRole(ben.person, 'admin')
  await syncAll(ada.space, ben.space)
  assert.deepEqual([ben.space.ownRole, ben.space.role(cleo.person)], ['admin', 'writer'])
  // Ben knows it, and cannot name it yet: by what he can name Cleo is out already.
  assert.equal(await errorCodeOf(ben.space.remove(cleo.person)), 'SPACE_FORBIDDEN')
  assert.equal(await errorCodeOf(ben.write('to all')), 'SPACE_CLOCK_BEHIND')
  for (const { clock } of [ben, cleo]) clock.pass(20 * 60_000)
  await ben.write('to all')
  await ben.space.remove(cleo.person)
  await ben.write('to Ada')
  await syncAll(ada.space, ben.space)
  await pull(ben.space, cleo.space)
  assert.deepEqual([ada.messages(), cleo.messages()], [['to all', 'to Ada'], ['to all']])
  assert.equal(ada.space.role(cleo.person), undefined)
})

test('what an own entry builds on is applied, also after a restart without the index and with a clock set back', async () => {
  const [ada, ben] = await members('Ada', 'Ben')
  await ben!.write('one')
  await pull(ben!.space, ada!.space)
  await ada!.write('two')
  ben!.clock.pass(60_000)
  await ben!.write('three')
  await pull(ben!.space, ada!.space)
  assert.deepEqual(ada!.messages(), ['one', 'two', 'three'])
  await ada!.space.close()
  ada!.kv = createMemoryKv()
  ada!.clock.pass(-20 * 60_000)
  await ada!.reopen()
  // What Ben wrote later than anything of hers waits for her clock.
  assert.deepEqual(ada!.messages(), ['one', 'two'])
  await ada!.space.remove(ben!.person)
  assert.equal(ada!.space.role(ben!.person), undefined)
  assert.deepEqual(ada!.space.futileOperations(), [])
})

test('an admission by somebody lowered meanwhile does not lower what the owner has made of the person', async () => {
  const [ada, ben, cleo] = [new Peer('Ada'), new Peer('Ben'), new Peer('Cleo')]
  await ada.create()
  await join(ada, ben, { role: 'admin' })
  const input = { ...INVITE, mode: 'auto', role: 'reader' } as const
  const { link, invite } = await ada.space.createInvite(input)
  await syncAll(ada.space, ben.space)
  await cleo.openForJoin(ada.space.id)
  for (const { space } of [ada, ben]) assert.ok((await space.submitRequest(cleo.request(link))).ok)
  await ada.space.setRole(ben.person, 'writer')
  await ada.space.revokeInvite(invite.id)
  await pull(ada.space, cleo.space)
  await ada.space.setRole(cleo.person, 'admin')
  await syncAll(ada.space, ben.space, cleo.space)
  assert.deepEqual([cleo.space.ownRole, ada.space.role(ben.person)], ['admin', 'writer'])
  await cleo.space.remove(ben.person)
  await syncAll(ada.space, ben.space, cleo.space)
  for (const { space } of [ada, ben, cleo]) assert.equal(space.role(ben.person), undefined)
})
