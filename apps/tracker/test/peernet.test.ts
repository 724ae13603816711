/** A PeerNet-like flow from end to end, with exactly the shapes of PeerNet's tracker. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import type { Clock } from '@hamlet/core'
import { createNodeClock } from '@hamlet/identity/node'
import { PEERNET_HOLDING_MS_MAX, TOKEN_MS_MAX } from '../src/limits.ts'
import { call, startTestTracker } from './_tracker.ts'

const real = createNodeClock()
let aheadMs = 0
const clock: Clock = { ...real, wall: () => real.wall() + aheadMs, after: real.after }
const setup = await startTestTracker({ clock })
const { url } = setup
after(() => setup[Symbol.asyncDispose]())

const CHUNK_BYTES = 2 ** 20
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A file of two chunks and a bit, as PeerNet's `share` cuts it. */
const file = new Uint8Array(2 * CHUNK_BYTES + 5).map((_, index) => index % 251)
const fileHash = sha256(file)
const hashes = [0, 1, 2].map((index) =>
  sha256(file.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
)

async function register(address: string, password = 'secret'): Promise<[string, string]> {
  const answer = await call(url, 'POST', '/api/v1/peers/register', { body: { address, password } })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  assert.deepEqual(Object.keys(answer.body), ['peer_id', 'token'])
  assert.match(answer.body.peer_id, UUID)
  return [answer.body.peer_id, answer.body.token]
}

async function share(token: string, announced = hashes): Promise<void> {
  for (const [index, chunk_hash] of announced.entries()) {
    const body = {
      file_hash: fileHash,
      file_name: 'film.bin',
      total_chunks: announced.length,
      chunk_index: index,
      chunk_hash,
    }
    const answer = await call(url, 'POST', '/api/v1/files/announce', { token, body })
    assert.deepEqual([answer.status, answer.body], [200, { status: 'announced' }])
  }
}

function lookup(token: string, hash = fileHash) {
  return call(url, 'GET', `/api/v1/files/lookup/${hash}`, { token })
}

function peer(id: string, address: string, reputation_score = 1) {
  return { id, address, reputation_score }
}

async function feedback(token: string, target: string, event: string): Promise<void> {
  const body = { target_peer_id: target, file_hash: fileHash, chunk_index: 0, event_type: event }
  const answer = await call(url, 'POST', '/api/v1/peers/feedback', { token, body })
  assert.deepEqual([answer.status, answer.body], [202, { status: 'feedback received' }])
}

test('health is told as PeerNet tells it', async () => {
  const answer = await call(url, 'GET', '/health')
  assert.deepEqual([answer.status, answer.body], [200, { status: 'UP' }])
})

test('register, announce each chunk, look up, download, report', async () => {
  const [first, firstToken] = await register('localhost:50051')
  const [second, secondToken] = await register('localhost:50052')
  const [, reader] = await register('localhost:50053')
  await share(firstToken)
  await share(secondToken)
  const found = await lookup(reader)
  assert.equal(found.status, 200)
  const peers = [peer(second, 'localhost:50052'), peer(first, 'localhost:50051')]
  assert.deepEqual(found.body, {
    chunks: Object.fromEntries(
      hashes.map((chunk_hash, index) => [String(index), { chunk_hash, peers }]),
    ),
  })
  await feedback(reader, second, 'FAILED_UPLOAD')
  await feedback(reader, first, 'SUCCESS_UPLOAD')
  const after = (await lookup(reader)).body.chunks['0'].peers
  assert.deepEqual(after, [
    peer(first, 'localhost:50051', 1.1),
    peer(second, 'localhost:50052', 0.8),
  ])
  const others = (await lookup(firstToken)).body.chunks['0'].peers
  assert.deepEqual(others, peers, 'what one peer says changes nothing for another')
})

test('an expired token is renewed by registering again with the same password', async () => {
  const [id, token] = await register('localhost:50061')
  aheadMs += TOKEN_MS_MAX
  const expired = await lookup(token)
  assert.equal(expired.status, 401)
  assert.equal(typeof expired.body.error, 'string')
  const [again, renewed] = await register('localhost:50061')
  assert.equal(again, id)
  assert.equal((await lookup(renewed)).status, 200)
  const body = { address: 'localhost:50061', password: 'wrong' }
  const stolen = await call(url, 'POST', '/api/v1/peers/register', { body })
  assert.deepEqual([stolen.status, Object.keys(stolen.body)], [401, ['error']])
})

test('the file is one swarm with all others: by the search, by its hash, and it ends', async () => {
  const [, token] = await register('localhost:50071')
  await share(token)
  const { swarms } = (await call(url, 'GET', '/api/v2/search?q=film', { token })).body
  assert.equal(swarms.length, 1)
  assert.deepEqual([swarms[0].topic, swarms[0].seedCount], [fileHash, 3])
  aheadMs += PEERNET_HOLDING_MS_MAX
  const [, later] = await register('localhost:50071')
  assert.deepEqual((await lookup(later)).body, { chunks: {} })
})

test('what PeerNet refuses is refused with its shape', async () => {
  const [, token] = await register('localhost:50081')
  const attempts: readonly [string, string, object, number][] = [
    ['POST', '/api/v1/peers/register', { body: { address: 'localhost:1' } }, 400],
    ['POST', '/api/v1/peers/register', { body: { address: 'nowhere', password: 'x' } }, 400],
    ['POST', '/api/v1/files/announce', { token, body: { file_hash: 'x' } }, 400],
    ['POST', '/api/v1/files/announce', { body: {} }, 400],
    ['GET', `/api/v1/files/lookup/${fileHash}`, {}, 401],
    ['GET', `/api/v1/files/lookup/${fileHash}`, { token: 'x.y.z' }, 401],
    ['GET', '/api/v1/nothing', { token }, 404],
    ['GET', '/api/v1/peers/register', {}, 405],
  ]
  for (const [method, path, options, status] of attempts) {
    const answer = await call(url, method, path, options)
    assert.equal(answer.status, status, `${method} ${path}`)
    assert.deepEqual(Object.keys(answer.body), ['error'])
    assert.equal(typeof answer.body.error, 'string')
  }
  assert.deepEqual((await lookup(token, 'unknown')).body, { chunks: {} })
})
