/**
 * What is decided about a request from its first line and headers alone, before anything is routed or read.
 *
 * The idea: a page of any web site can make its visitor's browser send requests to loopback, also under a name of its
 * own that resolves there (DNS rebinding), and other programs on this machine can open connections. What a browser
 * cannot forge are `Host`, `Origin` and `Sec-Fetch-Site`; so those are judged first and exactly. Real cases:
 * CVE-2025-66414 (MCP SDK), Syncthing's host check.
 *
 * Invariants:
 * 1. The target is in origin form (`/…`); exactly one `Host`, from the allow-list.
 * 2. A cross-site request gets nothing but the page itself, and the API not even from another port of localhost.
 * 3. A change is a POST, PUT or DELETE that says it is JSON, or a PUT of a file that says so: a page elsewhere can send
 *    neither without a preflight, and no preflight is ever answered with permission.
 */

import type { IncomingMessage } from 'node:http'

import type { ErrorReply } from '../error-reply.ts'
import { BODY_BYTES_MAX, IMPORT_BODY_BYTES_MAX } from '../limits.ts'

export const API_PREFIX = '/api/'

const PAGE_METHODS = new Set(['GET', 'HEAD'])
const API_CHANGES = new Set(['POST', 'PUT', 'DELETE'])
const FILE_TYPE = 'application/octet-stream'
const JSON_TYPE = /^application\/json(\s*;\s*charset=("utf-8"|utf-8))?\s*$/i
const IMPORT_TARGET = /^\/api\/v1\/spaces\/[0-9a-f]{64}\/ledger\/imports(?:\/preview)?$/
const UPLOAD_TARGET =
  /^\/api\/v1\/(?:uploads\/[0-9a-f]{32,64}|spaces\/[0-9a-f]{64}\/prepared-files)\/content\?/
const CONTENT_TARGET =
  /^\/api\/v1\/(?:shares\/[0-9a-f]{64}\/content\?|spaces\/[0-9a-f]{64}\/attachments\/[0-9a-f.]{1,200}\/content(?:\?|$)|tickets\/(?<ticket>[A-Za-z0-9_-]{43})(?:\?|$))/
const FINISH_TARGET = /^\/api\/v1\/uploads\/[0-9a-f]{32,64}\/finish$/
/** Headers that decide something here: a second one would let two readers disagree. */
const SINGLE_HEADERS = ['host', 'origin', 'authorization', 'content-type', 'content-length']

/** `host:port` as they may be written for a server that listens on this port of loopback. */
export function allowedHosts(port: number): ReadonlySet<string> {
  const names = ['127.0.0.1', 'localhost', '[::1]']
  const hosts = names.map((name) => `${name}:${port}`)
  // Browsers leave the default port out.
  return new Set(port === 80 ? [...hosts, ...names] : hosts)
}

/**
 * Why the request is refused, or `undefined` when it may go on.
 * @param scheme of the pages that this server serves under the request's host
 */
export function judgeRequest(
  request: IncomingMessage,
  hosts: ReadonlySet<string>,
  scheme: 'http' | 'https' = 'http',
): ErrorReply | undefined {
  return (
    judgeForm(request) ??
    judgeHost(request, hosts) ??
    judgeOrigin(request, scheme) ??
    judgeMethod(request) ??
    judgeBody(request)
  )
}

function judgeForm(request: IncomingMessage): ErrorReply | undefined {
  if (!(request.url ?? '').startsWith('/')) return bad('the target must be a path')
  for (const name of SINGLE_HEADERS) {
    if ((request.headersDistinct[name]?.length ?? 0) > 1) return bad(`more than one ${name}`)
  }
  return undefined
}

function judgeHost(request: IncomingMessage, hosts: ReadonlySet<string>): ErrorReply | undefined {
  if (hosts.has(request.headers.host ?? '')) return undefined
  return { status: 421, code: 'HOST_REFUSED', message: 'this host is not served here' }
}

