/** Whole peers over memory disks and a network in memory: every method of the API, its errors and its events. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HamletApi, HamletEvent, Message } from '@hamlet/http/api'
import { entropyToWords } from '@hamlet/identity'
import { createMemoryKv } from '@hamlet/store'
import { codeOf, MemoryNode, NOW_MS, pass, people, Person } from './_world.ts'

const NOWHERE = '00'.repeat(32)
const DAY_MS = 86_400_000

async function texts({ api }: Person, space: string): Promise<string[]> {
  return (await api.messages(space)).messages.map(({ text }) => text)
}

/** Anna's space with Ben let in. */
async function home(): Promise<{ anna: Person; ben: Person; space: string }> {
  const [anna, ben] = await people('anna', 'ben')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!, 'Ben')
  await pass([anna, ben], 3_000)
  assert.equal((await ben.api.joins())[0]?.state, 'joined')
  return { anna, ben, space }
}

test('a new peer has keys, a device name, no name and no spaces', async () => {
  const [anna] = await people('anna')
  const status = await anna.api.status()
  assert.equal(status.name, '')
  assert.equal(status.deviceName, 'test device')
  assert.equal(status.person, anna.identity.person)
  assert.equal(status.device, anna.identity.device)
  assert.equal(status.startedAtMs, NOW_MS)
  assert.deepEqual(status.addresses, anna.node.addresses())
  assert.deepEqual(
    status.warnings.map(({ code }) => code),
    ['KEYS_UNENCRYPTED'],
  )
  assert.deepEqual(await anna.api.spaces(), [])
  assert.deepEqual(await anna.api.joins(), [])
  const { words } = await anna.api.recoveryWords()
  assert.equal(words.join(' '), entropyToWords(anna.ring.personEntropy!))
})

test('a name is trimmed, normalised, kept, and told to every space', async () => {
  const { anna, ben, space } = await home()
  assert.equal((await anna.api.setName('  Ann\u0065\u0301 ')).name, 'Anné')
  await pass([anna, ben], 1_000)
  assert.ok((await ben.api.members(space)).some(({ name }) => name === 'Anné'))
  await anna.reopen()
  assert.equal((await anna.api.status()).name, 'Anné')
})

test('names that cannot be shown are refused and change nothing', async () => {
  const [anna] = await people('anna')
  for (const name of ['', '   ', 'a\nb', '\u202ex', 'x'.repeat(201)]) {
    assert.equal(await codeOf(anna.api.setName(name)), 'NAME_INVALID', JSON.stringify(name))
    assert.equal(await codeOf(anna.api.createSpace(name)), 'NAME_INVALID')
  }
  assert.equal((await anna.api.status()).name, '')
  assert.deepEqual(await anna.api.spaces(), [])
})

test('in a space founded with the history from joining on, a newcomer reads what follows and no more', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  await anna.api.setName('Anna')
  const open = await anna.api.createSpace('Open')
  assert.equal(open.history, 'all')
  const { id: space, history } = await anna.api.createSpace('Home', { history: 'from-join' })
  assert.equal(history, 'from-join')
  await anna.api.send(space, { text: 'before anybody came' })
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!, 'Ben')
  await pass([anna, ben], 3_000)
  await anna.api.send(space, { text: 'now that Ben is here' })
  await pass([anna, ben], 1_000)
  assert.deepEqual(await texts(ben, space), ['now that Ben is here'])
  assert.deepEqual(await texts(anna, space), ['before anybody came', 'now that Ben is here'])
  assert.equal((await ben.api.space(space)).history, 'from-join')
  assert.deepEqual((await ben.api.messages(space, { search: 'before' })).messages, [])

  // Ben cannot read how the space, its room and Anna were named before; it is told to him again.
  await anna.api.createRoom(space, 'Garden')
  const auto = await anna.api.createInvite(space, { mode: 'auto' })
  await cleo.api.join(auto.link!, 'Cleo')
  await pass([anna, ben, cleo], 5_000)
  for (const { api } of [ben, cleo]) {
    assert.equal((await api.space(space)).name, 'Home')
    assert.deepEqual(
      (await api.rooms(space)).map(({ name }) => name),
      ['General', 'Garden'],
    )
    const names = (await api.members(space)).map(({ name }) => name)
    assert.deepEqual(names.toSorted(), ['Anna', 'Ben', 'Cleo'])
  }
  await ben.api.send(space, { text: 'to everybody' })
  await pass([anna, ben, cleo], 2_000)
  assert.deepEqual(await texts(cleo, space), ['to everybody'])
})

