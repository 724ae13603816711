/** `createHttpClient` over a Unix socket, for the command line: same client, other `fetch`. */

import { request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
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

/** As much of `fetch` as the client uses: text and streams out, a status and a body stream in. */
function createSocketFetch(socketPath: string): FetchFunction {
  return (url, init) =>
    new Promise((resolve, reject) => {
      const { pathname, search, host } = new URL(url)
      const request = httpRequest({
        socketPath,
        path: pathname + search,
        method: init.method ?? 'GET',
        headers: { ...(init.headers as Record<string, string>), host },
        ...(init.signal ? { signal: init.signal } : {}),
      })
      request.once('response', (response) => resolve(toResponse(response)))
      request.once('error', reject)
      // Once it has answered, a peer may stop reading; what the request says of that is no news.
      request.on('error', () => undefined)
      if (init.body instanceof ReadableStream) void sendStream(init.body, request)
      else if (init.body instanceof Blob) void sendStream(init.body.stream(), request)
      else request.end(typeof init.body === 'string' ? init.body : undefined)
    })
}

/** Ends early when the peer has answered, which then wants no more of it. */
async function sendStream(body: ReadableStream<Uint8Array>, request: ClientRequest): Promise<void> {
  let isOver = false
  const end = (): void => void (isOver = true)
  request.once('response', end)
  request.once('close', end)
  try {
    for await (const piece of body) {
      if (isOver) return
      if (!request.write(piece)) await drained(request)
    }
    request.end()
  } catch (error) {
    request.destroy(error as Error)
  }
}

/** Resolves too when nothing more is taken. */
function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'response']
    const finish = (): void => {
      for (const event of events) request.off(event, finish)
      resolve()
    }
    for (const event of events) request.once(event, finish)
  })
}

function toResponse(incoming: IncomingMessage): Response {
  const status = incoming.statusCode ?? 0
  const hasBody = status !== 204 && status !== 304
  if (!hasBody) incoming.resume()
  const body = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null
  return new Response(body, { status })
}
