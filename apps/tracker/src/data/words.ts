/** The words by which a public name is found: the same for what is stored and what is asked. */

import { WORD_LENGTH_MAX, WORDS_MAX } from '../limits.ts'

/** Lower-case runs of letters and digits without accents, each once, in the order they come. */
export function wordsOf(text: string, countMax: number = WORDS_MAX): readonly string[] {
  const plain = text.toWellFormed().normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const words = new Set<string>()
  for (const [word] of plain.matchAll(/[\p{L}\p{N}]+/gu)) {
    words.add(word.slice(0, WORD_LENGTH_MAX).toWellFormed())
    if (words.size === countMax) break
  }
  return [...words]
}
