/** A person's devices, as whole peers over a network in memory: linking, recovering, revoking, and what goes wrong. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InviteRole } from '@hamlet/http/api'
import { entropyToWords } from '@hamlet/identity'
import { PeerStateFile } from '@hamlet/peer'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { codeOf, pass, people, Person } from './_world.ts'

const MINUTE_MS = 60_000

async function texts(person: Person, space: string): Promise<string[]> {
  return (await person.api.messages(space)).messages.map(({ text }) => text)
}

/** Everything up to the number on both screens. */
async function compare(old: Person, fresh: Person): Promise<string> {
  const { code } = await old.api.startLink()
  assert.equal((await fresh.api.useLinkCode(code!)).state, 'connecting')
  await pass([old, fresh], 500)
  const [shown, seen] = [await old.api.deviceLink(), await fresh.api.deviceLink()]
  assert.deepEqual([shown.state, seen.state], ['comparing', 'comparing'])
  assert.equal(seen.number, shown.number)
  return shown.number!
}

async function link(old: Person, fresh: Person): Promise<void> {
  await compare(old, fresh)
  await old.api.confirmLink()
  await pass([old, fresh], 3_000)
  const states = [(await old.api.deviceLink()).state, (await fresh.api.deviceLink()).state]
  assert.deepEqual(states, ['done', 'done'])
}

/** Anna with a space in which she has written, and her phone, which is new. */
async function annaAndPhone(): Promise<{ anna: Person; phone: Person; space: string }> {
  const [anna, phone] = await people('anna', 'phone')
  await anna.api.setName('Anna')
  await phone.api.setDeviceName('Phone')
  const { id: space } = await anna.api.createSpace('Home')
  await anna.api.send(space, { text: 'before' })
  return { anna, phone, space }
}

test('a linked device is the same person, has the spaces with their history, and both write', async () => {
  const { anna, phone, space } = await annaAndPhone()
  const device = (await phone.api.status()).device
  await link(anna, phone)
  const status = await phone.api.status()
  assert.equal(status.person, anna.identity.person)
  assert.equal(status.device, device, 'its own key stays')
  assert.equal(status.name, 'Anna')
  assert.deepEqual(await texts(phone, space), ['before'])
  await phone.api.send(space, { text: 'from the phone' })
  await anna.api.send(space, { text: 'from the laptop' })
  await pass([anna, phone], 1_000)
  for (const side of [anna, phone]) {
    assert.deepEqual((await texts(side, space)).toSorted(), [
      'before',
      'from the laptop',
      'from the phone',
    ])
  }
  assert.equal((await anna.api.members(space)).length, 1)
  assert.deepEqual((await phone.api.recoveryWords()).words, [], 'the words stay where they were')
  assert.equal(phone.ring.personEntropy, undefined)
  assert.notDeepEqual(phone.ring.deviceSeed, anna.ring.deviceSeed)
})

test('the list names both devices, what they are called and which one this is', async () => {
  const { anna, phone } = await annaAndPhone()
  await link(anna, phone)
  await phone.api.setDeviceName('My phone')
  await pass([anna, phone], 1_000)
  const listed = await anna.api.devices()
  assert.deepEqual(
    listed.map(({ name, thisDevice, online, spaces }) => [name, thisDevice, online, spaces]),
    [
      ['test device', true, true, 1],
      ['My phone', false, true, 1],
    ],
  )
  assert.ok(listed[1]!.lastSeenMs !== undefined)
  assert.ok(anna.events.some(({ type }) => type === 'devices'))
})

test('the link outlives a restart of either device', async () => {
  const { anna, phone, space } = await annaAndPhone()
  await link(anna, phone)
  await phone.reopen()
  await anna.reopen()
  await pass([anna, phone], 2_000)
  await anna.api.send(space, { text: 'later' })
  await pass([anna, phone], 2_000)
  assert.deepEqual(await texts(phone, space), ['before', 'later'])
  assert.equal((await phone.api.status()).person, anna.identity.person)
})

