/** A real server on a port of the system's choice, over people in memory. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, silentMetrics } from '@hamlet/core'
import type { Clock, Logger } from '@hamlet/core'

import { createHttpClient } from '../src/client.ts'
import type { HttpClient, TokenScope } from '../src/client.ts'
import { createHttpServer } from '../src/node/server.ts'
import type { HttpServer, HttpServerOptions } from '../src/node/server.ts'
import { MemoryWorld } from './_memory-api.ts'
import type { MemoryApi } from './_memory-api.ts'

export { MemoryWorld }
export type { MemoryApi }

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

/** A clock that stands still until it is moved; what was to happen by then happens while it moves. */
export class SteppedClock implements Clock {
  #nowMs = 0
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()

  wall(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** How many wait. */
  get timers(): number {
    return this.#timers.size
  }

  advance(byMs: number): void {
    this.#nowMs += byMs
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue
      this.#timers.delete(timer)
      timer.callback()
    }
  }
}

export interface TestServer extends AsyncDisposable {
  readonly server: HttpServer
  readonly world: MemoryWorld
  readonly api: MemoryApi
  readonly directory: string
  readonly socketPath: string
  readonly tokens: Readonly<Record<TokenScope, string>>
  /** Lines the server logged as errors. */
  readonly errors: string[]
  client(scope?: TokenScope): HttpClient
}

export async function startTestServer(
  options: Partial<HttpServerOptions> = {},
): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'hamlet-http-'))
  const socketPath = join(directory, 'run', 'peer.sock')
  const world = new MemoryWorld()
  const api = world.addPerson('Ana')
  const tokens = { read: newToken(), write: newToken(), admin: newToken() }
  const errors: string[] = []
  const server = await createHttpServer({
    api,
    http: { host: '127.0.0.1', port: 0 },
    socketPath,
    tokens: Object.entries(tokens).map(([scope, token]) => ({ scope: scope as TokenScope, token })),
    clock: systemClock,
    random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
    logger: collectErrors(errors),
    metrics: silentMetrics,
    ...options,
  })
  return {
    server,
    world,
    api,
    directory,
    socketPath,
    tokens,
    errors,
    client: (scope = 'admin') => createHttpClient({ baseUrl: server.url, token: tokens[scope] }),
    async [Symbol.asyncDispose]() {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function collectErrors(errors: string[]): Logger {
  const logger: Logger = {
    ...silentLogger,
    error: (message, fields) => errors.push(`${message} ${JSON.stringify(fields)}`),
    forComponent: () => logger,
  }
  return logger
}
