/** Web services, asked by Node's own client: no redirects, no kept connections, and an end to every answer. */

import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { concatBytes } from '@hamlet/core'
import type { WebAnswer, WebRequest } from '../web-port.ts'

const HEADERS_BYTES_MAX = 16_384

export async function askWeb(asked: WebRequest): Promise<WebAnswer> {
  const timeout = AbortSignal.timeout(asked.timeoutMs)
  const answer = await begin(asked, AbortSignal.any([asked.signal, timeout]))
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > asked.bytesMax) {
      answer.destroy()
      throw new Error(`an answer of more than ${asked.bytesMax} bytes`)
    }
    parts.push(part)
  }
  return { status: answer.statusCode ?? 0, body: concatBytes(...parts) }
}

function begin(asked: WebRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, url, headers, body } = asked
  const request = url.startsWith('https:') ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal, agent: false, maxHeaderSize: HEADERS_BYTES_MAX }
    const outgoing = request(url, options, resolve)
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
