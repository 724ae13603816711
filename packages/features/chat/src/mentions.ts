/**
 * Who a text mentions: `@` and the whole name of a member, wherever a word could begin.
 *
 * Names are compared in lower case without locale; the longest name that fits wins, so `@Ann Lee` is not Ann. Members
 * of equal names are all mentioned: a name does not say which of them is meant.
 */

import { CHAT_MENTIONS_MAX } from './limits.ts'
import type { PersonId } from '@hamlet/core'

export interface NamedPerson {
  readonly person: PersonId
  readonly name: string
}

const WORD_CHARACTER = /[\p{L}\p{N}\p{M}_]/u

/** In the order of the text, at most `CHAT_MENTIONS_MAX`, each person once. */
export function findMentions(text: string, people: readonly NamedPerson[]): readonly PersonId[] {
  const folded = text.toLowerCase()
  const byName = Map.groupBy(people, ({ name }) => name.toLowerCase())
  byName.delete('')
  const names = [...byName.keys()].sort((a, b) => b.length - a.length)
  const found = new Set<PersonId>()
  for (let at = folded.indexOf('@'); at >= 0; at = folded.indexOf('@', at + 1)) {
    if (isWordAt(folded, at - 1)) continue
    const name = names.find((each) => isNameAt(folded, each, at + 1))
    for (const { person } of (name !== undefined && byName.get(name)) || []) found.add(person)
  }
  return [...found].slice(0, CHAT_MENTIONS_MAX)
}

function isNameAt(text: string, name: string, at: number): boolean {
  return text.startsWith(name, at) && !isWordAt(text, at + name.length)
}

function isWordAt(text: string, index: number): boolean {
  const code = text.codePointAt(index)
  return index >= 0 && code !== undefined && WORD_CHARACTER.test(String.fromCodePoint(code))
}
