/**
 * Goal: a program with a key of its own can do what its person can, and nobody else can do it in their name, twice, late,
 * or with other words. Method: whole peers in memory; each way of cheating, with the code it is refused by.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64ToBytes, bytesToBase64, bytesToHex, decodeUtf8, utf8 } from '@hamlet/core'
import type { DeviceId, PersonId, SpaceId } from '@hamlet/core'
import type { CertifiedClient, OperationReply, SignedOperationInput } from '@hamlet/http/api'
import {
  certifyClient,
  createOperationNonce,
  encodeClientCertificate,
  entropyToWords,
  signClientOperation,
} from '@hamlet/identity'
import type { ClientOperation, JsonObject } from '@hamlet/identity'
import { OPERATION_WINDOW_MS } from '../src/operation-book.ts'
import { codeOf, crypto, pass, people, seededRandom } from './_world.ts'
import type { Person } from './_world.ts'

/** A program: its key stays here. */
class Program {
  readonly signer
  readonly #random
  certified!: CertifiedClient

  constructor(name: string) {
    this.#random = seededRandom(`program ${name}`)
    this.signer = crypto.signer(this.#random.bytes(32))
  }

  get publicKey(): string {
    return bytesToHex(this.signer.publicKey)
  }

  async certifyBy(person: Person, expiresAtMs?: number): Promise<void> {
    const until = expiresAtMs === undefined ? {} : { expiresAtMs }
    const input = { publicKey: this.publicKey, label: 'Bookkeeping', ...until }
    this.certified = await person.api.certifyClient(input)
  }

  operation(person: Person, operation: string, data: JsonObject, space?: string): ClientOperation {
    return {
      ...{ operation, data, space: space as SpaceId | undefined },
      person: this.certified.person as PersonId,
      device: this.certified.device as DeviceId,
      atMs: person.clock.wall(),
      nonce: createOperationNonce(this.#random),
    }
  }

  sign(operation: ClientOperation): Promise<SignedOperationInput> {
    const certificate = base64ToBytes(this.certified.certificate)!
    return signClientOperation(operation, certificate, (message) => this.signer.sign(message))
  }

  async ask(
    person: Person,
    operation: string,
    data: JsonObject,
    space?: string,
  ): Promise<OperationReply> {
    const signed = await this.sign(this.operation(person, operation, data, space))
    return await person.api.submitOperation(signed)
  }
}

function words(person: Person): string {
  return entropyToWords(person.ring.personEntropy!)
}

async function programOf(person: Person, name = 'one'): Promise<Program> {
  const program = new Program(name)
  await program.certifyBy(person)
  return program
}

function retold(
  signed: SignedOperationInput,
  change: (text: string) => string,
): SignedOperationInput {
  const text = decodeUtf8(base64ToBytes(signed.operation)!)!
  assert.notEqual(change(text), text)
  return { ...signed, operation: bytesToBase64(utf8(change(text))) }
}

test('a program creates a space, sees who asks to join and lets them in; everybody can verify that it asked', async () => {
  const all = await people('anna', 'ben')
  const [anna, ben] = all
  await anna.api.setName('Anna')
  const program = await programOf(anna)
  const made = await program.ask(anna, 'create_space', { name: 'Trip' })
  assert.equal(made.recorded, true)
  const space = made.result.space!.id
  assert.equal((await anna.api.space(space)).name, 'Trip')
  const { link } = await anna.api.createInvite(space, { mode: 'approve' })

  const bens = await programOf(ben, 'two')
  const joining = await bens.ask(ben, 'join', { link: link!, name: 'Ben' })
  assert.equal(joining.recorded, false)
  assert.equal(joining.result.join!.space, space)
  await pass(all, 5_000)
  const { requests } = (await program.ask(anna, 'get_pending_joins', {}, space)).result
  assert.deepEqual(
    requests!.map(({ name }) => name),
    ['Ben'],
  )
  const request = requests![0]!.id
  const approved = await program.ask(anna, 'approve_join', { request }, space)
  assert.equal(approved.result.request!.state, 'approved')
  await pass(all, 5_000)
  assert.deepEqual(
    (await ben.api.spaces()).map(({ id }) => id),
    [space],
  )

  for (const person of all) {
    const { operations } = await person.api.clientOperations(space)
    assert.deepEqual(
      operations.map(({ operation, label, publicKey }) => [operation, label, publicKey]),
      ['approve_join', 'create_space'].map((name) => [name, 'Bookkeeping', program.publicKey]),
    )
    assert.equal(operations[0]!.id, approved.id)
    assert.equal(operations[0]!.person, anna.identity.person)
  }
  const [own] = await anna.api.clients()
  assert.equal(own!.state, 'valid')
  assert.ok(own!.lastUsedMs! > 0)
  const spaces = await program.ask(anna, 'get_spaces', {})
  assert.equal(spaces.result.spaces![0]!.name, 'Trip')
})

test('what was tampered with, by whomever, is refused, and nothing is done', async () => {
  const [anna, ben] = await people('anna', 'ben')
  const program = await programOf(anna)
  const signed = await program.sign(program.operation(anna, 'create_space', { name: 'Trip' }))
  const other = await programOf(ben, 'other')
  const cases: readonly (readonly [code: string, request: SignedOperationInput])[] = [
    ['OPERATION_BAD_SIGNATURE', retold(signed, (text) => text.replace('Trip', 'Trap'))],
    [
      'OPERATION_BAD_SIGNATURE',
      retold(signed, (text) => text.replace(/"nonce":"../, '"nonce":"00')),
    ],
    ['OPERATION_BAD_SIGNATURE', { ...signed, signature: bytesToBase64(new Uint8Array(64)) }],
    ['OPERATION_MALFORMED', retold(signed, (text) => text.replace('{', '{ '))],
    ['OPERATION_MALFORMED', { ...signed, signature: 'no' }],
    ['OPERATION_CERTIFICATE_BAD', { ...signed, certificate: bytesToBase64(utf8('no')) }],
    ['OPERATION_WRONG_PERSON', { ...signed, certificate: other.certified.certificate }],
    [
      'OPERATION_WRONG_PERSON',
      retold(signed, (text) => text.replace(anna.identity.person, ben.identity.person)),
    ],
    [
      'OPERATION_WRONG_DEVICE',
      retold(signed, (text) => text.replace(anna.identity.device, ben.identity.device)),
    ],
  ]
  for (const [code, request] of cases) {
    assert.equal(await codeOf(anna.api.submitOperation(request)), code, code)
  }
  assert.equal(await codeOf(ben.api.submitOperation(signed)), 'OPERATION_WRONG_PERSON')
  assert.deepEqual(await anna.api.spaces(), [])
  await anna.api.submitOperation(signed)
  assert.equal((await anna.api.spaces()).length, 1)
})

test('a certificate that somebody signed for another person is no certificate', async () => {
  const [anna, ben] = await people('anna', 'ben')
  const program = await programOf(ben)
  const forged = certifyClient(ben.identity.personKeys!.rootSigner, {
    person: anna.identity.person,
    ...{ algorithm: 'ed25519', publicKey: program.signer.publicKey, createdAtMs: 1 },
  })
  program.certified = {
    ...program.certified,
    person: anna.identity.person,
    certificate: bytesToBase64(encodeClientCertificate(forged)),
  }
  assert.equal(await codeOf(program.ask(anna, 'get_spaces', {})), 'OPERATION_CERTIFICATE_BAD')
})

test('the same operation again is refused and does nothing, also after a restart and a power cut', async () => {
  const [anna] = await people('anna')
  const program = await programOf(anna)
  const signed = await program.sign(program.operation(anna, 'create_space', { name: 'Trip' }))
  await anna.api.submitOperation(signed)
  assert.equal(await codeOf(anna.api.submitOperation(signed)), 'OPERATION_REPLAYED')
  await anna.reopen()
  assert.equal(await codeOf(anna.api.submitOperation(signed)), 'OPERATION_REPLAYED')
  await anna.api.close()
  anna.disk.crash(seededRandom('power'))
  await anna.open()
  assert.equal(await codeOf(anna.api.submitOperation(signed)), 'OPERATION_REPLAYED')
  assert.equal((await anna.api.spaces()).length, 1)
})

test('of the same operation sent twenty times at once one is done', async () => {
  const [anna] = await people('anna')
  const program = await programOf(anna)
  const signed = await program.sign(program.operation(anna, 'create_space', { name: 'Trip' }))
  const codes = await Promise.all(
    Array.from({ length: 20 }, () => codeOf(anna.api.submitOperation(signed))),
  )
  assert.equal(codes.filter((code) => code === undefined).length, 1)
  assert.equal(codes.filter((code) => code === 'OPERATION_REPLAYED').length, 19)
  assert.equal((await anna.api.spaces()).length, 1)
})

test('power that goes while the operation is taken up, or right after, never lets it be done twice', async () => {
  for (const survives of [false, true]) {
    const [anna] = await people('anna')
    const program = await programOf(anna)
    await program.ask(anna, 'get_spaces', {})
    const signed = await program.sign(program.operation(anna, 'create_space', { name: 'Trip' }))
    const { disk } = anna
    // The write that says the operation was taken up is the last thing that happens, or the one before the space.
    let isCut = false
    disk.setFaults({
      sync: (path) => {
        if (isCut) return true
        isCut = path === 'operations'
        return isCut && !survives
      },
    })
    await anna.api.submitOperation(signed).catch(() => undefined)
    await anna.close()
    disk.crash(seededRandom(`cut ${survives}`))
    disk.setFaults({})
    await anna.open()
    const spaces = (await anna.api.spaces()).length
    const again = await codeOf(anna.api.submitOperation(signed))
    // What was not synced may be on the disk all the same; then it was refused and stays refused.
    if (survives) assert.equal(again, 'OPERATION_REPLAYED')
    else assert.equal(spaces, 0)
    const done = again === undefined ? 1 : 0
    assert.equal((await anna.api.spaces()).length, spaces + done)
    assert.ok(spaces + done <= 1)
  }
})

test('what was signed too long ago or ahead of the clock is refused', async () => {
  const [anna] = await people('anna')
  const program = await programOf(anna)
  const at = (atMs: number) => {
    const operation = { ...program.operation(anna, 'create_space', { name: 'Trip' }), atMs }
    return program.sign(operation).then((signed) => codeOf(anna.api.submitOperation(signed)))
  }
  const nowMs = anna.clock.wall()
  assert.equal(await at(nowMs - OPERATION_WINDOW_MS - 1), 'OPERATION_STALE')
  assert.equal(await at(nowMs + OPERATION_WINDOW_MS + 1), 'OPERATION_STALE')
  assert.equal(await at(nowMs - OPERATION_WINDOW_MS), undefined)
})

test('a client whose certificate expired, and one that was revoked, sign for nobody', async () => {
  const [anna] = await people('anna')
  const brief = new Program('brief')
  await brief.certifyBy(anna, anna.clock.wall() + 1000)
  await brief.ask(anna, 'get_spaces', {})
  anna.clock.pass(1000)
  assert.equal(await codeOf(brief.ask(anna, 'get_spaces', {})), 'OPERATION_CERTIFICATE_EXPIRED')

  const lost = await programOf(anna, 'lost')
  await lost.ask(anna, 'create_space', { name: 'Trip' })
  assert.equal((await anna.api.revokeClient(lost.publicKey)).state, 'revoked')
  assert.equal(await codeOf(lost.ask(anna, 'get_spaces', {})), 'OPERATION_CLIENT_REVOKED')
  assert.equal(await codeOf(lost.certifyBy(anna)), 'CLIENT_KEY_REFUSED')
  await anna.reopen()
  assert.equal(await codeOf(lost.ask(anna, 'get_spaces', {})), 'OPERATION_CLIENT_REVOKED')
  const states = (await anna.api.clients()).map(({ state }) => state)
  assert.deepEqual(states, ['expired', 'revoked'])
  assert.equal(await codeOf(anna.api.revokeClient('ab'.repeat(32))), 'CLIENT_NOT_FOUND')
})

test('an operation nobody knows, and data that does not fit, are refused before anything is taken up', async () => {
  const [anna] = await people('anna')
  const program = await programOf(anna)
  const { result } = await program.ask(anna, 'create_space', { name: 'Trip' })
  const space = result.space!.id
  const cases: readonly (readonly [string, string, JsonObject, string?])[] = [
    ['OPERATION_UNKNOWN', 'drop_all', {}],
    ['OPERATION_DATA_INVALID', 'create_space', {}],
    ['OPERATION_DATA_INVALID', 'create_space', { name: 'a', other: 1 }],
    ['OPERATION_DATA_INVALID', 'create_space', { name: 'a' }, space],
    ['OPERATION_DATA_INVALID', 'get_balances', {}],
    ['OPERATION_DATA_INVALID', 'approve_join', { request: 'no' }, space],
    ['OPERATION_DATA_INVALID', 'add_expense', { title: 'a', amountMinor: '5' }, space],
    ['REQUEST_NOT_FOUND', 'approve_join', { request: 'ab'.repeat(32) }, space],
    ['SPACE_NOT_FOUND', 'get_pending_joins', {}, 'ab'.repeat(32)],
  ]
  for (const [code, operation, data, where] of cases) {
    assert.equal(await codeOf(program.ask(anna, operation, data, where)), code, operation)
  }
  const { operations } = await anna.api.clientOperations(space)
  assert.equal(operations.length, 1)
})

test('keys that are none are not certified', async () => {
  const [anna] = await people('anna')
  for (const publicKey of ['', 'ab', '00'.repeat(32), 'AB'.repeat(32), `02${'ab'.repeat(32)}`]) {
    const certified = anna.api.certifyClient({ publicKey, label: 'x' })
    assert.equal(await codeOf(certified), 'CLIENT_KEY_REFUSED', publicKey)
  }
  const { publicKey } = new Program('a')
  assert.equal(await codeOf(anna.api.certifyClient({ publicKey, label: ' ' })), 'NAME_INVALID')
  assert.deepEqual(await anna.api.clients(), [])
})

test('a device that does not keep the words certifies with them typed in, and not with those of others', async () => {
  const [anna, ben] = await people('anna', 'ben')
  const [own, others] = [words(anna), words(ben)]
  await anna.close()
  const { personEntropy: _, ...ring } = anna.ring
  anna.ring = ring
  await anna.open()
  const { publicKey } = new Program('a')
  const certify = (typed?: string) => {
    return anna.api.certifyClient({
      publicKey,
      label: 'x',
      ...(typed === undefined ? {} : { words: typed }),
    })
  }
  assert.equal(await codeOf(certify()), 'WORDS_NEEDED')
  assert.equal(await codeOf(certify(others)), 'WORDS_OTHER_PERSON')
  assert.equal((await certify(own)).person, anna.identity.person)
})

test('another device of the person knows the client by what it asked for, and that it was revoked', async () => {
  const all = await people('anna', 'phone')
  const [anna, phone] = all
  await anna.api.setName('Anna')
  const program = await programOf(anna)
  await program.ask(anna, 'create_space', { name: 'Trip' })
  const { code } = await anna.api.startLink()
  await phone.api.useLinkCode(code!)
  await pass(all, 500)
  await anna.api.confirmLink()
  await pass(all, 5_000)
  const [seen] = await phone.api.clients()
  assert.equal(seen!.publicKey, program.publicKey)
  assert.equal(seen!.state, 'valid')

  program.certified = { ...program.certified, device: phone.identity.device }
  const signed = await program.sign(program.operation(phone, 'get_spaces', {}))
  assert.equal((await phone.api.submitOperation(signed)).result.spaces!.length, 1)
  assert.equal(await codeOf(anna.api.submitOperation(signed)), 'OPERATION_WRONG_DEVICE')

  await anna.api.revokeClient(program.publicKey)
  await pass(all, 5_000)
  assert.equal(await codeOf(program.ask(phone, 'get_spaces', {})), 'OPERATION_CLIENT_REVOKED')
  assert.equal((await phone.api.clients())[0]!.state, 'revoked')
})

test('a revocation is carried into spaces joined later, and is known without the space in which it was told', async () => {
  const all = await people('anna', 'ben')
  const [anna, ben] = all
  await ben.api.setName('Ben')
  const joinNew = async (name: string): Promise<string> => {
    const { id } = await ben.api.createSpace(name)
    const { link } = await ben.api.createInvite(id, { mode: 'auto' })
    await anna.api.join(link!, 'Anna')
    await pass(all, 5_000)
    return id
  }
  const first = await joinNew('First')
  const program = await programOf(anna)
  await anna.api.revokeClient(program.publicKey)
  await joinNew('Later')
  await pass(all, 2_000)
  await anna.api.leaveSpace(first)
  await anna.api.forgetSpace(first)
  // All that is left to know it by is what was written into the later space.
  await anna.close()
  await anna.disk.remove('clients')
  await anna.open()
  assert.equal(await codeOf(program.ask(anna, 'get_spaces', {})), 'OPERATION_CLIENT_REVOKED')
  // From there it is remembered again, so that the space is not needed either.
  await joinNew('Last')
  await pass(all, 2_000)
  assert.ok(anna.disk.files().has('clients'))
})

test('a program enters, corrects, deletes, restores, settles and reads bills, and each is on record with its entry', async () => {
  const all = await people('anna', 'ben')
  const [anna, ben] = all
  await anna.api.setName('Anna')
  const program = await programOf(anna)
  const made = await program.ask(anna, 'create_space', { name: 'Trip' })
  const space = made.result.space!.id
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!, 'Ben')
  await pass(all, 5_000)
  const [a, b] = all.map(({ identity }) => identity.person) as [PersonId, PersonId]
  const currency = { code: 'EUR', exponent: 2 }
  const added = await program.ask(
    anna,
    'add_expense',
    {
      ...{ title: 'Bread', currency, paid: [{ party: a, amountMinor: 1000 }] },
      split: { shares: [a, b].map((party) => ({ party, weight: 1 })) },
    },
    space,
  )
  const { expense } = added.result
  assert.equal(expense!.id, added.id.slice(0, 32), 'whoever lost the reply can look for it')
  const id = { expense: expense!.id }
  const balances = async () => {
    const reply = await program.ask(anna, 'get_balances', {}, space)
    assert.equal(reply.recorded, false)
    return new Map(reply.result.balances!.map(({ party, minor }) => [party, minor]))
  }
  assert.deepEqual(
    await balances(),
    new Map([
      [a, '500'],
      [b, '-500'],
    ]),
  )

  const edit = await program.ask(
    anna,
    'edit_expense',
    { ...id, title: 'Bread and cheese', paid: [{ party: a, amountMinor: 2000 }] },
    space,
  )
  assert.equal(edit.result.expense!.title, 'Bread and cheese')
  const gone = await program.ask(anna, 'delete_expense', id, space)
  assert.equal(gone.result.expense!.deleted, true)
  assert.ok([...(await balances()).values()].every((minor) => minor === '0'))
  const back = await program.ask(anna, 'restore_expense', id, space)
  assert.equal(back.result.expense!.amountMinor, 2000)

  const bens = await programOf(ben, 'two')
  await pass(all, 2_000)
  const payment = { from: b, to: a, currency, amountMinor: 1000, note: 'in cash' }
  const paid = await bens.ask(ben, 'settle', payment, space)
  assert.equal(paid.result.expense!.kind, 'transfer')
  await pass(all, 2_000)
  const confirmed = await program.ask(anna, 'confirm', { expense: paid.result.expense!.id }, space)
  assert.equal(confirmed.result.expense!.payment, 'confirmed')
  assert.ok([...(await balances()).values()].every((minor) => minor === '0'))
  const page = await program.ask(anna, 'get_expenses', { search: 'cheese', limit: 5 }, space)
  assert.equal(page.result.expenses!.total, 1)
  const parties = (await program.ask(anna, 'get_parties', {}, space)).result.parties!
  assert.deepEqual(parties.map(({ name }) => name).toSorted(), ['Anna', 'Ben'])

  const names = ['settle', 'restore_expense', 'delete_expense', 'edit_expense', 'add_expense']
  await pass(all, 2_000)
  for (const person of all) {
    const { operations } = await person.api.clientOperations(space)
    assert.deepEqual(
      operations.map(({ operation }) => operation),
      ['confirm', ...names, 'create_space'],
    )
    const { versions } = await person.api.expense(space, expense!.id)
    const told = operations.flatMap(({ entries }) => entries)
    for (const { by } of versions) {
      assert.ok(told.includes(by.entry), 'each version has its entry')
      assert.equal(by.client, 'Bookkeeping')
    }
  }
})
