/**
 * The text in the bytes of a file: UTF-8 with or without a byte order mark, or UTF-16 with one, which is what spreadsheets
 * save as "Unicode text". Nothing is replaced or guessed: bytes that are no text are refused with their line.
 */

import { decodeUtf8 } from '@hamlet/core'
import { FILE_START, refuseImport } from './errors.ts'
import { IMPORT_FILE_BYTES_MAX } from './format-limits.ts'

const NEWLINE = 0x0a
const MARK_BYTES = 2
const UNITS_AT_ONCE = 8192

/** The text without its mark. @throws {@link ImportError} `IMPORT_TOO_LARGE`, `IMPORT_BAD_TEXT`. */
export function bytesToFileText(bytes: Uint8Array): string {
  if (bytes.length > IMPORT_FILE_BYTES_MAX) {
    const message = `expected at most ${IMPORT_FILE_BYTES_MAX} bytes, got ${bytes.length}`
    throw refuseImport('IMPORT_TOO_LARGE', FILE_START, message)
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16ToText(bytes, true)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16ToText(bytes, false)
  return utf8ToText(bytes)
}

function utf8ToText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes)
  if (text === undefined) throw refuseUtf8(bytes)
  requireNoNul(text)
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** A newline is never a part of another character, so each line can be looked at alone. */
function refuseUtf8(bytes: Uint8Array): Error {
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline < 0 ? bytes.length : newline + 1
    if (decodeUtf8(bytes.subarray(start, end)) === undefined) break
    start = end
  }
  return refuseImport('IMPORT_BAD_TEXT', { line, column: 1 }, 'expected UTF-8 in this line')
}

function utf16ToText(bytes: Uint8Array, isLittleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pieces: string[] = []
  const end = bytes.length - (bytes.length % MARK_BYTES)
  for (let start = MARK_BYTES; start < end; start += UNITS_AT_ONCE * MARK_BYTES) {
    const units: number[] = []
    const stop = Math.min(end, start + UNITS_AT_ONCE * MARK_BYTES)
    for (let at = start; at < stop; at += MARK_BYTES) units.push(view.getUint16(at, isLittleEndian))
    pieces.push(String.fromCharCode(...units))
  }
  const text = pieces.join('')
  requireNoNul(text)
  if (text.isWellFormed() && end === bytes.length) return text
  const line = text.isWellFormed() ? countLines(text) : badLine(text)
  throw refuseImport('IMPORT_BAD_TEXT', { line, column: 1 }, 'expected UTF-16 in this line')
}

function badLine(text: string): number {
  return text.split('\n').findIndex((line) => !line.isWellFormed()) + 1
}

/** No table and no JSON holds one; UTF-16 without a mark is full of them. */
function requireNoNul(text: string): void {
  const at = text.indexOf('\0')
  if (at < 0) return
  const position = { line: countLines(text.slice(0, at)), column: 1 }
  const message = 'expected UTF-8, or UTF-16 with a byte order mark; this line has a zero in it'
  throw refuseImport('IMPORT_BAD_TEXT', position, message)
}

function countLines(text: string): number {
  return text.split('\n').length
}
