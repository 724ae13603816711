/** A real peer on memory disks behind the real HTTP server, in this process, laid out for the command line. */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createHttpClient } from '@hamlet/http/client'
import type { FetchFunction, HttpClient } from '@hamlet/http/client'
import { startTestServer } from '@hamlet/http/testing'
import type { Clock } from '@hamlet/core'
import { people } from '../../packages/peer/test/_world.ts'
import type { Person } from '../../packages/peer/test/_world.ts'

export interface ServedPeer extends AsyncDisposable {
  readonly person: Person
  readonly url: string
  readonly token: string
  readonly client: HttpClient
  /** A data directory as a running peer leaves it. */
  readonly directory: string
  /** What the server logged as errors. */
  readonly errors: readonly string[]
}

/** Time that flies, so that nobody runs into the limit of requests per second. */
const MS_PER_LOOK = 1000

function flyingClock(): Clock {
  let nowMs = 0
  return {
    wall: () => Date.now(),
    monotonic: () => (nowMs += MS_PER_LOOK),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  }
}

export async function startServedPeer(): Promise<ServedPeer> {
  const [person] = await people('Ada')
  const setup = await startTestServer({ api: person.api, clock: flyingClock() })
  const { server, tokens, directory, socketPath, errors } = setup
  const file = { http: server.url, socket: socketPath, pid: process.pid, peer: 'ada' }
  const text = JSON.stringify({ ...file, addresses: [], startedAtMs: 0 })
  await writeFile(join(directory, 'run', 'peer.json'), text)
  await writeFile(join(directory, 'run', 'token'), `${tokens.admin}\n`, { mode: 0o600 })
  const options = { baseUrl: server.url, token: tokens.admin, fetch: neverHtml }
  return {
    person,
    url: server.url,
    token: tokens.admin,
    client: createHttpClient(options),
    directory,
    errors,
    async [Symbol.asyncDispose]() {
      await setup[Symbol.asyncDispose]()
      await person.close()
    },
  }
}

/** A reply is never a page, and never a failure of the server. */
export const neverHtml: FetchFunction = async (url, init) => {
  const response = await fetch(url, init)
  assert.doesNotMatch(response.headers.get('content-type') ?? '', /html/i)
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  assert.ok(response.status < 500, `${init.method} ${url}: ${response.status}`)
  return response
}
