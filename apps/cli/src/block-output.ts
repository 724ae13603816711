/** How a block of a log is shown. */

import { bytesToBase64, decodeUtf8 } from '@hamlet/core'

import type { Session } from './command.ts'
import { printableLines } from './text.ts'

/** As it is into a file or a pipe; on a terminal harmless text, or how many bytes it is. */
export function writeBlock(
  session: Session,
  index: number,
  block: Uint8Array,
  flags: { readonly lines?: boolean },
  facts: Readonly<Record<string, unknown>> = {},
): void {
  const { stdout } = session.io
  if (session.isJson) {
    const text = decodeUtf8(block)
    const value = { index, bytes: block.length, base64: bytesToBase64(block), text, ...facts }
    return session.print(JSON.stringify(value))
  }
  if (stdout.isTerminal) {
    const text = decodeUtf8(block)
    return session.print(
      text === undefined
        ? `(block ${index}: ${block.length} bytes that are no text)`
        : printableLines(text),
    )
  }
  stdout.write(block)
  if (flags.lines === true) stdout.write('\n')
}
