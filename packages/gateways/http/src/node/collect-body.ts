/** The body of a request, as far as a server takes one. */

import type { IncomingMessage } from 'node:http'

/** The whole body, or `undefined` when it is too large; the guard has looked at its announced length. */
export async function collectBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