test('a number the person refuses changes nothing on either device', async () => {
  const { anna, phone } = await annaAndPhone()
  await compare(anna, phone)
  await anna.api.cancelLink()
  await pass([anna, phone], 500)
  assert.equal((await anna.api.deviceLink()).state, 'none')
  const seen = await phone.api.deviceLink()
  assert.deepEqual([seen.state, seen.error?.code], ['failed', 'LINK_REFUSED'])
  assert.equal((await phone.api.status()).person, phone.identity.person)
  assert.equal((await anna.api.devices()).length, 1)
  await phone.api.cancelLink()
  assert.deepEqual(await phone.api.deviceLink(), { state: 'none' })
})

test('a code serves once, and another device that comes with it is told so', async () => {
  const { anna, phone } = await annaAndPhone()
  const third = new Person('third', anna.world)
  await third.open()
  const { code } = await anna.api.startLink()
  await phone.api.useLinkCode(code!)
  await pass([anna, phone, third], 500)
  await third.api.useLinkCode(code!)
  await pass([anna, phone, third], 500)
  assert.equal((await third.api.deviceLink()).error?.code, 'LINK_CODE_USED')
  assert.equal((await anna.api.deviceLink()).state, 'comparing')
  await anna.api.confirmLink()
  await pass([anna, phone, third], 2_000)
  assert.equal((await phone.api.deviceLink()).state, 'done')
  await third.api.useLinkCode(code!)
  await pass([anna, phone, third], 500)
  assert.equal((await third.api.deviceLink()).error?.code, 'LINK_CODE_EXPIRED')
})

test('a code expires, on the screen that shows it and for who comes with it', async () => {
  const { anna, phone } = await annaAndPhone()
  const { code, expiresAtMs } = await anna.api.startLink()
  assert.equal(expiresAtMs, anna.clock.wall() + 10 * MINUTE_MS)
  anna.clock.pass(10 * MINUTE_MS + 1)
  assert.equal((await anna.api.deviceLink()).error?.code, 'LINK_CODE_EXPIRED')
  await phone.api.useLinkCode(code!)
  await pass([anna, phone], 500)
  assert.equal((await phone.api.deviceLink()).error?.code, 'LINK_CODE_EXPIRED')
})

test('a wrong code is refused and does not use up the right one', async () => {
  const { anna, phone } = await annaAndPhone()
  const { code } = await anna.api.startLink()
  const other = new Person('other', anna.world)
  await other.open()
  await pass([anna, phone, other], 100)
  const wrong = await forged(code!)
  await other.api.useLinkCode(wrong)
  await pass([anna, phone, other], 500)
  assert.equal((await other.api.deviceLink()).error?.code, 'LINK_CODE_WRONG')
  assert.equal((await anna.api.deviceLink()).state, 'waiting')
  await phone.api.useLinkCode(code!)
  await pass([anna, phone], 500)
  assert.equal((await anna.api.deviceLink()).state, 'comparing')
})

test('texts that are no code, and devices that have spaces, are refused before anybody is called', async () => {
  const { anna, phone } = await annaAndPhone()
  assert.equal(await codeOf(phone.api.useLinkCode('hello')), 'LINK_CODE_MALFORMED')
  const { code } = await phone.api.startLink()
  assert.equal(await codeOf(anna.api.useLinkCode(code!)), 'DEVICE_IN_USE')
  assert.equal(await codeOf(anna.api.confirmLink()), 'LINK_NOT_WAITING')
  const words = entropyToWords(phone.ring.personEntropy!)
  assert.equal(await codeOf(anna.api.recover(words)), 'DEVICE_IN_USE')
})

test('an old device that is gone is noticed, and a new code is all it takes', async () => {
  const { anna, phone } = await annaAndPhone()
  const { code } = await anna.api.startLink()
  await anna.close()
  await phone.api.useLinkCode(code!)
  await pass([phone], 31_000)
  const seen = await phone.api.deviceLink()
  assert.deepEqual([seen.state, seen.error?.code], ['failed', 'LINK_LOST'])
  await anna.open()
  await link(anna, phone)
})

