/**
 * Goal: who does not sign, signs twice or says again what was said gains nothing over whole peers, and what holds for two holds for
 * three, one of whom is killed. Method: lines between peers in memory that leave out, repeat or change what is said about receipts.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSwarmMessage, encodeSwarmMessage } from '@hamlet/blobs'
import type { SwarmMessage } from '@hamlet/blobs'
import { decodeShareLink, encodeShareLink } from '@hamlet/files'
import { createMemoryDisk } from '@hamlet/store'
import { pass, people, Person } from './_world.ts'
import { household } from './_household.ts'

const MIB = 1024 * 1024

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function shareFilm(
  { api }: Person,
  sizeBytes: number,
  place: { space?: string; isPublic?: boolean },
) {
  const upload = await api.startUpload({ name: 'film.mp4', isFolder: false, ...place })
  const film = Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
  await api.putFile(upload.id, 'film.mp4', pieces(film))
  return await api.finishUpload(upload.id)
}

/** What of all that a device says in its swarms is said instead. */
function tamper(
  { node }: Person,
  change: (message: SwarmMessage) => readonly SwarmMessage[],
): void {
  const send = node.net.send.bind(node.net)
  node.net.send = (peer, protocol, bytes) => {
    const message = protocol.includes('/swarm/') ? decodeSwarmMessage(bytes) : undefined
    if (message?.ok !== true) return send(peer, protocol, bytes)
    for (const each of change(message.value)) send(peer, protocol, encodeSwarmMessage(each))
    return true
  }
}

async function balancesOf(
  { api }: Person,
  space: string,
): Promise<Readonly<Record<string, number>>> {
  const all = await api.standing(space)
  return Object.fromEntries(all.map(({ person, balanceBytes }) => [person, balanceBytes]))
}

async function heldBytes({ api }: Person, share: string): Promise<number> {
  return (await api.shareDetail(share)).heldBytes
}

async function closeAll(everybody: readonly Person[]): Promise<void> {
  await Promise.all(everybody.map((person) => person.close()))
}

/** Its disk is as it was at that moment, whatever the rest of it still does. */
async function kill(person: Person): Promise<void> {
  const disk = createMemoryDisk({ files: person.disk.files() })
  for (const peer of person.node.net.peers()) person.node.net.disconnect(peer)
  person.world.nodes.delete(person.identity.device)
  await person.api.close()
  person.disk = disk
}

/** Anna's space with two others in it. */
async function trio(): Promise<{ space: string; anna: Person; ben: Person; cleo: Person }> {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space, { mode: 'auto', role: 'writer', maxUses: 2 })
  await ben.api.join(link!, 'Ben')
  await cleo.api.join(link!, 'Cleo')
  await pass([anna, ben, cleo], 5_000)
  return { space, anna, ben, cleo }
}

test('what three gave each other sums to zero, alike for each, although one is killed while it loads', async () => {
  const { space, anna, ben, cleo } = await trio()
  const everybody = [anna, ben, cleo]
  const { id } = await shareFilm(anna, 3 * MIB, { space })
  await pass(everybody, 2_000)
  await anna.api.setTransferLimits({ upBytesPerSecond: MIB })
  await ben.api.startTransfer(id)
  await cleo.api.startTransfer(id)
  await pass(everybody, 2_500)
  const before = await heldBytes(ben, id)
  assert.ok(before > 0 && before < 3 * MIB, `${before}`)
  await kill(ben)
  await pass([anna, cleo], 1_000)
  await ben.open()
  await pass(everybody, 20_000)
  assert.equal(await heldBytes(ben, id), 3 * MIB)
  assert.equal(await heldBytes(cleo, id), 3 * MIB)
  await pass(everybody, 30_000)
  const seen = await balancesOf(anna, space)
  assert.equal(
    Object.values(seen).reduce((sum, each) => sum + each, 0),
    0,
  )
  assert.ok(seen[anna.identity.person]! > 3 * MIB)
  assert.ok(seen[ben.identity.person]! < 0 && seen[cleo.identity.person]! < 0)
  assert.deepEqual(await balancesOf(ben, space), seen)
  assert.deepEqual(await balancesOf(cleo, space), seen)
  await closeAll(everybody)
})

