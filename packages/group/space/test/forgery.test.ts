/** What a member's device with software of its own can sign, and what becomes of it everywhere. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToId } from '@hamlet/core'
import type { EntryId } from '@hamlet/core'
import { EpochKeys, makeEpoch, recipientsBy } from '@hamlet/space'
import type { ControlOperation, InviteInput, Recipient, Space } from '@hamlet/space'
import { Forger } from './_forger.ts'
import { crypto, hashOf, INVITE, join, Peer, pull, syncAll } from './_world.ts'

/** Ada founds, Ben and Cleo are members, Ben's device is the forger's. */
async function setup(ben: Partial<InviteInput> = {}): Promise<{
  ada: Peer
  ben: Peer
  cleo: Peer
  forger: Forger
}> {
  const peers = { ada: new Peer('Ada'), ben: new Peer('Ben'), cleo: new Peer('Cleo') }
  await peers.ada.create()
  await join(peers.ada, peers.ben, ben)
  await join(peers.ada, peers.cleo)
  await pull(peers.ada.space, peers.ben.space)
  return { ...peers, forger: await Forger.open(peers.ben, peers.ben.space) }
}

async function offer(
  forged: Parameters<Space['accept']>[1],
  ben: Peer,
  ...to: Peer[]
): Promise<void> {
  for (const { space } of to) {
    const accepted = await space.accept(ben.device, forged)
    assert.ok(accepted.ok, accepted.ok ? '' : accepted.error.message)
  }
}

function keysOf({ person, device, identity, recoveryPrivate }: Peer): readonly Recipient[] {
  const prekey = crypto.agreementKey(identity.prekeyPrivate)
  const recovery = crypto.agreementKey(recoveryPrivate)
  return recipientsBy({ ephemeral: undefined }, { person, device, prekey, recovery })
}

function lastOf(space: Space, peer: Peer): ReturnType<Space['openContent']> {
  const length = space.lengths().get(peer.device)!
  return space.openContent(space.entryAt(peer.device, length - 1)!)
}

test('content signed by a reader is stored by all and counts for none', async () => {
  const { ada, ben, cleo, forger } = await setup({ role: 'reader' })
  const epoch = ada.space.epochs()[0]!.id
  const keys = new EpochKeys(ben.ports, ben.space.id, ben.identity)
  keys.refresh(ben.space.controlState())
  await offer(await forger.content('I may not', keys.secret(epoch)!, { epoch }), ben, ada, cleo)
  assert.deepEqual(lastOf(ada.space, ben), { kind: 'void', reason: 'read-only' })
  await offer(await forger.content('?', new Uint8Array(32), { epoch }), ben, ada, cleo)
  assert.deepEqual(lastOf(cleo.space, ben), { kind: 'void', reason: 'unreadable' })
  assert.equal(hashOf(ada.space), hashOf(cleo.space))
})

test('content under an epoch that its author has not seen is void', async () => {
  const { ada, ben, cleo, forger } = await setup()
  const epoch = bytesToId<EntryId>(new Uint8Array(32).fill(7))
  await offer(await forger.content('under nothing', new Uint8Array(32), { epoch }), ben, ada, cleo)
  assert.deepEqual(lastOf(ada.space, ben), { kind: 'void', reason: 'epoch' })
})

test('a writer can neither admit with approval, nor invite, nor grant, nor found again', async () => {
  const { ada, ben, cleo, forger } = await setup()
  const dan = new Peer('Dan')
  const { link } = await ada.space.createInvite(INVITE)
  const submitted = await ada.space.submitRequest(dan.request(link))
  assert.ok(submitted.ok)
  await syncAll(ada.space, ben.space, cleo.space)
  const before = ada.space.members()
  const { person, certificate } = ben.identity
  const operations: ControlOperation[] = [
    { name: 'admit', request: submitted.value, role: 'writer', incarnation: 0, seals: [] },
    { name: 'grant', person: ben.person, role: 'admin' },
    { name: 'grant', person: cleo.person, role: 'reader' },
    { name: 'policy', policy: 'history', value: 'from-join' },
    { name: 'genesis', person, certificate, history: 'all', nonce: new Uint8Array(16) },
    { name: 'remove', person: ada.person, cut: [] },
  ]
  for (const operation of operations) await offer(await forger.control(operation), ben, ada, cleo)
  assert.deepEqual(ada.space.members(), before)
  assert.deepEqual(cleo.space.controlState(), ada.space.controlState())
})

test('an epoch with a recipient smuggled in or left out does not count', async () => {
  const { ada, ben, cleo, forger } = await setup()
  const dan = new Peer('Dan')
  const parents = ada.space.epochs().map(({ id }) => ({ id, secret: undefined }))
  for (const recipients of [
    [ada, ben],
    [ada, ben, cleo, dan],
  ]) {
    const { operation } = makeEpoch(
      ben.ports,
      ben.space.id,
      recipients.flatMap(keysOf),
      parents,
      'all',
    )
    await offer(await forger.control(operation), ben, ada, cleo)
  }
  assert.equal(ada.space.epochs().length, 1)
  const { operation } = makeEpoch(
    ben.ports,
    ben.space.id,
    [ada, ben, cleo].flatMap(keysOf),
    parents,
    'all',
  )
  await offer(await forger.control(operation), ben, ada, cleo)
  assert.equal(ada.space.epochs().length, 2)
})

