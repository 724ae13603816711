/** Spaces whose messages disappear: what is forgotten when, what is never opened again, and how members still meet. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '@hamlet/core'
import {
  EPHEMERAL_POLICY,
  ephemeralFor,
  EpochKeys,
  recipientsOf,
  SpaceViewSource,
  writeOwnLength,
} from '@hamlet/space'
import type { SpaceChange } from '@hamlet/space'
import { SecretStore } from '../src/secret-store.ts'
import { DAY_MS, join, Peer, pull, syncAll } from './_world.ts'

const HOUR_MS = 3_600_000
const EPHEMERAL = ephemeralFor(DAY_MS)

async function found(): Promise<Peer> {
  const ada = new Peer('Ada')
  await ada.create(undefined, EPHEMERAL)
  return ada
}

/** Time passes for all, an hour at a time; what their timers begin is done. */
async function pass(peers: readonly Peer[], ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= HOUR_MS) {
    for (const { clock } of peers) clock.pass(Math.min(left, HOUR_MS))
    for (let i = 0; i < 10; i++) await new Promise((resolve) => void setImmediate(resolve))
  }
}

function epochOf(peer: Peer, text: string): string {
  for (const [device, length] of peer.space.appliedLengths()) {
    for (const entry of peer.space.entries(device, 0, length)) {
      const opened = peer.space.openContent(entry)
      if (opened.kind !== 'content' || opened.content.type !== 'chat.message') continue
      if ((opened.content.value as readonly string[])[0] === text) return entry.epoch!
    }
  }
  throw new Error(`nobody wrote ${text}`)
}

test('it is decided when the space is founded: not later, not undone, and not with times out of bounds', async () => {
  const ada = await found()
  assert.deepEqual(ada.space.controlState().ephemeral, EPHEMERAL)
  assert.equal(ada.space.controlState().history, 'from-join')
  await ada.space.setPolicy('history', 'all')
  await ada.space.appendControl([
    { name: 'policy', policy: EPHEMERAL_POLICY, value: [1e6, 5, 1e9] },
  ])
  await ada.space.setPolicy(EPHEMERAL_POLICY, false)
  assert.deepEqual(ada.space.controlState().ephemeral, EPHEMERAL)
  assert.equal(ada.space.controlState().history, 'from-join')
  const ben = new Peer('Ben')
  await ben.create()
  await ben.space.appendControl([
    { name: 'policy', policy: EPHEMERAL_POLICY, value: [HOUR_MS, 500, DAY_MS] },
  ])
  assert.equal(ben.space.controlState().ephemeral, undefined)
})

test('epochs are replaced by the hour and by use, chain nothing, and are not sealed to the words', async () => {
  const ada = await found()
  await ada.write('one')
  await ada.write('two')
  assert.equal(epochOf(ada, 'one'), epochOf(ada, 'two'))
  ada.clock.pass(HOUR_MS)
  await ada.write('three')
  assert.notEqual(epochOf(ada, 'three'), epochOf(ada, 'two'))
  const many = Array.from({ length: EPHEMERAL.rotateEntries }, () => {
    return { type: 'chat.message', value: ['x'] }
  })
  await ada.space.append(many)
  await ada.write('four')
  assert.notEqual(epochOf(ada, 'four'), epochOf(ada, 'three'))
  assert.ok(ada.space.epochs().every(({ chain }) => chain === undefined))
  assert.deepEqual(
    recipientsOf(ada.space.controlState()).map(({ id }) => id),
    [ada.device],
  )
})

test('what is old is locked on every device, leaves the views, and stays so after a restart', async () => {
  const [ada, ben] = [await found(), new Peer('Ben')]
  await join(ada, ben)
  await ada.write('old')
  await syncAll(ada.space, ben.space)
  const both = [ada, ben]
  await pass(both, 20 * HOUR_MS)
  await ada.write('young')
  await syncAll(ada.space, ben.space)
  assert.deepEqual(ben.messages(), ['old', 'young'])
  const before = new SpaceViewSource(ben.space).hidden(ben.space.appliedLengths())
  const changes: SpaceChange[] = []
  ben.space.subscribe((change) => changes.push(change))
  await pass(both, 6 * HOUR_MS)
  for (const peer of both) assert.deepEqual(peer.messages(), ['young'])
  assert.ok(changes.some(({ kind }) => kind === 'forgotten'))
  const after = new SpaceViewSource(ben.space).hidden(ben.space.appliedLengths())
  assert.notEqual(after, before)
  await ben.space.close()
  await ben.reopen()
  assert.deepEqual(ben.messages(), ['young'])
  await pass(both, 30 * HOUR_MS)
  await ben.space.close()
  await ben.reopen()
  assert.deepEqual(ben.messages(), [])
  await ben.write('new')
  // Ben has not heard of Ada for so long that the prekey he sealed to is gone: she complains, and is sealed to anew.
  for (let turn = 0; turn < 3; turn++) {
    await syncAll(ada.space, ben.space)
    await pass(both, 60_000)
  }
  await syncAll(ada.space, ben.space)
  assert.deepEqual(ada.messages(), ['new'])
})

test('a prekey is announced where that counts: by a clock that is behind, not before the admission is due', async () => {
  const [ada, ben] = [await found(), new Peer('Ben')]
  ben.clock.pass(-HOUR_MS)
  await join(ada, ben)
  await pass([ben], 10_000)
  assert.equal(ben.space.lengths().get(ben.device), undefined)
  await pass([ben], 2 * HOUR_MS)
  assert.equal(ben.space.lengths().get(ben.device), 1)
  assert.deepEqual(ben.space.futileOperations(), [])
})