test('who signs nothing gets a mebibyte and no more, also of somebody who starts again; who signs gets it all', async () => {
  const { space, anna, ben, cleo } = await trio()
  const everybody = [anna, ben, cleo]
  const { id } = await shareFilm(anna, 3 * MIB, { space })
  await pass(everybody, 2_000)
  tamper(ben, (message) => (message.type === 'receipt' ? [] : [message]))
  await ben.api.startTransfer(id)
  await pass(everybody, 40_000)
  await anna.reopen()
  await pass(everybody, 40_000)
  const taken = await heldBytes(ben, id)
  assert.ok(taken > 0 && taken <= MIB, `${taken}`)
  assert.equal((await balancesOf(anna, space))[ben.identity.person], 0)
  await cleo.api.startTransfer(id)
  await pass(everybody, 10_000)
  assert.equal(await heldBytes(cleo, id), 3 * MIB)
  await closeAll(everybody)
})

test('what is said twice counts once, and what was changed on the way counts for nothing', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await shareFilm(anna, 2 * MIB, { space })
  await pass(everybody, 1_000)
  let old: SwarmMessage | undefined
  tamper(ben, (message) => {
    if (message.type !== 'receipt') return [message]
    const forged = message.receipt.slice()
    forged[forged.length - 40]! ^= 1
    const said = [message, { ...message, receipt: forged }, message]
    const again = old === undefined ? said : [old, ...said]
    old = message
    return again
  })
  await ben.api.startTransfer(id)
  await pass(everybody, 20_000)
  assert.equal(await heldBytes(ben, id), 2 * MIB)
  const seen = await balancesOf(anna, space)
  assert.ok(seen[anna.identity.person]! > 2 * MIB && seen[anna.identity.person]! < 2.1 * MIB)
  assert.equal(seen[ben.identity.person], -seen[anna.identity.person]!)
  assert.deepEqual(
    (await anna.api.standing(space)).flatMap(({ frauds }) => frauds),
    [],
  )
  await closeAll(everybody)
})

test('who signs two histories is named to everybody by a proof, and gets no more than a step and what is forgiven', async () => {
  const { space, anna, ben, cleo } = await trio()
  const everybody = [anna, ben, cleo]
  const { id } = await shareFilm(anna, MIB, { space })
  const { id: other } = await shareFilm(anna, 4 * MIB, { space })
  await pass(everybody, 2_000)
  await ben.api.startTransfer(id)
  await pass(everybody, 20_000)
  assert.equal(await heldBytes(ben, id), MIB)
  // Ben puts back the account as it was before, and hears nothing of what he signed since.
  await ben.close()
  const accounts = (await ben.disk.list('credits')).filter((name) => name.startsWith('payer-'))
  for (const name of accounts) await ben.disk.remove(`credits/${name}`)
  await ben.open()
  tamper(anna, (message) => (message.type === 'countersigned' ? [] : [message]))
  await ben.api.startTransfer(other)
  await pass(everybody, 40_000)
  for (const witness of [anna, cleo]) {
    const [standing] = await witness.api.standing(space, ben.identity.person)
    assert.deepEqual(
      standing?.frauds.map(({ kind, isForgiven }) => [kind, isForgiven]),
      [['conflict', false]],
    )
    assert.equal(standing?.contribution, 0)
  }
  // A step, and what is forgiven to somebody who signed for a mebibyte.
  const held = await heldBytes(ben, other)
  assert.ok(held <= 2.25 * MIB, `${held}`)
  await closeAll(everybody)
})

test('what is public and in a space is counted in the space between members, and in public with a stranger', async () => {
  const { space, anna, ben } = await household()
  const stranger = new Person('dora', anna.world)
  await stranger.open()
  const everybody = [anna, ben, stranger]
  const { id } = await shareFilm(anna, MIB, { space, isPublic: true })
  const { id: secret } = await shareFilm(anna, MIB + 1, {})
  await pass(everybody, 1_000)
  const link = decodeShareLink((await anna.api.shareLink(id)).link)
  assert.ok(link.ok)
  const bare = encodeShareLink({ ...link.value, space: undefined })
  const open = await stranger.api.openShareLink(bare)
  await ben.api.startTransfer(id)
  await stranger.api.startTransfer(open.id)
  await pass(everybody, 20_000)
  assert.equal(await heldBytes(stranger, open.id), MIB)
  const given = (await balancesOf(anna, space))[anna.identity.person]!
  assert.ok(given > MIB && given < 1.1 * MIB, `${given}`)
  const hidden = await ben.api.openShareLink((await anna.api.shareLink(secret)).link)
  await ben.api.startTransfer(hidden.id)
  await pass(everybody, 20_000)
  assert.equal(await heldBytes(ben, hidden.id), MIB + 1)
  assert.equal((await balancesOf(anna, space))[anna.identity.person], given)
  // In public a device stands for itself.
  const files = (await anna.disk.list('credits')).map((name) => name.split('-').slice(0, 2).join())
  assert.equal(files.filter((name) => name === 'payee,public').length, 1)
  await closeAll(everybody)
})
