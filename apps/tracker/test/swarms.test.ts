/** Announcing, looking up and mirroring receipts over HTTP. */

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { base64ToBytes, bytesToBase64, utf8 } from '@hamlet/core'
import type { DeviceId, PersonId, SpaceId } from '@hamlet/core'
import {
  conflictProof,
  countersignReceipt,
  digestPieces,
  encodeFraudProof,
  encodeReceipt,
  openFraudProof,
  receiptId,
  signReceipt,
} from '@hamlet/files/credits'
import type { Receipt, ReceiptFacts, SwarmId } from '@hamlet/files/credits'
import { createNodeCrypto } from '@hamlet/identity/node'
import { encodeChunkRuns } from '../src/data/chunk-runs.ts'
import { BULK_ITEMS_MAX, CHUNK_BYTES } from '../src/limits.ts'
import { call, entryOf, startTestTracker, TestPeer, topicOf } from './_tracker.ts'

const crypto = createNodeCrypto()
const setup = await startTestTracker()
const { url } = setup
after(() => setup[Symbol.asyncDispose]())

const [anna, ben, cleo] = await Promise.all(
  [1, 2, 3].map((each) => new TestPeer(url, each).login()),
)

function announce(peer: TestPeer, entries: readonly object[]) {
  return peer.call('POST', '/api/v2/announce', { entries })
}

async function order(viewer: TestPeer): Promise<readonly string[]> {
  const { body } = await viewer.call('GET', `/api/v2/lookup/${topicOf(5000)}`)
  return body.peers.map(({ peer }: { peer: string }) => peer)
}

suite('announcing', () => {
  test('a thousand at a time, found by whoever knows the topic', async () => {
    const entries = Array.from({ length: BULK_ITEMS_MAX }, (_, index) => entryOf(index))
    const announced = await announce(anna!, entries)
    assert.deepEqual([announced.status, announced.body.refused], [200, []])
    assert.ok(announced.body.expiresAtMs > Date.now())
    const { body } = await ben!.call('GET', `/api/v2/lookup/${topicOf(999)}`)
    assert.deepEqual([body.swarm.peerCount, body.swarm.seedCount], [1, 1])
    const [peer] = body.peers
    assert.equal(peer.peer, anna!.id)
    assert.deepEqual(peer.addresses, ['/ip4/127.0.0.1/tcp/4001'])
    const own = await anna!.call('GET', `/api/v2/lookup/${topicOf(999)}`)
    assert.deepEqual(own.body.peers, [], 'a peer is not told of itself')
    const withdrawn = await anna!.call('POST', '/api/v2/withdraw', {
      topics: entries.map(({ topic }) => topic),
    })
    assert.deepEqual(withdrawn.body, { withdrawn: BULK_ITEMS_MAX })
    const gone = await ben!.call('GET', `/api/v2/lookup/${topicOf(999)}`)
    assert.deepEqual(gone.body.peers, [])
  })

  test('part of a file is told by its runs of chunks', async () => {
    const sizeBytes = 10 * CHUNK_BYTES
    const runs = encodeChunkRuns([
      { first: 0, count: 2 },
      { first: 5, count: 1 },
    ])
    const part = { sizeBytes, heldBytes: 3 * CHUNK_BYTES, chunks: bytesToBase64(runs) }
    await announce(anna!, [entryOf(2000, part)])
    const { body } = await ben!.call('GET', `/api/v2/lookup/${topicOf(2000)}`)
    assert.deepEqual([body.peers[0].isComplete, body.peers[0].chunks], [false, part.chunks])
  })

  test('of a bulk, what is wrong is told and the rest is taken', async () => {
    const entries = [
      entryOf(3000),
      entryOf(3001, { heldBytes: 2 ** 21 }),
      entryOf(3002, { heldBytes: 1, chunks: bytesToBase64(Uint8Array.of(9, 9)) }),
      entryOf(3003, { addresses: ['/ip4/0.0.0.0/tcp/4001'] }),
      entryOf(3000),
    ]
    const { body } = await announce(anna!, entries)
    assert.deepEqual(body.refused, [
      { topic: topicOf(3001), code: 'HELD_MORE_THAN_ALL' },
      { topic: topicOf(3002), code: 'CHUNKS_MALFORMED' },
      { topic: topicOf(3003), code: 'ADDRESS_REFUSED' },
      { topic: topicOf(3000), code: 'TOPIC_REPEATED' },
    ])
    assert.equal((await ben!.call('GET', `/api/v2/lookup/${topicOf(3000)}`)).status, 200)
    assert.equal((await ben!.call('GET', `/api/v2/lookup/${topicOf(3001)}`)).status, 404)
  })

  test('only what was made public is found by the search', async () => {
    await announce(anna!, [
      entryOf(4000),
      entryOf(4001, { name: 'Holiday film', link: 'hamlet:x' }),
    ])
    const { swarms } = (await ben!.call('GET', '/api/v2/search?q=holi')).body
    assert.equal(swarms.length, 1)
    assert.deepEqual([swarms[0].topic, swarms[0].link], [topicOf(4001), 'hamlet:x'])
  })

  test("a peer's own experience orders its look-ups, and nobody else's", async () => {
    for (const peer of [anna!, ben!]) await announce(peer, [entryOf(5000)])
    const [first, second] = await order(cleo!)
    const report = { peer: first, topic: topicOf(5000), chunk: 0, event: 'FAILED_UPLOAD' }
    assert.equal((await cleo!.call('POST', '/api/v2/feedback', report)).status, 204)
    assert.deepEqual(await order(cleo!), [second, first])
    const dora = await new TestPeer(url, 4).login()
    assert.deepEqual(await order(dora), [first, second])
  })
})

