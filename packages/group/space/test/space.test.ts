/** A small space of a few people, exchanging ranges by hand. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, QUARANTINE_BYTES_MAX, QUARANTINE_ENTRIES_MAX } from '@hamlet/core'
import { encodeLink, decodeLink } from '@hamlet/space'
import type { SyncSpace } from '@hamlet/space'
import { DAY_MS, errorCodeOf, hashOf, INVITE, join, NOW_MS, Peer, pull, syncAll } from './_world.ts'

test('a founder is the owner of a space with one epoch and its name', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  assert.equal(ada.space.ownRole, 'owner')
  assert.equal(ada.space.epochs().length, 1)
  assert.deepEqual([...ada.space.appliedLengths()], [[ada.device, 3]])
  const opened = ada.space.openContent(ada.space.entryAt(ada.device, 2)!)
  assert.equal(opened.kind, 'content')
  assert.deepEqual(opened.kind === 'content' && opened.content.value, ['Home'])
})

test('a space is what the sync engine asks for', async () => {
  const ada = new Peer('Ada')
  const space: SyncSpace = await ada.create()
  assert.deepEqual(space.memberDevices(), [ada.device])
})

test('a newcomer reads the history and both talk', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await ada.write('before')
  await join(ada, ben)
  assert.equal(ben.space.ownRole, 'writer')
  await ben.write('hello')
  await ada.write('hi')
  await syncAll(ada.space, ben.space)
  assert.deepEqual(ben.messages(), ada.messages())
  assert.deepEqual(new Set(ada.messages()), new Set(['before', 'hello', 'hi']))
  assert.equal(hashOf(ada.space), hashOf(ben.space))
  assert.deepEqual(ada.space.controlState(), ben.space.controlState())
})

test('a request carried by a third member is approved later, the newcomer never meets the owner', async () => {
  const [ada, ben, cleo] = [new Peer('Ada'), new Peer('Ben'), new Peer('Cleo')]
  await ada.create()
  await join(ada, ben, { role: 'reader' })
  await ada.write('history')
  const { link } = await ada.space.createInvite(INVITE)
  await pull(ada.space, ben.space)
  await cleo.openForJoin(ada.space.id)
  const carried = await ben.space.submitRequest(cleo.request(link, 'Cléo'))
  assert.ok(carried.ok)
  await pull(ben.space, ada.space)
  const [request] = ada.space.requests().filter(({ state }) => state === 'waiting')
  assert.equal(request?.name, 'Cléo')
  assert.equal(request?.id, carried.value)
  await ada.space.approve(carried.value)
  await pull(ada.space, ben.space)
  await pull(ben.space, cleo.space)
  assert.equal(cleo.space.ownRole, 'writer')
  assert.deepEqual(cleo.messages(), ['history'])
})

test('an automatic invitation lets a newcomer in at once, by any writer, as often as it says', async () => {
  const [ada, ben, cleo, dan] = ['Ada', 'Ben', 'Cleo', 'Dan'].map((name) => new Peer(name))
  await ada!.create()
  await join(ada!, ben!)
  const { link } = await ada!.space.createInvite({ ...INVITE, mode: 'auto', maxUses: 1 })
  await pull(ada!.space, ben!.space)
  const first = await ben!.space.submitRequest(cleo!.request(link))
  assert.ok(first.ok)
  await cleo!.openForJoin(ada!.space.id)
  await pull(ben!.space, cleo!.space)
  assert.equal(cleo!.space.ownRole, 'writer')
  const second = await ben!.space.submitRequest(dan!.request(link))
  assert.equal(second.ok ? '' : second.error.code, 'SPACE_INVITE_USED')
})

test('the same paper handed in twice is one request', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  const { link } = await ada.space.createInvite(INVITE)
  const paper = ben.request(link)
  const results = await Promise.all([
    ada.space.submitRequest(paper),
    ada.space.submitRequest(paper),
  ])
  assert.deepEqual(results[0], results[1])
  assert.deepEqual(await ada.space.submitRequest(paper), results[0])
  assert.equal(ada.space.requests().length, 1)
})

test('a request that is expired, revoked, for another space or tampered with is refused by code', async () => {
  const [ada, ben, other] = [new Peer('Ada'), new Peer('Ben'), new Peer('Other')]
  await ada.create()
  await other.create()
  const codeOf = async (paper: Uint8Array): Promise<string> => {
    const result = await ada.space.submitRequest(paper)
    return result.ok ? 'ok' : result.error.code
  }
  const expired = await ada.space.createInvite({ ...INVITE, expiresAtMs: NOW_MS - 1 })
  assert.equal(await codeOf(ben.request(expired.link)), 'SPACE_INVITE_EXPIRED')
  const revoked = await ada.space.createInvite(INVITE)
  await ada.space.revokeInvite(revoked.invite.id)
  assert.equal(await codeOf(ben.request(revoked.link)), 'SPACE_INVITE_REVOKED')
  const elsewhere = await other.space.createInvite(INVITE)
  assert.equal(await codeOf(ben.request(elsewhere.link)), 'SPACE_WRONG_SPACE')
  const { link } = await ada.space.createInvite(INVITE)
  const decoded = decodeLink(link)
  assert.ok(decoded.ok)
  const guessed = encodeLink({ ...decoded.value, secret: new Uint8Array(32) })
  assert.equal(await codeOf(ben.request(guessed)), 'SPACE_REQUEST_FORGED')
  assert.equal(await codeOf(new Uint8Array(100)), 'SPACE_REQUEST_MALFORMED')
  assert.equal(await codeOf(ada.request(link)), 'SPACE_ALREADY_MEMBER')
  assert.deepEqual(ada.space.requests(), [])
})

test('a declined request stays declined and a new one can be made', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  const { link } = await ada.space.createInvite(INVITE)
  const first = await ada.space.submitRequest(ben.request(link))
  assert.ok(first.ok)
  await ada.space.decline(first.value)
  assert.equal(ada.space.requests()[0]?.state, 'declined')
  const second = await ada.space.submitRequest(ben.request(link))
  assert.ok(second.ok)
  await ada.space.approve(second.value)
  assert.equal(ada.space.role(ben.person), 'writer')
})

test('readers cannot write content but say who they are; writers cannot admit, invite or grant', async () => {
  const [ada, ben, cleo, dan] = ['Ada', 'Ben', 'Cleo', 'Dan'].map((name) => new Peer(name))
  await ada!.create()
  await join(ada!, ben!, { role: 'reader' })
  await join(ada!, cleo!)
  assert.equal(await errorCodeOf(ben!.write('no')), 'SPACE_READ_ONLY')
  await pull(ada!.space, ben!.space)
  await ben!.space.append([{ type: 'space.profile', value: ['Ben', 'phone'] }])
  const { link } = await ada!.space.createInvite(INVITE)
  const submitted = await ada!.space.submitRequest(dan!.request(link))
  assert.ok(submitted.ok)
  await pull(ada!.space, cleo!.space)
  assert.equal(await errorCodeOf(cleo!.space.approve(submitted.value)), 'SPACE_FORBIDDEN')
  assert.equal(await errorCodeOf(cleo!.space.createInvite(INVITE)), 'SPACE_FORBIDDEN')
  assert.equal(await errorCodeOf(cleo!.space.setRole(ben!.person, 'writer')), 'SPACE_FORBIDDEN')
  assert.equal(await errorCodeOf(ada!.space.setRole(ada!.person, 'reader')), 'SPACE_FORBIDDEN')
})

test('a role granted or taken takes effect in what the person writes after seeing it', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben, { role: 'reader' })
  await ada.space.setRole(ben.person, 'writer')
  await pull(ada.space, ben.space)
  await ben.write('now I may')
  await pull(ben.space, ada.space)
  await ada.space.setRole(ben.person, 'reader')
  await syncAll(ada.space, ben.space)
  assert.equal(await errorCodeOf(ben.write('no more')), 'SPACE_READ_ONLY')
  assert.deepEqual(ada.messages(), ['now I may'])
})

test('a log of a stranger is refused, and nothing of it is stored', async () => {
  const [ada, eve] = [new Peer('Ada'), new Peer('Eve')]
  await ada.create()
  await eve.create()
  const range = eve.space.rangeFrom(eve.device, 0, { bytesMax: 100_000 })!
  const refused = await ada.space.accept(eve.device, range)
  assert.equal(refused.ok ? '' : refused.error.code, 'SPACE_DEVICE_UNKNOWN')
  const asOwn = await ada.space.accept(ada.device, range)
  assert.equal(asOwn.ok ? '' : asOwn.error.code, 'SPACE_ENTRY_MISPLACED')
  const ben = new Peer('Ben')
  await ben.openForJoin(ada.space.id)
  const empty = await ben.space.accept(eve.device, { ...range, blocks: [] })
  assert.equal(empty.ok ? '' : empty.error.code, 'LOG_GAP')
  const wrongSpace = await ben.space.accept(eve.device, range)
  assert.equal(wrongSpace.ok ? '' : wrongSpace.error.code, 'SPACE_ENTRY_MISPLACED')
  assert.equal(ben.space.founderDevice, undefined)
  assert.deepEqual([...ben.space.lengths()], [])
})

test('a range with a flipped bit is refused and names a code', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await ben.openForJoin(ada.space.id)
  const range = ada.space.rangeFrom(ada.device, 0, { bytesMax: 100_000 })!
  for (let i = 0; i < 60; i++) {
    const block = range.blocks[i % 3]!.slice()
    const at = (i * 37) % block.length
    block[at] = block[at]! ^ (1 << (i % 8))
    const blocks = range.blocks.with(i % 3, block)
    const result = await ben.space.accept(ada.device, { ...range, blocks })
    assert.equal(result.ok, false)
  }
  const result = await ben.space.accept(ada.device, range)
  assert.ok(result.ok)
})

test('someone without an admission stores, applies nothing, and cannot write', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await ben.openForJoin(ada.space.id)
  await pull(ada.space, ben.space)
  assert.deepEqual([...ben.space.appliedLengths()], [])
  assert.equal(ben.space.pendingCounts().held, 3)
  assert.equal(await errorCodeOf(ben.write('hello?')), 'SPACE_NOT_MEMBER')
})

test('after a restart everything is as it was, with and without the derived store', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben)
  await ben.write('one')
  await syncAll(ada.space, ben.space)
  await ada.write('two')
  const [state, hash, messages] = [ada.space.controlState(), hashOf(ada.space), ada.messages()]
  await ada.space.close()
  await ada.reopen()
  assert.deepEqual(ada.space.controlState(), state)
  assert.equal(hashOf(ada.space), hash)
  assert.deepEqual(ada.messages(), messages)
  await ada.space.close()
  await ada.kv.clear()
  await ada.reopen()
  assert.deepEqual(ada.space.controlState(), state)
  assert.deepEqual(ada.messages(), messages)
  await ada.write('three')
  await syncAll(ada.space, ben.space)
  assert.equal(hashOf(ada.space), hashOf(ben.space))
})

test('what append resolved survives a power cut', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const { id } = ada.space
  const writes = Array.from({ length: 20 }, (_, i) => ada.write(`message ${i}`))
  await Promise.all(writes.slice(0, 10))
  ada.disk.crash(ada.random)
  await Promise.allSettled(writes)
  await ada.reopen(id)
  const texts = new Set(ada.messages())
  for (let i = 0; i < 10; i++) assert.ok(texts.has(`message ${i}`), `message ${i} is lost`)
  await ada.write('after')
  assert.ok(ada.messages().includes('after'))
})

test('a full disk refuses with a code and loses nothing', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  ada.disk.setFaults({ append: () => 'STORE_FULL' })
  assert.equal(await errorCodeOf(ada.write('too much')), 'SPACE_DISK')
  ada.disk.setFaults({})
  await ada.write('fits again')
  assert.deepEqual(ada.messages(), ['fits again'])
})

test('appends made together share one commit and keep their order', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  const entries = await Promise.all(Array.from({ length: 50 }, (_, i) => ada.write(String(i))))
  assert.deepEqual(
    entries.map(([entry]) => entry!.seq),
    Array.from({ length: 50 }, (_, i) => 3 + i),
  )
  assert.equal(
    await errorCodeOf(ada.space.append([{ type: 'x', value: 'a'.repeat(64_000) }])),
    'SPACE_CONTENT_TOO_LARGE',
  )
})

test('an entry dated in the future waits until it is due, and moves nobody else’s clock', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben)
  ben.clock.pass(365 * DAY_MS)
  await ben.write('from next year')
  await ada.write('today')
  await pull(ben.space, ada.space)
  assert.deepEqual(ada.messages(), ['today'])
  // With the new epoch: by Ben's clock the old one has been used for a year.
  assert.equal(ada.space.pendingCounts().held, 2)
  const [entry] = await ada.write('still today')
  assert.ok(entry!.time.milliseconds < NOW_MS + DAY_MS)
  ada.clock.pass(365 * DAY_MS)
  assert.deepEqual(new Set(ada.messages()), new Set(['today', 'still today', 'from next year']))
  await syncAll(ada.space, ben.space)
  assert.equal(hashOf(ada.space), hashOf(ben.space))
})

test('entries that come due while the disk does not answer are taken up a moment later', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben)
  ben.clock.pass(365 * DAY_MS)
  await ben.write('from next year')
  await pull(ben.space, ada.space)
  let refused = 0
  ada.disk.setFaults({ readError: () => ++refused > 0 })
  ada.clock.pass(365 * DAY_MS)
  assert.ok(refused > 0)
  assert.equal(ada.space.pendingCounts().held, 2)
  ada.disk.setFaults({})
  assert.deepEqual(ada.messages(), [])
  ada.clock.pass(2_000)
  assert.equal(ada.space.pendingCounts().held, 0)
  assert.deepEqual(ada.messages(), ['from next year'])
  await ada.write('and an answer')
  await syncAll(ada.space, ben.space)
  assert.equal(hashOf(ada.space), hashOf(ben.space))
})

test('what could not be read when it came is taken up a moment later, also when something else is written until then', async () => {
  const [ada, ben, cleo] = [new Peer('Ada'), new Peer('Ben'), new Peer('Cleo')]
  await ada.create()
  await join(ada, ben, { role: 'admin' })
  await join(ada, cleo)
  await syncAll(ada.space, ben.space, cleo.space)
  // What knows of this is read to judge the cut of Ben's removal.
  await cleo.write('only Ada has it')
  await pull(cleo.space, ada.space)
  ada.clock.pass(1_000)
  await ada.write('Ada knows it')
  ben.clock.pass(2_000)
  await ben.space.remove(cleo.person)
  let refused = 0
  ada.disk.setFaults({ readError: (path) => path.endsWith('.seg') && ++refused > 0 })
  await pull(ben.space, ada.space)
  ada.disk.setFaults({})
  assert.ok(refused > 0)
  assert.notEqual(ada.space.pendingCounts().waiting, 0)
  await ada.write('meanwhile')
  ada.clock.pass(2_000)
  assert.equal(ada.space.pendingCounts().waiting, 0)
  assert.equal(ada.space.role(cleo.person), undefined)
})

test('a device restored from a backup is frozen until it has its own tail again', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben)
  const backup = new Map([...ada.disk.files()].map(([path, bytes]) => [path, bytes.slice()]))
  await ada.write('after the backup')
  await syncAll(ada.space, ben.space)
  const { id } = ada.space
  await ada.space.close()
  const { createMemoryDisk, createMemoryKv } = await import('@hamlet/store')
  ada.disk = createMemoryDisk({ files: backup })
  ada.kv = createMemoryKv()
  await ada.reopen(id)
  const range = ben.space.rangeFrom(ada.device, 0, { bytesMax: 1_000_000 })!
  assert.equal(ada.space.noteRemoteHead(ada.device, range.head), true)
  assert.equal(await errorCodeOf(ada.write('fork!')), 'SPACE_FROZEN')
  await pull(ben.space, ada.space)
  await ada.write('thawed')
  assert.deepEqual(ada.messages(), ['after the backup', 'thawed'])
  await syncAll(ada.space, ben.space)
  assert.equal(hashOf(ada.space), hashOf(ben.space))
})

test('with history from joining on, a newcomer cannot read what was before', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create('from-join')
  await ada.write('secret past')
  await join(ada, ben)
  await ada.write('common present')
  await pull(ada.space, ben.space)
  assert.deepEqual(ben.messages(), ['common present'])
  assert.equal(ben.space.epochs().length, 2)
})

test('what a newcomer has to be told of the past is written with their admission, and only then', async () => {
  for (const mode of ['approve', 'auto'] as const) {
    const [ada, ben, cleo] = [new Peer('Ada'), new Peer('Ben'), new Peer('Cleo')]
    await ada.create('from-join')
    await ada.write('secret past')
    ada.space.setWelcome([{ type: 'chat.message', value: ['about the past'] }])
    const before = ada.space.lengths().get(ada.device)!
    await join(ada, ben, { mode })
    await pull(ada.space, ben.space)
    assert.deepEqual(ben.messages(), ['about the past'])
    const written = [...ada.space.entries(ada.device, before)].map(({ epoch }) => epoch)
    assert.equal(written.at(-1), ada.space.epochs()[0]!.id, 'under the newcomer’s first epoch')
    await join(ada, cleo, { mode, role: 'relay' })
    assert.deepEqual(ada.messages(), ['secret past', 'about the past'], 'a relay is told nothing')
  }
  const [open, ben] = [new Peer('Ada'), new Peer('Ben')]
  await open.create('all')
  open.space.setWelcome([{ type: 'chat.message', value: ['needless'] }])
  await join(open, ben)
  assert.deepEqual(open.messages(), [])
})

test('members share discovery secrets and meeting keys, and secrets never reach the disk', async () => {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben)
  await ada.space.rotateEpoch()
  await pull(ada.space, ben.space)
  assert.equal(ben.space.discoverySecrets().length, 2)
  assert.deepEqual(ben.space.discoverySecrets(), ada.space.discoverySecrets())
  const { invite } = await ada.space.createInvite(INVITE)
  await pull(ada.space, ben.space)
  const [meetKey] = ben.space.meetKeys()
  assert.equal(ada.space.inviteByMeetKey(meetKey!)?.id, invite.id)
  const prekey = bytesToHex(ada.identity.prekeyPrivate)
  for (const bytes of ada.disk.files().values()) assert.ok(!bytesToHex(bytes).includes(prekey))
})

test('entries dated ahead of 1 MiB or 1,000 in number end the taking of a log, until they are due', async () => {
  for (const [count, text] of [
    [QUARANTINE_ENTRIES_MAX + 200, 'x'],
    [40, 'y'.repeat(60_000)],
  ] as const) {
    const [ada, ben] = [new Peer('ada'), new Peer('ben')]
    await ada.create()
    await join(ada, ben)
    ben.clock.pass(DAY_MS)
    for (let i = 0; i < count; i += 20) {
      const drafts = Array.from({ length: 20 }, () => ({ type: 'chat.message', value: [text] }))
      await ben.space.append(drafts)
    }
    const refusals = await pull(ben.space, ada.space, 20)
    assert.deepEqual(new Set(refusals), new Set(['SPACE_QUARANTINE_FULL']))
    const held = ada.space.lengths().get(ben.device)!
    assert.ok(held <= QUARANTINE_ENTRIES_MAX + 20 && held < count)
    assert.ok(held * text.length <= QUARANTINE_BYTES_MAX + 20 * text.length)
    ada.clock.pass(DAY_MS)
    await pull(ben.space, ada.space)
    assert.equal(hashOf(ada.space), hashOf(ben.space))
  }
})
