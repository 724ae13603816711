import assert from 'node:assert/strict'
import test from 'node:test'

import { checkName, NAME_BYTES_MAX, normalizeName } from '@hamlet/core'
import type { NameErrorCode } from '@hamlet/core'

import { readVectors } from './_vectors.ts'

function codeOf(text: string): NameErrorCode | undefined {
  const result = checkName(text)
  if (!result.ok) return result.error.code
  assert.equal(result.value, text)
  return undefined
}

test('accepts names in any script', () => {
  for (const name of [
    'Ada',
    'Køkkenet',
    '田中さん',
    'דירה 4',
    'العائلة',
    '👩‍👩‍👧',
    "O'Neil & Söhne",
    '__proto__',
  ]) {
    assert.equal(codeOf(name), undefined, name)
  }
})

test('accepts 200 bytes and refuses 201', () => {
  assert.equal(codeOf('a'.repeat(NAME_BYTES_MAX)), undefined)
  assert.equal(codeOf('é'.repeat(NAME_BYTES_MAX / 2)), undefined)
  assert.equal(codeOf('a'.repeat(NAME_BYTES_MAX + 1)), 'NAME_TOO_LONG')
  assert.equal(codeOf(`${'é'.repeat(NAME_BYTES_MAX / 2)}a`), 'NAME_TOO_LONG')
  assert.equal(codeOf('a'.repeat(10_000_000)), 'NAME_TOO_LONG')
})

test('refuses control, line and direction characters and unpaired surrogates', () => {
  const bad = [
    '\0',
    '\n',
    '\t',
    '\x1b',
    '\x7f',
    '\u0085',
    '\u2028',
    '\u202a',
    '\u202e',
    '\u2066',
    '\u2069',
    '\ufeff',
    '\ud800',
    '\udfff',
  ]
  for (const character of bad) assert.equal(codeOf(`a${character}b`), 'NAME_BAD_CHARACTER')
})

test('refuses names with nothing to see', () => {
  for (const name of ['', ' ', '\u3000', '\u200b', '\u200d\u200d'])
    assert.equal(codeOf(name), 'NAME_EMPTY')
})

test('refuses a second spelling, which normalizing turns into the first', () => {
  for (const name of ['e\u0301', ' Ada', 'Ada ', '\u00a0Ada']) {
    assert.equal(codeOf(name), 'NAME_NOT_NORMAL')
    assert.equal(codeOf(normalizeName(name)), undefined)
  }
})

test('judges every naughty string without throwing and gives back what it accepts', () => {
  const vectors = readVectors<string[]>('naughty-strings/blns.json', 515)
  if (vectors === undefined) return
  let accepted = 0
  for (const text of vectors.data) {
    if (codeOf(text) === undefined) accepted++
  }
  assert.equal(vectors.data.length, vectors.caseCount)
  assert.ok(accepted > 300 && accepted < 515, `${accepted} accepted`)
})