test('a link broken off before the new device heard of it is completed by linking again', async () => {
  const { anna, phone, space } = await annaAndPhone()
  await compare(anna, phone)
  await anna.api.confirmLink()
  // The claim is on its way; the phone's battery dies.
  await phone.close()
  await pass([anna], 3_000)
  assert.equal((await anna.api.deviceLink()).error?.code, 'LINK_LOST')
  await phone.open()
  await link(anna, phone)
  assert.deepEqual(await texts(phone, space), ['before'])
  assert.equal((await anna.api.devices()).length, 2)
})

test('a device that keeps no words takes them from the person, and only theirs', async () => {
  const { anna, phone } = await annaAndPhone()
  await link(anna, phone)
  const tablet = new Person('tablet', anna.world)
  await tablet.open()
  assert.equal((await phone.api.startLink()).wordsNeeded, true)
  await compare(phone, tablet)
  assert.equal(await codeOf(phone.api.confirmLink()), 'WORDS_NEEDED')
  assert.equal(await codeOf(phone.api.confirmLink('abandon')), 'WORDS_COUNT')
  const others = entropyToWords(tablet.ring.personEntropy!)
  assert.equal(await codeOf(phone.api.confirmLink(others)), 'WORDS_OTHER_PERSON')
  await phone.api.confirmLink(entropyToWords(anna.ring.personEntropy!))
  await pass([anna, phone, tablet], 3_000)
  assert.equal((await tablet.api.status()).person, anna.identity.person)
  assert.equal((await anna.api.devices()).length, 3)
})

test('a space joined on one device comes to the other by itself', async () => {
  const { anna, phone } = await annaAndPhone()
  await link(anna, phone)
  const { id } = await phone.api.createSpace('Club')
  await phone.api.send(id, { text: 'hello' })
  await pass([anna, phone], 70_000)
  assert.deepEqual(await texts(anna, id), ['hello'])
})

/** Anna and Ben share a space; Anna's laptop is then lost with everything on it. */
async function lostLaptop(role: InviteRole = 'writer'): Promise<{
  ben: Person
  space: string
  words: string
  person: string
}> {
  const [anna, ben] = await people('anna', 'ben')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  await anna.api.send(space, { text: 'before' })
  const { link: invitation } = await anna.api.createInvite(space, { mode: 'auto', role })
  await ben.api.join(invitation!, 'Ben')
  await pass([anna, ben], 3_000)
  const words = entropyToWords(anna.ring.personEntropy!)
  await anna.close()
  return { ben, space, words, person: anna.identity.person }
}

test('the words and the address of one member bring identity, name and spaces back', async () => {
  const { ben, space, words, person } = await lostLaptop()
  const fresh = new Person('fresh', ben.world)
  await fresh.open()
  const recovery = await fresh.api.recover(words, ben.node.addresses())
  assert.equal(recovery.state, 'searching')
  await pass([ben, fresh], 6_000)
  const status = await fresh.api.status()
  assert.deepEqual([status.person, status.name], [person, 'Anna'])
  assert.deepEqual(await texts(fresh, space), ['before'])
  assert.equal((await fresh.api.space(space)).role, 'owner')
  await fresh.api.send(space, { text: 'I am back' })
  await pass([ben, fresh], 2_000)
  assert.deepEqual(await texts(ben, space), ['before', 'I am back'])
  assert.equal((await fresh.api.recovery()).helpers, 1)
  assert.equal((await fresh.api.recoveryWords()).words.join(' '), words)
  await fresh.api.endRecovery()
  assert.equal((await fresh.api.recovery()).state, 'none')
})

test('the words and somebody who only stores bring the space back with its history', async () => {
  const { ben: rex, space, words } = await lostLaptop('relay')
  assert.equal((await rex.api.space(space)).role, 'relay')
  const fresh = new Person('fresh', rex.world)
  await fresh.open()
  await fresh.api.recover(words, rex.node.addresses())
  await pass([rex, fresh], 20_000)
  assert.deepEqual(await texts(fresh, space), ['before'])
  await fresh.api.send(space, { text: 'I am back' })
  await pass([rex, fresh], 2_000)
  assert.deepEqual(await texts(fresh, space), ['before', 'I am back'])
})

