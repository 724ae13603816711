/** The tracker without a socket, on a database in memory, for the OpenAPI document and for fuzzing. */

import { bytesToBase64Url, bytesToHex } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import { signTrackerLogin } from '@hamlet/identity'
import { createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { addBoardRoutes } from '../src/dashboard/board-routes.ts'
import { openDatabase } from '../src/data/open-database.ts'
import type { Sql } from '../src/data/sql.ts'
import { createTrackerApp } from '../src/http/app.ts'
import type { TrackerApp } from '../src/http/route.ts'
import { createTrackerParts } from '../src/tracker-parts.ts'
import type { TrackerParts } from '../src/tracker-parts.ts'
import { collectErrors } from './_tracker.ts'

const HOST = 'tracker.example'
const NOW_MS = 1_800_000_000_000

export type TestCaller = 'peer' | 'account' | 'nobody'

export interface TestApp {
  readonly app: TrackerApp
  readonly parts: TrackerParts
  readonly sql: Sql
  /** What was logged as an error. */
  readonly errors: readonly string[]
  request(method: string, path: string, body: string, as: TestCaller): Promise<Response>
}

export async function createTestApp(): Promise<TestApp> {
  const errors: string[] = []
  const sql = await openDatabase({ url: ':memory:' })
  const crypto = createNodeCrypto()
  const parts = createTrackerParts({
    ...{ sql, crypto, random: createNodeRandom(), clock: hurriedClock() },
    ...{ logger: collectErrors(errors), signal: new AbortController().signal },
    ...{ isRegistrationOpen: true, allowsPrivateAddresses: true },
  })
  const app = createTrackerApp(parts, [addBoardRoutes])
  const signer = crypto.signer(new Uint8Array(32).fill(7))
  const peer = bytesToHex(signer.publicKey)
  const { challenge } = await parts.login.challenge(peer)
  const signature = bytesToBase64Url(signTrackerLogin(signer, 'login', HOST, challenge))
  const tokens: Readonly<Record<TestCaller, string | undefined>> = {
    peer: (await parts.login.login(peer, challenge, signature, HOST)).token,
    account: (await parts.login.register('localhost:50051', 'password', { isPeer: true })).token,
    nobody: undefined,
  }
  const request = (method: string, path: string, body: string, as: TestCaller) => {
    const token = tokens[as]
    const headers = {
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const init = { method, headers, ...(method === 'GET' ? {} : { body }) }
    const target = new Request(`http://${HOST}${path}`, init)
    return Promise.resolve(app.fetch(target, { address: '127.0.0.1', host: HOST }))
  }
  return { app, parts, sql, errors, request }
}

/** A minute passes whenever it is looked at, so that buckets are always full; the wall clock stands. */
function hurriedClock(): Clock {
  let monotonicMs = 0
  return {
    wall: () => NOW_MS,
    monotonic: () => (monotonicMs += 60_000),
    after: () => () => {},
  }
}
