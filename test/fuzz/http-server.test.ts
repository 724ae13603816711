/**
 * Goal: no request makes the real server fail, hang or answer what the OpenAPI document does not allow. Method: valid
 * calls of every operation, changed by the fuzzer, over sockets to a real peer in this process.
 *
 * @timeoutSeconds 300
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeUtf8, utf8 } from '@hamlet/core'
import { fuzz } from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { operations, requireDocumented } from '../../packages/gateways/http/test/_document.ts'
import { startServedPeer } from './_served-peer.ts'
import { firstBill, targets } from './targets/http.ts'

const INPUTS = 1500
const ANSWER_MS_MAX = 20_000
/** Told apart from failures: a full disk and a peer that closes. */
const FAILURES_DOCUMENTED = new Set([503, 507])

interface Call {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

const seeds = targets.find(({ name }) => name === 'http/routes')!.seeds

test('the examples reach every operation of the document', () => {
  const reached = new Set(
    seeds
      .map(parseCall)
      .map((call) => operationOf(call!.method, call!.path.replaceAll('<space>', 'x'))),
  )
  const missing = operations.filter(({ operation }) => !reached.has(operation))
  assert.deepEqual(
    missing.map(({ method, path }) => `${method} ${path}`),
    [],
  )
})

test('no request makes the server fail or say what is not documented', async () => {
  await using peer = await startServedPeer()
  const { id } = await peer.client.createSpace('Home')
  const { id: message } = await peer.client.send(id, { text: 'hello' })
  const { person } = await peer.client.status()
  await peer.client.addExpense(id, firstBill(person), '0'.repeat(32))
  let refused = 0
  const target: FuzzTarget = {
    name: 'http/server',
    decoders: [],
    form: 'json',
    seeds,
    async run(input): Promise<FuzzVerdict> {
      const call = parseCall(input)
      if (call === undefined) return 'refused'
      const path = call.path.replaceAll('<space>', id).replaceAll('0'.repeat(64), message)
      const response = await send(peer.url, peer.token, { ...call, path })
      if (!response.ok) refused++
      return 'accepted'
    },
  }
  const { crashers, accepted } = await fuzz(target, { seed: 1, inputs: INPUTS })
  assert.deepEqual(
    crashers.map(({ problem }) => problem),
    [],
  )
  assert.ok(accepted > INPUTS / 5 && refused > 100, `${accepted} calls, ${refused} refused`)
  assert.deepEqual(peer.errors, [])
  assert.equal((await peer.client.status()).spaces > 0, true, 'the server still answers')
})

function parseCall(input: Uint8Array): Call | undefined {
  try {
    const { method, path, body } = JSON.parse(decodeUtf8(input) ?? '') as Partial<Call>
    if (typeof method !== 'string' || typeof path !== 'string') return undefined
    const isCall = /^(GET|POST|PUT|DELETE)$/.test(method) && path.startsWith('/')
    return isCall ? { method, path: path.toWellFormed(), body } : undefined
  } catch {
    return undefined
  }
}

async function send(url: string, token: string, { method, path, body }: Call): Promise<Response> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
    ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
  })
  const { status, headers } = response
  assert.ok(status < 500 || FAILURES_DOCUMENTED.has(status), `${method} ${path}: ${status}`)
  const type = headers.get('content-type') ?? ''
  assert.doesNotMatch(type, /html/i)
  if (type.startsWith('text/event-stream')) await response.body?.cancel()
  else judge(method, path, response, await response.text())
  return response
}

function judge(method: string, path: string, response: Response, text: string): void {
  const isJson = /^application\/json(;|$)/.test(response.headers.get('content-type') ?? '')
  if (!response.ok) assert.ok(isJson, `a refusal of ${method} ${path} that is no JSON`)
  const operation = operationOf(method, new URL(`http://h${path}`).pathname)
  if (operation === undefined || !isJson) return
  requireDocumented({ method, target: path, operation }, response, JSON.parse(text))
}

function operationOf(
  method: string,
  path: string,
): (typeof operations)[number]['operation'] | undefined {
  const [plain] = path.split('?')
  return operations.find(
    (each) => each.method === method.toLowerCase() && templateOf(each.path).test(`/api/v1${plain}`),
  )?.operation
}

function templateOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
}

test('the fuzzer itself sends what it is given', () => {
  assert.deepEqual(parseCall(utf8('{"method":"GET","path":"/status"}')), {
    method: 'GET',
    path: '/status',
    body: undefined,
  })
  assert.equal(parseCall(utf8('{"method":"TRACE","path":"/status"}')), undefined)
})