function judgeOrigin(request: IncomingMessage, scheme: string): ErrorReply | undefined {
  const { origin } = request.headers
  if (origin !== undefined && origin !== `${scheme}://${request.headers.host ?? ''}`)
    return foreign()
  const site = request.headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined
  // The page itself may be opened from a link anywhere; everything else is for that page only.
  const isNavigation = request.headers['sec-fetch-mode'] === 'navigate'
  if (isNavigation && request.method === 'GET' && !isApi(request)) return undefined
  return foreign()
}

function judgeMethod(request: IncomingMessage): ErrorReply | undefined {
  const method = request.method ?? ''
  if (!isApi(request)) return PAGE_METHODS.has(method) ? undefined : wrongMethod(method)
  if (method === 'GET' || (method === 'HEAD' && isContent(request))) return undefined
  if (!API_CHANGES.has(method)) return wrongMethod(method)
  const type = request.headers['content-type'] ?? ''
  if (isUpload(request) ? type === FILE_TYPE : JSON_TYPE.test(type)) return undefined
  const expected = isUpload(request) ? FILE_TYPE : 'application/json'
  return {
    status: 415,
    code: 'MEDIA_TYPE_REFUSED',
    message: `expected Content-Type: ${expected}`,
  }
}

function judgeBody(request: IncomingMessage): ErrorReply | undefined {
  const encoding = request.headers['transfer-encoding']
  if (encoding !== undefined && encoding !== 'chunked') return bad('unknown transfer encoding')
  if (request.headers['content-encoding'] !== undefined) return bad('bodies are not compressed')
  const length = request.headers['content-length'] ?? '0'
  const hasBody = encoding !== undefined || length !== '0'
  if (hasBody && PAGE_METHODS.has(request.method ?? '')) return bad('a read has no body')
  // How large a file may be is for the disk and the quota to say.
  if (isUpload(request)) return undefined
  const bytesMax = bodyBytesMax(request)
  return Number(length) > bytesMax ? bodyTooLarge(bytesMax) : undefined
}

export function bodyBytesMax(request: IncomingMessage): number {
  return isImport(request) ? IMPORT_BODY_BYTES_MAX : BODY_BYTES_MAX
}

/** Whether the request brings a file, by its target alone. */
export function isImport(request: IncomingMessage): boolean {
  return request.method === 'POST' && IMPORT_TARGET.test(request.url ?? '')
}

/** Whether the body is a file of a share, which is not read into memory. */
export function isUpload(request: IncomingMessage): boolean {
  return request.method === 'PUT' && UPLOAD_TARGET.test(request.url ?? '')
}

/** Whether the reply is a file of a share. */
export function isContent(request: IncomingMessage): boolean {
  return PAGE_METHODS.has(request.method ?? '') && CONTENT_TARGET.test(request.url ?? '')
}

/** The ticket that stands in place of a token. */
export function ticketOf(request: IncomingMessage): string | undefined {
  if (!PAGE_METHODS.has(request.method ?? '')) return undefined
  return CONTENT_TARGET.exec(request.url ?? '')?.groups?.['ticket']
}

/** Whether the answer may take longer than a connection may else stay silent. */
export function isLong(request: IncomingMessage): boolean {
  return (
    isImport(request) ||
    isContent(request) ||
    (request.method === 'POST' && FINISH_TARGET.test(request.url ?? ''))
  )
}

export function isApi(request: IncomingMessage): boolean {
  return (request.url ?? '').startsWith(API_PREFIX)
}

export function bodyTooLarge(bytesMax: number): ErrorReply {
  return {
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: `expected a body of at most ${bytesMax} bytes`,
    fields: { bytesMax },
  }
}

function bad(message: string): ErrorReply {
  return { status: 400, code: 'BAD_REQUEST', message }
}

function foreign(): ErrorReply {
  const message = 'requests from pages of other origins are refused'
  return { status: 403, code: 'ORIGIN_REFUSED', message }
}

function wrongMethod(method: string): ErrorReply {
  return { status: 405, code: 'METHOD_NOT_ALLOWED', message: `${method} is not possible here` }
}