test('a message sent again under its key is there once: at once, after a restart, and with no index', async () => {
  const { anna, ben, space } = await home()
  const message = { text: 'only once', key: 'chosen-by-the-client' }
  const [first, second] = await Promise.all([
    anna.api.send(space, message),
    anna.api.send(space, message),
  ])
  assert.equal(second.id, first.id)
  await anna.close()
  anna.kv = createMemoryKv()
  await anna.open()
  assert.equal((await anna.api.send(space, message)).id, first.id)
  await anna.api.delete(space, first.id)
  assert.equal((await anna.api.send(space, message)).deleted, true, 'gone is gone')
  // Of two messages of one moment it is chance which comes first.
  await pass([anna, ben], 500)
  await ben.api.send(space, message)
  await pass([anna, ben], 20_000)
  assert.deepEqual(
    (await anna.api.messages(space)).messages.map(({ own, deleted }) => [own, deleted]),
    [
      [true, true],
      [false, false],
    ],
    'a key is one device’s',
  )
})

test('who was away when somebody came is introduced to them on coming back', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home', { history: 'from-join' })
  const { link } = await anna.api.createInvite(space, { mode: 'auto', maxUses: 2 })
  await ben.api.join(link!, 'Ben')
  await pass([anna, ben], 3_000)
  await ben.close()
  await pass([anna, cleo], 20_000)
  await cleo.api.join(link!, 'Cleo')
  await pass([anna, cleo], 5_000)
  const names = async (): Promise<string[]> =>
    (await cleo.api.members(space)).map(({ name }) => name).toSorted()
  assert.equal((await names()).includes('Ben'), false)
  await ben.open()
  await pass([anna, ben, cleo], 20_000)
  assert.deepEqual(await names(), ['Anna', 'Ben', 'Cleo'])
})

test('a space is founded with a room and its founder as owner', async () => {
  const [anna] = await people('anna')
  await anna.api.setName('Anna')
  const space = await anna.api.createSpace(' Home ')
  assert.equal(space.name, 'Home')
  assert.equal(space.role, 'owner')
  assert.equal(space.members, 1)
  assert.equal(space.sync, 'alone')
  assert.equal(space.founder, anna.identity.person)
  assert.equal((await anna.api.rooms(space.id)).length, 1)
  const [member] = await anna.api.members(space.id)
  assert.equal(member?.name, 'Anna')
  assert.equal(member?.self, true)
  assert.equal(member?.devices[0]?.name, 'test device')
  const inspection = await anna.api.inspect(space.id)
  assert.equal(inspection.entries, space.entries)
  assert.deepEqual(inspection.forks, [])
})

test('every method on a space that is not here says so', async () => {
  const [anna] = await people('anna')
  const calls: readonly ((api: HamletApi, id: string) => Promise<unknown>)[] = [
    (api, id) => api.space(id),
    (api, id) => api.members(id),
    (api, id) => api.inspect(id),
    (api, id) => api.createInvite(id),
    (api, id) => api.invites(id),
    (api, id) => api.revokeInvite(id, NOWHERE),
    (api, id) => api.requests(id),
    (api, id) => api.approve(id, NOWHERE),
    (api, id) => api.decline(id, NOWHERE),
    (api, id) => api.rooms(id),
    (api, id) => api.createRoom(id, 'room'),
    (api, id) => api.messages(id),
    (api, id) => api.message(id, NOWHERE),
    (api, id) => api.send(id, { text: 'hello' }),
    (api, id) => api.edit(id, NOWHERE, 'x'),
    (api, id) => api.delete(id, NOWHERE),
    (api, id) => api.react(id, NOWHERE, '👍', true),
    (api, id) => api.markRead(id, NOWHERE, NOWHERE),
    async (api, id) => api.exportMessages(id),
  ]
  for (const call of calls) {
    for (const id of [NOWHERE, 'not an id', '']) {
      assert.equal(await codeOf(call(anna.api, id)), 'SPACE_NOT_FOUND', call.toString())
    }
  }
  assert.equal(await codeOf(anna.api.cancelJoin(NOWHERE)), undefined)
})

