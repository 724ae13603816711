// Frozen: these bytes are what other versions send. docs/formats/swarm-messages.md explains them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, concatBytes, equalBytes, hexToBytes, utf8 } from '@hamlet/core'
import {
  decodeSwarmMessage,
  encodeSwarmMessage,
  encodeSwarmParts,
  REJECT_REASONS,
} from '../../src/swarm/swarm-message.ts'
import type { SwarmMessage } from '../../src/swarm/swarm-message.ts'
import { swarmProof, swarmTopic } from '../../src/swarm/swarm-topic.ts'
import { testCrypto } from '../_blobs.ts'

const PATH = join(import.meta.dirname, '../golden/swarm-messages-v1.json')

interface Golden {
  readonly messages: Readonly<Record<string, string>>
  readonly topic: string
  readonly proof: string
}

const golden = JSON.parse(readFileSync(PATH, 'utf8')) as Golden
const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

function named(...terms: readonly Uint8Array[]) {
  return { topic: hash(1), proof: hash(2), terms }
}

const MESSAGES: Readonly<Record<string, SwarmMessage>> = {
  hello: { type: 'hello', requestsMax: 128 },
  open: { type: 'open', channel: 3, answers: undefined, ...named(hash(0x0a), hash(0x0b)) },
  'answer to an opening': { type: 'open', channel: 3, answers: 7, ...named() },
  refused: { type: 'refused', channel: 3 },
  goodbye: { type: 'goodbye', channel: 3 },
  have: {
    type: 'have',
    channel: 3,
    ranges: [
      { first: 0, count: 5 },
      { first: 9, count: 1000 },
    ],
  },
  interested: { type: 'interest', channel: 3, isInterested: true },
  'not interested': { type: 'interest', channel: 3, isInterested: false },
  choke: { type: 'choke', isChoked: true, stepBytes: 0 },
  unchoke: { type: 'choke', isChoked: false, stepBytes: 1_048_576 },
  request: {
    type: 'request',
    channel: 3,
    requests: [
      { chunk: 5, uncles: 2 },
      { chunk: 6, uncles: 0 },
      { chunk: 7, uncles: undefined },
    ],
  },
  cancel: { type: 'cancel', channel: 3, chunk: 5 },
  chunk: { type: 'chunk', channel: 3, chunk: 5, uncles: [hash(3), hash(4)], bytes: utf8('bytes') },
  proof: { type: 'proof', channel: 3, chunk: 7, node: hash(5), uncles: [hash(6)] },
  reject: { type: 'reject', channel: 3, chunk: 6, reason: 'not-now' },
  receipt: { type: 'receipt', channel: 3, receipt: Uint8Array.of(0xa0) },
  countersigned: { type: 'countersigned', channel: 3, receipt: Uint8Array.of(0xa1) },
  peers: {
    type: 'peers',
    channel: 3,
    peers: [
      { device: hash(8), addresses: ['/ip4/192.0.2.7/tcp/4001'] },
      { device: hash(9), addresses: [] },
    ],
  },
}

const id = { root: hash(7), sizeBytes: 1_000_000 }

