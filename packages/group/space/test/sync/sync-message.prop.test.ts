/** The messages of sync: one spelling each, strict limits, and bytes that must never change. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, encodeCbor, hexToBytes } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId } from '@hamlet/core'
import {
  decodeHolding,
  decodeSyncMessage,
  encodeSyncMessage,
  HOLDING_BYTES_MAX,
  isHoldingValid,
  LATER_KIND_MIN,
  signHolding,
  TAGS_MAX,
  VECTOR_DEVICES_MAX,
} from '@hamlet/space'
import type { SyncMessage } from '@hamlet/space'
import type { SpaceId } from '@hamlet/core'
import { crypto } from '../_world.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const device = bytes(32).map((raw) => bytesToHex(raw) as DeviceId)
const handle = bytes(8)
const length = fc.maxSafeNat()
const items = fc.array(fc.record({ device, length }, { noNullPrototype: true }), { maxLength: 20 })
const blob = fc.uint8Array({ maxLength: 200 })

const message: fc.Arbitrary<SyncMessage> = fc.oneof(
  fc.record({ kind: fc.constant('hello' as const), nonce: bytes(32) }),
  fc.record({ kind: fc.constant('tags' as const), tags: fc.array(bytes(16), { maxLength: 20 }) }),
  fc.record({
    kind: fc.constant('frontier' as const),
    handle,
    hash: bytes(32),
    founder: fc.option(device, { nil: undefined }),
  }),
  fc.record({ kind: fc.constantFrom('vector' as const, 'have' as const), handle, items }),
  fc.record({
    kind: fc.constant('want' as const),
    handle,
    device,
    from: length,
    bytesMax: fc.nat(1024 * 1024),
  }),
  fc.record({ kind: fc.constant('range' as const), handle, device, range: blob }),
  fc.record({ kind: fc.constant('holding' as const), handle, holding: blob }),
  fc.record({ kind: fc.constant('fork' as const), handle, proof: blob }),
  fc.record({ kind: fc.constant('join' as const), handle, request: blob }),
  fc.record({
    kind: fc.constant('join-state' as const),
    handle,
    outcome: fc.constantFrom('asked', 'admitted', 'declined', 'refused' as const),
    code: fc.constantFrom('', 'SPACE_INVITE_EXPIRED'),
  }),
  fc.record({
    kind: fc.constant('want-branch' as const),
    handle,
    device,
    seq: length,
    id: device,
    from: length,
    bytesMax: fc.nat(1024 * 1024),
  }),
  fc.record({ kind: fc.constant('branch' as const), handle, id: device, range: blob }),
  fc.record({
    kind: fc.constant('later' as const),
    number: fc.integer({ min: LATER_KIND_MIN, max: 2 ** 40 }),
    fields: fc.array(fc.oneof(blob, length, fc.constant(null), fc.constant('text')), {
      maxLength: 5,
    }),
  }),
) as fc.Arbitrary<SyncMessage>

function filled(count: number, byte = 0xaa): Uint8Array {
  return new Uint8Array(count).fill(byte)
}

function vectorOf(count: number): Uint8Array {
  const items = Array.from({ length: count }, () => [new Uint8Array(32), 2 ** 40])
  return encodeCbor([3, new Uint8Array(8), items])
}

function tagsOf(count: number): Uint8Array {
  return encodeCbor([1, Array.from({ length: count }, () => new Uint8Array(16))])
}

test('every message reads back as it was written', () => {
  fc.assert(
    fc.property(message, (sent) => {
      assert.deepEqual(decodeSyncMessage(encodeSyncMessage(sent)), { ok: true, value: { ...sent } })
    }),
  )
})

test('whatever arrives is a message in its only spelling, or refused by a code', () => {
  const damaged = fc
    .tuple(message, fc.nat(), fc.integer({ min: 0, max: 7 }))
    .map(([sent, at, bit]) => {
      const encoded = encodeSyncMessage(sent)
      encoded[at % encoded.length]! ^= 1 << bit
      return encoded
    })
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (received) => {
      const decoded = decodeSyncMessage(received)
      if (decoded.ok) assert.deepEqual(encodeSyncMessage(decoded.value), received)
      else assert.match(decoded.error.code, /^CBOR_/)
    }),
    { numRuns: 500 },
  )
})

test('golden: the bytes of every message stay what they are', () => {
  const bb = 'bb'.repeat(32) as DeviceId
  const cc = 'cc'.repeat(32) as EntryId
  const h = `48${'aa'.repeat(8)}`
  const golden: readonly (readonly [SyncMessage, string])[] = [
    [{ kind: 'hello', nonce: filled(32) }, `8300015820${'aa'.repeat(32)}`],
    [{ kind: 'tags', tags: [filled(16)] }, `82018150${'aa'.repeat(16)}`],
    [
      { kind: 'frontier', handle: filled(8), hash: filled(32), founder: undefined },
      `8402${h}5820${'aa'.repeat(32)}f6`,
    ],
    [
      { kind: 'vector', handle: filled(8), items: [{ device: bb, length: 7 }] },
      `8303${h}81825820${bb}07`,
    ],
    [{ kind: 'have', handle: filled(8), items: [] }, `8304${h}80`],
    [
      { kind: 'want', handle: filled(8), device: bb, from: 1, bytesMax: 786_432 },
      `8505${h}5820${bb}011a000c0000`,
    ],
    [{ kind: 'range', handle: filled(8), device: bb, range: filled(2) }, `8406${h}5820${bb}42aaaa`],
    [{ kind: 'holding', handle: filled(8), holding: filled(1) }, `8307${h}41aa`],
    [{ kind: 'fork', handle: filled(8), proof: filled(1) }, `8308${h}41aa`],
    [{ kind: 'join', handle: filled(8), request: filled(1) }, `8309${h}41aa`],
    [
      { kind: 'join-state', handle: filled(8), outcome: 'asked', code: '' },
      `840a${h}6561736b656460`,
    ],
    [
      { kind: 'want-branch', handle: filled(8), device: bb, seq: 7, id: cc, from: 2, bytesMax: 16 },
      `870b${h}5820${bb}075820${cc}0210`,
    ],
    [{ kind: 'branch', handle: filled(8), id: cc, range: filled(2) }, `840c${h}5820${cc}42aaaa`],
  ]
  for (const [sent, hex] of golden)
    assert.equal(bytesToHex(encodeSyncMessage(sent)), hex, sent.kind)
})

test('a vector and tags of the greatest allowed number are read, one more is not', () => {
  assert.equal(decodeSyncMessage(vectorOf(VECTOR_DEVICES_MAX)).ok, true)
  assert.equal(decodeSyncMessage(vectorOf(VECTOR_DEVICES_MAX + 1)).ok, false)
  assert.equal(decodeSyncMessage(tagsOf(TAGS_MAX)).ok, true)
  assert.equal(decodeSyncMessage(tagsOf(TAGS_MAX + 1)).ok, false)
})

test('a kind that this version does not know is a message of a later one, whatever it says', () => {
  for (const fields of [[], [new Uint8Array(8), 'text', [1]]]) {
    const decoded = decodeSyncMessage(encodeCbor([LATER_KIND_MIN, ...fields]))
    assert.deepEqual(decoded, {
      ok: true,
      value: { kind: 'later', number: LATER_KIND_MIN, fields },
    })
  }
})

test('wrong kinds, versions, sizes and extra fields are refused', () => {
  const eight = new Uint8Array(8)
  const wrong: readonly CborValue[] = [
    [],
    [-1, eight],
    ['later', eight],
    [0, 2, new Uint8Array(32)],
    [0, 1, new Uint8Array(31)],
    [0, 1, new Uint8Array(32), 0],
    [1, [new Uint8Array(15)]],
    [2, eight, new Uint8Array(32)],
    [3, new Uint8Array(7), []],
    [3, eight, [[new Uint8Array(32), -1]]],
    [5, eight, new Uint8Array(32), 0, 1024 * 1024 + 1],
    [7, eight, new Uint8Array(HOLDING_BYTES_MAX + 1)],
    [8, eight, new Uint8Array(16 * 1024 + 1)],
    [9, eight, new Uint8Array(8 * 1024 + 1)],
    [10, eight, 'maybe', ''],
    [10, eight, 'asked', 'x'.repeat(65)],
    new Map([['kind', 'hello']]),
  ]
  for (const value of wrong) assert.equal(decodeSyncMessage(encodeCbor(value)).ok, false)
})

const signer = crypto.signer(new Uint8Array(32).fill(1))
const own = bytesToHex(signer.publicKey) as DeviceId
const space = '11'.repeat(32) as SpaceId

test('a holding reads back and its signature covers every field', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(device, length), { maxLength: 8, selector: ([id]) => id }),
      (pairs) => {
        const holding = signHolding(signer, {
          space,
          device: own,
          serial: 5,
          lengths: new Map(pairs),
        })
        const decoded = decodeHolding(holding.encoded)
        assert.ok(decoded.ok && isHoldingValid(crypto, decoded.value))
        assert.deepEqual(
          new Map([...decoded.value.lengths].sort(([a], [b]) => (a < b ? -1 : 1))),
          new Map(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1))),
        )
      },
    ),
    { numRuns: 20 },
  )
})

test('no changed bit of a holding is believed', () => {
  const lengths = new Map([[own, 3]])
  const { encoded } = signHolding(signer, { space, device: own, serial: 5, lengths })
  for (let bit = 0; bit < encoded.length * 8; bit += 3) {
    const changed = encoded.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    const decoded = decodeHolding(changed)
    assert.ok(!decoded.ok || !isHoldingValid(crypto, decoded.value), `bit ${bit}`)
  }
})

test('golden: a holding', () => {
  const { encoded } = signHolding(signer, {
    space,
    device: own,
    serial: 5,
    lengths: new Map([[own, 3]]),
  })
  const head = `86015820${space}5820${own}0581825820${own}035840`
  assert.equal(bytesToHex(encoded.subarray(0, head.length / 2)), head)
  assert.equal(encoded.length, head.length / 2 + 64)
  assert.equal(
    bytesToHex(crypto.hash(encoded)),
    'ee7faf4d1485c19580bcc0e7ba97cc39bb42bbf756f4c81645a5c24411d6b35f',
  )
})

function holdingOf(...ids: readonly number[]): Uint8Array {
  const items = ids.map((byte) => [filled(32, byte), 1])
  return encodeCbor([1, filled(32, 1), filled(32, 2), 1, items, new Uint8Array(64)])
}

test('devices of a holding must ascend, and each stands there once', () => {
  assert.equal(decodeHolding(holdingOf(1, 2)).ok, true)
  assert.equal(decodeHolding(holdingOf(2, 1)).ok, false)
  assert.equal(decodeHolding(holdingOf(1, 1)).ok, false)
  assert.equal(decodeHolding(hexToBytes('80')).ok, false)
})
