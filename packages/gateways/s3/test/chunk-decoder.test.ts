/** Method: the two examples that AWS publishes of signed chunks, cut at every place and with a bit flipped in every byte. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, utf8 } from '@hamlet/core'
import { signingKey } from '../src/auth/signature.ts'
import type { ChunkSigning } from '../src/auth/signature.ts'
import { ChunkDecoder } from '../src/body/chunk-decoder.ts'
import type { ChunkDecoderOptions } from '../src/body/chunk-decoder.ts'

const scope = { date: '20130524', region: 'us-east-1', service: 's3' }
const key = signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope)
const DATA = utf8('a'.repeat(66_560))

function signingFrom(seed: string): ChunkSigning {
  return { key, scope, timestamp: '20130524T000000Z', seed }
}

function chunk(size: number, signature: string): Uint8Array {
  return utf8(`${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}\r\n`)
}

/** 64 KiB, 1 KiB and the end, with these signatures. */
function published(signatures: readonly string[], trailer: string): Uint8Array {
  const [first, second, last] = signatures as [string, string, string]
  const end = utf8(`0;chunk-signature=${last}\r\n${trailer}\r\n`)
  return concatBytes(chunk(65_536, first), chunk(1024, second), end)
}

const PLAIN = published(
  [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ],
  '',
)
const PLAIN_OPTIONS = {
  signing: signingFrom('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'),
  trailer: false,
}
const TRAILER_SIGNATURE = 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435'
const TRAILED = published(
  [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
  `x-amz-checksum-crc32c:sOO8/Q==\nx-amz-trailer-signature:${TRAILER_SIGNATURE}\r\n`,
)
const TRAILED_OPTIONS = {
  signing: signingFrom('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e'),
  trailer: true,
}
const UNSIGNED_OPTIONS = { signing: undefined, trailer: true }

function decode(options: ChunkDecoderOptions, ...pieces: readonly Uint8Array[]) {
  const decoder = new ChunkDecoder(options)
  const data = concatBytes(...pieces.flatMap((piece) => decoder.push(piece)))
  return { data, trailer: decoder.finish() }
}

test('signed chunks as AWS publishes them are taken', () => {
  assert.deepEqual(decode(PLAIN_OPTIONS, PLAIN).data, DATA)
})

test('signed chunks with a signed trailer as AWS publishes them are taken', () => {
  const { data, trailer } = decode(TRAILED_OPTIONS, TRAILED)
  assert.deepEqual(data, DATA)
  assert.deepEqual([...trailer], [['x-amz-checksum-crc32c', 'sOO8/Q==']])
})

test('it does not matter where a body is cut', () => {
  const body = utf8('5\r\nhello\r\nA\r\n, everyone\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')
  for (let at = 0; at <= body.length; at++) {
    const { data, trailer } = decode(UNSIGNED_OPTIONS, body.subarray(0, at), body.subarray(at))
    assert.equal(new TextDecoder().decode(data), 'hello, everyone')
    assert.equal(trailer.get('x-amz-checksum-crc32'), 'AAAAAA==')
  }
  for (const end of ['', 'x-amz-checksum-crc32:AAAAAA==\n', 'a:b\r\nc:d\r\n']) {
    decode(UNSIGNED_OPTIONS, utf8(`0\r\n${end}\r\n`))
  }
})

/** Everything but most of the data, where one byte is like another. */
function places(body: Uint8Array): readonly number[] {
  return Array.from(body, (_, at) => at).filter((at) => at < 100 || at % 1009 === 0 || at > 65_600)
}

for (const [what, body, options] of [
  ['signed chunks', PLAIN, PLAIN_OPTIONS],
  ['signed chunks with a trailer', TRAILED, TRAILED_OPTIONS],
] as const) {
  test(`${what} with a bit flipped anywhere are refused, or mean the same`, () => {
    for (const at of places(body)) {
      const changed = body.slice()
      changed[at]! ^= 0x20
      let found
      try {
        found = decode(options, changed)
      } catch (error) {
        assert.match((error as { code: string }).code, /^[A-Z][A-Za-z]+$/)
        continue
      }
      // The case of hex digits and of names in a trailer is all that may differ.
      assert.deepEqual(found, decode(options, body), `a change at ${at} went unseen`)
    }
  })

  test(`${what} cut short anywhere are incomplete`, () => {
    for (const at of places(body)) {
      assert.throws(() => decode(options, body.subarray(0, at)), { code: 'IncompleteBody' })
    }
  })
}

test('what is no chunked body is refused', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['\r\n', 'InvalidRequest'],
    ['-1\r\n', 'InvalidRequest'],
    ['0x1\r\na\r\n', 'InvalidRequest'],
    ['1\na\r\n', 'InvalidRequest'],
    ['1\r\nab\r\n', 'InvalidRequest'],
    ['1234567890123\r\n', 'InvalidRequest'],
    [`1;${'x'.repeat(300)}`, 'InvalidRequest'],
    ['0\r\n\r\nmore', 'InvalidRequest'],
    [`1;chunk-signature=${'0'.repeat(64)}\r\na\r\n`, 'InvalidRequest'],
    ['0\r\nno colon\r\n\r\n', 'MalformedTrailerError'],
    ['0\r\na:b\r\na:c\r\n\r\n', 'MalformedTrailerError'],
    [`0\r\n${'a:b\r\n'.repeat(2)}`, 'MalformedTrailerError'],
    [`0\r\nx-amz-trailer-signature:00\r\n\r\n`, 'MalformedTrailerError'],
    ['1\r\na\r\n', 'IncompleteBody'],
    ['0\r\n', 'IncompleteBody'],
  ]
  for (const [body, code] of wrong) {
    assert.throws(() => decode(UNSIGNED_OPTIONS, utf8(body)), { code }, JSON.stringify(body))
  }
  const many = Array.from({ length: 100 }, (_, i) => `x${i}:${'y'.repeat(100)}\r\n`).join('')
  assert.throws(() => decode(UNSIGNED_OPTIONS, utf8(`0\r\n${many}\r\n`)), {
    code: 'MalformedTrailerError',
  })
  const untrailed = { ...UNSIGNED_OPTIONS, trailer: false }
  assert.throws(() => decode(untrailed, utf8('0\r\na:b\r\n\r\n')), {
    code: 'MalformedTrailerError',
  })
})