test('what is not in a space is not found', async () => {
  const { anna, space } = await home()
  const { api } = anna
  assert.equal(await codeOf(api.message(space, NOWHERE)), 'MESSAGE_NOT_FOUND')
  assert.equal(await codeOf(api.message(space, 'x')), 'MESSAGE_NOT_FOUND')
  assert.equal(await codeOf(api.edit(space, NOWHERE, 'x')), 'CHAT_UNKNOWN_MESSAGE')
  assert.equal(await codeOf(api.delete(space, NOWHERE)), 'CHAT_UNKNOWN_MESSAGE')
  assert.equal(await codeOf(api.react(space, NOWHERE, '👍', true)), 'CHAT_UNKNOWN_MESSAGE')
  assert.equal(await codeOf(api.markRead(space, NOWHERE, NOWHERE)), 'CHAT_UNKNOWN_MESSAGE')
  assert.equal(await codeOf(api.send(space, { room: NOWHERE, text: 'x' })), 'CHAT_UNKNOWN_ROOM')
  assert.equal(
    await codeOf(api.send(space, { text: 'x', replyTo: NOWHERE })),
    'CHAT_UNKNOWN_MESSAGE',
  )
  assert.equal(await codeOf(api.revokeInvite(space, NOWHERE)), 'INVITE_NOT_FOUND')
  assert.equal(await codeOf(api.approve(space, NOWHERE)), 'REQUEST_NOT_FOUND')
  assert.equal(await codeOf(api.decline(space, 'x')), 'REQUEST_NOT_FOUND')
})

test('messages are written, answered, edited, reacted to, read and deleted', async () => {
  const { anna, ben, space } = await home()
  const [room] = await anna.api.rooms(space)
  const sent = await anna.api.send(space, { text: 'hello @Ben', room: room!.id })
  await pass([anna, ben], 1_000)
  const reply = await ben.api.send(space, { text: 'hi', replyTo: sent.id })
  assert.equal(reply.replyTo?.id, sent.id)
  assert.equal(reply.replyTo?.authorName, 'Anna')
  await pass([anna, ben], 1_000)
  const edited = await anna.api.edit(space, sent.id, 'hello again')
  assert.equal(edited.text, 'hello again')
  const reacted = await anna.api.react(space, reply.id, '👍', true)
  assert.equal(reacted.reactions[0]?.emoji, '👍')
  assert.equal((await anna.api.react(space, reply.id, '👍', false)).reactions.length, 0)
  assert.equal((await anna.api.rooms(space))[0]?.unread, 1)
  await anna.api.markRead(space, room!.id, reply.id)
  assert.equal((await anna.api.rooms(space))[0]?.unread, 0)
  const detail = await anna.api.message(space, sent.id)
  assert.equal(detail.versions.length, 2)
  assert.equal((await anna.api.delete(space, sent.id)).deleted, true)
  assert.equal(await codeOf(ben.api.edit(space, reply.id, '')), 'CHAT_TEXT_EMPTY')
  assert.equal(await codeOf(anna.api.edit(space, reply.id, 'not mine')), 'CHAT_NOT_AUTHOR')
})

test('a message says on how many devices it is, as these say themselves', async () => {
  const { anna, ben, space } = await home()
  const sent = await anna.api.send(space, { text: 'counted' })
  assert.deepEqual([sent.delivery.heldBy, sent.delivery.devices], [1, 2])
  await pass([anna, ben], 2_000)
  const { delivery, holders } = await anna.api.message(space, sent.id)
  assert.equal(delivery.heldBy, 2)
  assert.deepEqual(holders.map(({ name, holds }) => `${name} ${holds}`).sort(), [
    'Anna, test device true',
    'Ben, test device true',
  ])
})

