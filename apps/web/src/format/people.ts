/** Names and colours of people. A name is a label; the colour comes from the key, so it cannot be borrowed. */

import type { Texts } from '../i18n/en.ts'

/** As many as `--person-0` and following in `tokens.css`. */
export const PERSON_COLOURS = 12

/** Which of the colours a key has: the same on every device. */
export function personColour(person: string): number {
  const value = Number.parseInt(person.slice(0, 8), 16)
  return Number.isNaN(value) ? 0 : value % PERSON_COLOURS
}

/** One or two letters for a round picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const first = firstLetter(words[0] ?? '')
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? '') : ''
  return `${first}${last}`.toLocaleUpperCase() || '?'
}

function firstLetter(word: string): string {
  return Array.from(word.replace(/^[^\p{L}\p{N}]+/u, ''))[0] ?? Array.from(word)[0] ?? ''
}

/** `Anna`, `Anna and Ben`, `Anna, Ben and Cleo`. */
export function joinNames(names: readonly string[], locale: string): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(names)
}

/** At most `max` names, then how many others there are. */
export function someNames(
  names: readonly string[],
  max: number,
  locale: string,
  texts: Texts,
): string {
  if (names.length <= max) return joinNames(names, locale)
  const shown = names.slice(0, max - 1)
  return joinNames([...shown, texts.delivery.others(names.length - shown.length)], locale)
}

export function nameOr(name: string, texts: Texts): string {
  return name.trim() === '' ? texts.common.unnamed : name
}