suite('the messages of a swarm', () => {
  for (const [name, message] of Object.entries(MESSAGES)) {
    test(`${name} is written and read as ever`, () => {
      assert.equal(bytesToHex(encodeSwarmMessage(message)), golden.messages[name])
      const decoded = decodeSwarmMessage(hexToBytes(golden.messages[name]!))
      assert.deepEqual(decoded, { ok: true, value: message })
    })
  }

  test('topics and proofs are what they were', () => {
    assert.equal(bytesToHex(swarmTopic(testCrypto, id)), golden.topic)
    const proof = swarmProof(testCrypto, id.root, 'aa'.repeat(32), 'bb'.repeat(32))
    assert.equal(bytesToHex(proof), golden.proof)
  })

  test('a proof is good for one direction between two devices', () => {
    const [a, b, c] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32))
    const proofs = [
      swarmProof(testCrypto, id.root, a!, b!),
      swarmProof(testCrypto, id.root, b!, a!),
      swarmProof(testCrypto, id.root, a!, c!),
      swarmProof(testCrypto, hash(8), a!, b!),
    ]
    assert.equal(new Set(proofs.map(bytesToHex)).size, 4)
  })

  test('the bytes of a chunk are sent where they lie', () => {
    const bytes = new Uint8Array(1000).fill(7)
    const message = { type: 'chunk', channel: 0, chunk: 0, uncles: [hash(1)], bytes } as const
    const parts = encodeSwarmParts(message)
    assert.equal(parts.at(-1), bytes)
    assert.ok(equalBytes(concatBytes(...parts), encodeSwarmMessage(message)))
  })

  test('nothing else is taken: cut, longer, or with a byte that is none of the format', () => {
    for (const hex of Object.values(golden.messages)) {
      const bytes = hexToBytes(hex)
      const whole = decodeSwarmMessage(bytes)
      assert.ok(whole.ok)
      for (let length = 0; length < bytes.length; length++) {
        const cut = decodeSwarmMessage(bytes.subarray(0, length))
        // What carries bytes to its end may be shorter; it says something else then.
        if (cut.ok) assert.notDeepEqual(cut.value, whole.value)
      }
    }
    const wrong = [
      '',
      'ff',
      // A later version, no request that may wait, a choke with a step, a flag of 2.
      '00020080',
      '00010000',
      '060100000001',
      '05000302',
      // A channel beyond the last, and one that is answered.
      '030400',
      `0100030400${'00'.repeat(64)}`,
      // Stretches: none, empty, touching, descending, beyond the last chunk.
      '0400030000',
      '04000300010000000000000000',
      '04000300020000000000000005000000050000000100',
      '0400030002000000090000000100000000000000 01'.replaceAll(' ', ''),
      '04000300010000000000400001',
      // Requests: none, of chunk 2^22, with 23 uncles.
      '070003',
      '0700030040000000',
      '0700030000000017',
      // No bytes, 23 uncles, a fifth reason.
      '0900030000000000',
      `09000300000000 17${'00'.repeat(23 * 32)}01`.replaceAll(' ', ''),
      '0b00030000000004',
      // Nine names of a blob, one too few.
      `010003ffff${'00'.repeat(64)}09${'0a'.repeat(9 * 32)}`,
      `010003ffff${'00'.repeat(64)}02${'0a'.repeat(32)}`,
      // An empty receipt, no peers, an address with a space.
      '0c0003',
      '0e0003',
      `0e0003${'08'.repeat(32)}010120`,
    ]
    for (const hex of wrong) assert.equal(decodeSwarmMessage(hexToBytes(hex)).ok, false, hex)
  })

  test('what is taken says the same when it is written again', () => {
    fc.assert(
      fc.property(messages(), (message) => {
        const bytes = encodeSwarmMessage(message)
        const decoded = decodeSwarmMessage(bytes)
        assert.ok(decoded.ok)
        assert.deepEqual(decoded.value, message)
      }),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeSwarmMessage(bytes)
        if (decoded.ok) assert.ok(equalBytes(encodeSwarmMessage(decoded.value), bytes))
      }),
      { numRuns: 300 },
    )
  })
})

function messages(): fc.Arbitrary<SwarmMessage> {
  const channel = fc.integer({ min: 0, max: 1023 })
  const chunk = fc.integer({ min: 0, max: 2 ** 22 - 1 })
  const uncles = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 22 })
  const gaps = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 })),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  const ranges = gaps.map((pairs) => {
    let end = -1
    return pairs.map(([gap, count]) => {
      const first = end + gap
      end = first + count
      return { first, count }
    })
  })
  const count = fc.option(fc.integer({ min: 0, max: 22 }), { nil: undefined })
  const request = fc
    .tuple(chunk, count)
    .map(([number, wanted]) => ({ chunk: number, uncles: wanted }))
  const requests = fc.array(request, { minLength: 1, maxLength: 64 })
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 })
  const reason = fc.constantFrom(...REJECT_REASONS)
  return fc.tuple(channel, chunk).chain(([channel, chunk]) =>
    fc.oneof(
      ranges.map((each): SwarmMessage => ({ type: 'have', channel, ranges: each })),
      requests.map((each): SwarmMessage => ({ type: 'request', channel, requests: each })),
      reason.map((each): SwarmMessage => ({ type: 'reject', channel, chunk, reason: each })),
      fc.tuple(uncles, bytes).map(([some, rest]): SwarmMessage => ({
        ...{ type: 'chunk', channel, chunk, uncles: some, bytes: rest },
      })),
    ),
  )
}
