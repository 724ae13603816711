/** Splits a stream of UTF-8 bytes into lines, for Server-Sent Events and JSON Lines, with a limit on one line. */

import { ApiError } from './errors.ts'

/** Lines without their `\n` or `\r\n`; a last line without an end counts as one. @throws ApiError `BAD_REPLY` */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  lineLengthMax: number,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      const lines = (rest + decoder.decode(value, { stream: !done })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > lineLengthMax) throw lineTooLong(lineLengthMax)
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
      if (!done) continue
      if (rest !== '') yield rest
      return
    }
  } finally {
    // The reader may already be in error; then there is nothing left to cancel.
    await reader.cancel().catch(() => {})
  }
}

function lineTooLong(lineLengthMax: number): ApiError {
  return new ApiError('BAD_REPLY', `expected lines of at most ${lineLengthMax} characters`, 0)
}
