/**
 * The lines of `hamlet trie batch`: an operation each, as JSON or with tabs between its fields.
 *
 *     put<TAB>KEY<TAB>VALUE
 *     del<TAB>KEY
 *     {"type":"put","key":"a","value":"b","ifVersion":3}
 *     {"type":"del","keyBase64":"/w=="}
 *
 * In JSON `type` may be left out where there is a value, and `version` is passed over: what `history`, `list --recursive` and
 * `get` print with `--json` can be read back. Any other field is refused, so that no misspelt condition is lost.
 */

import { base64ToBytes, decodeUtf8, utf8 } from '@hamlet/core'
import { TRIE_BATCH_OPERATIONS_MAX, TrieError } from '@hamlet/trie'
import type { TrieOperation } from '@hamlet/trie'

import { CliError } from './errors.ts'

const FIELDS = new Set(['type', 'key', 'keyBase64', 'value', 'valueBase64', 'ifVersion', 'version'])
/** As large as a whole append may be. */
const BATCH_BYTES_MAX = 192 * 1024 * 1024

/** All operations; empty lines say nothing. @throws CliError `USAGE` naming the line, TrieError `TRIE_BATCH_TOO_LARGE` */
export async function readOperations(
  lines: AsyncIterable<Uint8Array>,
  progress: (operations: number) => void,
): Promise<readonly TrieOperation[]> {
  const operations: TrieOperation[] = []
  let number = 0
  let bytes = 0
  for await (const line of lines) {
    number++
    if (line.length === 0) continue
    bytes += line.length
    if (operations.length === TRIE_BATCH_OPERATIONS_MAX || bytes > BATCH_BYTES_MAX) throw tooLarge()
    const operation = parseOperation(line)
    if (typeof operation === 'string') {
      const fields = { line: number }
      throw new CliError('USAGE', `line ${number}: ${operation}`, { fields })
    }
    operations.push(operation)
    progress(operations.length)
  }
  return operations
}

/** The operation, or what is wrong with the line. */
export function parseOperation(line: Uint8Array): TrieOperation | string {
  const text = decodeUtf8(line)
  if (text === undefined) return 'not UTF-8; JSON takes keyBase64 and valueBase64'
  return text.startsWith('{') ? parseJson(text) : parseTabs(text)
}

function parseTabs(text: string): TrieOperation | string {
  const [type, key, ...rest] = text.split('\t')
  if (type === 'put' && key !== undefined && rest.length > 0) {
    return { type, key: utf8(key), value: utf8(rest.join('\t')) }
  }
  if (type === 'del' && key !== undefined && rest.length === 0) return { type, key: utf8(key) }
  return 'expected put<TAB>KEY<TAB>VALUE, del<TAB>KEY or a JSON object'
}

function parseJson(text: string): TrieOperation | string {
  let parsed: Readonly<Record<string, unknown>>
  try {
    parsed = JSON.parse(text) as typeof parsed
  } catch {
    return 'not JSON'
  }
  const unknown = Object.keys(parsed).find((name) => !FIELDS.has(name))
  if (unknown !== undefined) return `an unknown field "${unknown}"`
  const key = bytesOf(parsed, 'key')
  if (key === undefined) return 'needs "key" or "keyBase64", a text'
  const value = bytesOf(parsed, 'value')
  const { type = value ? 'put' : undefined, ifVersion } = parsed
  if (ifVersion !== undefined && !isVersion(ifVersion)) return '"ifVersion" is a whole number'
  const condition = ifVersion === undefined ? {} : { ifVersion }
  if (type === 'put' && value) return { type, key, value, ...condition }
  if (type === 'del' && !hasValue(parsed)) return { type, key, ...condition }
  return 'expected "type" "put" with a "value", or "del" without'
}

function hasValue(parsed: Readonly<Record<string, unknown>>): boolean {
  return parsed['value'] !== undefined || parsed['valueBase64'] !== undefined
}

/** `undefined`: neither field, both, or none that is right. */
function bytesOf(
  parsed: Readonly<Record<string, unknown>>,
  name: 'key' | 'value',
): Uint8Array | undefined {
  const [text, base64] = [parsed[name], parsed[`${name}Base64`]]
  if (base64 === undefined) {
    return typeof text === 'string' && text.isWellFormed() ? utf8(text) : undefined
  }
  return typeof base64 === 'string' && text === undefined ? base64ToBytes(base64) : undefined
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function tooLarge(): TrieError {
  const message = `a batch has at most ${TRIE_BATCH_OPERATIONS_MAX} operations and 192 MiB`
  return new TrieError('TRIE_BATCH_TOO_LARGE', message)
}