test('the words and one member bring back also the spaces that this member does not share', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  await anna.api.setName('Anna')
  const [one, other] = [await anna.api.createSpace('One'), await anna.api.createSpace('Other')]
  await anna.api.send(other.id, { text: 'with Cleo' })
  for (const [space, guest, name] of [
    [one.id, ben, 'Ben'],
    [other.id, cleo, 'Cleo'],
  ] as const) {
    const { link: invitation } = await anna.api.createInvite(space, { mode: 'auto' })
    await guest.api.join(invitation!, name)
  }
  await pass([anna, ben, cleo], 70_000)
  const words = entropyToWords(anna.ring.personEntropy!)
  const before = anna.disk
  await anna.close()
  const fresh = new Person('fresh', anna.world)
  assert.notEqual(fresh.disk, before)
  await fresh.open()
  ben.node.net.disconnect(cleo.identity.device)
  await fresh.api.recover(words, ben.node.addresses())
  await pass([ben, cleo, fresh], 20_000)
  const names = (await fresh.api.spaces()).map(({ name }) => name)
  assert.deepEqual(names.toSorted(), ['One', 'Other'])
  assert.deepEqual(await texts(fresh, other.id), ['with Cleo'])
})

test('a member that turns up on the network is enough, and a restart does not end the search', async () => {
  const { ben, space, words } = await lostLaptop()
  const fresh = new Person('fresh', ben.world)
  await fresh.open()
  await fresh.api.recover(words)
  await fresh.reopen()
  assert.equal((await fresh.api.recovery()).state, 'searching')
  await ben.node.dial(fresh.identity.device)
  await pass([ben, fresh], 6_000)
  assert.deepEqual(await texts(fresh, space), ['before'])
})

test('strangers who are asked learn nothing and give nothing', async () => {
  const { ben, words } = await lostLaptop()
  await ben.close()
  const [fresh, stranger] = [new Person('fresh', ben.world), new Person('stranger', ben.world)]
  await fresh.open()
  await stranger.open()
  await stranger.api.createSpace('Elsewhere')
  await fresh.api.recover(words, stranger.node.addresses())
  await pass([fresh, stranger], 6_000)
  assert.deepEqual(await fresh.api.recovery().then(({ helpers }) => helpers), 0)
  assert.deepEqual(await fresh.api.spaces(), [])
})

test('words and addresses that are none are refused and change nothing', async () => {
  const [anna] = await people('anna')
  assert.equal(await codeOf(anna.api.recover('abandon '.repeat(24))), 'WORDS_CHECKSUM')
  const words = entropyToWords(new Uint8Array(32).fill(5))
  for (const address of [
    'nonsense',
    '/ip4/1.2.3.4/tcp/1',
    '/a/p2p/!',
    `/${'x'.repeat(300)}/p2p/a`,
  ]) {
    assert.equal(await codeOf(anna.api.recover(words, [address])), 'ADDRESS_INVALID')
  }
  assert.equal((await anna.api.status()).person, anna.identity.person)
})

test('a revoked phone is out of every space, and what it writes afterwards is nowhere', async () => {
  const { anna, phone, space } = await annaAndPhone()
  await link(anna, phone)
  const thief = phone
  anna.node.net.disconnect(thief.identity.device)
  const revoked = await anna.api.revokeDevice(thief.identity.device)
  assert.deepEqual(revoked, { device: thief.identity.device, spaces: 1, failed: 0 })
  await thief.api.send(space, { text: 'by the thief' })
  await pass([anna, thief], 5_000)
  assert.deepEqual(await texts(anna, space), ['before'])
  assert.equal((await anna.api.devices()).length, 1)
  // It cannot come back by asking, though its certificate is as valid as ever.
  await pass([anna, thief], 130_000)
  assert.equal((await anna.api.devices()).length, 1)
  const { id: later } = await anna.api.createSpace('Later')
  await pass([anna, thief], 130_000)
  assert.equal(
    (await thief.api.spaces()).some(({ id }) => id === later),
    false,
  )
})

