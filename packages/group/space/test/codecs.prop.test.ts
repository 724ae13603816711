/** Every decoder of bytes or text from outside: round trips, and no input makes it throw. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bytesToHex, bytesToId, encodeCbor } from '@hamlet/core'
import type { AnyId, DeviceId, EntryId } from '@hamlet/core'
import * as fastCheck from 'fast-check'
import {
  composeEntry,
  decodeContent,
  decodeEntry,
  decodeJoinRequest,
  decodeLink,
  decodeOperation,
  encodeContent,
  encodeCore,
  encodeEntry,
  encodeLink,
  encodeOperation,
  openContent,
  padmeLength,
  sealContent,
} from '@hamlet/space'
import type { ControlOperation, EntryCore, InviteLink } from '@hamlet/space'
import { crypto } from './_world.ts'

/** Plain objects only: those are what decoders give. */
const fc = {
  ...fastCheck,
  record: <T>(model: { [K in keyof T]: fastCheck.Arbitrary<T[K]> }): fastCheck.Arbitrary<T> =>
    fastCheck.record(model, { noNullPrototype: true }) as fastCheck.Arbitrary<T>,
}

const bytes = (length: number): fastCheck.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const id = <T extends AnyId>(): fastCheck.Arbitrary<T> =>
  bytes(32).map((value) => bytesToId<T>(value.with(0, 1)))
const deps = fc
  .uniqueArray(fc.record({ device: id<DeviceId>(), seq: fc.nat(), id: id<EntryId>() }), {
    maxLength: 32,
    selector: ({ device }) => device,
  })
  .map((list) => list.sort((a, b) => (a.device < b.device ? -1 : 1)))

const core: fastCheck.Arbitrary<EntryCore> = fc
  .record({
    space: id<NonNullable<EntryCore['space']>>(),
    device: id<DeviceId>(),
    seq: fc.nat(),
    previous: id<EntryId>(),
    deps,
    time: fc.record({ milliseconds: fc.nat(2 ** 40), counter: fc.nat(65_535) }),
    epoch: fc.option(id<EntryId>(), { nil: undefined }),
  })
  .map((header) => ({ ...header, previous: header.seq === 0 ? undefined : header.previous }))

const role = fc.constantFrom(
  'admin' as const,
  'writer' as const,
  'reader' as const,
  'relay' as const,
)
const seal = fc.record({ to: id<DeviceId>(), enc: bytes(32), ciphertext: bytes(48) })
const seals = fc
  .uniqueArray(seal, { maxLength: 5, selector: ({ to }) => to })
  .map((list) => list.sort((a, b) => (a.to < b.to ? -1 : 1)))
const point = fc.oneof(
  fc.record({
    device: id<DeviceId>(),
    length: fc.integer({ min: 1, max: 1e9 }),
    id: id<EntryId>(),
  }),
  fc.record({ device: id<DeviceId>(), length: fc.constant(0), id: fc.constant(undefined) }),
)
const cut = fc
  .uniqueArray(point, { maxLength: 4, selector: ({ device }) => device })
  .map((list) => list.sort((a, b) => (a.device < b.device ? -1 : 1)))
const some = fc.uint8Array({ maxLength: 100 })
const person = id<never>()

const admitSeals = seals.map((list) => list.map((one) => ({ epoch: one.to as never, ...one })))
const rootSignature = fc.option(bytes(64), { nil: undefined })

