/**
 * Names that people give: to spaces, rooms, devices and themselves.
 *
 * A name is a label, never an identifier. What is refused is what could make a label lie or break a line: control
 * characters, line separators, characters that reorder their surroundings (U+202A-202E, U+2066-2069), nothing
 * visible at all, and a second spelling of the same text (anything not in Unicode normal form C, white space at the
 * ends).
 *
 * Invariants:
 * 1. `checkName` gives back the very text it was given, or refuses it.
 * 2. It depends on the Unicode tables of the runtime, so it judges what a person typed and how a received name is
 *    shown. It must not decide whether a signed entry is valid: two peers could disagree.
 */

import { NameError } from './errors.ts'
import type { NameErrorCode } from './errors.ts'
import { utf8 } from './bytes.ts'
import { NAME_BYTES_MAX } from './limits.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'

const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u
const FORBIDDEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u

/** The name itself when it is 1 to 200 bytes of visible, normalised text without control or reordering characters. */
export function checkName(text: string): Result<string, NameError> {
  // Before any regular expression runs over it: a hostile text may be long.
  if (text.length > NAME_BYTES_MAX || utf8(text).length > NAME_BYTES_MAX) {
    return refuse('NAME_TOO_LONG', `expected at most ${NAME_BYTES_MAX} bytes`)
  }
  if (!text.isWellFormed()) return refuse('NAME_BAD_CHARACTER', 'unpaired surrogate')
  if (FORBIDDEN.test(text)) {
    return refuse('NAME_BAD_CHARACTER', 'control, line or direction character')
  }
  if (!VISIBLE.test(text)) return refuse('NAME_EMPTY', 'expected something visible')
  if (text !== normalizeName(text)) {
    return refuse('NAME_NOT_NORMAL', 'expected normal form C without white space at the ends')
  }
  return ok(text)
}

/** What a person most likely meant by what they typed; `checkName` still judges it. */
export function normalizeName(text: string): string {
  return text.normalize('NFC').trim()
}

function refuse(code: NameErrorCode, message: string): Result<never, NameError> {
  return err(new NameError(code, message))
}
