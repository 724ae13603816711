/**
 * The text of a message that is nothing but files: their names. So it is found by them, and says in a quote and in the
 * list of rooms what it is.
 */

import { byteLength, MESSAGE_BYTES_MAX } from './limits.ts'

export function fileNames(files: readonly { readonly name: string }[]): string {
  const names = files.map(({ name }) => name.normalize('NFC')).join(', ')
  return byteLength(names) > MESSAGE_BYTES_MAX ? '' : names
}
