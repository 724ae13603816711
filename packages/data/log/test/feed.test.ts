// Goal: a feed gives back what was appended, by index and by byte, over the author's log and over a sparse copy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, utf8 } from '@hamlet/core'
import {
  FEED_PAYLOAD_BYTES_MAX,
  Feed,
  SparseLog,
  answerWant,
  pieceSourceOf,
  upgradeOf,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { runsOf } from '../src/piece.ts'
import { testCrypto } from './_crypto.ts'
import { clock, collect, feedOver, newFeed, payload, payloadsOf, secret } from './_feeds.ts'
import { namespace, openAuthor, signer } from './_logs.ts'
import type { BlockEvent, Log } from '@hamlet/log'

for (const isEncrypted of [false, true]) {
  const kind = isEncrypted ? 'an encrypted feed' : 'a plain feed'
  const more = isEncrypted ? { secret } : {}

  test(`${kind} gives back every payload, and finds every byte`, async () => {
    const { log, feed } = await newFeed(more)
    assert.equal(await feed.byteLength(), 0)
    assert.deepEqual(await feed.seek(0), { index: 0, offset: 0 })
    await Promise.all(payloadsOf(0, 20).map((one) => feed.append(one)))
    const receipt = await feed.append(payloadsOf(20, 50))
    const bytes = concatBytes(...payloadsOf(0, 50))
    assert.deepEqual(receipt, { from: 20, to: 50, byteLength: bytes.length })
    assert.equal(await feed.byteLength(), bytes.length)
    assert.equal(feed.length, 50)
    for (let i = 0; i < 50; i++) assert.deepEqual(await feed.get(i), payload(i))
    for (let at = 0; at < bytes.length; at++) {
      const { index, offset } = await feed.seek(at)
      assert.equal(payload(index)[offset], bytes[at])
      const before = concatBytes(...payloadsOf(0, index)).length
      assert.equal(before + offset, at)
    }
    assert.deepEqual(await feed.seek(bytes.length), { index: 50, offset: 0 })
    await assert.rejects(feed.seek(bytes.length + 1), { code: 'LOG_OUT_OF_RANGE' })
    const again = feedOver(log, more)
    await again.append(payload(50))
    assert.deepEqual(await again.get(50), payload(50))
    assert.equal(await again.byteLength(), bytes.length + payload(50).length)
  })
}

test('who has another secret, or none, reads nothing, and a block elsewhere does not open', async () => {
  const { log, feed } = await newFeed({ secret })
  const text = utf8('nobody else reads this')
  await feed.append([text, text])
  const stored = [...log.blocks()]
  assert.ok(stored.every((block) => !Buffer.from(block).includes('nobody')))
  assert.notDeepEqual(stored[0]!.subarray(9), stored[1]!.subarray(9))
  await assert.rejects(feedOver(log).get(0), { code: 'FEED_DECRYPT' })
  const other = feedOver(log, { secret: new Uint8Array(32) })
  await assert.rejects(other.get(0), { code: 'FEED_DECRYPT' })
  const moved = await openAuthor(createMemoryDisk())
  await moved.append([stored[1]!])
  await assert.rejects(feedOver(moved, { secret }).get(0), { code: 'FEED_DECRYPT' })
  assert.equal(await other.byteLength(), 2 * text.length, 'lengths are no secret')
})

test('the same payload in the same place of another fork is sealed with another nonce', async () => {
  const { log, feed } = await newFeed({ secret })
  await feed.append([utf8('first'), utf8('second')])
  const before = log.get(1).slice()
  await feed.truncate(1)
  await feed.append(utf8('second'))
  assert.deepEqual(await feed.get(1), utf8('second'))
  assert.notDeepEqual(log.get(1).slice(9, 21), before.slice(9, 21))
})

test('a get waits for a block to be appended, for as long as it is told to', async () => {
  const { feed } = await newFeed()
  const waiting = feed.get(2)
  assert.equal(await feed.get(2, { wait: false }), undefined)
  const late = feed.get(5, { timeoutMs: 1000 })
  const late2 = feed.get(6, { timeoutMs: 3000 })
  const controller = new AbortController()
  const aborted = feed.get(7, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await assert.rejects(aborted, { message: 'enough' })
  await assert.rejects(feed.get(0, { signal: controller.signal }), { message: 'enough' })
  await feed.append(payloadsOf(0, 3))
  assert.deepEqual(await waiting, payload(2))
  clock.advance(2000)
  await assert.rejects(late, { code: 'FEED_TIMEOUT' })
  await feed.append(payloadsOf(3, 8))
  assert.deepEqual(await late2, payload(6))
  for (const index of [-1, 0.5, Number.NaN]) {
    await assert.rejects(feed.get(index), { code: 'LOG_OUT_OF_RANGE' })
  }
})

test('appends of two feeds over one log never spoil the offsets', async () => {
  const { log, feed } = await newFeed({ secret })
  const other = feedOver(log, { secret })
  const calls = payloadsOf(0, 60).map((one, i) => (i % 2 === 0 ? feed : other).append(one))
  const receipts = await Promise.all(calls)
  const order = receipts.map(({ from }, i) => [from, payload(i)] as const)
  for (const [from, one] of order) assert.deepEqual(await feed.get(from), one)
  let offset = 0
  for (let i = 0; i < 60; i++) {
    const bytes = (await feed.get(i)).length
    if (bytes > 0) assert.deepEqual(await feed.seek(offset), { index: i, offset: 0 })
    offset += bytes
  }
  assert.equal(await other.byteLength(), offset)
})

test('an append at another place than expected is refused, and only that one', async () => {
  const log = await openAuthor(createMemoryDisk())
  const results = await Promise.allSettled([
    log.append([utf8('a')], { at: { length: 0, fork: 0 } }),
    log.append([utf8('b')], { at: { length: 0, fork: 0 } }),
    log.append([utf8('c')]),
    log.append([utf8('d')], { at: { length: 2, fork: 1 } }),
    log.append([utf8('e')], { at: { length: 2, fork: 0 } }),
  ])
  assert.deepEqual(
    results.map((result) => result.status === 'fulfilled' || String(result.reason.code)),
    [true, 'LOG_MOVED', true, 'LOG_MOVED', true],
  )
  assert.deepEqual([...log.blocks()], ['a', 'c', 'e'].map(utf8))
})

test('sessions end by themselves, and a snapshot does not grow', async () => {
  const { feed } = await newFeed()
  await feed.append(payloadsOf(0, 10))
  const session = feed.session()
  const snapshot = feed.snapshot()
  const events: BlockEvent[] = []
  session.watch((event) => events.push(event))
  await feed.append(payloadsOf(10, 12))
  assert.deepEqual(events.at(-1), { type: 'stored', from: 10, to: 12 })
  const waiting = session.get(20)
  const stream = collect(session.read({ live: true }))
  await new Promise((resolve) => setImmediate(resolve))
  session.close()
  session.close()
  await assert.rejects(waiting, { code: 'FEED_CLOSED' })
  assert.equal((await stream).length, 12)
  await feed.append(payload(12))
  assert.equal(events.length, 2)
  await assert.rejects(session.get(0), { code: 'FEED_CLOSED' })
  assert.throws(() => session.has(0), { code: 'FEED_CLOSED' })
  await assert.rejects(session.append(payload(0)), { code: 'FEED_CLOSED' })
  assert.equal(snapshot.length, 10)
  assert.equal(await snapshot.byteLength(), concatBytes(...payloadsOf(0, 10)).length)
  await assert.rejects(snapshot.get(10), { code: 'LOG_OUT_OF_RANGE' })
  await assert.rejects(snapshot.append(payload(0)), { code: 'FEED_READ_ONLY' })
  assert.deepEqual(await collect(snapshot.read()), payloadsOf(0, 10))
  assert.ok(feed.isWritable && !snapshot.isWritable)
  assert.ok(snapshot.has(9) && !snapshot.has(9, 11))
})

test('a snapshot never shows what was written in place of what it had', async () => {
  const { feed } = await newFeed()
  await feed.append(payloadsOf(0, 10))
  const snapshot = feed.snapshot()
  await feed.truncate(4)
  await feed.append(payloadsOf(30, 40))
  assert.deepEqual(await snapshot.get(3), payload(3))
  await assert.rejects(snapshot.get(4), { code: 'FEED_TRUNCATED' })
  await assert.rejects(snapshot.session().get(9), { code: 'FEED_TRUNCATED' })
  assert.ok(!snapshot.has(4))
  assert.deepEqual(await feed.get(4), payload(30))
  assert.equal(feed.fork, 1)
})

test('cleared payloads are refused by name, and the feed goes on after them', async () => {
  const { log, feed } = await newFeed()
  await feed.append(payloadsOf(0, 10))
  await feed.clear(2, 10)
  assert.ok(log.has(9), 'the last block stays')
  await assert.rejects(feed.get(5), { code: 'LOG_CLEARED' })
  assert.equal(await feed.get(5, { wait: false }), undefined)
  await feed.append(payload(10))
  assert.deepEqual(await feed.get(10), payload(10))
  assert.equal(await feed.byteLength(), concatBytes(...payloadsOf(0, 11)).length)
  await assert.rejects(feed.clear(0, 12), { code: 'LOG_OUT_OF_RANGE' })
})

test('what no feed wrote, and offsets that contradict each other, are refused', async () => {
  const log = await openAuthor(createMemoryDisk())
  await log.append([utf8('not of a feed')])
  await assert.rejects(feedOver(log).get(0), { code: 'FEED_MALFORMED' })
  await assert.rejects(feedOver(log).append(payload(0)), { code: 'FEED_MALFORMED' })
  const liar = await openAuthor(createMemoryDisk())
  const blocks = [0, 4, 100, 8, 12].map((offset) =>
    Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, offset, 1, 2, 3, 4),
  )
  await liar.append(blocks)
  await assert.rejects(feedOver(liar).seek(9), { code: 'FEED_OFFSETS' })
  const large = new Uint8Array(FEED_PAYLOAD_BYTES_MAX + 1)
  const { feed } = await newFeed()
  await assert.rejects(feed.append(large), { code: 'FEED_PAYLOAD_TOO_LARGE' })
  await feed.append(large.subarray(1))
  assert.equal((await feed.get(0)).length, FEED_PAYLOAD_BYTES_MAX)
})

/** A sparse copy that fetches from the author, and counts. */
async function sparseOf(log: Log): Promise<{ copy: SparseLog; fetched: number[] }> {
  const { publicKey } = signer
  const options = { disk: createMemoryDisk(), crypto: testCrypto, directory: 'copy' }
  const copy = await SparseLog.open({ ...options, publicKey, namespace })
  assert.ok((await copy.acceptUpgrade(upgradeOf(pieceSourceOf(log), 0)!)).ok)
  const fetched: number[] = []
  copy.setFetcher({
    async fetch(index) {
      fetched.push(index)
      const nodes = [...copy.plan([index]).needed].sort((a, b) => a - b)
      const want = { blocks: runsOf([index]), nodes, bytesMax: 1e6 }
      assert.ok((await copy.acceptPiece(answerWant(pieceSourceOf(log), want)!)).ok)
    },
  })
  return { copy, fetched }
}

test('over a sparse copy a seek fetches a logarithm of the blocks, and a read those it gives', async () => {
  const { log, feed } = await newFeed({ secret })
  await feed.append(payloadsOf(0, 1000))
  const { copy, fetched } = await sparseOf(log)
  const far = Feed.over({ crypto: testCrypto, clock, id: copy.id, source: copy, secret })
  const before = concatBytes(...payloadsOf(0, 321)).length
  assert.deepEqual(await far.seek(before), { index: 321, offset: 0 })
  assert.ok(fetched.length <= 11, `${fetched.length} blocks`)
  assert.ok(!far.has(400, 420))
  assert.deepEqual(await collect(far.read({ start: 400, end: 420 })), payloadsOf(400, 420))
  assert.ok(far.has(400, 420))
  assert.equal(await far.get(700, { wait: false }), undefined)
  await assert.rejects(far.append(payload(0)), { code: 'FEED_READ_ONLY' })
  copy.setFetcher(undefined)
  await assert.rejects(far.get(701), { code: 'LOG_NOT_HERE' })
})
