// Frozen: these bytes are what other versions send.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import { decodeExchangeMessage, encodeExchangeMessage } from '../src/exchange-message.ts'
import type { ExchangeMessage } from '../src/exchange-message.ts'
import { nodeNumber } from '../src/node-climb.ts'

const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const head = { length: 3, root: hash(1), signature: new Uint8Array(64).fill(2) }

const GOLDEN: readonly (readonly [string, ExchangeMessage])[] = [
  [`0001${'07'.repeat(32)}`, { type: 'hello', nonce: hash(7) }],
  [
    `0103${'01'.repeat(32)}${'02'.repeat(32)}ac020201`,
    {
      type: 'open',
      channel: 3,
      key: hash(1),
      proof: hash(2),
      length: 300,
      fork: 2,
      isFull: true,
    },
  ],
  ['0203', { type: 'close', channel: 3 }],
  ['03c801', { type: 'refuse', channel: 200 }],
  [
    `0401000000000000000000 03${'01'.repeat(32)}${'02'.repeat(64)}${'0a'.repeat(32)}${'0b'.repeat(32)}`,
    {
      type: 'head',
      channel: 1,
      fork: 0,
      upgrade: { from: 0, head, peaks: [hash(10), hash(11)], nodes: [] },
    },
  ],
  ['0500f0a204', { type: 'want-head', channel: 0, from: 70_000 }],
  [
    '06000102000504df07',
    {
      type: 'have',
      channel: 0,
      isHeld: true,
      ranges: [
        [0, 5],
        [9, 1000],
      ],
    },
  ],
  [
    // The worked example of docs/formats/sparse-log.md.
    '07000901050003030404ffff03',
    {
      type: 'want',
      channel: 0,
      request: 9,
      want: {
        blocks: [[5, 6]],
        nodes: [nodeNumber(2, 0), nodeNumber(0, 4), nodeNumber(1, 3)],
        bytesMax: 65_535,
      },
    },
  ],
  [
    `0800090105000161 0103${'05'.repeat(32)}`,
    {
      type: 'piece',
      channel: 0,
      request: 9,
      piece: {
        blocks: [{ index: 5, block: Uint8Array.of(0x61) }],
        nodes: [{ number: 3, hash: hash(5) }],
      },
    },
  ],
  ['090009', { type: 'unavailable', channel: 0, request: 9 }],
  ['0a0002ff', { type: 'full', channel: 0, fork: 2, bytes: Uint8Array.of(255) }],
  [
    '0b00067472 69652f310102',
    { type: 'extension', channel: 0, name: 'trie/1', bytes: Uint8Array.of(1, 2) },
  ],
]

for (const [hex, message] of GOLDEN) {
  test(`a message "${message.type}" is written and read as it always was`, () => {
    const bytes = hexToBytes(hex.replaceAll(' ', ''))
    assert.equal(bytesToHex(encodeExchangeMessage(message)), bytesToHex(bytes))
    assert.deepEqual(decodeExchangeMessage(bytes), { ok: true, value: message })
  })
}

test('there is one way to write a message: longer numbers, touching runs and trailing bytes are refused', () => {
  const wrong = [
    '028300', // a channel in two bytes that fits one
    '0203ff',
    '060001020005000a', // stretches that touch
    '060002', // neither held nor not
    '070009020500000003', // runs that touch
    '0b0000', // no name
    '0b000120', // a name that is a space
    '0c',
    '0d',
    '',
  ]
  for (const hex of wrong) {
    const decoded = decodeExchangeMessage(hexToBytes(hex))
    assert.equal(decoded.ok ? hex : decoded.error.code, 'LOG_MALFORMED')
  }
})
