/**
 * The HTTP server of a peer: loopback addresses and a Unix socket in front of the API's routes and the web app's files.
 *
 * A request passes, in this order, and is answered at the first refusal: connection limits and timeouts (node:http),
 * form, host, origin, method and media type (`request-guard.ts`), token and rate (`access.ts`), body size, then the
 * route with its scope and schemas (`app.ts`). Security rules with their tests: `docs/security.md`, HTTP API.
 */

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { crc32 } from 'node:zlib'
import { getRequestListener } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import type { Clock, Logger, Metrics, Random } from '@hamlet/core'

import { createApiApp } from '../app.ts'
import type { TokenScope } from '../client.ts'
import type { HamletApi } from '../hamlet-api.ts'
import * as limits from '../limits.ts'
import type { Caller } from '../route.ts'
import { Access } from './access.ts'
import type { AccessToken } from './access.ts'
import { isSocketPath, listenOnPort, listenOnSocket, loopbackAddresses } from './listen.ts'
import { refuseConnection } from './replies.ts'
import { RequestHandler } from './request-handler.ts'
import { isUpload } from './request-guard.ts'
import { openStaticFiles } from './static-files.ts'
import { TicketBook } from './ticket-book.ts'

export interface HttpServerOptions {
  readonly api: HamletApi
  /** `host`: 127.0.0.1, ::1 or localhost (both). `port`: 0 lets the system choose. */
  readonly http: { readonly host: string; readonly port: number }
  /** A Unix socket for the command line; its folder is made with mode 0700. Too long a path is left out. */
  readonly socketPath?: string
  readonly tokens: readonly AccessToken[]
  /** The build of the web app; listed once. Without it there are no pages. */
  readonly staticDirectory?: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
  readonly timeouts?: Partial<HttpTimeouts>
}

export interface HttpTimeouts {
  /** @default HEADERS_MS_MAX */
  readonly headersMs: number
  /** @default REQUEST_MS_MAX */
  readonly requestMs: number
  /** @default IDLE_MS_MAX */
  readonly idleMs: number
  /** @default UPLOAD_IDLE_MS_MAX */
  readonly uploadIdleMs: number
  /** @default HEARTBEAT_MS */
  readonly heartbeatMs: number
  /** @default DRAIN_MS_MAX */
  readonly drainMs: number
}

