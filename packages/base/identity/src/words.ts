/**
 * Recovery words: 32 bytes of entropy as 24 English words (BIP-39), the last of which carries an 8-bit checksum.
 *
 * Only the words are BIP-39; keys are derived from the entropy by HKDF (`keys.ts`), not from the BIP-39 seed, because
 * a 256-bit secret needs no password stretching. English only: one list, so that words written down on one device
 * are understood by every other.
 */

import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'

import { assert, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'

import { WordsError } from './errors.ts'

export const ENTROPY_BYTES = 32
export const WORD_COUNT = 24
/** The longest 24 words of the list with their spaces are far shorter; the rest is room for stray white space. */
export const WORDS_LENGTH_MAX = 1000

const knownWords: ReadonlySet<string> = new Set(wordlist)

/** `entropy`: 32 random bytes. */
export function entropyToWords(entropy: Uint8Array): string {
  assert(entropy.length === ENTROPY_BYTES, `recovery words carry ${ENTROPY_BYTES} bytes`)
  return entropyToMnemonic(entropy, wordlist)
}

/**
 * The entropy behind words as a person typed them: capitals and any white space are forgiven. Errors name the
 * position of a word, never the word: it is part of a secret.
 */
export function wordsToEntropy(text: string): Result<Uint8Array, WordsError> {
  if (text.length > WORDS_LENGTH_MAX) return refuse('WORDS_COUNT', `expected ${WORD_COUNT} words`)
  const words = text.normalize('NFKD').toLowerCase().split(/\s+/u).filter(Boolean)
  if (words.length !== WORD_COUNT) {
    return refuse('WORDS_COUNT', `expected ${WORD_COUNT} words, got ${words.length}`)
  }
  const unknown = words.findIndex((word) => !knownWords.has(word))
  if (unknown >= 0) {
    return refuse('WORDS_UNKNOWN', `word ${unknown + 1} is not in the list`, unknown + 1)
  }
  try {
    return ok(mnemonicToEntropy(words.join(' '), wordlist))
  } catch {
    // Count and words are right, so the checksum is what is left to be wrong.
    return refuse('WORDS_CHECKSUM', 'the words do not belong together: one is wrong or misplaced')
  }
}

function refuse(
  code: WordsError['code'],
  message: string,
  position?: number,
): Result<never, WordsError> {
  return err(new WordsError(code, message, { fields: { position } }))
}
