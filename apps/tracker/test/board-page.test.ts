// Parts of the page that need no browser: its two catalogues, its figures, its addresses, and the picture of flows.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as figures from '../web/src/format/figures.ts'
import { de } from '../web/src/i18n/de.ts'
import { en, plural } from '../web/src/i18n/en.ts'
import { chooseLanguage, formatLocale } from '../web/src/i18n/languages.ts'
import { hashOf, routeOf, SECTIONS } from '../web/src/state/route.ts'
import { BLOCK_MIN, layOutFlows } from '../web/src/ui/flow-layout.ts'

type Node = string | ((...values: never[]) => string) | { readonly [key: string]: Node }

function textsOf(node: Node, path = ''): readonly (readonly [string, string])[] {
  if (typeof node === 'string') return [[path, node]]
  if (typeof node === 'function')
    return [[path, node(...(['§1', '§2', '§3', '§4', '§5'] as never[]))]]
  return Object.entries(node).flatMap(([key, child]) => textsOf(child, `${path}.${key}`))
}

function used(text: string): readonly string[] {
  return [...text.matchAll(/§\d/g)].map(String).toSorted()
}

test('both catalogues have the same texts, none empty, none left in English, with the same figures in them', () => {
  const german = new Map(textsOf(de))
  const english = textsOf(en)
  assert.deepEqual(
    [...german.keys()],
    english.map(([path]) => path),
  )
  // The same word in both languages.
  const same = new Set([
    '.app.title',
    '.sections.peers',
    '.overview.peers',
    '.swarms.peers',
    '.peers.peer',
  ])
  for (const [path, text] of english) {
    const other = german.get(path) ?? ''
    assert.ok(text.trim() !== '' && other.trim() !== '', path)
    assert.deepEqual(used(other), used(text), path)
    if (!same.has(path)) assert.notEqual(other, text, path)
  }
  assert.equal(plural('1', 'peer', 'peers'), '1 peer')
  assert.equal(plural('1,001', 'peer', 'peers'), '1,001 peers')
})

test('the language is the first wish that can be met', () => {
  assert.equal(chooseLanguage(['fr', 'de-AT', 'en']), 'de')
  assert.equal(chooseLanguage(['fr']), 'en')
  assert.equal(formatLocale('de', ['fr', 'de-AT']), 'de-AT')
})

test('sizes have one decimal and the unit that fits', () => {
  const cases = [
    ...([
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1.0 kB'],
      [999_949, '999.9 kB'],
    ] as const),
    ...([
      [999_960, '1.0 MB'],
      [1_500_000_000, '1.5 GB'],
      [-2_000_000, '-2.0 MB'],
    ] as const),
    ...([
      [9e18, '9.0 EB'],
      [5e22, '50,000.0 EB'],
    ] as const),
  ]
  for (const [bytes, text] of cases) assert.equal(figures.sizeText(bytes, 'en'), text)
  assert.equal(figures.sizeText(1_500_000, 'de'), '1,5 MB')
  assert.equal(figures.balanceText({ gaveBytes: 3000, receivedBytes: 1000 }, 'en'), '+2.0 kB')
  assert.equal(figures.percentText(0.999, 'en'), '99%')
  assert.equal(figures.percentText(1, 'en'), '100%')
  assert.equal(figures.copiesText({ copies: 1.25, isAtLeast: true }, 'en'), '≥ 1.25')
  assert.equal(figures.copiesText({ copies: null, isAtLeast: false }, 'en'), '–')
  assert.equal(figures.momentText(0, 30_000, 'en', 'now'), 'now')
  assert.equal(figures.momentText(0, 7_200_000, 'en', 'now'), '2 hours ago')
})

test('a place is kept in the address, and an address that leads nowhere is the overview', () => {
  for (const section of SECTIONS) {
    assert.deepEqual(routeOf(hashOf({ section })), { section })
  }
  const place = { section: 'swarms', id: 'ab'.repeat(16) } as const
  assert.deepEqual(routeOf(hashOf(place)), place)
  for (const hash of ['', '#', '#/nowhere', '#/swarms/<b>', '#/swarms/../peers']) {
    assert.deepEqual(routeOf(hash), { section: 'overview' })
  }
})

test('a picture of flows has everybody, each tall enough to see, and bands as tall as their blocks', () => {
  const flows = [
    { from: 'a', to: 'b', bytes: 1_000_000_000 },
    { from: 'a', to: 'others', bytes: 1 },
    { from: 'others', to: 'a', bytes: 5_000_000_000 },
    { from: 'c', to: 'b', bytes: 1 },
  ]
  const { givers, takers, bands } = layOutFlows(flows, 400, 300)
  assert.deepEqual(
    givers.map(({ id }) => id),
    ['a', 'c', 'others'],
  )
  assert.deepEqual(
    takers.map(({ id }) => id),
    ['a', 'b', 'others'],
  )
  for (const blocks of [givers, takers]) {
    assert.ok(blocks.every(({ height }) => height >= BLOCK_MIN))
    const last = blocks.at(-1)!
    assert.ok(Math.abs(last.top + last.height - 300) < 0.001)
  }
  assert.equal(bands.length, flows.length)
  for (const { path } of bands) assert.match(path, /^M0,[\d.]+ C200,/)
})
