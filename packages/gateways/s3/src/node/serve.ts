/**
 * A server of its own for the gateway, on loopback alone.
 *
 * Pages of any web site can send requests to loopback, also under a name that resolves there; they cannot sign them, and besides, the
 * `Host` must be one of this server's own. Bodies take as long as they take, while a connection on which nothing moves is closed.
 */

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { S3ServerError } from '../errors.ts'
import { createS3Handler } from '../handler.ts'
import type { S3HandlerOptions } from '../handler.ts'
import * as limits from '../limits.ts'
import { codeOf } from './folder-files.ts'

export interface ServeS3Options extends Omit<S3HandlerOptions, 'hosts'> {
  /** 127.0.0.1, ::1 or localhost (both). @default 127.0.0.1 */
  readonly host?: string
  /** 0 lets the system choose. @default 0 */
  readonly port?: number
}

export interface S3Server {
  /** Such as `http://127.0.0.1:9000`. */
  readonly url: string
  readonly port: number
  /** Stops listening, waits for requests under way, then cuts what is left. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  '127.0.0.1': ['127.0.0.1'],
  '::1': ['::1'],
  localhost: ['127.0.0.1', '::1'],
}

/** @throws S3ServerError `S3_NOT_LOOPBACK`, `S3_PORT_TAKEN`, `S3_LISTEN_FAILED` */
export async function serveS3(options: ServeS3Options): Promise<S3Server> {
  const { host = '127.0.0.1', port = 0 } = options
  const addresses = Object.hasOwn(ADDRESSES, host) ? ADDRESSES[host] : undefined
  if (addresses === undefined) {
    throw new S3ServerError('S3_NOT_LOOPBACK', `expected 127.0.0.1, ::1 or localhost, got ${host}`)
  }
  const server = new LoopbackServer(options)
  try {
    await server.listen(addresses, port)
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

class LoopbackServer implements S3Server {
  readonly #options: ServeS3Options
  readonly #servers: Server[] = []
  #address = ''
  #port = 0
  #closed: Promise<void> | undefined

  constructor(options: ServeS3Options) {
    this.#options = options
  }

  get url(): string {
    const host = this.#address.includes(':') ? `[${this.#address}]` : this.#address
    return `http://${host}:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  async listen(addresses: readonly string[], port: number): Promise<void> {
    this.#port = port
    for (const address of addresses) {
      try {
        this.#port = await listenOn(this.#createServer(), address, this.#port)
      } catch (error) {
        // A machine without IPv6 still has `localhost`.
        const { cause } = error as { cause?: unknown }
        const isAddressMissing = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(cause) ?? '')
        if (this.#address === '' || !isAddressMissing) throw error
      }
      if (this.#address === '') this.#address = address
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const cancel = this.#options.clock.after(limits.S3_DRAIN_MS_MAX, () => {
      for (const server of this.#servers) server.closeAllConnections()
    })
    await Promise.all(this.#servers.map(closeServer))
    cancel()
  }

  #createServer(): Server {
    const handler = createS3Handler({ ...this.#options, hosts: ['localhost'] })
    const server = createServer({
      maxHeaderSize: limits.S3_HEADER_BYTES_MAX,
      headersTimeout: limits.S3_HEADERS_MS_MAX,
      // A body takes as long as it takes; one that stands still is cut by the time for silence.
      requestTimeout: 0,
      keepAliveTimeout: limits.S3_IDLE_MS_MAX,
      connectionsCheckingInterval: 1000,
      requireHostHeader: true,
      insecureHTTPParser: false,
      noDelay: true,
    })
    server.maxConnections = limits.S3_CONNECTIONS_MAX
    server.maxHeadersCount = limits.S3_HEADERS_MAX
    server.timeout = limits.S3_IDLE_MS_MAX
    server.on('request', this.#guarded(handler, server))
    server.on('checkContinue', this.#guarded(handler.checkContinue, server))
    // Expectations other than that are passed over, as S3 does.
    server.on('checkExpectation', this.#guarded(handler, server))
    this.#servers.push(server)
    return server
  }

  #guarded(
    handle: (request: IncomingMessage, response: ServerResponse) => void,
    server: Server,
  ): (request: IncomingMessage, response: ServerResponse) => void {
    return (request, response) => {
      // A connection that falls idle while the server closes would keep it open until its timeout.
      response.once('close', () => {
        if (this.#closed !== undefined) setImmediate(() => server.closeIdleConnections())
      })
      if (isOwnHost(request.headers.host ?? '', this.#port)) return handle(request, response)
      response.writeHead(421, { connection: 'close' }).end()
    }
  }
}

/** The names of loopback with this port, and `<bucket>.localhost`. */
function isOwnHost(host: string, port: number): boolean {
  const [, name, given] = /^(.*?)(?::(\d+))?$/.exec(host.toLowerCase()) ?? []
  if (name === undefined || Number(given ?? 80) !== port) return false
  return ['127.0.0.1', 'localhost', '[::1]'].includes(name) || /^[a-z0-9.-]+\.localhost$/.test(name)
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const isTaken = codeOf(cause) === 'EADDRINUSE'
      const what = isTaken ? `${host} port ${port} is in use` : `cannot listen on ${host}`
      reject(new S3ServerError(isTaken ? 'S3_PORT_TAKEN' : 'S3_LISTEN_FAILED', what, { cause }))
    })
    server.listen({ host, port, exclusive: true }, () => {
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A server that never listened reports an error, which closing does not care about.
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
