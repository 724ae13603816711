/**
 * Keys as paths: any key has a path of its own inside its bucket's folder, and no key leads out of it or into another's.
 *
 * A key is cut at its slashes. Each piece becomes one name: a letter in front that says what it is, then the bytes of its UTF-8, those
 * of `a-z 0-9 _ - .` as they are, upper-case letters as `!` and the small letter, every other byte as `%` and two digits. So names
 * differ on file systems that take `A` for `a` or one form of `é` for another, and none is special to any system.
 *
 *     +name   a folder: the piece and a slash
 *     ~name   a folder: the first 80 bytes of a longer piece, which goes on inside
 *     _name   the object itself
 *
 * Worked example: `Photos//é.jpg` is at `+!photos/+/_%c3%a9.jpg`, and `..` at `_..`.
 *
 * Invariants:
 * 1. A piece of 80 bytes or more is always cut, so that all keys that begin alike are in one folder, and folders can be walked in the
 *    order of keys.
 * 2. `decodeName` takes exactly the names that are written.
 */

import { concatBytes, utf8 } from '@hamlet/core'

export type NameKind = '+' | '~' | '_'

export interface DecodedName {
  readonly kind: NameKind
  readonly bytes: Uint8Array
}

export const PIECE_BYTES_MAX = 80
const SLASH = 0x2f
const PLAIN = /^[a-z0-9_.-]$/
const NAME = /^[+~_](?:[a-z0-9_.-]|![a-z]|%[0-9a-f]{2})*$/
const UNIT = /!([a-z])|%([0-9a-f]{2})|(.)/g
const NAME_OF_BYTE = Array.from({ length: 256 }, (_, byte) => nameOfByte(byte))

/** Names of folders, then that of the file. */
export function keyToPath(key: string): readonly string[] {
  const bytes = utf8(key)
  const names: string[] = []
  let from = 0
  for (let end = bytes.indexOf(SLASH); end !== -1; end = bytes.indexOf(SLASH, from)) {
    pushPiece(names, bytes.subarray(from, end), '+')
    from = end + 1
  }
  pushPiece(names, bytes.subarray(from), '_')
  return names
}

function pushPiece(names: string[], piece: Uint8Array, kind: NameKind): void {
  let from = 0
  for (; piece.length - from >= PIECE_BYTES_MAX; from += PIECE_BYTES_MAX) {
    names.push(encodeName('~', piece.subarray(from, from + PIECE_BYTES_MAX)))
  }
  names.push(encodeName(kind, piece.subarray(from)))
}

function encodeName(kind: NameKind, bytes: Uint8Array): string {
  let name: string = kind
  for (const byte of bytes) name += NAME_OF_BYTE[byte]!
  return name
}

function nameOfByte(byte: number): string {
  const character = String.fromCharCode(byte)
  if (PLAIN.test(character)) return character
  if (/^[A-Z]$/.test(character)) return `!${character.toLowerCase()}`
  return `%${byte.toString(16).padStart(2, '0')}`
}

/** `undefined` for a name that is none of ours. */
export function decodeName(name: string): DecodedName | undefined {
  if (!NAME.test(name)) return undefined
  const kind = name[0] as NameKind
  const bytes = Array.from(name.slice(1).matchAll(UNIT), ([, upper, hex, plain]) =>
    hex === undefined ? (upper?.toUpperCase() ?? plain!).charCodeAt(0) : Number.parseInt(hex, 16),
  )
  const decoded = { kind, bytes: Uint8Array.from(bytes) }
  return encodeName(kind, decoded.bytes) === name ? decoded : undefined
}

/** What all keys under a name begin with. */
export function prefixOfName({ kind, bytes }: DecodedName): Uint8Array {
  return kind === '+' ? concatBytes(bytes, Uint8Array.of(SLASH)) : bytes
}
