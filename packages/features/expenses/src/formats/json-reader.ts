/**
 * JSON as RFC 8259 has it, with the place of every value and with numbers as they are written: a float would lose cents,
 * and an error without a line is of no use to whoever has to correct the file.
 *
 * A name twice in one object is refused: readers differ in which one they take.
 */

import { assert } from '@hamlet/core'
import { numberToDecimal } from './decimal.ts'
import type { Decimal } from './decimal.ts'
import { refuseImport } from './errors.ts'
import type { ImportErrorCode, TextPosition } from './errors.ts'
import { JSON_DEPTH_MAX, JSON_VALUES_MAX } from './format-limits.ts'

type JsonContent =
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly is: boolean }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'array'; readonly items: readonly JsonValue[] }
  | { readonly type: 'object'; readonly members: ReadonlyMap<string, JsonValue> }

/** One value; what reads it as something else than it is throws {@link ImportError} with its place. */
export class JsonValue {
  readonly #content: JsonContent
  readonly #document: JsonDocument
  readonly #start: number
  readonly #end: number

  constructor(content: JsonContent, document: JsonDocument, start: number, end: number) {
    this.#content = content
    this.#document = document
    this.#start = start
    this.#end = end
  }

  get at(): TextPosition {
    return this.#document.position(this.#start)
  }

  /** As it stands in the file. */
  get source(): string {
    return this.#document.text.slice(this.#start, this.#end)
  }

  get isObject(): boolean {
    return this.#content.type === 'object'
  }

  /** The member of this name, which has to be there. */
  get(name: string): JsonValue {
    const member = this.#members().get(name)
    if (member !== undefined) return member
    throw this.refuse(`expected a field ${name}`, 'IMPORT_MISSING')
  }

  /** The member of this name, unless it is not there or null. */
  find(name: string): JsonValue | undefined {
    const member = this.#members().get(name)
    return member === undefined || member.#content.type === 'null' ? undefined : member
  }

  has(name: string): boolean {
    return this.#content.type === 'object' && this.#content.members.has(name)
  }

