/**
 * The HTTP server of the tracker, with TLS where certificate files are given.
 *
 * A request passes, in this order, and is answered at the first refusal: connection limits and timeouts (node:http), form,
 * host, origin, method and media type (`judgeRequest` of `@hamlet/http`), rate by address, body size, token and rate by
 * identity, then the route with its schemas (`app.ts`). Rules with their tests: docs/security.md, Tracker.
 */

import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { readFile } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import * as parts from '@hamlet/http/parts'
import type { ErrorReply, StaticFiles } from '@hamlet/http/parts'
import type { Clock, Logger } from '@hamlet/core'

import { TrackerError } from '../errors.ts'
import * as limits from '../limits.ts'
import { bodyFor } from './app.ts'
import type { TrackerMetrics } from './metrics.ts'
import { addressKey, RateLimits } from './rate-limits.ts'
import { clientAddress, ownHosts } from './request-origin.ts'
import type { TrackerApp } from './route.ts'

export interface TlsFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

export interface TrackerServerOptions {
  readonly host: string
  readonly port: number
  /** Names it is reached by, beside loopback: `tracker.example` or `tracker:8080`. */
  readonly hosts: readonly string[]
  /** Of the pages, as browsers see them. */
  readonly scheme: 'http' | 'https'
  readonly tls?: TlsFiles
  /** Whether `X-Forwarded-For` tells the client: a proxy stands in front and nobody gets around it. */
  readonly trustsProxy: boolean
  readonly app: TrackerApp
  readonly files: StaticFiles
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: TrackerMetrics
  /** @default STOP_MS_MAX */
  readonly stopMs?: number
}

/** Paths outside `/api/` that the app answers. */
const SERVICE_PATHS: ReadonlySet<string> = new Set(['/health', '/metrics', '/openapi.json'])
const LOGIN_PATH =
  /^\/api\/v(?:1\/peers\/register|2\/(?:login|accounts)(?:\/(?:challenge|login))?)$/

export class TrackerServer {
  readonly #options: TrackerServerOptions
  readonly #addresses: RateLimits
  readonly #logins: RateLimits
  readonly #answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly #clients = new WeakMap<IncomingMessage, string>()
  #server: Server | undefined
  #hosts: ReadonlySet<string> = new Set()
  #isStopping = false

