/** Headers that every reply carries (`docs/security.md`, HTTP API, line 5), and replies made outside the routes. */

import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import { errorBody } from '../error-reply.ts'
import type { ErrorReply } from '../error-reply.ts'

/**
 * Only this origin's own files run, nothing inline, nobody frames the page and strings never become markup.
 */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
  "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'"

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
}

/** Sends the error and, since the body may not have been read, closes the connection when told to. */
export function sendError(
  response: ServerResponse,
  reply: ErrorReply,
  close = false,
  content: object = errorBody(reply),
): void {
  if (response.headersSent || response.destroyed) return
  const body = JSON.stringify(content)
  response.setHeader('content-type', 'application/json')
  response.setHeader('content-length', Buffer.byteLength(body))
  if (close) response.setHeader('connection', 'close')
  const allowed = reply.fields?.['allowed']
  if (allowed !== undefined) response.setHeader('allow', String(allowed))
  if (reply.status === 401) response.setHeader('www-authenticate', 'Bearer')
  const retryAfterMs = reply.fields?.['retryAfterMs']
  if (typeof retryAfterMs === 'number') {
    response.setHeader('retry-after', Math.ceil(retryAfterMs / 1000))
  }
  response.writeHead(reply.status)
  response.end(body)
}

const STATUS_LINES: Readonly<Record<string, readonly [status: string, code: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'BAD_REQUEST'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'BAD_REQUEST'],
}

/** Answers bytes that are not HTTP, or came too slowly, and ends the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, code] = STATUS_LINES[error.code ?? ''] ?? ['400 Bad Request', 'BAD_REQUEST']
  const body = JSON.stringify({ error: { code, message: 'the request is not well-formed' } })
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