test('pages go both ways and search finds words', async () => {
  const { anna, space } = await home()
  for (let i = 0; i < 12; i++) await anna.api.send(space, { text: `number ${i}` })
  const newest = await anna.api.messages(space, { limit: 5 })
  assert.equal(newest.messages.at(-1)?.text, 'number 11')
  assert.equal(newest.hasOlder, true)
  const before = newest.messages[0]!.id
  const older = await anna.api.messages(space, { limit: 5, before })
  assert.equal(older.messages.at(-1)?.text, 'number 6')
  const after = older.messages.at(-1)!.id
  const newer = await anna.api.messages(space, { limit: 5, after })
  assert.deepEqual(newer.messages, newest.messages)
  const found = await anna.api.messages(space, { search: 'number 7' })
  assert.ok(found.messages.some(({ text }) => text === 'number 7'))
  assert.equal(await codeOf(anna.api.messages(space, { before: 'x' })), 'MESSAGE_NOT_FOUND')
})

test('rooms are made, and a bad name is refused', async () => {
  const { anna, ben, space } = await home()
  const room = await anna.api.createRoom(space, 'garden')
  assert.equal(room.name, 'garden')
  await pass([anna, ben], 1_000)
  assert.ok((await ben.api.rooms(space)).some(({ id }) => id === room.id))
  assert.equal(await codeOf(anna.api.createRoom(space, '')), 'NAME_INVALID')
})

test('the export has every message, one a line', async () => {
  const { anna, space } = await home()
  await anna.api.send(space, { text: 'exported' })
  const lines: string[] = []
  for await (const line of anna.api.exportMessages(space)) lines.push(line)
  assert.ok(lines.some((line) => line.includes('exported')))
})

test('an invitation has a link while it is open, and says why it is not', async () => {
  const [anna] = await people('anna')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const invite = await anna.api.createInvite(space)
  assert.deepEqual([invite.role, invite.mode, invite.maxUses], ['writer', 'approve', 1])
  assert.equal(invite.expiresAtMs, NOW_MS + 7 * DAY_MS)
  const preview = await anna.api.previewInvite(invite.link!)
  assert.deepEqual([preview.spaceName, preview.inviterName], ['Home', 'Anna'])
  assert.deepEqual([preview.expired, preview.alreadyMember], [false, true])
  const revoked = await anna.api.revokeInvite(space, invite.id)
  assert.deepEqual([revoked.state, revoked.link], ['revoked', undefined])
  const brief = await anna.api.createInvite(space, { expiresInSeconds: 60 })
  anna.clock.pass(61_000)
  const states = (await anna.api.invites(space)).map(({ id, state }) => [id, state])
  assert.deepEqual(new Map(states as [string, string][]).get(brief.id), 'expired')
  assert.equal((await anna.api.previewInvite(brief.link!)).expired, true)
})

test('links that are none are refused by a code', async () => {
  const [anna] = await people('anna')
  for (const link of ['', 'hello', 'https://example.org/#x', 'hamlet:join#', '#'.repeat(9_000)]) {
    assert.equal(await codeOf(anna.api.previewInvite(link)), 'SPACE_LINK_MALFORMED')
    assert.equal(await codeOf(anna.api.join(link, 'Anna')), 'SPACE_LINK_MALFORMED')
  }
})

test('joining needs a name, a link that is not expired, and a space one is not in', async () => {
  const { anna, ben, space } = await home()
  const { link } = await anna.api.createInvite(space, { expiresInSeconds: 600 })
  assert.equal(await codeOf(ben.api.join(link!)), 'JOIN_ALREADY_MEMBER')
  const cleo = new Person('cleo', anna.world)
  await cleo.open()
  assert.equal(await codeOf(cleo.api.join(link!)), 'NAME_MISSING')
  assert.equal(await codeOf(cleo.api.join(link!, '\n')), 'NAME_INVALID')
  cleo.clock.pass(700_000)
  assert.equal(await codeOf(cleo.api.join(link!, 'Cleo')), 'JOIN_EXPIRED')
  assert.deepEqual(await cleo.api.joins(), [])
})