function receiptOf(seq: number, previous?: Receipt, more: Partial<ReceiptFacts> = {}): Receipt {
  const swarm = topicOf(1) as string as SwarmId
  const windowStartMs = previous?.windowEndMs ?? Date.now() - 60_000
  const facts: ReceiptFacts = {
    ...{ group: undefined, swarm, seq, pieceCount: 4, windowStartMs },
    payer: ben!.id as DeviceId,
    payee: anna!.id as DeviceId,
    payerPerson: 'b'.repeat(64) as PersonId,
    payeePerson: 'a'.repeat(64) as PersonId,
    totalBytes: seq * 2 ** 20,
    piecesDigest: digestPieces(crypto, swarm, [0, 1, 2, 3]),
    previous: previous === undefined ? undefined : receiptId(crypto, previous),
    windowEndMs: windowStartMs + 1000,
    ...more,
  }
  return countersignReceipt(anna!.signer, signReceipt(ben!.signer, facts))
}

function mirror(peer: TestPeer, receipts: readonly Receipt[]) {
  return peer.call('POST', '/api/v2/receipts', {
    receipts: receipts.map((receipt) => bytesToBase64(encodeReceipt(receipt))),
  })
}

function post(proofs: readonly string[]) {
  return cleo!.call('POST', '/api/v2/frauds', { proofs })
}