test('a backup that was put back and used unseen halts the device, until another one lets it go on', async () => {
  const { anna, phone, space } = await annaAndPhone()
  await link(anna, phone)
  const backup = [...anna.disk.files()].map(([path, bytes]) => [path, bytes.slice()] as const)
  await anna.api.send(space, { text: 'lost with the disk' })
  await pass([anna, phone], 2_000)
  await phone.api.send(space, { text: 'the phone answers' })
  await anna.close()
  anna.disk = createMemoryDisk({ files: new Map(backup) })
  anna.kv = createMemoryKv()
  await anna.open()
  for (const peer of anna.node.net.peers()) anna.node.net.disconnect(peer)
  await anna.api.send(space, { text: 'written on the backup' })
  await anna.node.dial(phone.identity.device)
  await pass([anna, phone], 30_000)
  assert.equal(await codeOf(anna.api.send(space, { text: 'more' })), 'SPACE_FORKED')
  assert.ok((await anna.api.status()).warnings.some(({ code }) => code === 'SPACE_FORKED'))
  const halted = (await phone.api.devices()).map(({ id, halted }) => [id, halted])
  assert.deepEqual(halted, [
    [phone.identity.device, 0],
    [anna.identity.device, 1],
  ])
  assert.equal(await codeOf(anna.api.resetDevice(phone.identity.device)), 'DEVICE_NOT_HALTED')
  const reset = await phone.api.resetDevice(anna.identity.device)
  assert.deepEqual(reset, { device: anna.identity.device, spaces: 1, failed: 0 })
  await pass([anna, phone], 30_000)
  await anna.api.send(space, { text: 'back again' })
  await pass([anna, phone], 3_000)
  const said = ['back again', 'before', 'lost with the disk', 'the phone answers']
  for (const person of [anna, phone]) {
    assert.deepEqual((await texts(person, space)).toSorted(), said)
    assert.ok((await person.api.devices()).every((device) => device.halted === 0))
  }
  const kinds = (await phone.api.membershipLog(space)).map(({ kind }) => kind)
  assert.ok(kinds.includes('device-forked') && kinds.includes('device-reset'))
})

test('a newer device needs the words to revoke an older one, and nobody revokes what is not theirs', async () => {
  const { anna, phone, space } = await annaAndPhone()
  await link(anna, phone)
  const laptop = anna.identity.device
  assert.equal(await codeOf(phone.api.revokeDevice(laptop)), 'WORDS_NEEDED')
  assert.equal(await codeOf(phone.api.revokeDevice('00'.repeat(32))), 'DEVICE_NOT_FOUND')
  assert.equal(await codeOf(phone.api.revokeDevice(phone.identity.device)), 'DEVICE_NOT_FOUND')
  const words = entropyToWords(anna.ring.personEntropy!)
  assert.equal((await phone.api.revokeDevice(laptop, words)).spaces, 1)
  await pass([anna, phone], 2_000)
  assert.deepEqual(
    (await phone.api.members(space))[0]?.devices.map(({ id }) => id),
    [phone.identity.device],
  )
})

/** The same code with another secret. */
async function forged(code: string): Promise<string> {
  const { decodeLinkCode, encodeLinkCode } = await import('@hamlet/identity/linking')
  const decoded = decodeLinkCode(code)
  assert.ok(decoded.ok)
  return encodeLinkCode({ ...decoded.value, secret: new Uint8Array(32).fill(9) })
}