test('requests are listed with names, approved once, declined once', async () => {
  const { anna, ben, space } = await home()
  const { link } = await anna.api.createInvite(space, { maxUses: 2 })
  const [cleo, dora] = [new Person('cleo', anna.world), new Person('dora', anna.world)]
  for (const [person, name] of [
    [cleo, 'Cleo'],
    [dora, 'Dora'],
  ] as const) {
    await person.open()
    await person.api.join(link!, name)
  }
  const all = [anna, ben, cleo, dora]
  await pass(all, 2_000)
  assert.equal((await anna.api.space(space)).requests, 2)
  assert.equal((await ben.api.space(space)).requests, 0, 'a writer may not decide')
  const requests = await anna.api.requests(space)
  const [ofCleo, ofDora] = ['Cleo', 'Dora'].map((name) => requests.find((r) => r.name === name)!)
  assert.equal(
    (await ben.api.requests(space)).every(({ canApprove }) => !canApprove),
    true,
  )
  assert.equal(await codeOf(ben.api.approve(space, ofCleo!.id)), 'SPACE_FORBIDDEN')
  assert.equal((await anna.api.approve(space, ofCleo!.id)).state, 'approved')
  assert.equal((await anna.api.decline(space, ofDora!.id)).state, 'declined')
  await pass(all, 3_000)
  assert.equal((await cleo.api.joins())[0]?.state, 'joined')
  assert.equal((await dora.api.joins())[0]?.state, 'declined')
  assert.equal(await codeOf(anna.api.approve(space, ofCleo!.id)), 'SPACE_REQUEST_SETTLED')
  const names = (await anna.api.members(space)).map(({ name }) => name)
  assert.deepEqual(names.sort(), ['Anna', 'Ben', 'Cleo'])
})

test('connected members have names among the peers, and a space counts who is online', async () => {
  const { anna, ben, space } = await home()
  const [peer] = await anna.api.peers()
  assert.equal(peer?.name, 'Ben')
  assert.equal(peer?.person, ben.identity.person)
  assert.equal(peer?.roundTripMs, 3)
  assert.equal((await anna.api.space(space)).online, 1)
  await pass([anna, ben], 12_000)
  assert.equal((await anna.api.space(space)).sync, 'synced')
  await ben.close()
  await pass([anna], 1_000)
  assert.equal((await anna.api.space(space)).sync, 'offline')
  assert.equal((await anna.api.space(space)).online, 0)
})

test('what happens is told as events', async () => {
  const { anna, ben, space } = await home()
  anna.events.length = 0
  ben.events.length = 0
  const sent = await anna.api.send(space, { text: 'told' })
  await pass([anna, ben], 2_000)
  for (const { events } of [anna, ben]) {
    const told = events.filter((event) => event.type === 'messages')
    assert.ok(told.some(({ messages }) => messages.some(({ id }) => id === sent.id)))
  }
  assert.ok(anna.events.some(({ type }) => type === 'delivery'))
  await anna.api.createInvite(space)
  await anna.api.setName('Anna B')
  await pass([anna, ben], 1_000)
  const types = new Set(anna.events.map(({ type }) => type))
  for (const type of ['invites', 'members', 'spaces', 'status'] as const) {
    assert.ok(types.has(type), type)
  }
})

/** Messages as a face has them that goes by events alone; undefined when it was told to ask again. */
function shownByEvents(events: readonly HamletEvent[]): Map<string, Message> | undefined {
  const shown = new Map<string, Message>()
  for (const event of events) {
    if (event.type === 'resync') return undefined
    if (event.type !== 'messages') continue
    for (const message of event.messages) shown.set(message.id, message)
  }
  return shown
}

test('the last event about a message tells how it now is, however many changed before it', async () => {
  const { anna, ben, space } = await home()
  const first = await ben.api.send(space, { text: 'first' })
  await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      // Changes come at every stage of the telling of earlier ones.
      for (let wait = 0; wait < i * 10; wait++) await Promise.resolve()
      if (i % 2 === 0) await ben.api.send(space, { text: `message ${i}` })
      else await ben.api.edit(space, first.id, `changed ${i}`)
    }),
  )
  await pass([anna, ben], 3_000)
  for (const { api, events } of [anna, ben]) {
    const shown = shownByEvents(events)
    assert.ok(shown)
    const { messages } = await api.messages(space, { limit: 500 })
    assert.equal(messages.length, 31)
    for (const { id, text } of messages) assert.equal(shown.get(id)?.text, text)
  }
})