test('a seal that holds another secret than committed to is reported, and nothing is written under it', async () => {
  const { ada, ben, cleo, forger } = await setup()
  const parents = ada.space.epochs().map(({ id }) => ({ id, secret: undefined }))
  const recipients = [ada, ben, cleo].flatMap(keysOf)
  const [good, bad] = [0, 1].map(() =>
    makeEpoch(ben.ports, ben.space.id, recipients, parents, 'all'),
  )
  const seals = good!.operation.seals.map((seal, i) =>
    seal.to === ada.device ? bad!.operation.seals[i]! : seal,
  )
  await offer(await forger.control({ ...good!.operation, seals }), ben, ada, cleo)
  assert.equal(ada.space.mismatchedEpochs().size, 1)
  assert.equal(cleo.space.mismatchedEpochs().size, 0)
  await ada.write('still heard')
  await pull(ada.space, cleo.space)
  assert.deepEqual(cleo.messages(), ['still heard'])
  const forged = ada.space.epochs().find(({ isKnown }) => !isKnown)!
  const sent = ada.space.entryAt(ada.device, ada.space.lengths().get(ada.device)! - 1)!
  assert.notEqual(sent.epoch, forged.id)
})

test('a dependency on an entry that was never written holds the log back for everybody, in whatever order things arrive', async () => {
  const { ada, ben, cleo, forger } = await setup()
  await ada.write('something')
  const [dep] = forger.place().deps
  const wrong = { ...dep!, seq: ada.space.lengths().get(ada.device)! - 1 }
  const forged = await forger.payload(new Uint8Array(1), {
    deps: [wrong],
    time: { milliseconds: ada.clock.wall() + 1000, counter: 0 },
  })
  await offer(forged, ben, cleo)
  assert.equal(cleo.space.pendingCounts().waiting, 1)
  await pull(ada.space, cleo.space)
  await offer(forged, ben, ada)
  for (const { space } of [ada, cleo]) {
    assert.equal(space.pendingCounts().waiting, 1)
    assert.deepEqual(
      space.wantedBranches().map(({ device, id }) => ({ device, id })),
      [{ device: ada.device, id: wrong.id }],
    )
  }
  assert.equal(hashOf(ada.space), hashOf(cleo.space))
})

test('a time that does not grow ends the log for everybody', async () => {
  const { ada, ben, cleo, forger } = await setup()
  const forged = await forger.payload(new Uint8Array(1), { time: { milliseconds: 1, counter: 0 } })
  await offer(forged, ben, ada, cleo)
  assert.deepEqual(ada.space.rejected(), [{ device: ben.device, seq: 0, reason: 'time' }])
  await ada.space.close()
  await ada.reopen()
  assert.deepEqual(ada.space.rejected(), [{ device: ben.device, seq: 0, reason: 'time' }])
})

test('an entry in the wrong place, space or chain is refused before it is stored', async () => {
  const wrong = [
    { seq: 1, previous: bytesToId<EntryId>(new Uint8Array(32)) },
    { space: bytesToId<Space['id']>(new Uint8Array(32).fill(1)) },
    { device: bytesToId<Peer['device']>(new Uint8Array(32).fill(2)) },
  ]
  for (const fields of wrong) {
    const { ada, ben, forger } = await setup()
    const forged = await forger.payload(new Uint8Array(1), fields)
    const result = await ada.space.accept(ben.device, forged)
    assert.equal(result.ok ? '' : result.error.code, 'SPACE_ENTRY_MISPLACED')
    assert.equal(ada.space.lengths().get(ben.device), undefined)
  }
})

test('two histories of one device are kept as a proof and told', async () => {
  const { ada, ben, cleo, forger } = await setup()
  const kinds: string[] = []
  ada.space.subscribe((change) => kinds.push(change.kind))
  await ben.write('one story')
  await pull(ben.space, ada.space)
  const forged = await forger.payload(new Uint8Array(1))
  const result = await ada.space.accept(ben.device, forged)
  assert.equal(result.ok ? '' : result.error.code, 'LOG_FORKED')
  const [point] = ada.space.forkPoints()
  assert.ok(kinds.includes('fork'))
  assert.equal(cleo.space.acceptForkPoint({ ...point!, index: point!.index + 1 }), false)
  assert.equal(cleo.space.acceptForkPoint({ ...point!, namespace: new Uint8Array(32) }), false)
  assert.equal(cleo.space.acceptForkPoint(point!), true)
  assert.equal(cleo.space.isForked(ben.device), true)
  await cleo.space.close()
  await cleo.reopen()
  assert.deepEqual(cleo.space.forkPoints(), [point])
})

test('a control entry that does not decode is ignored and its log goes on', async () => {
  const { ada, ben, cleo, forger } = await setup()
  await offer(await forger.payload(new Uint8Array([0x81, 0x01])), ben, ada, cleo)
  await offer(await forger.control({ name: 'leave', cut: [] }), ben, ada, cleo)
  assert.equal(ada.space.pendingCounts().waiting, 0)
  assert.deepEqual(ada.space.rejected(), [])
})
