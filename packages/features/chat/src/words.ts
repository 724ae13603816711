/**
 * Words of a text, for search: compatibility form (NFKC), lower case, runs of letters, digits and marks.
 *
 * No locale is involved. Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Myanmar) are indexed character by
 * character, so that a part of a sentence is found; every character of the search must then occur. The tables are the
 * runtime's; the index is local, so devices may differ in what they find, never in what they hold.
 */

import { CHAT_SEARCH_WORDS_MAX, CHAT_WORDS_MAX, CHAT_WORD_LENGTH_MAX } from './limits.ts'

const SPACELESS =
  '\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}'
const WORD = new RegExp(`[${SPACELESS}]\\p{M}*|(?:(?![${SPACELESS}])[\\p{L}\\p{N}\\p{M}])+`, 'gu')
/** What `WORD` comes to in ASCII, at a fifth of the time. */
const ASCII_WORD = /[a-z\d]+/g
const ASCII = /^[\0-\x7f]*$/
const ENDS_IN_WORD = /[\p{L}\p{N}\p{M}]$/u

export interface Search {
  /** Words that must occur. */
  readonly words: readonly string[]
  /** What some word must begin with: the last word while it is being typed. */
  readonly prefix: string | undefined
}

/** Different words of a text, at most `CHAT_WORDS_MAX`. */
export function textWords(text: string): ReadonlySet<string> {
  const words = new Set<string>()
  const folded = foldText(text)
  for (const word of folded.match(ASCII.test(folded) ? ASCII_WORD : WORD) ?? []) {
    words.add(cut(word))
    if (words.size >= CHAT_WORDS_MAX) break
  }
  return words
}

export function parseSearch(text: string): Search {
  const folded = foldText(text)
  const words = [...folded.matchAll(WORD)]
    .slice(0, CHAT_SEARCH_WORDS_MAX)
    .map(([word]) => cut(word))
  const prefix = ENDS_IN_WORD.test(folded) ? words.at(-1) : undefined
  const whole = prefix === undefined ? words : words.slice(0, -1)
  return { words: [...new Set(whole)], prefix }
}

export function matchesSearch(search: Search, text: string): boolean {
  const words = textWords(text)
  if (!search.words.every((word) => words.has(word))) return false
  const { prefix } = search
  if (prefix === undefined || words.has(prefix)) return true
  for (const word of words) if (word.startsWith(prefix)) return true
  return false
}

/** The form of a text that is divided into words. */
export function foldText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** The beginning of a very long word, not ending in half a character. */
function cut(word: string): string {
  if (word.length <= CHAT_WORD_LENGTH_MAX) return word
  const part = word.slice(0, CHAT_WORD_LENGTH_MAX)
  return part.isWellFormed() ? part : part.slice(0, -1)
}
