/** One request from its headers to the route or the file that answers it. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Logger, Metrics } from '@hamlet/core'

import { stackOf } from '../error-reply.ts'
import type { ErrorReply } from '../error-reply.ts'
import {
  AUTH_FAILURE_DELAY_MS,
  FILE_IDLE_MS_MAX,
  FILE_REQUESTS_PER_SECOND_MAX,
  OPERATION_BURST_MAX,
  OPERATIONS_PER_SECOND_MAX,
} from '../limits.ts'
import { RateLimit } from '../rate-limit.ts'
import type { Caller } from '../route.ts'
import type { Access, Grant } from './access.ts'
import type { FileTickets } from '../file-tickets.ts'
import { collectBody } from './collect-body.ts'
import {
  allowedHosts,
  bodyBytesMax,
  bodyTooLarge,
  isApi,
  isContent,
  isLong,
  isUpload,
  judgeRequest,
  ticketOf,
} from './request-guard.ts'
import { sendError, setSecurityHeaders } from './replies.ts'
import type { StaticFiles } from './static-files.ts'

export interface RequestHandlerParts {
  readonly access: Access
  readonly files: StaticFiles
  readonly tickets: FileTickets
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly closing: AbortSignal
  /** Time without a byte of a file that is put in. */
  readonly uploadIdleMs: number
  readonly answer: (
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller | undefined,
  ) => Promise<void>
}

const BEARER = /^Bearer ([A-Za-z0-9_-]{1,128})$/
const SOCKET_HOSTS: ReadonlySet<string> = new Set(['localhost'])
/** What clients sign; who they are is in the body. */
const OPERATIONS_PATH = '/api/v1/operations'
const OPEN_PATHS: ReadonlySet<string> = new Set([
  '/api/v1/session',
  '/api/v1/openapi.json',
  OPERATIONS_PATH,
])

export class RequestHandler {
  readonly #parts: RequestHandlerParts
  /** Shared by all clients: whoever has no key yet can make it full, and learns nothing by it. */
  readonly #operations: RateLimit
  /** Shared by all tickets: whoever has one was given it. */
  readonly #ticketed: RateLimit
  #hosts: ReadonlySet<string> = new Set()

  constructor(parts: RequestHandlerParts) {
    this.#parts = parts
    const { clock } = parts
    this.#operations = new RateLimit(clock, OPERATIONS_PER_SECOND_MAX, OPERATION_BURST_MAX)
    const perSecond = FILE_REQUESTS_PER_SECOND_MAX
    this.#ticketed = new RateLimit(clock, perSecond, perSecond)
  }

  setPort(port: number): void {
    this.#hosts = allowedHosts(port)
  }

  /** Never rejects. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    kind: 'tcp' | 'socket',
  ): Promise<void> {
    this.#parts.metrics.count('http_requests')
    setSecurityHeaders(response)
    const refusal = judgeRequest(request, kind === 'tcp' ? this.#hosts : SOCKET_HOSTS)
    try {
      if (refusal !== undefined) sendError(response, refusal, true)
      else if (isApi(request)) await this.#handleApi(request, response)
      else await this.#parts.files.serve(request, response)
    } catch (error) {
      this.#fail(response, error)
    }
  }

  async #handleApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { access, closing } = this.#parts
    if (closing.aborted) {
      sendError(response, { status: 503, code: 'CLOSING', message: 'the peer is closing' }, true)
      return
    }
    const isTicketed = this.#isTicketed(request, response)
    const grant = isTicketed ? undefined : findGrant(request, access)
    if (grant === undefined && !isTicketed && !isOpen(request)) {
      await this.#refuseStranger(response)
      return
    }
    const rate = isTicketed ? this.#ticketed : this.#rateOf(request, grant)
    const waitMs = rate?.take() ?? 0
    if (waitMs > 0) {
      sendError(response, tooMany(waitMs), true)
      return
    }
    if (isLong(request)) response.setTimeout(FILE_IDLE_MS_MAX)
    // Not before it is known who asks: for anybody else the server waits no longer than ever.
    if (isUpload(request)) response.setTimeout(this.#parts.uploadIdleMs)
    await this.#answer(request, response, grant)
  }

  /** Files are left to be read by who takes them; every other body is read here, whole and bounded. */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    grant: Grant | undefined,
  ): Promise<void> {
    if (!isUpload(request)) {
      const bytesMax = bodyBytesMax(request)
      const body = await collectBody(request, bytesMax)
      if (body === undefined) {
        sendError(response, bodyTooLarge(bytesMax), true)
        return
      }
      Object.assign(request, { rawBody: body })
    }
    // Once a file is here, nothing is said until it is durable, which takes as long as the disk takes.
    else request.once('end', () => response.setTimeout(FILE_IDLE_MS_MAX))
    this.#watchLogin(request, response)
    await this.#parts.answer(request, response, grant?.caller)
  }

  #rateOf(request: IncomingMessage, grant: Grant | undefined): RateLimit | undefined {
    if (isOperation(request)) return this.#operations
    return isUpload(request) || isContent(request) ? grant?.fileRate : grant?.rate
  }

  /** Whether a ticket that counts stands in the target; it is in use until the reply has ended. */
  #isTicketed(request: IncomingMessage, response: ServerResponse): boolean {
    const ticket = ticketOf(request)
    if (ticket === undefined || this.#parts.tickets.find(ticket) === undefined) return false
    response.once('close', () => this.#parts.tickets.find(ticket))
    return true
  }

  /** Failed logins share the bucket of failed tokens. */
  #watchLogin(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'POST' || !isOpen(request)) return
    response.once('finish', () => {
      if (response.statusCode === 401) this.#parts.access.countFailure()
    })
  }

  async #refuseStranger(response: ServerResponse): Promise<void> {
    const { access, clock, metrics } = this.#parts
    metrics.count('http_auth_failures')
    if (access.countFailure()) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(AUTH_FAILURE_DELAY_MS, resolve)
        response.once('close', () => {
          cancel()
          resolve()
        })
      })
    }
    sendError(response, { status: 401, code: 'UNAUTHORIZED', message: 'this needs a token' }, true)
  }

  #fail(response: ServerResponse, error: unknown): void {
    if (response.destroyed) return
    this.#parts.logger.error('request failed', { stack: stackOf(error) })
    if (response.headersSent) response.destroy()
    else sendError(response, { status: 500, code: 'INTERNAL', message: 'a defect' }, true)
  }
}

function findGrant(request: IncomingMessage, access: Access): Grant | undefined {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1]
  return token === undefined ? undefined : access.find(token)
}

function isOpen(request: IncomingMessage): boolean {
  return OPEN_PATHS.has(pathOf(request))
}

function isOperation(request: IncomingMessage): boolean {
  return pathOf(request) === OPERATIONS_PATH
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

function tooMany(retryAfterMs: number): ErrorReply {
  const message = 'too many requests with this token, or operations of clients'
  return { status: 429, code: 'RATE_LIMITED', message, fields: { retryAfterMs } }
}
