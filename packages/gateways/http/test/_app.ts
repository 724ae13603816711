/** The routes without a socket, over people in memory; every request comes from a caller with the scope `admin`. */

import { crc32 } from 'node:zlib'
import { silentLogger, silentMetrics } from '@hamlet/core'

import { createApiApp } from '../src/app.ts'
import { TicketBook } from '../src/node/ticket-book.ts'
import type { ApiApp } from '../src/route.ts'
import { ApiError } from '../src/errors.ts'
import { MemoryWorld } from './_memory-api.ts'
import { systemClock } from './_server.ts'

export interface TestApp {
  readonly app: ApiApp
  readonly world: MemoryWorld
  request(method: string, target: string, body?: string): Promise<Response>
}

export function createTestApp(): TestApp {
  const world = new MemoryWorld()
  const abort = new AbortController()
  const api = world.addPerson('Ana')
  const app = createApiApp({
    api,
    clock: systemClock,
    logger: silentLogger,
    metrics: silentMetrics,
    signal: abort.signal,
    tickets: new TicketBook(systemClock, { bytes: (count) => new Uint8Array(count) }, () => true),
    crc32,
    login: () => {
      throw new ApiError('LOGIN_CODE_REFUSED', 'no codes here', 401)
    },
    createLoginCode: () => ({ code: 'code', expiresInSeconds: 60 }),
  })
  return {
    app,
    world,
    request: async (method, target, body) =>
      app.request(
        `http://localhost${target}`,
        {
          method,
          headers: method === 'GET' ? {} : { 'content-type': 'application/json' },
          ...(body === undefined || method === 'GET' ? {} : { body }),
        },
        { caller: { scope: 'admin' } },
      ),
  }
}