  list(): readonly JsonValue[] {
    if (this.#content.type === 'array') return this.#content.items
    throw this.refuse('expected a list')
  }

  text(): string {
    if (this.#content.type === 'string') return this.#content.text
    throw this.refuse('expected a text')
  }

  boolean(): boolean {
    if (this.#content.type === 'boolean') return this.#content.is
    throw this.refuse('expected true or false')
  }

  /** A number, also as a text. */
  decimal(): Decimal {
    const content = this.#content
    if (content.type !== 'number' && content.type !== 'string')
      throw this.refuse('expected a number')
    return numberToDecimal(content.text, this.at)
  }

  integer(min: number, max: number): number {
    if (this.#content.type === 'number') {
      const number = Number(this.#content.text)
      if (Number.isSafeInteger(number) && number >= min && number <= max) return number + 0
    }
    throw this.refuse(`expected a whole number from ${min} to ${max}`)
  }

  refuse(message: string, code: ImportErrorCode = 'IMPORT_BAD_VALUE'): Error {
    return refuseImport(code, this.at, message)
  }

  #members(): ReadonlyMap<string, JsonValue> {
    if (this.#content.type === 'object') return this.#content.members
    throw this.refuse('expected an object')
  }
}

/**
 * `within`: the cell of a table that this stands in, which then is the place of everything in it.
 * @throws {@link ImportError} `IMPORT_BAD_JSON`, `IMPORT_TOO_LARGE`.
 */
export function textToJson(text: string, within?: TextPosition): JsonValue {
  return new JsonScanner(new JsonDocument(text, within)).whole()
}

class JsonDocument {
  readonly text: string
  readonly #within: TextPosition | undefined
  #lineStarts: number[] | undefined

  constructor(text: string, within: TextPosition | undefined) {
    this.text = text
    this.#within = within
  }

  position(offset: number): TextPosition {
    if (this.#within !== undefined) return this.#within
    this.#lineStarts ??= this.#findLines()
    let [low, high] = [0, this.#lineStarts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.#lineStarts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 }
  }

  #findLines(): number[] {
    const starts = [0]
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) {
      starts.push(at + 1)
    }
    return starts
  }
}

const SPACE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
// oxlint-disable-next-line no-control-regex -- control characters are what a text may not have
const PLAIN = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))/y
const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const WORDS: readonly (readonly [string, JsonContent])[] = [
  ['null', { type: 'null' }],
  ['true', { type: 'boolean', is: true }],
  ['false', { type: 'boolean', is: false }],
]

class JsonScanner {
  readonly #document: JsonDocument
  readonly #text: string
  #at = 0
  #depth = 0
  #count = 0

  constructor(document: JsonDocument) {
    this.#document = document
    this.#text = document.text
  }

  whole(): JsonValue {
    const value = this.#value()
    this.#take(SPACE)
    if (this.#at < this.#text.length) throw this.#refuse('expected the end of the file')
    return value
  }

  #value(): JsonValue {
    this.#take(SPACE)
    if (++this.#count > JSON_VALUES_MAX) throw this.#tooLarge(`${JSON_VALUES_MAX} values`)
    const start = this.#at
    const content = this.#content()
    return new JsonValue(content, this.#document, start, this.#at)
  }

  #content(): JsonContent {
    const next = this.#text[this.#at]
    if (next === '{') return this.#nested(() => this.#object())
    if (next === '[') return this.#nested(() => this.#array())
    if (next === '"') return { type: 'string', text: this.#string() }
    const number = this.#take(NUMBER)
    if (number !== '') return { type: 'number', text: number }
    const word = WORDS.find(([name]) => this.#text.startsWith(name, this.#at))
    if (word === undefined) throw this.#refuse('expected a value')
    this.#at += word[0].length
    return word[1]
  }

  #nested(read: () => JsonContent): JsonContent {
    if (++this.#depth > JSON_DEPTH_MAX) throw this.#tooLarge(`${JSON_DEPTH_MAX} levels`)
    this.#at++
    const content = read()
    this.#depth--
    return content
  }

  #array(): JsonContent {
    const items: JsonValue[] = []
    if (this.#takeSign(']')) return { type: 'array', items }
    do items.push(this.#value())
    while (this.#takeSign(','))
    this.#requireSign(']')
    return { type: 'array', items }
  }

  #object(): JsonContent {
    const members = new Map<string, JsonValue>()
    if (this.#takeSign('}')) return { type: 'object', members }
    do {
      this.#take(SPACE)
      if (this.#text[this.#at] !== '"') throw this.#refuse('expected a name in quotes')
      const start = this.#at
      const name = this.#string()
      if (members.has(name)) {
        this.#at = start
        throw this.#refuse('a name that stands in this object already')
      }
      this.#requireSign(':')
      members.set(name, this.#value())
    } while (this.#takeSign(','))
    this.#requireSign('}')
    return { type: 'object', members }
  }

  #string(): string {
    let text = ''
    this.#at++
    for (;;) {
      text += this.#take(PLAIN)
      const next = this.#text[this.#at]
      if (next === '"') break
      if (next !== '\\') throw this.#refuse('expected the end of the text in quotes')
      text += this.#escape()
    }
    this.#at++
    return text.toWellFormed()
  }

  #escape(): string {
    ESCAPE.lastIndex = this.#at
    const match = ESCAPE.exec(this.#text)
    if (match === null) throw this.#refuse('no character is written like this')
    this.#at = ESCAPE.lastIndex
    const [, letter, hex] = match
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    assert(letter !== undefined, 'an escape is a letter or hex digits')
    return ESCAPED[letter] ?? letter
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const taken = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += taken.length
    return taken
  }

  #takeSign(sign: string): boolean {
    this.#take(SPACE)
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #requireSign(sign: string): void {
    if (!this.#takeSign(sign)) throw this.#refuse(`expected ${sign}`)
  }

  #refuse(message: string): Error {
    return refuseImport('IMPORT_BAD_JSON', this.#document.position(this.#at), message)
  }

  #tooLarge(most: string): Error {
    const at = this.#document.position(this.#at)
    return refuseImport('IMPORT_TOO_LARGE', at, `expected at most ${most}`)
  }
}
