/**
 * Keys and values of tries as text and as JSON. They are bytes: in JSON a field is the text if they are UTF-8, and otherwise
 * the field with `Base64` behind its name; in words what is no text is told by its size.
 */

import { bytesToBase64, decodeUtf8 } from '@hamlet/core'
import type { TrieChange, TrieDifference, TrieEntry } from '@hamlet/trie'

import type { Session } from './command.ts'
import { plural, printable, printableLines } from './text.ts'

const VALUE_CHARACTERS_MAX = 60

export function jsonField(name: string, bytes: Uint8Array): Readonly<Record<string, string>> {
  const text = decodeUtf8(bytes)
  return text === undefined ? { [`${name}Base64`]: bytesToBase64(bytes) } : { [name]: text }
}

export function keyWords(key: Uint8Array): string {
  const text = decodeUtf8(key)
  return text === undefined ? `(base64 ${bytesToBase64(key)})` : printable(text)
}

/** The beginning of a value, on one line. */
export function valueWords(value: Uint8Array): string {
  const text = decodeUtf8(value)
  if (text === undefined) return `(${plural(value.length, 'byte')})`
  const line = printable(text.replace(/\r?\n$/, ''))
  return line.length <= VALUE_CHARACTERS_MAX ? line : `${line.slice(0, VALUE_CHARACTERS_MAX)}…`
}

export function entryJson(entry: TrieEntry): Readonly<Record<string, unknown>> {
  return {
    ...jsonField('key', entry.key),
    version: entry.version,
    ...jsonField('value', entry.value),
  }
}

export function changeJson(change: TrieChange): Readonly<Record<string, unknown>> {
  const value = change.value && jsonField('value', change.value)
  return { type: change.type, version: change.version, ...jsonField('key', change.key), ...value }
}

export function changeWords({ type, version, key, value }: TrieChange): string {
  const end = value ? `  ${valueWords(value)}` : ''
  return `${version}  ${type}  ${keyWords(key)}${end}`
}

export function differenceJson(difference: TrieDifference): Readonly<Record<string, unknown>> {
  const { key, before, after } = difference
  return { ...jsonField('key', key), before: sideJson(before), after: sideJson(after) }
}

function sideJson(entry: TrieEntry | undefined): Readonly<Record<string, unknown>> | null {
  return entry ? { version: entry.version, ...jsonField('value', entry.value) } : null
}

/** `+` is new, `-` is gone, `~` is another value. */
export function differenceWords({ key, before, after }: TrieDifference): string {
  const sign = before ? (after ? '~' : '-') : '+'
  const values = [before, after].flatMap((entry) => (entry ? [valueWords(entry.value)] : []))
  return `${sign} ${keyWords(key)}  ${values.join(' → ')}`
}

/** The value as it is into a file or a pipe; on a terminal harmless text, or how many bytes it is. `facts`: for machines. */
export function writeEntry(
  session: Session,
  entry: TrieEntry,
  facts: Readonly<Record<string, unknown>> = {},
): void {
  const { stdout } = session.io
  if (session.isJson) {
    session.print(JSON.stringify({ ...entryJson(entry), ...facts }))
  } else if (stdout.isTerminal) {
    const words = decodeUtf8(entry.value) ?? `(${entry.value.length} bytes that are no text)`
    session.print(printableLines(words))
  } else {
    stdout.write(entry.value)
  }
}
