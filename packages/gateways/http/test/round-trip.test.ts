/** Every method of `HamletApi`, over a real connection, gives what the backend gives. */

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import type { HamletApi, Message } from '../src/hamlet-api.ts'
import { createSocketClient } from '../src/node/socket-client.ts'
import { startTestServer } from './_server.ts'
import type { TestServer } from './_server.ts'

const OVER: Readonly<Record<string, (setup: TestServer) => HamletApi>> = {
  loopback: (setup) => setup.client(),
  'a Unix socket': ({ socketPath, tokens }) =>
    createSocketClient({ socketPath, token: tokens.admin }),
}

for (const [name, connect] of Object.entries(OVER)) {
  suite(`the client over ${name}`, () => {
    test('reads what the backend gives', async () => {
      await using setup = await startTestServer()
      const { api } = setup
      const client = connect(setup)
      setup.world.addPerson('Ben')
      const { id } = await api.createSpace('Household')
      await api.createInvite(id)
      const room = (await api.rooms(id))[0]!.id
      const sent = await api.send(id, { text: 'first @Ana' })
      await api.send(id, { text: 'second', replyTo: sent.id })

      assert.deepEqual(await client.status(), await api.status())
      assert.deepEqual(await client.recoveryWords(), await api.recoveryWords())
      assert.deepEqual(await client.peers(), await api.peers())
      api.refused = [{ device: 'ab'.repeat(32), reason: 'a forged holding', untilMs: 9, times: 2 }]
      assert.deepEqual(await client.refusedPeers(), api.refused)
      assert.deepEqual(await client.spaces(), await api.spaces())
      assert.deepEqual(await client.space(id), await api.space(id))
      assert.deepEqual(await client.members(id), await api.members(id))
      assert.deepEqual(await client.inspect(id), await api.inspect(id))
      assert.deepEqual(await client.invites(id), await api.invites(id))
      assert.deepEqual(await client.requests(id), await api.requests(id))
      assert.deepEqual(await client.rooms(id), await api.rooms(id))
      assert.deepEqual(await client.joins(), await api.joins())
      assert.deepEqual(await client.messages(id), await api.messages(id))
      assert.deepEqual(await client.message(id, sent.id), await api.message(id, sent.id))
      const query = { room, limit: 1, before: (await api.messages(id)).messages[1]!.id }
      assert.deepEqual(await client.messages(id, query), await api.messages(id, query))
      const search = { search: 'sécond & ünknown?' }
      assert.deepEqual(await client.messages(id, search), await api.messages(id, search))
      assert.deepEqual(
        await collect(client.exportMessages(id)),
        await collect(api.exportMessages(id)),
      )
    })

    test('changes what the backend holds', async () => {
      await using setup = await startTestServer()
      const { api } = setup
      const client = connect(setup)

      assert.equal((await client.setName('Ana María')).name, 'Ana María')
      const device = 'ab'.repeat(32)
      api.refused = [{ device, reason: 'a forged holding', untilMs: 9, times: 2 }]
      await client.forgivePeer(device)
      assert.deepEqual(api.refused, [])
      const club = await client.createSpace('Club', { history: 'from-join' })
      assert.equal(club.history, 'from-join')
      assert.equal((await api.space(club.id)).history, 'from-join')
      const { id, history } = await client.createSpace('Household')
      assert.equal(history, 'all')
      const key = 'chosen-by-the-client'
      const once = await client.send(club.id, { text: 'once', key })
      assert.equal((await client.send(club.id, { text: 'once', key })).id, once.id)
      assert.equal((await api.messages(club.id)).messages.length, 1)
      await assert.rejects(client.send(club.id, { text: 'x', key: 'short' }), {
        code: 'INVALID_INPUT',
      })
      const room = await client.createRoom(id, 'garden/🌱')
      const sent = await client.send(id, { room: room.id, text: 'helo\n"world" \u2028 é' })
      assert.deepEqual(withoutReads(sent), withoutReads(await api.message(id, sent.id)))
      assert.equal((await client.edit(id, sent.id, 'hello')).text, 'hello')
      const reacted = await client.react(id, sent.id, '👩‍🌾/%', true)
      assert.deepEqual(reacted.reactions, [{ emoji: '👩‍🌾/%', people: [api.id] }])
      assert.deepEqual((await client.react(id, sent.id, '👩‍🌾/%', false)).reactions, [])
      assert.equal(await client.markRead(id, room.id, sent.id), undefined)
      assert.equal((await client.delete(id, sent.id)).deleted, true)
      assert.equal((await api.message(id, sent.id)).deleted, true)
    })

    test('names, links, revokes and recovers devices', async () => {
      await using setup = await startTestServer()
      const { api, world } = setup
      const client = connect(setup)
      const phone = world.addPerson('')
      assert.equal((await client.setDeviceName('Laptop')).deviceName, 'Laptop')
      assert.deepEqual(await client.deviceLink(), { state: 'none' })
      await assert.rejects(client.confirmLink(), { code: 'LINK_NOT_WAITING' })
      const { code } = await client.startLink()
      const shown = await phone.useLinkCode(code!)
      assert.equal((await client.deviceLink()).number, shown.number)
      assert.equal((await client.confirmLink()).state, 'done')
      assert.deepEqual(await client.devices(), await api.devices())
      assert.equal((await client.devices()).length, 2)
      assert.equal(await client.cancelLink(), undefined)
      await assert.rejects(client.resetDevice(phone.device), { code: 'SPACE_NOT_FORKED' })
      phone.halted = true
      const reset = await client.resetDevice(phone.device, 'some words')
      assert.deepEqual(reset, { device: phone.device, spaces: 0, failed: 0 })
      const revoked = await client.revokeDevice(phone.device, 'some words')
      assert.deepEqual(revoked, { device: phone.device, spaces: 0, failed: 0 })
      await assert.rejects(client.useLinkCode('nonsense'), { code: 'LINK_CODE_MALFORMED' })
      await assert.rejects(client.recover('too few', []), { code: 'WORDS_COUNT' })
      assert.equal((await client.recover('a '.repeat(24))).state, 'searching')
      assert.equal(await client.endRecovery(), undefined)
      assert.equal((await client.recovery()).state, 'none')
    })

    test('certifies and revokes programs, does what they signed, and tells what was asked for', async () => {
      await using setup = await startTestServer()
      const { api } = setup
      const client = connect(setup)
      const publicKey = 'ab'.repeat(32)
      const expiresAtMs = Date.now() + 60_000
      const certified = await client.certifyClient({ publicKey, label: 'Books', expiresAtMs })
      assert.equal(certified.person, api.id)
      assert.deepEqual(await client.clients(), await api.clients())
      const request = (operation: object) => ({
        certificate: certified.certificate,
        operation: Buffer.from(JSON.stringify(operation)).toString('base64'),
        signature: 'AAAA',
      })
      const create = request({ operation: 'create_space', data: { name: 'Trip' } })
      const made = await client.submitOperation(create)
      assert.equal(made.result.space!.name, 'Trip')
      assert.equal(made.recorded, true)
      await assert.rejects(client.submitOperation(create), {
        code: 'OPERATION_REPLAYED',
        status: 409,
      })
      const space = made.result.space!.id
      assert.deepEqual(await client.clientOperations(space), await api.clientOperations(space))
      const page = await client.clientOperations(space, { limit: 1 })
      assert.equal(page.operations[0]!.id, made.id)
      assert.equal((await client.revokeClient(publicKey)).state, 'revoked')
      const again = request({ operation: 'get_spaces', data: {} })
      await assert.rejects(client.submitOperation(again), {
        code: 'OPERATION_CLIENT_REVOKED',
        status: 403,
      })
    })

    test('publishes a space, finds it, and takes it back', async () => {
      await using setup = await startTestServer()
      const { api, world } = setup
      const client = connect(setup)
      const ben = world.addPerson('Ben')
      const { id } = await client.createSpace('Allotments')
      await assert.rejects(client.publication(id), { code: 'LISTING_NOT_FOUND', status: 404 })
      const published = await client.publishSpace(id, { topic: 'gardens', description: 'Seeds' })
      assert.deepEqual(await client.publication(id), published)
      assert.deepEqual(await client.discover('gardens'), await api.discover('gardens'))
      assert.deepEqual(await client.discover(), [])
      assert.equal((await ben.discover('gardens'))[0]!.isMember, false)
      await assert.rejects(client.discover('No!'), { code: 'INVALID_INPUT' })
      assert.equal(await client.unpublishSpace(id), undefined)
      assert.deepEqual(await client.discover('gardens'), [])
    })

    test('invites, asks, approves, declines and gives up', async () => {
      await using setup = await startTestServer()
      const { api, world } = setup
      const client = connect(setup)
      const ben = world.addPerson('Ben')
      const cleo = world.addPerson('Cleo')
      const { id } = await client.createSpace('Household')

      const invite = await client.createInvite(id, {
        role: 'reader',
        maxUses: 3,
        expiresInSeconds: 60,
      })
      assert.equal(invite.role, 'reader')
      assert.equal((await client.previewInvite(invite.link!)).alreadyMember, true)
      await ben.join(invite.link!)
      await cleo.join(invite.link!)
      const [first, second] = await client.requests(id)
      assert.equal((await client.approve(id, first!.id)).state, 'approved')
      assert.equal((await client.decline(id, second!.id)).state, 'declined')
      assert.equal((await client.revokeInvite(id, invite.id)).state, 'revoked')

      const other = await ben.createSpace('Club')
      const link = (await ben.createInvite(other.id)).link!
      assert.equal((await client.join(link, 'Anna')).state, 'asked')
      assert.equal((await api.status()).name, 'Anna')
      assert.equal(await client.cancelJoin(other.id), undefined)
      assert.deepEqual(await client.joins(), [])
    })

    test('gives roles, removes, hands over, votes, leaves and forgets', async () => {
      await using setup = await startTestServer()
      const { api, world } = setup
      const client = connect(setup)
      const [ben, cleo, dan] = ['Ben', 'Cleo', 'Dan'].map((name) => world.addPerson(name))
      const { id } = await client.createSpace('Household')
      const { link } = await client.createInvite(id, { mode: 'auto', maxUses: 9 })
      for (const person of [ben, cleo, dan]) await person!.join(link!)

      assert.equal((await client.setRole(id, ben!.id, 'admin')).role, 'admin')
      assert.deepEqual(
        await client.previewRemoval(id, cleo!.id),
        await api.previewRemoval(id, cleo!.id),
      )
      assert.equal((await client.removeMember(id, cleo!.id)).how, 'removed')
      assert.deepEqual(await client.formerMembers(id), await api.formerMembers(id))
      assert.deepEqual(await client.membershipLog(id), await api.membershipLog(id))
      assert.deepEqual(await client.setAside(id), [])
      await assert.rejects(client.adopt(id, [id]), { code: 'SPACE_NOT_SET_ASIDE' })
      assert.equal((await client.setPolicy(id, 'history', 'from-join'))[0]?.value, 'from-join')
      assert.deepEqual(await client.policies(id), await api.policies(id))
      await assert.rejects(client.setPolicy(id, 'a/b', 'c'), { code: 'POLICY_UNKNOWN' })

      assert.equal((await client.transferOwnership(id, ben!.id)).role, 'owner')
      assert.equal((await client.voteForOwner(id, api.id)).own, api.id)
      assert.deepEqual(await client.ownerVotes(id), await api.ownerVotes(id))
      await assert.rejects(client.forgetSpace(id), { code: 'SPACE_STILL_MEMBER', status: 409 })
      api.putBack(id)
      assert.equal((await client.space(id)).waiting, 'confirmation')
      await assert.rejects(client.send(id, { text: 'x' }), {
        code: 'SPACE_UNCONFIRMED',
        status: 409,
      })
      assert.equal((await client.writeAnyway(id)).waiting, undefined)
      const left = await client.leaveSpace(id)
      assert.deepEqual([left.standing, left.departure?.deviceOnly], ['left', false])
      await assert.rejects(client.send(id, { text: 'x' }), {
        code: 'SPACE_NOT_MEMBER',
        status: 409,
      })
      assert.deepEqual(await client.previewForget(id), await api.previewForget(id))
      assert.equal(await client.forgetSpace(id), undefined)
      assert.deepEqual(await client.spaces(), [])
    })
  })
}

function withoutReads(message: Message): Partial<Message> {
  const { id, room, author, text, atMs, own } = message
  return { id, room, author, text, atMs, own }
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
