/** Targets of the tracker: every route with every kind of body, runs of chunks, signed text. */

import { bytesToBase64Url, decodeUtf8, equalBytes, utf8 } from '@hamlet/core'
import { bytesToText, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { decodeChunkRuns, encodeChunkRuns } from '../../../apps/tracker/src/data/chunk-runs.ts'
import { readJwsHeader, verifyJws } from '../../../apps/tracker/src/login/jws.ts'
import { createTestApp } from '../../../apps/tracker/test/_app.ts'
import type { TestApp, TestCaller } from '../../../apps/tracker/test/_app.ts'
import { filledId, texts } from '../_material.ts'

const SOURCE = 'apps/tracker/src'
const CHUNKS_MAX = 100_000

interface Call {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly as?: TestCaller
}

function call(as: TestCaller, method: string, path: string, body?: unknown): Uint8Array {
  return utf8(JSON.stringify({ as, method, path, ...(body === undefined ? {} : { body }) }))
}

const TOPIC: string = filledId(1)
const PEER: string = filledId(2)
const ENTRY = {
  ...{ topic: TOPIC, sizeBytes: 1000, heldBytes: 10, addresses: ['/ip4/127.0.0.1/tcp/4001'] },
  ...{ name: 'Film', text: 'of summer', link: 'hamlet:share#x', chunks: 'AAE=' },
}
const CHUNK = { file_name: 'film', total_chunks: 2, chunk_index: 0, chunk_hash: 'h' }
const CREDENTIALS = { name: 'Anna', password: 'password' }

const CALLS = [
  call('nobody', 'GET', '/health'),
  call('nobody', 'GET', '/metrics'),
  call('nobody', 'GET', '/openapi.json'),
  call('nobody', 'POST', '/api/v2/login/challenge', { peer: PEER }),
  call('nobody', 'POST', '/api/v2/login', { peer: PEER, challenge: 'AAAA', signature: 'AAAA' }),
  call('peer', 'POST', '/api/v2/login/renew', { signature: 'AAAA' }),
  call('nobody', 'POST', '/api/v2/logout', {}),
  call('nobody', 'POST', '/api/v2/accounts', CREDENTIALS),
  call('nobody', 'POST', '/api/v2/accounts/login', CREDENTIALS),
  call('peer', 'POST', '/api/v2/announce', { entries: [ENTRY, { ...ENTRY, topic: PEER }] }),
  call('peer', 'POST', '/api/v2/withdraw', { topics: [PEER] }),
  call('peer', 'GET', `/api/v2/lookup/${TOPIC}`),
  call('account', 'GET', '/api/v2/search?q=film%20su&limit=5'),
  call('peer', 'POST', '/api/v2/feedback', {
    ...{ peer: PEER, topic: TOPIC, chunk: 0, event: 'SUCCESS_UPLOAD' },
  }),
  call('peer', 'POST', '/api/v2/receipts', { receipts: ['kAE='] }),
  call('peer', 'GET', '/api/v2/receipts?group=public&after=0&limit=5'),
  call('peer', 'GET', '/api/v2/frauds?after=0'),
  call('peer', 'POST', '/api/v2/frauds', { proofs: ['hQFoY29uZmxpY3Q='] }),
  call('nobody', 'POST', '/api/v1/peers/register', {
    ...{ address: 'localhost:50051', password: 'password' },
  }),
  call('account', 'POST', '/api/v1/files/announce', { ...CHUNK, file_hash: 'f' }),
  call('account', 'GET', '/api/v1/files/lookup/f'),
  call('account', 'POST', '/api/v1/peers/feedback', {
    ...{ target_peer_id: PEER, file_hash: 'f', chunk_index: 0, event_type: 'FAILED_UPLOAD' },
  }),
  call('account', 'GET', '/api/v2/board/overview'),
  call('account', 'GET', '/api/v2/board/throughput'),
  call('account', 'GET', '/api/v2/board/swarms?limit=5'),
  call('account', 'GET', `/api/v2/board/swarms/${'0'.repeat(32)}`),
  call('account', 'GET', `/api/v2/board/swarms/${'0'.repeat(32)}/holders`),
  call('account', 'GET', '/api/v2/board/peers'),
  call('account', 'GET', `/api/v2/board/peers/${PEER}`),
  call('account', 'GET', `/api/v2/board/peers/${PEER}/held`),
  call('account', 'GET', '/api/v2/board/flows'),
  call('account', 'GET', '/api/v2/board/people'),
  call('account', 'GET', `/api/v2/board/people/${PEER}`),
  call('account', 'GET', '/api/v2/board/frauds'),
]
const CALLS_PER_APP = 512

let current: { readonly setup: TestApp; calls: number } | undefined

async function appInUse(): Promise<TestApp> {
  if (current !== undefined && current.calls++ < CALLS_PER_APP) return current.setup
  await current?.setup.sql.close()
  current = { setup: await createTestApp(), calls: 0 }
  return current.setup
}

/** An input is `{ as, method, path, body }`: never a 5xx, and JSON with a code or PeerNet's text for every refusal. */
const routes: FuzzTarget = {
  name: 'tracker/routes',
  decoders: [`${SOURCE}/http/app.ts#createTrackerApp`],
  form: 'json',
  seeds: CALLS,
  words: texts('__proto__', '%00', '\\u0000', '..', TOPIC, PEER, '?limit=0', 'public'),
  smokeInputs: 200,
  async run(input) {
    const parsed = parseCall(input)
    if (parsed === undefined) return 'refused'
    const setup = await appInUse()
    const { method, path, body, as } = parsed
    const response = await setup.request(method, path, body, as)
    require(response.status <
      500, `${method} gives ${response.status}: ${setup.errors.at(-1) ?? ''}`)
    await judgeReply(response, path)
    return 'accepted'
  },
}

function parseCall(
  input: Uint8Array,
): (Omit<Required<Call>, 'body'> & { body: string }) | undefined {
  try {
    const { method, path, body, as } = JSON.parse(decodeUtf8(input) ?? '') as Call
    if (typeof method !== 'string' || typeof path !== 'string') return undefined
    if (!/^(GET|POST|DELETE)$/.test(method) || !path.startsWith('/')) return undefined
    const caller = as === 'peer' || as === 'account' ? as : 'nobody'
    return { method, path: path.toWellFormed(), body: JSON.stringify(body ?? {}), as: caller }
  } catch {
    return undefined
  }
}

async function judgeReply(response: Response, path: string): Promise<void> {
  require(!/html/i.test(response.headers.get('content-type') ?? ''), 'HTML')
  const text = await response.text()
  if (response.ok) return
  const { error } = JSON.parse(text) as { error?: string | { code?: unknown } }
  const isPeerNet = new URL(path, 'http://tracker.example').pathname.startsWith('/api/v1/')
  const refusal = typeof error === 'object' ? error.code : isPeerNet && error
  require(typeof refusal === 'string', 'a refusal that does not say why')
}

const chunkRuns: FuzzTarget = {
  name: 'tracker/chunk-runs',
  decoders: [`${SOURCE}/data/chunk-runs.ts#decodeChunkRuns`],
  form: 'bytes',
  seeds: [Uint8Array.of(2, 2, 3, 1), Uint8Array.of(0x80, 0x01, 0xff, 0x7f), new Uint8Array()],
  words: [Uint8Array.of(0x80, 0), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)],
  smokeInputs: 1000,
  run(input) {
    const runs = decodeChunkRuns(input, CHUNKS_MAX)
    if (runs === undefined) return 'refused'
    require(equalBytes(encodeChunkRuns(runs), input), 'a set with two forms')
    let end = -1
    for (const { first, count } of runs) {
      require(first > end && count > 0, 'runs that touch')
      end = first + count
    }
    require(end <= CHUNKS_MAX, 'chunks beyond the last')
    return 'accepted'
  },
}

const KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
/** RFC 8037, appendix A.4. */
const SIGNED =
  'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
  'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'

const signedText: FuzzTarget = {
  name: 'tracker/jws',
  decoders: [
    `${SOURCE}/login/jws.ts#readJwsHeader`,
    `${SOURCE}/login/jws.ts#verifyJws`,
    `${SOURCE}/login/jws.ts#readJson`,
  ],
  form: 'bytes',
  seeds: [utf8(SIGNED)],
  words: texts('.', '=', bytesToBase64Url(utf8('{"alg":"none"}')), 'eyJhbGciOiJIUzI1NiJ9'),
  smokeInputs: 300,
  async run(input) {
    const text = bytesToText(input)
    const payload = await verifyJws(text, KEY)
    if (payload === undefined) return 'refused'
    require(text === SIGNED, 'a signature nobody made')
    require(readJwsHeader(text)?.alg === 'EdDSA', 'another algorithm')
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [routes, chunkRuns, signedText]