test('a device that was off forgets before it shows anything', async () => {
  const ada = await found()
  await ada.write('old')
  await ada.space.close()
  ada.clock.pass(30 * HOUR_MS)
  await ada.reopen()
  assert.deepEqual(ada.messages(), [])
})

/** The epochs a thief opens with all that is on a device, and software that forgets nothing. */
async function stolen({ space, identity, ports, disk }: Peer): Promise<Set<string>> {
  const state = space.controlState()
  const keys = new EpochKeys(ports, space.id, identity)
  keys.restore(await new SecretStore({ ...ports, disk }, space.id, identity).read(), state)
  keys.refresh(state)
  return new Set(keys.all.map(([id]) => id))
}

test('who takes a device opens nothing that is older than twice the time it is kept', async () => {
  const [ada, ben] = [await found(), new Peer('Ben')]
  await join(ada, ben)
  await syncAll(ada.space, ben.space)
  const both = [ada, ben]
  await pass(both, 2 * HOUR_MS)
  await syncAll(ada.space, ben.space)
  const epochs: string[] = []
  for (let day = 0; day < 6; day++) {
    await ada.write(`day ${day}`)
    epochs.push(epochOf(ada, `day ${day}`))
    await syncAll(ada.space, ben.space)
    await pass(both, 12 * HOUR_MS)
    await syncAll(ada.space, ben.space)
    await pass(both, 12 * HOUR_MS)
  }
  const opened = await stolen(ben)
  const days = epochs.map((id) => opened.has(id))
  assert.deepEqual(days.slice(0, 3), [false, false, false])
  assert.equal(days[5], true)
})

test('a prekey that could not be announced takes nothing away, and is announced later', async () => {
  const [ada, ben] = [await found(), new Peer('Ben')]
  await join(ada, ben)
  const both = [ada, ben]
  await pass(both, 2 * HOUR_MS)
  await syncAll(ada.space, ben.space)
  const store = new SecretStore(ben.ports, ben.space.id, ben.identity)
  const known = ben.space.ownPrekeySerial!
  const kept = async (): Promise<readonly number[]> =>
    (await store.read()).prekeys.map(({ serial }) => serial)
  assert.deepEqual(await kept(), [known])
  // A longer version of the own log is said to exist: nothing is written for three days.
  const length = ben.space.lengths().get(ben.device)!
  await ben.space.close()
  await writeOwnLength(ben.disk, length + 1)
  await ben.reopen()
  await pass(both, 72 * HOUR_MS)
  assert.equal(ben.space.ownPrekeySerial, known)
  assert.deepEqual(await kept(), [known + 1, known])
  await ada.write('meanwhile')
  await pull(ada.space, ben.space)
  assert.deepEqual(ben.messages(), ['meanwhile'])
})

test('a flood of operations does not put off the forgetting', async () => {
  const ada = await found()
  await ada.write('old')
  ada.clock.pass(25 * HOUR_MS - 2_000)
  assert.deepEqual(ada.messages(), ['old'])
  for (let i = 0; i < 12; i++) {
    await ada.space.rotateEpoch()
    ada.clock.pass(500)
  }
  assert.deepEqual(ada.messages(), [])
})

test('the words bring back the place in the space, and nothing that was written', async () => {
  const [ada, ben] = [await found(), new Peer('Ben')]
  await join(ada, ben)
  await ada.write('before')
  const fresh = new Peer('Ada again', ada, true)
  await syncAll(ada.space, ben.space)
  const rex = new Peer('Rex')
  await join(ada, rex, { role: 'relay' })
  await rex.space.addDevice(fresh.identity.certificate)
  await fresh.openForJoin(ada.space.id)
  await pull(rex.space, fresh.space)
  assert.equal(fresh.space.ownRole, 'owner')
  assert.deepEqual(fresh.messages(), [])
})

function hex({ space }: Peer): string[] {
  return space.discoverySecrets().map(bytesToHex)
}

test('members meet by secrets that outlive the epochs, and who was removed does not', async () => {
  const [ada, ben, cleo] = [await found(), new Peer('Ben'), new Peer('Cleo')]
  await join(ada, ben)
  await join(ada, cleo)
  await syncAll(ada.space, ben.space, cleo.space)
  const here = [ada, ben]
  // Cleo is away for three days, in which the others write every hour.
  for (let hour = 0; hour < 72; hour++) {
    await pass(here, HOUR_MS)
    await ada.write(`hour ${hour}`)
    await pull(ada.space, ben.space)
  }
  const newestOf = (peer: Peer): string => hex(peer)[0]!
  assert.equal(newestOf(ben), newestOf(ada))
  cleo.clock.set(ada.clock.wall())
  assert.ok(hex(cleo).some((secret) => hex(ada).includes(secret)))
  await syncAll(ada.space, ben.space, cleo.space)
  assert.equal(newestOf(cleo), newestOf(ada))
  const newest = newestOf(ada)
  await ada.space.remove(cleo.person)
  await syncAll(ada.space, ben.space, cleo.space)
  assert.notEqual(newestOf(ada), newest)
  assert.ok(!hex(cleo).includes(newestOf(ada)))
  assert.equal(newestOf(ben), newestOf(ada))
})
