/**
 * Changes to text: characters that mislead, combine or break, words of the format, digits, case, repetition.
 *
 * Inputs are bytes everywhere, so text is UTF-8, and the 2,048 private characters from U+E000 stand for the lone
 * surrogates that UTF-8 cannot hold: `bytesToText` puts those in their place.
 */

import { utf8 } from '@hamlet/core'
import type { SeededRandom } from '../simulator/seeded-random.ts'
import type { MutationContext, Mutator } from './byte-mutators.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const SURROGATE_SHIFT = 0x800

/** Code points: what looks like one character may be several of these. */
const CHARACTERS = [
  '\0\t\n\r\u001b\u007f\u0085\u00a0\u00ad\u0130\u0131\u0301\u034f\u061c\u115f\u180e',
  '\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\u3000\ufe0f\ufeff\ufffd\uffff',
  'ﬁßſKÅ가각क्षि葛󠄀👨‍👩‍👧🇩🇪é\ufdfa\ue000\ue400\uedff',
  '%#?&=+/\\:;@!.,-_~*`\'"<>[](){}|^$ 0aZ',
].flatMap((text) => Array.from(text))
const TOKENS = [
  '..',
  '../',
  '%00',
  '%2e',
  '%',
  '\\u0000',
  '__proto__',
  'constructor',
  'NaN',
  '1e999',
  '-0',
  '0x10',
  '//',
  'javascript:',
  '&lt;',
  '<script>',
  '{{',
  '${',
  '\r\n',
  '\n\n',
  '🇩🇪',
  'İ',
]

/** What a decoder of text is given for an input. */
export function bytesToText(bytes: Uint8Array): string {
  return decoder
    .decode(bytes)
    .replaceAll(/[\ue000-\ue7ff]/g, (unit) =>
      String.fromCharCode(unit.charCodeAt(0) - SURROGATE_SHIFT),
    )
}

/** The input for which `bytesToText` gives this text. */
export function textToBytes(text: string): Uint8Array {
  const units = Array.from(text, (character) =>
    character.isWellFormed()
      ? character
      : String.fromCharCode(character.charCodeAt(0) + SURROGATE_SHIFT),
  )
  return utf8(units.join(''))
}

type TextChange = (text: string, context: MutationContext) => string

const changes: readonly TextChange[] = [
  (text, { random }) => insertAt(text, random, random.pick(CHARACTERS)),
  (text, { random }) => insertAt(text, random, random.pick(TOKENS)),
  (text, { random }) => insertAt(text, random, random.pick(CHARACTERS).repeat(random.int(2, 60))),
  (text, { random, words }) =>
    words.length === 0 ? text : insertAt(text, random, decoder.decode(random.pick(words))),
  (text, { random }) => replacePiece(text, random, (piece) => piece + piece),
  (text, { random }) => replacePiece(text, random, (piece) => piece.repeat(random.int(3, 40))),
  (text, { random }) => replacePiece(text, random, () => ''),
  (text, { random }) => replacePiece(text, random, () => random.pick(CHARACTERS)),
  (text, { random }) => replacePiece(text, random, (piece) => Array.from(piece).reverse().join('')),
  (text, { random }) => replacePiece(text, random, (piece) => piece.toUpperCase()),
  (text, { random }) => replacePiece(text, random, (piece) => piece.toLowerCase()),
  (text, { random }) =>
    replacePiece(text, random, (piece) => encodeURIComponent(piece.toWellFormed())),
  (text, { random }) => text.slice(0, random.int(0, text.length)),
  (text, { random }) => text.slice(random.int(0, text.length)),
  (text, { random }) =>
    text.replace(/\d+/, () => random.pick(['0', '00', '65536', '4294967296', '9'.repeat(20)])),
  (text, { random, other }) => {
    const rest = decoder.decode(other)
    return text.slice(0, random.int(0, text.length)) + rest.slice(random.int(0, rest.length))
  },
]

/** One change to the text that the input is. */
export const changeText: Mutator = (input, context) =>
  utf8(context.random.pick(changes)(decoder.decode(input), context))

function insertAt(text: string, random: SeededRandom, piece: string): string {
  const at = random.int(0, text.length)
  return text.slice(0, at) + piece + text.slice(at)
}

function replacePiece(
  text: string,
  random: SeededRandom,
  change: (piece: string) => string,
): string {
  const from = random.int(0, text.length)
  const to = Math.min(text.length, from + random.int(1, 12))
  return text.slice(0, from) + change(text.slice(from, to)) + text.slice(to)
}
