/** How fast one token, and everybody without one, may ask: counted on a clock that stands still until it is moved. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  AUTH_FAILURE_DELAY_MS,
  AUTH_FAILURES_PER_MINUTE_MAX,
  REQUEST_BURST_MAX,
  REQUESTS_PER_SECOND_MAX,
} from '../src/limits.ts'
import { requestText, sendRaw } from './_raw.ts'
import type { RawReply } from './_raw.ts'
import { startTestServer, SteppedClock } from './_server.ts'

interface ErrorBody {
  readonly error: { readonly code: string }
}

/** Waits for what is under way; the runner ends a test that waits for ever. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('slows one token at 50 requests per second without touching another', async () => {
  const clock = new SteppedClock()
  await using setup = await startTestServer({ clock })
  const { port } = setup.server
  const lines = ['GET /api/v1/status HTTP/1.1', `Authorization: Bearer ${setup.tokens.read}`]
  const ask = async (count: number): Promise<{ taken: number; limited: RawReply[] }> => {
    const text = requestText(port, lines)
    const replies = await Promise.all(Array.from({ length: count }, () => sendRaw(port, text)))
    const limited = replies.filter(({ status }) => status === 429)
    return { taken: replies.filter(({ status }) => status === 200).length, limited }
  }
  const { taken, limited } = await ask(90)
  assert.deepEqual([taken, limited.length], [REQUEST_BURST_MAX, 90 - REQUEST_BURST_MAX])
  assert.equal((JSON.parse(limited[0]!.body) as ErrorBody).error.code, 'RATE_LIMITED')
  assert.ok(Number(limited[0]!.headers.get('retry-after')) >= 1)
  assert.equal((await setup.client('write').status()).name, 'Ana')
  clock.advance(1000 / REQUESTS_PER_SECOND_MAX)
  assert.equal((await ask(3)).taken, 1)
  clock.advance(1000)
  assert.equal((await ask(REQUESTS_PER_SECOND_MAX + 5)).taken, REQUESTS_PER_SECOND_MAX)
})

test('the client waits out the limit instead of failing', async () => {
  await using setup = await startTestServer()
  const client = setup.client('read')
  const statuses = await Promise.all(Array.from({ length: 70 }, () => client.status()))
  assert.equal(statuses.length, 70)
})

test('delays failed logins after five, and never a known token', async () => {
  const clock = new SteppedClock()
  await using setup = await startTestServer({ clock })
  const { port } = setup.server
  const text = requestText(port, ['GET /api/v1/status HTTP/1.1'])
  for (let i = 0; i < AUTH_FAILURES_PER_MINUTE_MAX; i++)
    assert.equal((await sendRaw(port, text)).status, 401)
  let isAnswered = false
  const delayed = sendRaw(port, text).finally(() => (isAnswered = true))
  await until(() => clock.timers === 1)
  clock.advance(AUTH_FAILURE_DELAY_MS - 1)
  assert.equal((await setup.client().status()).name, 'Ana')
  assert.ok(!isAnswered, 'the guesser waits, the honest client did not')
  clock.advance(1)
  assert.equal((await delayed).status, 401)
})