test('who has missed more changes than an event tells is told to ask again', async () => {
  const { anna, ben, space } = await home()
  await Promise.all(Array.from({ length: 300 }, (_, i) => ben.api.send(space, { text: `${i}` })))
  await pass([anna, ben], 3_000)
  const { messages } = await anna.api.messages(space, { limit: 500 })
  assert.equal(messages.length, 300)
  const shown = shownByEvents(anna.events)
  assert.ok(shown === undefined || shown.size === 300, `told of ${shown?.size}`)
})

test('a peer opened again has everything it acknowledged, with and without its index', async () => {
  const { anna, space } = await home()
  await anna.api.send(space, { text: 'kept' })
  const { link } = await anna.api.createInvite(space)
  await anna.reopen()
  assert.equal((await anna.api.messages(space)).messages.at(-1)?.text, 'kept')
  assert.ok((await anna.api.invites(space)).some((invite) => invite.link === link))
  anna.kv = createMemoryKv()
  await anna.reopen()
  await pass([anna], 1_000)
  assert.equal((await anna.api.messages(space)).messages.at(-1)?.text, 'kept')
  assert.equal((await anna.api.members(space)).length, 2)
})

test('a space with damaged files costs nobody the others, and is named in a warning', async () => {
  const [anna] = await people('anna')
  await anna.api.setName('Anna')
  const { id: good } = await anna.api.createSpace('Good')
  const { id: bad } = await anna.api.createSpace('Bad')
  await anna.api.send(good, { text: 'here' })
  await anna.close()
  await anna.disk.write(`spaces/${bad}/space`, new Uint8Array(3))
  await anna.open()
  assert.equal((await anna.api.messages(good)).messages.at(-1)?.text, 'here')
  assert.equal(await codeOf(anna.api.messages(bad)), 'SPACE_UNUSABLE')
  const { warnings } = await anna.api.status()
  assert.ok(warnings.some(({ code }) => code === 'SPACE_UNUSABLE'))
})

test('a full disk refuses writes by a code, loses nothing, and the peer lives', async () => {
  const { anna, ben, space } = await home()
  const kept = await anna.api.send(space, { text: 'before' })
  anna.disk.setCapacity(0)
  assert.equal(await codeOf(anna.api.send(space, { text: 'no room' })), 'SPACE_DISK')
  assert.equal(await codeOf(anna.api.setName('Else')), 'STORE_FULL')
  assert.equal(await codeOf(anna.api.createSpace('More')), 'SPACE_DISK')
  await ben.api.send(space, { text: 'from ben' })
  await pass([anna, ben], 3_000)
  assert.equal((await anna.api.message(space, kept.id)).text, 'before')
  anna.disk.setCapacity(Number.POSITIVE_INFINITY)
  await anna.reopen()
  await pass([anna, ben], 15_000)
  await anna.api.send(space, { text: 'after' })
  const texts = (await anna.api.messages(space)).messages.map(({ text }) => text)
  assert.deepEqual(texts.sort(), ['after', 'before', 'from ben'])
})

test('closing twice is harmless, ends the streams of events and stops every timer', async () => {
  const { anna } = await home()
  const ended = (async () => {
    for await (const event of anna.api.events()) assert.ok(event)
  })()
  await anna.api.close()
  await anna.api.close()
  await ended
  anna.clock.pass(1_000)
  assert.equal(anna.clock.timerCount, 0)
})

test('a device that sent what no honest one sends is listed with the reason, and forgiven by hand', async () => {
  const [anna] = await people('anna')
  const { world } = anna
  const eve = new MemoryNode('ee'.repeat(32), world)
  await eve.dial(`/memory/p2p/${anna.node.net.self}`)
  eve.net.send(anna.node.net.self, '/hamlet/sync/1', Uint8Array.of(0xff))
  await world.settle()
  const [refused] = await anna.api.refusedPeers()
  assert.equal(refused?.device, eve.net.self)
  assert.equal(refused.reason, 'not a sync message')
  assert.equal(refused.name, undefined)
  await eve.dial(`/memory/p2p/${anna.node.net.self}`)
  assert.equal((await anna.api.peers())[0]?.doubt, 'It sent bytes that make no sense.')
  await anna.api.forgivePeer(eve.net.self)
  assert.deepEqual(await anna.api.refusedPeers(), [])
  assert.equal((await anna.api.peers())[0]?.doubt, undefined)
  await anna.api.forgivePeer('not an id')
})
