/** One request from its headers to the route or the file that answers it. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Logger, Metrics } from '@hamlet/core'

import { stackOf } from '../error-reply.ts'
import type { ErrorReply } from '../error-reply.ts'
import {
  AUTH_FAILURE_DELAY_MS,
  IMPORT_MS_MAX,
  OPERATION_BURST_MAX,
  OPERATIONS_PER_SECOND_MAX,
} from '../limits.ts'
import { RateLimit } from '../rate-limit.ts'
import type { Caller } from '../route.ts'
import type { Access, Grant } from './access.ts'
import { collectBody } from './collect-body.ts'
import {
  allowedHosts,
  bodyBytesMax,
  bodyTooLarge,
  isApi,
  isImport,
  judgeRequest,
} from './request-guard.ts'
import { sendError, setSecurityHeaders } from './replies.ts'
import type { StaticFiles } from './static-files.ts'

export interface RequestHandlerParts {
  readonly access: Access
  readonly files: StaticFiles
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly closing: AbortSignal
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
  #hosts: ReadonlySet<string> = new Set()

  constructor(parts: RequestHandlerParts) {
    this.#parts = parts
    const { clock } = parts
    this.#operations = new RateLimit(clock, OPERATIONS_PER_SECOND_MAX, OPERATION_BURST_MAX)
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
    const { access, answer, closing } = this.#parts
    if (closing.aborted) {
      sendError(response, { status: 503, code: 'CLOSING', message: 'the peer is closing' }, true)
      return
    }
    const grant = findGrant(request, access)
    if (grant === undefined && !isOpen(request)) {
      await this.#refuseStranger(response)
      return
    }
    const rate = isOperation(request) ? this.#operations : grant?.rate
    const waitMs = rate?.take() ?? 0
    if (waitMs > 0) {
      sendError(response, tooMany(waitMs), true)
      return
    }
    const bytesMax = bodyBytesMax(request)
    const body = await collectBody(request, bytesMax)
    if (body === undefined) {
      sendError(response, bodyTooLarge(bytesMax), true)
      return
    }
    Object.assign(request, { rawBody: body })
    // A file of many years is written for longer than a connection may else stay silent.
    if (isImport(request)) response.setTimeout(IMPORT_MS_MAX)
    this.#watchLogin(request, response)
    await answer(request, response, grant?.caller)
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