  constructor(options: TrackerServerOptions) {
    this.#options = options
    const { clock } = options
    this.#addresses = new RateLimits(
      clock,
      limits.ADDRESS_REQUESTS_PER_SECOND_MAX,
      limits.ADDRESS_REQUEST_BURST_MAX,
    )
    this.#logins = new RateLimits(
      clock,
      limits.ADDRESS_LOGINS_PER_MINUTE_MAX / 60,
      limits.ADDRESS_LOGIN_BURST_MAX,
    )
    const listener = getRequestListener(
      (request, bindings) => {
        const { incoming } = bindings as HttpBindings
        const address = this.#clients.get(incoming) ?? ''
        return options.app.fetch(request, { address, host: incoming.headers.host ?? '' })
      },
      { overrideGlobalObjects: false, hostname: 'localhost' },
    )
    this.#answer = async (request, response) => listener(request, response)
  }

  get port(): number {
    return (this.#server?.address() as AddressInfo | null)?.port ?? 0
  }

  /** @throws HttpServerError `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`; TrackerError `TRACKER_MISCONFIGURED` */
  async listen(): Promise<void> {
    const { host, port, hosts } = this.#options
    const server = await this.#createServer()
    this.#server = server
    await parts.listenOnPort(server, host, port)
    this.#hosts = ownHosts(this.port, hosts)
  }

  /** Certificates that were renewed are taken up; connections that are open keep the old ones. */
  async reloadTls(): Promise<void> {
    const { tls } = this.#options
    if (tls === undefined || this.#server === undefined) return
    const secure = this.#server as Server & { setSecureContext?: (options: object) => void }
    secure.setSecureContext?.(await readTls(tls))
  }

  /** Stops listening, waits for requests under way, then cuts what is left. Idempotent. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined || this.#isStopping) return
    this.#isStopping = true
    const cancel = this.#options.clock.after(this.#options.stopMs ?? limits.STOP_MS_MAX, () =>
      server.closeAllConnections(),
    )
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeIdleConnections()
    })
    cancel()
  }

  async #createServer(): Promise<Server> {
    const { tls } = this.#options
    const options = {
      maxHeaderSize: parts.HEADER_BYTES_MAX,
      headersTimeout: parts.HEADERS_MS_MAX,
      requestTimeout: parts.REQUEST_MS_MAX,
      keepAliveTimeout: parts.IDLE_MS_MAX,
      connectionsCheckingInterval: 1000,
      requireHostHeader: true,
      insecureHTTPParser: false,
      noDelay: true,
    }
    const listener: RequestListener = (request, response) => void this.#handle(request, response)
    const server =
      tls === undefined
        ? createHttpServer(options, listener)
        : createHttpsServer(
            { ...options, ...(await readTls(tls)), minVersion: 'TLSv1.2' },
            listener,
          )
    server.maxConnections = limits.CONNECTIONS_MAX
    server.maxHeadersCount = parts.HEADERS_MAX
    server.maxRequestsPerSocket = parts.REQUESTS_PER_CONNECTION_MAX
    server.timeout = parts.IDLE_MS_MAX
    server.on('clientError', parts.refuseConnection)
    server.on('connection', (socket: Socket) => {
      this.#countConnections(server)
      socket.once('close', () => this.#countConnections(server))
    })
    return server
  }

  #countConnections(server: Server): void {
    server.getConnections((_, count) => this.#options.metrics.setConnections(count))
  }

  /** Never rejects. */
  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, logger, metrics, files } = this.#options
    const startMs = clock.monotonic()
    response.once('close', () => {
      const seconds = (clock.monotonic() - startMs) / 1000
      metrics.countRequest(request.method ?? '', response.statusCode, seconds)
      // A connection that falls idle while the server stops would keep it open until its timeout.
      if (this.#isStopping) setImmediate(() => this.#server?.closeIdleConnections())
    })
    parts.setSecurityHeaders(response)
    try {
      const refusal = this.#judge(request)
      if (refusal !== undefined) this.#refuse(request, response, refusal)
      else if (parts.isApi(request)) await this.#handleApi(request, response)
      else if (SERVICE_PATHS.has(pathOf(request))) await this.#answer(request, response)
      else await files.serve(request, response)
    } catch (error) {
      if (response.destroyed) return
      logger.error('request failed', { stack: parts.stackOf(error) })
      if (response.headersSent) response.destroy()
      else this.#refuse(request, response, { status: 500, code: 'INTERNAL', message: 'a defect' })
    }
  }

  #judge(request: IncomingMessage): ErrorReply | undefined {
    const { scheme, tls, trustsProxy } = this.#options
    const isLocal = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::|$)/.test(request.headers.host ?? '')
    // Behind a proxy that ends TLS, pages of this machine itself are still plain.
    const ownScheme = isLocal && tls === undefined ? 'http' : scheme
    const refusal = parts.judgeRequest(request, this.#hosts, ownScheme)
    if (refusal !== undefined) return refusal
    if (this.#isStopping && parts.isApi(request)) {
      return { status: 503, code: 'CLOSING', message: 'the tracker is stopping' }
    }
    const address = clientAddress(request, trustsProxy)
    this.#clients.set(request, address)
    const key = addressKey(address)
    const waitMs = this.#addresses.take(key)
    if (waitMs > 0) return tooMany(waitMs)
    if (request.method !== 'POST' || !LOGIN_PATH.test(pathOf(request))) return undefined
    const loginMs = this.#logins.take(key)
    return loginMs > 0 ? tooMany(loginMs) : undefined
  }

  async #handleApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await parts.collectBody(request, parts.BODY_BYTES_MAX)
    if (body === undefined) {
      this.#refuse(request, response, parts.bodyTooLarge(parts.BODY_BYTES_MAX))
      return
    }
    Object.assign(request, { rawBody: body })
    await this.#answer(request, response)
  }

  #refuse(request: IncomingMessage, response: ServerResponse, reply: ErrorReply): void {
    this.#options.metrics.countRefusal(reply.code)
    parts.sendError(response, reply, true, bodyFor(pathOf(request), reply))
  }
}

async function readTls({ certificateFile, keyFile }: TlsFiles) {
  try {
    const [cert, key] = await Promise.all([readFile(certificateFile), readFile(keyFile)])
    return { cert, key }
  } catch (cause) {
    const message = `cannot read the certificate or its key: ${String(cause)}`
    throw new TrackerError('TRACKER_MISCONFIGURED', message, { cause })
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

function tooMany(retryAfterMs: number): ErrorReply {
  const message = 'too many requests from this address; wait'
  return { status: 429, code: 'RATE_LIMITED', message, fields: { retryAfterMs } }
}
