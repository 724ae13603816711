/**
 * Names of files that come from others: one rule for every system, so that a share that is taken can be written out
 * everywhere and never outside its folder.
 *
 * The rules are those of `security.md` 5.7, in the order of the checks: at most 255 bytes of UTF-8; no control
 * character, no character that reorders its surroundings, none of `\ / : * ? " < > |`; neither empty nor `.` nor `..`; no dot
 * or space at the end; normal form C; no device name of Windows, with whatever extension.
 *
 * Invariants:
 * 1. `checkFileName` gives back the very text it was given, or refuses it.
 * 2. `mendFileName` gives a name that `checkFileName` takes, whatever it is given, and leaves such a name as it is.
 * 3. Both depend on the Unicode tables of the runtime for normal form C; they judge what is written to a disk and never
 *    whether a signed entry counts.
 */

import { decodeUtf8, err, ok, utf8 } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { FileNameError } from './errors.ts'
import type { FileNameErrorCode } from './errors.ts'
import { FILE_NAME_BYTES_MAX } from './limits.ts'

const FORBIDDEN = String.raw`[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\\/:*?"<>|]`
const FORBIDDEN_ONE = new RegExp(FORBIDDEN, 'u')
const FORBIDDEN_ALL = new RegExp(FORBIDDEN, 'gu')
/** Windows takes the superscript digits for digits, and looks no further than the first dot or the spaces before it. */
const DEVICE = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i
/** A longer ending is no extension worth keeping when a name is cut. */
const EXTENSION_BYTES_MAX = 32
const STAND_IN = '_'

export function checkFileName(name: string): Result<string, FileNameError> {
  // Before any regular expression runs over it: a hostile text may be long.
  if (name.length > FILE_NAME_BYTES_MAX || utf8(name).length > FILE_NAME_BYTES_MAX) {
    return refuseName('FILE_NAME_LONG', `expected at most ${FILE_NAME_BYTES_MAX} bytes`)
  }
  if (name === '' || name === '.' || name === '..') {
    return refuseName('FILE_NAME_EMPTY', 'expected a name')
  }
  if (!name.isWellFormed() || FORBIDDEN_ONE.test(name)) {
    return refuseName('FILE_NAME_CHARACTER', 'a character that no name may have')
  }
  if (/[. ]$/.test(name)) return refuseName('FILE_NAME_NOT_NORMAL', 'a dot or space at the end')
  if (name !== name.normalize('NFC')) {
    return refuseName('FILE_NAME_NOT_NORMAL', 'expected normal form C')
  }
  if (DEVICE.test(name)) return refuseName('FILE_NAME_DEVICE', 'the name of a device')
  return ok(name)
}

/** The nearest name that {@link checkFileName} takes: for files of this machine, before they are shared. */
export function mendFileName(name: string): string {
  if (checkFileName(name).ok) return name
  const plain = name
    .slice(0, 4 * FILE_NAME_BYTES_MAX)
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(FORBIDDEN_ALL, STAND_IN)
  const { stem, extension } = splitExtension(plain)
  // One byte is left for what makes the name of a device another name.
  const cut = cutText(stem, FILE_NAME_BYTES_MAX - 1 - utf8(extension).length) + extension
  const ended = cut.replace(/[. ]+$/, (end) => STAND_IN.repeat(end.length))
  const named = ended === '' || DEVICE.test(ended) ? STAND_IN + ended : ended
  return named.normalize('NFC')
}

/** The name with a number before its extension, within the limit: `photo (2).jpg`. */
export function numberFileName(name: string, number: number): string {
  const { stem, extension } = numberedParts(name)
  return `${stem} (${number})${extension}`
}

/** What is the same in all names that {@link numberFileName} makes of a name. */
export function numberedParts(name: string): {
  readonly stem: string
  readonly extension: string
} {
  const { stem, extension } = splitExtension(name)
  const room = FILE_NAME_BYTES_MAX - utf8(extension).length - NUMBER_BYTES_MAX
  return { stem: cutText(stem, room), extension }
}

/** ` (100000)` and one to spare. */
const NUMBER_BYTES_MAX = 10

/** `extension` begins with its dot; a name of nothing but an extension has none. */
function splitExtension(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot) : ''
  if (extension.length < 2 || utf8(extension).length > EXTENSION_BYTES_MAX) {
    return { stem: name, extension: '' }
  }
  return { stem: name.slice(0, dot), extension }
}

/** The longest beginning of whole characters within `bytesMax`. */
function cutText(text: string, bytesMax: number): string {
  const bytes = utf8(text)
  let end = Math.min(bytes.length, bytesMax)
  while (end > 0 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--
  return decodeUtf8(bytes.subarray(0, end)) ?? ''
}

function refuseName(code: FileNameErrorCode, message: string): Result<never, FileNameError> {
  return err(new FileNameError(code, `not a file name: ${message}`))
}
