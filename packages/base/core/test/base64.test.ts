import assert from 'node:assert/strict'
import test from 'node:test'

import {
  base64ToBytes,
  base64UrlToBytes,
  bytesToBase64,
  bytesToBase64Url,
  utf8,
} from '@hamlet/core'

/** RFC 4648 section 10. */
const RFC4648 = [
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
] as const

test('encodes and decodes the vectors of RFC 4648', () => {
  for (const [text, encoded] of RFC4648) {
    assert.equal(bytesToBase64(utf8(text)), encoded)
    assert.deepEqual(base64ToBytes(encoded), utf8(text))
    const url = encoded.replaceAll('=', '')
    assert.equal(bytesToBase64Url(utf8(text)), url)
    assert.deepEqual(base64UrlToBytes(url), utf8(text))
  }
})

test('agrees with Buffer on every length up to 100', () => {
  for (let length = 0; length <= 100; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 167 + length) & 0xff)
    assert.equal(bytesToBase64(bytes), Buffer.from(bytes).toString('base64'))
    assert.equal(bytesToBase64Url(bytes), Buffer.from(bytes).toString('base64url'))
    assert.deepEqual(base64UrlToBytes(bytesToBase64Url(bytes)), bytes)
  }
})

test('refuses foreign characters, wrong padding and unused bits that are set', () => {
  for (const text of [
    'Zg',
    'Zg=',
    'Zg===',
    'Zh==',
    'Zm9=',
    '====',
    'Z===',
    'Zm9v\n',
    'Zm 9v',
    'Zm9_',
    'Zm9-',
    'Zg==Zg==',
    '\u0100AAA',
  ]) {
    assert.equal(base64ToBytes(text), undefined, text)
  }
  for (const text of ['Z', 'Zg==', 'Zh', 'Zm9', 'Zm9+', 'Zm9/', 'ZmééA', 'Zm9v=']) {
    if (text === 'Zm9') continue
    assert.equal(base64UrlToBytes(text), undefined, text)
  }
  assert.equal(base64UrlToBytes('Zm9'), undefined)
})
