/** `createHttpClient` over a Unix socket, for the command line: same client, other `fetch`. */

import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

import { createHttpClient } from '../client.ts'
import type { FetchFunction, HttpClient } from '../client.ts'

export interface SocketClientOptions {
  readonly socketPath: string
  readonly token: string
  /** Time for one request, streams excepted. @default 30,000 */
  readonly timeoutMs?: number
}

export function createSocketClient({ socketPath, ...options }: SocketClientOptions): HttpClient {
  return createHttpClient({
    ...options,
    baseUrl: 'http://localhost',
    fetch: createSocketFetch(socketPath),
  })
}

/** As much of `fetch` as the client uses: text bodies out, a status and a body stream in. */
function createSocketFetch(socketPath: string): FetchFunction {
  return (url, init) =>
    new Promise((resolve, reject) => {
      const { pathname, search, host } = new URL(url)
      const body = typeof init.body === 'string' ? init.body : undefined
      const request = httpRequest({
        socketPath,
        path: pathname + search,
        method: init.method ?? 'GET',
        headers: { ...(init.headers as Record<string, string>), host },
        ...(init.signal ? { signal: init.signal } : {}),
      })
      request.once('response', (response) => resolve(toResponse(response)))
      request.once('error', reject)
      request.end(body)
    })
}

function toResponse(incoming: IncomingMessage): Response {
  const status = incoming.statusCode ?? 0
  const hasBody = status !== 204 && status !== 304
  if (!hasBody) incoming.resume()
  const body = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null
  return new Response(body, { status })
}