const operation = fc.oneof(
  fc.record({
    name: fc.constant('genesis'),
    person,
    certificate: some,
    history: fc.constantFrom('all', 'from-join'),
    nonce: bytes(16),
  }),
  fc.record({
    name: fc.constant('epoch'),
    commitment: bytes(32),
    parents: fc.uniqueArray(id<EntryId>(), { maxLength: 3 }).map((list) => list.sort()),
    seals,
    chain: fc.option(some, { nil: undefined }),
  }),
  fc.record({
    name: fc.constant('invite'),
    publicKey: bytes(32),
    role,
    mode: fc.constantFrom('approve', 'auto'),
    expiresAtMs: fc.nat(),
    maxUses: fc.integer({ min: 1, max: 1000 }),
    sealedRequestKey: some,
    epoch: person,
    sealedSecret: fc.option(some, { nil: undefined }),
  }),
  fc.record({ name: fc.constant('invite-revoke'), invite: person }),
  fc.record({ name: fc.constant('join-request'), request: some }),
  fc.record({ name: fc.constant('join-decline'), request: person }),
  fc.record({
    name: fc.constant('admit'),
    request: person,
    role,
    incarnation: fc.nat(),
    seals: admitSeals,
  }),
  fc.record({ name: fc.constant('grant'), person, role }),
  fc.record({ name: fc.constant('remove'), person, cut }),
  fc.record({ name: fc.constant('demote'), person, role, cut }),
  fc.record({ name: fc.constant('leave'), cut }),
  fc.record({
    name: fc.constant('policy'),
    policy: fc.string({ minLength: 1, maxLength: 10 }),
    value: fc.constantFrom(null, 1, 'a'),
  }),
  fc.record({ name: fc.constant('owner-transfer'), person, cut, signatures: fc.constant([]) }),
  fc.record({ name: fc.constant('device-add'), certificate: some, seals: admitSeals }),
  fc.tuple(point, rootSignature).map(([place, signature]) => {
    return { name: 'device-revoke', ...place, rootSignature: signature }
  }),
  fc.tuple(point, rootSignature).map(([place, signature]) => {
    return { name: 'device-reset', ...place, rootSignature: signature }
  }),
  fc.record({ name: fc.constant('fork'), proof: some }),
  fc.record({ name: fc.constant('seals'), epoch: person, seals }),
  fc.record({ name: fc.constant('prekey'), prekey: some }),
  fc.record({ name: fc.constant('complaint'), epoch: person }),
) as fastCheck.Arbitrary<ControlOperation>

const link: fastCheck.Arbitrary<InviteLink> = fc.record({
  space: id<InviteLink['space']>(),
  secret: bytes(32),
  invite: id<EntryId>(),
  inviter: id<DeviceId>(),
  expiresAtMs: fc.nat(),
  hints: fc.array(fc.string({ minLength: 1, maxLength: 50 }), { maxLength: 8 }),
  spaceName: fc.string({ maxLength: 50, unit: 'grapheme' }).filter((text) => text.length < 60),
  inviterName: fc.string({ maxLength: 50 }),
  role,
  mode: fc.constantFrom('approve' as const, 'auto' as const),
})

test('entries round-trip and their payloads open under their secret only', () => {
  fc.assert(
    fc.property(core, bytes(32), fc.string({ maxLength: 300 }), (header, secret, text) => {
      const coreBytes = encodeCore(header)
      const draft = { type: 'test.text', value: [text] }
      const payload = sealContent(
        crypto,
        secret,
        new Uint8Array(16),
        coreBytes,
        encodeContent(draft),
      )
      const { entry, block } = composeEntry(crypto, header, coreBytes, payload)
      const decoded = decodeEntry(block, crypto)
      assert.ok(decoded.ok)
      assert.deepEqual(decoded.value, entry)
      assert.deepEqual(encodeEntry(decoded.value), block)
      assert.deepEqual(openContent(crypto, secret, entry.core, payload), { ok: true, value: draft })
      assert.equal(
        openContent(crypto, new Uint8Array(32), entry.core, payload).ok,
        secret.every((byte) => byte === 0),
      )
    }),
    { numRuns: 100 },
  )
})