export interface HttpServer {
  /** Such as `http://127.0.0.1:7710`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** A code for `POST /session`, good once within 60 seconds. @default scope `admin` */
  createLoginCode(scope?: TokenScope): string
  /** The web app's address with a login code in its fragment: `http://…/#login=…`. */
  createLoginUrl(scope?: TokenScope): string
  /** Replaces every token and ends every session. */
  setTokens(tokens: readonly AccessToken[]): void
  /** Stops listening, ends event streams, waits for requests under way, then cuts what is left. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const TIMEOUTS: HttpTimeouts = {
  headersMs: limits.HEADERS_MS_MAX,
  requestMs: limits.REQUEST_MS_MAX,
  idleMs: limits.IDLE_MS_MAX,
  uploadIdleMs: limits.UPLOAD_IDLE_MS_MAX,
  heartbeatMs: limits.HEARTBEAT_MS,
  drainMs: limits.DRAIN_MS_MAX,
}

/** @throws HttpServerError `HTTP_NOT_LOOPBACK`, `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`, `HTTP_UNSAFE_PERMISSIONS` */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const addresses = loopbackAddresses(options.http.host)
  const server = new LoopbackServer(options, await openRequestHandlerParts(options))
  try {
    await server.listen(addresses)
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

async function openRequestHandlerParts(options: HttpServerOptions) {
  const access = new Access(options.clock, options.random, options.tokens)
  const isKnown = (caller: Caller): boolean => access.isKnown(caller)
  const tickets = new TicketBook(options.clock, options.random, isKnown)
  return { access, tickets, files: await openStaticFiles(options.staticDirectory) }
}

class LoopbackServer implements HttpServer {
  readonly #options: HttpServerOptions
  readonly #timeouts: HttpTimeouts
  readonly #access: Access
  readonly #tickets: TicketBook
  readonly #handler: RequestHandler
  readonly #closing = new AbortController()
  readonly #servers: Server[] = []
  readonly #uploading = new Set<Duplex>()
  #address = ''
  #port = 0
  #closed: Promise<void> | undefined

  constructor(
    options: HttpServerOptions,
    parts: Awaited<ReturnType<typeof openRequestHandlerParts>>,
  ) {
    this.#options = options
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts }
    this.#access = parts.access
    this.#tickets = parts.tickets
    this.#handler = new RequestHandler({
      ...options,
      ...parts,
      answer: this.#createAnswer(),
      uploadIdleMs: this.#timeouts.uploadIdleMs,
      closing: this.#closing.signal,
    })
  }

  get url(): string {
    const host = this.#address.includes(':') ? `[${this.#address}]` : this.#address
    return `http://${host}:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  createLoginCode(scope: TokenScope = 'admin'): string {
    return this.#access.createLoginCode(scope)
  }

  createLoginUrl(scope: TokenScope = 'admin'): string {
    return `${this.url}/#login=${this.createLoginCode(scope)}`
  }

  setTokens(tokens: readonly AccessToken[]): void {
    this.#access.setTokens(tokens)
  }

  async listen(addresses: readonly string[]): Promise<void> {
    this.#port = this.#options.http.port
    for (const address of addresses) {
      try {
        this.#port = await listenOnPort(this.#createServer('tcp'), address, this.#port)
      } catch (error) {
        // A machine without IPv6 still has `localhost`.
        if (this.#address === '' || !isAddressMissing(error)) throw error
      }
      if (this.#address === '') this.#address = address
    }
    this.#handler.setPort(this.#port)
    await this.#listenOnSocket()
  }

  async #listenOnSocket(): Promise<void> {
    const { socketPath, logger } = this.#options
    if (socketPath === undefined) return
    if (isSocketPath(socketPath)) await listenOnSocket(this.#createServer('socket'), socketPath)
    else logger.warn('the path is too long for a socket; loopback only', { path: socketPath })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    const cancel = this.#options.clock.after(this.#timeouts.drainMs, () => {
      for (const server of this.#servers) server.closeAllConnections()
    })
    await Promise.all(this.#servers.map(closeServer))
    cancel()
  }

  /** The routes behind @hono/node-server's adapter. */
  #createAnswer() {
    const app = createApiApp({
      ...this.#options,
      signal: this.#closing.signal,
      heartbeatMs: this.#timeouts.heartbeatMs,
      tickets: this.#tickets,
      crc32,
      login: (code) => this.#access.login(code),
      createLoginCode: () => ({
        code: this.createLoginCode(),
        expiresInSeconds: limits.LOGIN_CODE_MS_MAX / 1000,
      }),
    })
    const callers = new WeakMap<IncomingMessage, Caller>()
    const listener = getRequestListener(
      (request, bindings) => {
        const { incoming, outgoing } = bindings as HttpBindings
        const caller = callers.get(incoming)
        return app.fetch(request, {
          ...(caller === undefined ? {} : { caller }),
          ...(isUpload(incoming) ? { body: bodyOf(incoming) } : {}),
          breakOff: () => void outgoing.destroy(),
        })
      },
      { overrideGlobalObjects: false, hostname: 'localhost' },
    )
    return (request: IncomingMessage, response: ServerResponse, caller: Caller | undefined) => {
      if (caller !== undefined) callers.set(request, caller)
      return listener(request, response)
    }
  }

  #createServer(kind: 'tcp' | 'socket'): Server {
    const server = createServer({
      maxHeaderSize: limits.HEADER_BYTES_MAX,
      headersTimeout: this.#timeouts.headersMs,
      requestTimeout: this.#timeouts.requestMs,
      keepAliveTimeout: this.#timeouts.idleMs,
      connectionsCheckingInterval: Math.min(1000, this.#timeouts.headersMs),
      requireHostHeader: true,
      insecureHTTPParser: false,
      noDelay: true,
    })
    server.maxConnections = limits.CONNECTIONS_MAX
    server.maxHeadersCount = limits.HEADERS_MAX
    server.maxRequestsPerSocket = limits.REQUESTS_PER_CONNECTION_MAX
    server.timeout = this.#timeouts.idleMs
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      // A file takes as long as it takes; a connection that brings nothing of it is cut by the time for silence.
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && this.#uploading.has(socket)) return
      refuseConnection(error, socket)
    })
    server.on('request', (request, response) => {
      if (isUpload(request)) this.#noteUpload(request, response)
      void this.#handler.handle(request, response, kind)
      // A connection that falls idle while the server closes would keep it open until its timeout.
      response.once('close', () => {
        if (this.#closing.signal.aborted) setImmediate(() => server.closeIdleConnections())
      })
    })
    this.#servers.push(server)
    return server
  }

  #noteUpload({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#uploading.add(socket)
    response.once('close', () => this.#uploading.delete(socket))
  }
}

/** Who stops reading leaves the connection open, so that the reason still reaches the client. */
function bodyOf(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  return incoming.iterator({ destroyOnReturn: false })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A server that never listened reports an error, which closing does not care about.
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}

function isAddressMissing(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } }
  return cause?.code === 'EADDRNOTAVAIL' || cause?.code === 'EAFNOSUPPORT'
}
