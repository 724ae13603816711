/**
 * Names in a catalog: what any file system of the person's may have, in one spelling.
 *
 * A catalog keeps what is backed up, and a backup that refuses `a:b` or `CON` loses files; where it is restored, names are mended by the
 * rules of shares. So only what would change the tree is refused: a slash, a zero byte, nothing, `.` and `..`.
 *
 * Invariant: `isCatalogName` depends on no tables of Unicode, so every device reads the same operations; normal form C is asked
 * for where a name is written, by `checkCatalogName`.
 */

import { decodeUtf8, err, ok, utf8 } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { CatalogError } from './errors.ts'
import { CATALOG_NAME_BYTES_MAX } from './limits.ts'

export function isCatalogName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false
  if (name.includes('/') || name.includes('\0') || !name.isWellFormed()) return false
  return name.length <= CATALOG_NAME_BYTES_MAX && utf8(name).length <= CATALOG_NAME_BYTES_MAX
}

/** The name as it is written down, in normal form C. */
export function checkCatalogName(text: string): Result<string, CatalogError> {
  // Before it is normalised: a hostile text may be long.
  const name = text.length <= CATALOG_NAME_BYTES_MAX ? text.normalize('NFC') : text
  if (isCatalogName(name)) return ok(name)
  const rule = `1 to ${CATALOG_NAME_BYTES_MAX} bytes, no slash or zero byte, not . or ..`
  return err(new CatalogError('VAULT_BAD_NAME', `not a name in a backup: expected ${rule}`))
}

/** The name with `mark` before its extension, within the limit: `notes (1f2e3d4c).txt`. */
export function markedName(name: string, mark: string): string {
  const dot = name.lastIndexOf('.')
  const hasExtension = dot > 0 && utf8(name.slice(dot)).length <= EXTENSION_BYTES_MAX
  const extension = hasExtension ? name.slice(dot) : ''
  const tail = ` (${mark})${extension}`
  const stem = hasExtension ? name.slice(0, dot) : name
  return cutText(stem, CATALOG_NAME_BYTES_MAX - utf8(tail).length) + tail
}

/** A longer ending is no extension worth keeping. */
const EXTENSION_BYTES_MAX = 32

function cutText(text: string, bytesMax: number): string {
  const bytes = utf8(text)
  let end = Math.min(bytes.length, bytesMax)
  while (end > 0 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--
  return decodeUtf8(bytes.subarray(0, end)) ?? ''
}
