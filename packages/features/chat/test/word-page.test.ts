import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, utf8 } from '@hamlet/core'
import { encodeWordPage, findPlaces, wordGroup } from '../src/word-page.ts'

const PAGE = encodeWordPage(
  new Map([
    ['to', [0, 258]],
    ['tomorrow', [3]],
    ['été', [1, 511]],
  ]),
)

function find(word: string, isBeginning = false): number[] {
  return findPlaces(PAGE, utf8(word), isBeginning)
}

test('a page has the bytes of its description', () => {
  const page = encodeWordPage(new Map([['to', [0, 258]]]))
  assert.equal(bytesToHex(page), '02746f000200000102')
})

test('finds a whole word and nothing that only begins or ends so', () => {
  assert.deepEqual(find('to'), [0, 258])
  assert.deepEqual(find('tomorrow'), [3])
  assert.deepEqual(find('été'), [1, 511])
  for (const word of ['t', 'tom', 'tomorrows', 'o', 'ét']) assert.deepEqual(find(word), [])
})

test('finds every word with a beginning', () => {
  assert.deepEqual(find('t', true), [0, 258, 3])
  assert.deepEqual(find('tom', true), [3])
  assert.deepEqual(find('é', true), [1, 511])
  assert.deepEqual(find('x', true), [])
  assert.deepEqual(findPlaces(new Uint8Array(), utf8('t'), true), [])
})

test('a word shares the page of each of its beginnings, and few pages hold many scripts', () => {
  for (const word of ['word', 'été', '東京', '𝒳y']) {
    const [first = ''] = word
    assert.equal(wordGroup(word), wordGroup(first))
  }
  assert.notEqual(wordGroup('a'), wordGroup('b'))
  const han = Array.from({ length: 20_992 }, (_, i) => String.fromCodePoint(0x4e00 + i))
  assert.equal(new Set(han.map(wordGroup)).size, 328)
})