suite('receipts', () => {
  const first = receiptOf(1)
  const second = receiptOf(2, first)
  test('are mirrored once, in their order, and raise who has sent', async () => {
    const answer = await mirror(ben!, [second, first])
    assert.deepEqual([answer.status, answer.body], [200, { accepted: 2, known: 0, refused: [] }])
    assert.deepEqual((await mirror(anna!, [first])).body, { accepted: 0, known: 1, refused: [] })
    const page = (await cleo!.call('GET', '/api/v2/receipts?group=public')).body
    assert.deepEqual(
      page.receipts.map(({ receipt }: { receipt: string }) => receipt),
      [first, second].map((receipt) => bytesToBase64(encodeReceipt(receipt))),
    )
    const next = await cleo!.call('GET', `/api/v2/receipts?group=public&after=${page.after}`)
    assert.deepEqual(next.body.receipts, [])
    const { accounts } = setup.tracker.parts
    const [payee, payer] = [await accounts.findPeer(anna!.id), await accounts.findPeer(ben!.id)]
    assert.equal(payee!.uploaded_bytes, second.totalBytes)
    assert.equal(payer!.downloaded_bytes, second.totalBytes)
    assert.ok(payee!.reputation > payer!.reputation)
  })

  test('of others, unsigned, changed or against the rules are refused with a reason each', async () => {
    const lone = { ...second, payeeSignature: new Uint8Array(64) }
    const third = receiptOf(3, second, { totalBytes: 2 ** 50 % 2 ** 47 })
    const cases: readonly [TestPeer, Receipt, string][] = [
      [cleo!, first, 'not-party'],
      [ben!, { ...receiptOf(3, second), totalBytes: 1 }, 'not-countersigned'],
      [ben!, { ...receiptOf(3, second), payeeSignature: lone.payeeSignature }, 'not-countersigned'],
      [ben!, receiptOf(3, second, { payeePerson: 'b'.repeat(64) as PersonId }), 'same-person'],
      [ben!, receiptOf(3, second, { payeePerson: 'c'.repeat(64) as PersonId }), 'unknown-device'],
      [ben!, receiptOf(9, second, { windowEndMs: Date.now() + 2 ** 32 }), 'window-too-long'],
      [ben!, third, third.totalBytes === 0 ? 'malformed' : 'over-rate'],
    ]
    for (const [peer, receipt, reason] of cases) {
      const { body } = await mirror(peer, [receipt])
      assert.deepEqual(body, { accepted: 0, known: 0, refused: [{ index: 0, reason }] })
    }
    const garbage = await ben!.call('POST', '/api/v2/receipts', {
      receipts: [bytesToBase64(utf8('garbage'))],
    })
    assert.deepEqual(garbage.body.refused, [{ index: 0, reason: 'malformed' }])
  })

  test('that contradict each other are a proof of fraud for everybody to see', async () => {
    const before = (await setup.tracker.parts.accounts.findPeer(ben!.id))!.reputation
    const fork = receiptOf(2, first, { totalBytes: 2 ** 20 + 5 })
    const { body } = await mirror(ben!, [fork])
    assert.deepEqual(body.refused, [{ index: 0, reason: 'fork' }])
    await mirror(ben!, [fork])
    const { frauds } = (await cleo!.call('GET', '/api/v2/frauds')).body
    const accused = frauds.map(({ accused: device }: { accused: string }) => device)
    assert.deepEqual(accused, [ben!.id, anna!.id], 'both have signed both')
    assert.equal(frauds[0].kind, 'equivocation')
    const proven = openFraudProof(crypto, base64ToBytes(frauds[0].proof)!)
    assert.ok(proven.ok && proven.value.proof.kind === 'conflict')
    const peer = await setup.tracker.parts.accounts.findPeer(ben!.id)
    assert.equal(peer!.fraud_count, 1)
    assert.ok(peer!.reputation < before)
  })

  test('a proof that a peer hands in is taken when it proves something, once', async () => {
    const swarm = { swarm: topicOf(77) as string as SwarmId, group: 'e'.repeat(64) as SpaceId }
    const [one, other] = [
      receiptOf(1, undefined, swarm),
      receiptOf(1, undefined, { ...swarm, totalBytes: 5 }),
    ]
    const proof = bytesToBase64(encodeFraudProof(conflictProof(crypto, one, other)))
    const none = bytesToBase64(encodeFraudProof(conflictProof(crypto, one, one)))
    const refused = [{ index: 1, code: 'CREDIT_NOT_PROVEN' }]
    assert.deepEqual((await post([proof, none])).body, { accepted: 1, known: 0, refused })
    assert.deepEqual((await post([proof])).body, { accepted: 0, known: 1, refused: [] })
    const { accounts } = setup.tracker.parts
    assert.equal((await accounts.findPeer(anna!.id))!.fraud_count, 2)
  })
})

suite('the service', () => {
  test('tells its metrics to this machine, and to others with the token alone', async () => {
    const open = await call<string>(url, 'GET', '/metrics')
    assert.equal(open.status, 200)
    assert.match(open.body, /hamlet_tracker_requests_total\{method="POST",status="2xx"\} [1-9]/)
    await using closed = await startTestTracker({ metricsToken: 'secret' })
    assert.equal((await call(closed.url, 'GET', '/metrics')).status, 401)
    assert.equal((await call(closed.url, 'GET', '/metrics', { token: 'secret' })).status, 200)
  })

  test('stops while requests are under way, and answers them', async () => {
    const stopped = await startTestTracker()
    const peer = await new TestPeer(stopped.url, 9).login()
    const under = announce(peer, [entryOf(1)])
    await new Promise((resolve) => setTimeout(resolve, 5))
    await stopped.tracker.close()
    assert.ok([200, 503].includes((await under.catch(() => ({ status: 503 }))).status))
    await assert.rejects(fetch(`${stopped.url}/health`))
    await stopped[Symbol.asyncDispose]()
  })
})
