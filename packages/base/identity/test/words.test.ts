/**
 * Goal: our words are BIP-39 words, and a slip of the pen is noticed. Method: the published vectors, then one word
 * changed, dropped, swapped.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import * as bip39 from '@scure/bip39'
import { wordlist as english } from '@scure/bip39/wordlists/english.js'
import { wordlist as czech } from '@scure/bip39/wordlists/czech.js'
import { wordlist as french } from '@scure/bip39/wordlists/french.js'
import { wordlist as italian } from '@scure/bip39/wordlists/italian.js'
import { wordlist as japanese } from '@scure/bip39/wordlists/japanese.js'
import { wordlist as korean } from '@scure/bip39/wordlists/korean.js'
import { wordlist as portuguese } from '@scure/bip39/wordlists/portuguese.js'
import { wordlist as chineseSimplified } from '@scure/bip39/wordlists/simplified-chinese.js'
import { wordlist as spanish } from '@scure/bip39/wordlists/spanish.js'
import { wordlist as chineseTraditional } from '@scure/bip39/wordlists/traditional-chinese.js'

import { bytesToHex, hexToBytes } from '@hamlet/core'
import { ENTROPY_BYTES, entropyToWords, wordsToEntropy } from '@hamlet/identity'

import { readVectors } from './_vectors.ts'

const WORDLISTS: Readonly<Record<string, string[]>> = {
  english,
  chinese_simplified: chineseSimplified,
  chinese_traditional: chineseTraditional,
  czech,
  french,
  italian,
  japanese,
  korean,
  portuguese,
  spanish,
}

const ENTROPY = new Uint8Array(ENTROPY_BYTES).map((_, index) => index * 7)
const WORDS = entropyToWords(ENTROPY).split(' ')

function codeOf(text: string): string | undefined {
  const result = wordsToEntropy(text)
  return result.ok ? undefined : result.error.code
}

/**
 * Hamlet derives keys from the entropy, so the BIP-39 seed (PBKDF2) is not part of what it does: it is checked only for
 * the languages whose word list the library lacks, where nothing else can be.
 */
test('words and entropy agree with every BIP-39 vector', () => {
  const vectors = readVectors<Record<string, string[][]>>('bip39/vectors.json', 288)
  if (vectors === undefined) return
  const counts = { words: 0, seeds: 0 }
  for (const [language, cases] of Object.entries(vectors.data)) {
    const wordlist = WORDLISTS[language]
    for (const [entropy, mnemonic, seed] of cases) {
      if (wordlist === undefined) {
        assert.equal(bytesToHex(bip39.mnemonicToSeedSync(mnemonic!, 'TREZOR')), seed)
        counts.seeds++
      } else {
        assert.equal(
          bip39.entropyToMnemonic(hexToBytes(entropy!), wordlist).normalize('NFKD'),
          mnemonic!.normalize('NFKD'),
        )
        assert.equal(bytesToHex(bip39.mnemonicToEntropy(mnemonic!, wordlist)), entropy)
        counts.words++
      }
    }
  }
  // Russian and Turkish have no list.
  assert.deepEqual(counts, { words: 240, seeds: 48 })
  assert.equal(counts.words + counts.seeds, vectors.caseCount)
})

test('our 24 words are those of the English vectors with 256 bits', () => {
  const vectors = readVectors<Record<string, string[][]>>('bip39/vectors.json', 8)
  if (vectors === undefined) return
  const cases = vectors.data['english']!.filter(
    ([entropy]) => entropy!.length === 2 * ENTROPY_BYTES,
  )
  assert.equal(cases.length, 8)
  for (const [entropyHex, mnemonic] of cases) {
    assert.equal(entropyToWords(hexToBytes(entropyHex!)), mnemonic)
    const entropy = wordsToEntropy(mnemonic!)
    assert.ok(entropy.ok)
    assert.equal(bytesToHex(entropy.value), entropyHex)
  }
})

test('forgives capitals and white space', () => {
  const typed = `\n  ${WORDS.join('  ').toUpperCase()}\t`
  const result = wordsToEntropy(typed)
  assert.ok(result.ok)
  assert.deepEqual(result.value, ENTROPY)
})

test('refuses a wrong count and unknown words, naming the position and not the word', () => {
  assert.equal(codeOf(''), 'WORDS_COUNT')
  assert.equal(codeOf(WORDS.slice(1).join(' ')), 'WORDS_COUNT')
  assert.equal(codeOf([...WORDS, 'zoo'].join(' ')), 'WORDS_COUNT')
  assert.equal(codeOf('zoo '.repeat(1000)), 'WORDS_COUNT')
  const unknown = wordsToEntropy(WORDS.with(4, 'secretword').join(' '))
  assert.ok(!unknown.ok)
  assert.equal(unknown.error.code, 'WORDS_UNKNOWN')
  assert.equal(unknown.error.fields['position'], 5)
  assert.doesNotMatch(unknown.error.message, /secretword/)
})

test('notices nearly every changed or swapped word by the checksum', () => {
  let [tried, missed] = [0, 0]
  for (let position = 0; position < WORDS.length; position++) {
    for (let step = 1; step <= 40; step++) {
      const index = (english.indexOf(WORDS[position]!) + step) % english.length
      tried++
      if (codeOf(WORDS.with(position, english[index]!).join(' ')) === undefined) missed++
    }
  }
  // The checksum has eight bits: one change in 256 goes unnoticed, so about 4 of 960.
  assert.equal(tried, 960)
  assert.ok(missed < 16, `${missed} missed`)
  const swapped = WORDS.with(0, WORDS[1]!).with(1, WORDS[0]!)
  assert.equal(codeOf(swapped.join(' ')), 'WORDS_CHECKSUM')
})