test('one changed bit in a block is noticed', () => {
  fc.assert(
    fc.property(core, fc.nat(), (header, bit) => {
      const { entry, block } = composeEntry(crypto, header, encodeCore(header), new Uint8Array(40))
      const at = bit % (block.length * 8)
      const changed = block.slice()
      changed[at >> 3] = changed[at >> 3]! ^ (1 << (at & 7))
      const decoded = decodeEntry(changed, crypto)
      assert.ok(!decoded.ok || decoded.value.id !== entry.id)
    }),
    { numRuns: 200 },
  )
})

test('control operations round-trip', () => {
  fc.assert(
    fc.property(operation, (value) => {
      const encoded = encodeOperation(value)
      const decoded = decodeOperation(encoded)
      assert.ok(decoded.ok, decoded.ok ? '' : String(decoded.error.cause))
      assert.deepEqual(decoded.value, value)
      assert.deepEqual(encodeOperation(decoded.value), encoded)
    }),
    { numRuns: 300 },
  )
})

test('links round-trip in both spellings', () => {
  fc.assert(
    fc.property(link, (value) => {
      assert.deepEqual(decodeLink(encodeLink(value)), { ok: true, value })
      const web = encodeLink(value, 'https://example.org/app?x=1#old')
      assert.ok(web.startsWith('https://example.org/app?x=1#join='))
      assert.deepEqual(decodeLink(` ${web}\n`), { ok: true, value })
    }),
    { numRuns: 100 },
  )
})

test('no bytes make a decoder throw', () => {
  const structured = fc.anything({
    withBigInt: false,
    withDate: false,
    withMap: false,
    withSet: false,
  })
  const encoded = structured.map((value) => {
    try {
      return encodeCbor(value as never)
    } catch {
      return new Uint8Array(0)
    }
  })
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    encoded,
    operation.map(encodeOperation),
  )
  fc.assert(
    fc.property(hostile, fc.nat(), fc.nat(255), (input, at, byte) => {
      const changed = input.slice()
      if (changed.length > 0) changed[at % changed.length] = byte
      for (const value of [input, changed]) {
        decodeEntry(value, crypto)
        decodeOperation(value)
        decodeJoinRequest(value)
        decodeContent(value)
        openContent(crypto, new Uint8Array(32), new Uint8Array(8), value)
      }
    }),
    { numRuns: 1000 },
  )
})

test('no text is taken for a link that is none', () => {
  const naughty = [
    '',
    '#',
    'hamlet:join#',
    'hamlet:join#AAAA',
    'https://x/#join=',
    '#join=%00',
    'hamlet:join#__proto__',
    '🙂#join=🙂',
    'a'.repeat(10_000),
  ]
  const listed = readNaughtyStrings()
  for (const text of [...naughty, ...listed]) {
    for (const candidate of [text, `hamlet:join#${text}`, `https://x/#join=${text}`]) {
      const decoded = decodeLink(candidate)
      assert.equal(decoded.ok ? 'ok' : decoded.error.code, 'SPACE_LINK_MALFORMED')
    }
  }
  fc.assert(fc.property(fc.string(), (text) => !decodeLink(text).ok))
})

function readNaughtyStrings(): string[] {
  const root = fileURLToPath(new URL('../../../../', import.meta.url))
  const directory = process.env['VECTORS_DIR'] ?? `${root}../shared/vectors`
  try {
    return JSON.parse(readFileSync(`${directory}/naughty-strings/blns.json`, 'utf8')) as string[]
  } catch {
    console.log('SKIPPED naughty-strings: 515 vectors not present (VECTORS_DIR)')
    return []
  }
}

test('Padmé adds at most 12 % and keeps to few lengths', () => {
  for (let length = 0; length < 70_000; length = length < 3000 ? length + 1 : length + 97) {
    const padded = padmeLength(length)
    assert.ok(padded >= length && padded <= length * 1.12 + 1)
    assert.equal(padmeLength(padded), padded)
  }
  assert.deepEqual([5, 129, 1000, 63_484, 65_000].map(padmeLength), [5, 144, 1024, 63_488, 65_536])
  assert.equal(bytesToHex(new Uint8Array(padmeLength(2))), '0000')
})
