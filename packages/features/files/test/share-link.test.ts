import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToId } from '@hamlet/core'
import { SHARE_LINK_TEXT_MAX } from '../src/links/limits.ts'
import { decodeShareLink, encodeShareLink } from '../src/links/share-link.ts'
import type { ShareLink } from '../src/links/share-link.ts'

const GOLDEN = join(import.meta.dirname, 'golden/share-link-v1.json')
const LINK: ShareLink = {
  root: new Uint8Array(32).fill(1),
  sizeBytes: 300,
  key: new Uint8Array(32).fill(2),
  name: 'Holiday',
  totalBytes: 1_234_567,
  fileCount: 12,
  space: bytesToId(new Uint8Array(32).fill(3)),
  devices: [bytesToId(new Uint8Array(32).fill(4))],
  addresses: ['/ip4/192.0.2.1/tcp/4001'],
  trackers: ['https://tracker.example/'],
  webSeeds: ['https://files.example/holiday/'],
}
const PUBLIC: ShareLink = {
  ...LINK,
  key: undefined,
  space: undefined,
  devices: [],
  addresses: [],
  trackers: [],
  webSeeds: [],
}

test('gives the link back from its own form and from a web address', () => {
  for (const link of [LINK, PUBLIC]) {
    assert.deepEqual(decodeShareLink(encodeShareLink(link)), { ok: true, value: link })
    const web = encodeShareLink(link, 'https://hamlet.example/app#old')
    assert.ok(web.startsWith('https://hamlet.example/app#share='))
    assert.deepEqual(decodeShareLink(`  ${web}\n`), { ok: true, value: link })
  }
})

test('writes the golden links', () => {
  const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<'private' | 'public', string>
  assert.equal(encodeShareLink(LINK), golden.private)
  assert.equal(encodeShareLink(PUBLIC), golden.public)
})

test('refuses what is no link with a reason', () => {
  const good = encodeShareLink(LINK)
  for (const text of [
    '',
    'hamlet:join#abc',
    'hamlet:share#',
    'hamlet:share/abc',
    'hamlet:share#a b',
    good.slice(0, -2),
    `${good}AA`,
    'x'.repeat(SHARE_LINK_TEXT_MAX + 1),
  ]) {
    const result = decodeShareLink(text)
    assert.ok(!result.ok, text.slice(0, 30))
    assert.equal(result.error.code, 'SHARE_LINK_MALFORMED')
  }
})

test('the longest link that can be made can be read', () => {
  const address = 'a'.repeat(300)
  const link: ShareLink = {
    ...LINK,
    devices: Array.from({ length: 8 }, () => LINK.devices[0]!),
    addresses: Array.from({ length: 16 }, () => address),
    trackers: Array.from({ length: 8 }, () => address),
    webSeeds: Array.from({ length: 8 }, () => address),
  }
  assert.deepEqual(decodeShareLink(encodeShareLink(link)), { ok: true, value: link })
})
