/**
 * The files of a published log from a web server.
 *
 * Nothing the server sends is trusted, so all there is to bound is how much and for how long: no more bytes than the file
 * can have, none that would have to be decompressed, no redirects, and an answer within `REQUEST_MS_MAX`.
 */

import { Agent as HttpAgent, get as getHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, get as getHttps } from 'node:https'
import { concatBytes, REQUEST_MS_MAX } from '@hamlet/core'
import type { TileFetch } from '@hamlet/log'

import { CliError } from './errors.ts'

export interface HttpTiles extends Disposable {
  readonly fetch: TileFetch
}

/** `prefix`: an http or https URL under which the files are. @throws CliError `USAGE`; its `fetch` rejects with `FILE_FAILED` */
export function createHttpTiles(prefix: string): HttpTiles {
  const base = parsePrefix(prefix)
  const isSecure = base.protocol === 'https:'
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const get = isSecure ? getHttps : getHttp
  return {
    async fetch(path, { bytesMax, signal }) {
      const url = new URL(path, base)
      const timeout = AbortSignal.timeout(REQUEST_MS_MAX)
      const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
      const headers = { 'accept-encoding': 'identity' }
      try {
        const reply = await new Promise<IncomingMessage>((resolve, reject) => {
          get(url, { agent, headers, signal: ends }, resolve).on('error', reject)
        })
        return await readReply(reply, url, bytesMax)
      } catch (cause) {
        if (cause instanceof CliError || signal?.aborted === true) throw cause
        throw failed(url, cause instanceof Error ? cause.message : String(cause), cause)
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

function parsePrefix(text: string): URL {
  const url = URL.parse(text.endsWith('/') ? text : `${text}/`)
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return url
  throw new CliError('USAGE', `expected an address such as https://example.org/log, got "${text}"`)
}

async function readReply(
  reply: IncomingMessage,
  url: URL,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const { statusCode, headers } = reply
  if (statusCode === 404 || statusCode === 410) {
    reply.resume()
    return undefined
  }
  const encoding = headers['content-encoding'] ?? 'identity'
  const refusal =
    statusCode !== 200
      ? `the server answered ${statusCode}`
      : encoding === 'identity'
        ? undefined
        : 'the server sent it compressed without being asked to'
  if (refusal !== undefined) {
    reply.destroy()
    throw failed(url, refusal)
  }
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of reply as AsyncIterable<Uint8Array>) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > bytesMax) throw failed(url, `the server sent more than ${bytesMax} bytes`)
  }
  return concatBytes(...pieces)
}

function failed(url: URL, reason: string, cause?: unknown): CliError {
  return new CliError('FILE_FAILED', `cannot read ${url.href}: ${reason}`, { cause })
}
