// Completeness beyond what the compiler sees: no empty text, no text left in English, figures and names kept.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { de } from '../src/i18n/de.ts'
import { en } from '../src/i18n/en.ts'
import { chooseLanguage, formatLocale } from '../src/i18n/languages.ts'

type Node = string | ((...values: never[]) => string) | { readonly [key: string]: Node }

/** Words that are the same in both languages. */
const SAME = new Set([
  'space.chat',
  'inspector.roundTrip',
  'settings.version',
  'emoji.title',
  'search.inRoom',
  ...['bills.categories.taxi', 'bill.rateIs', 'bill.rateFrom'],
  ...['share.link', 'share.name', 'share.holdsPart', 'shareLink.title', 'upload.name'],
])

function used(value: string): readonly string[] {
  return [...value.matchAll(/§\d/g)].map(String).toSorted()
}

function textsOf(node: Node, path = ''): readonly (readonly [string, string])[] {
  if (typeof node === 'string') return [[path, node]]
  if (typeof node === 'function') return [[path, node(...(['§1', '§2'] as never[]))]]
  return Object.entries(node).flatMap(([key, child]) =>
    textsOf(child, path === '' ? key : `${path}.${key}`),
  )
}

test('both catalogues have the same texts, none empty', () => {
  const english = textsOf(en)
  const german = new Map(textsOf(de))
  assert.deepEqual(
    [...german.keys()],
    english.map(([path]) => path),
  )
  assert.ok(english.length > 250)
  for (const [path, text] of [...english, ...german]) assert.notEqual(text.trim(), '', path)
})

test('no German text was left in English', () => {
  const german = new Map(textsOf(de))
  const same = textsOf(en).filter(([path, text]) => german.get(path) === text && !SAME.has(path))
  assert.deepEqual(same, [])
})

test('every figure and name of a text appears in both languages', () => {
  const german = new Map(textsOf(de))
  for (const [path, text] of textsOf(en)) {
    assert.deepEqual(used(german.get(path) ?? ''), used(text), path)
  }
})

test('the language is the first wish that can be met, with the region for dates', () => {
  assert.equal(chooseLanguage(['fr-FR', 'de-AT', 'en']), 'de')
  assert.equal(chooseLanguage(['fr']), 'en')
  assert.equal(formatLocale('de', ['fr-FR', 'de-AT']), 'de-AT')
  assert.equal(formatLocale('en', ['de-DE']), 'en')
})