/** Anna's laptop has revoked her phone, which is off, and has joined Ben's space since. Ben shares no other with her. */
async function revokedBefore(): Promise<{
  anna: Person
  phone: Person
  ben: Person
  club: string
}> {
  const { anna, phone } = await annaAndPhone()
  await link(anna, phone)
  await phone.close()
  await anna.api.revokeDevice(phone.identity.device)
  const ben = new Person('ben', anna.world)
  await ben.open()
  await ben.api.setName('Ben')
  const { id: club } = await ben.api.createSpace('Club')
  await anna.api.join((await ben.api.createInvite(club, { mode: 'auto' })).link!)
  await pass([anna, ben], 5_000)
  return { anna, phone, ben, club }
}

/** A device that is asked for its spaces by everybody it meets answers; this one asks, as one that was just linked does. */
async function search(person: Person, among: Person): Promise<void> {
  const state = await PeerStateFile.open(person.disk)
  const addresses = [`/memory/p2p/${among.identity.device}`]
  await state.update(() => ({ search: { startedAtMs: person.clock.wall(), addresses } }))
  await person.open()
}

async function devicesIn(person: Person, space: string): Promise<readonly string[]> {
  const members = await person.api.members(space)
  return members.flatMap(({ devices }) => devices.map(({ id }) => id))
}

test('a revoked phone that a member carries into a space joined later is revoked there by the laptop', async () => {
  const { anna, phone, ben, club } = await revokedBefore()
  await anna.close()
  await search(phone, ben)
  await pass([ben, phone], 10_000)
  assert.ok((await devicesIn(ben, club)).includes(phone.identity.device), 'Ben cannot know')
  await phone.api.send(club, { text: 'by the thief' })
  await pass([ben, phone], 2_000)
  await anna.open()
  await anna.node.dial(ben.identity.device)
  await pass([anna, ben, phone], 10_000)
  for (const person of [anna, ben]) {
    assert.ok(!(await devicesIn(person, club)).includes(phone.identity.device), 'it is out again')
  }
  assert.ok(!(await anna.api.status()).warnings.some(({ code }) => code === 'DEVICE_NOT_REVOKED'))
  assert.equal((await phone.api.space(club)).standing, 'removed')
  // Asked again, Ben knows.
  await pass([anna, ben, phone], 130_000)
  assert.ok(!(await devicesIn(ben, club)).includes(phone.identity.device))
})

test('a device that only heard of a revocation carries it on, and remembers it when that space is gone', async () => {
  const { anna, phone, space } = await annaAndPhone()
  const tablet = new Person('tablet', anna.world)
  await tablet.open()
  await link(anna, phone)
  await link(anna, tablet)
  await phone.close()
  await anna.api.revokeDevice(phone.identity.device)
  await pass([anna, tablet], 5_000)
  assert.ok(!(await devicesIn(tablet, space)).includes(phone.identity.device))
  await anna.close()
  await tablet.reopen()
  const remembered = (await PeerStateFile.open(tablet.disk)).value.revoked
  assert.deepEqual(remembered, [phone.identity.device])
  // A space of the tablet's: the phone asks the tablet, which it still takes for one of its own.
  const { id: later } = await tablet.api.createSpace('Later')
  await phone.open()
  await phone.node.dial(tablet.identity.device)
  await pass([tablet, phone], 130_000)
  assert.deepEqual(await devicesIn(tablet, later), [tablet.identity.device])
})

test('what a stolen phone says in a space where it is the oldest is carried nowhere', async () => {
  const { anna, phone, space } = await annaAndPhone()
  await pass([anna, phone], 10_000)
  await link(anna, phone)
  const { id: own } = await phone.api.createSpace('Trap')
  await pass([anna, phone], 70_000)
  assert.equal((await devicesIn(phone, own)).length, 2, 'the laptop came by itself')
  await phone.api.revokeDevice(anna.identity.device).catch(() => undefined)
  await pass([anna, phone], 10_000)
  assert.ok(!(await devicesIn(phone, own)).includes(anna.identity.device), 'there it may')
  for (const person of [anna, phone]) {
    assert.ok((await devicesIn(person, space)).includes(anna.identity.device), 'and only there')
  }
  assert.deepEqual((await PeerStateFile.open(anna.disk)).value.revoked, [])
})
