// Goal: streams out of a feed and into it carry every byte once, in order, and end when they should.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes } from '@hamlet/core'
import { seededRandom } from './_crypto.ts'
import { collect, newFeed, payload, payloadsOf } from './_feeds.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a read gives any stretch, forwards and backwards', async () => {
  const { feed } = await newFeed()
  await feed.append(payloadsOf(0, 60))
  for (const [start, end] of [
    [0, 60],
    [7, 41],
    [59, 60],
    [5, 5],
    [60, 60],
  ] as const) {
    assert.deepEqual(await collect(feed.read({ start, end })), payloadsOf(start, end))
    const reversed = payloadsOf(start, end).toReversed()
    assert.deepEqual(await collect(feed.read({ start, end, reverse: true })), reversed)
  }
  await assert.rejects(feed.read({ reverse: true, live: true }).next(), RangeError)
})

test('a read ends where the feed ended when it began, unless it is told otherwise', async () => {
  const { feed } = await newFeed()
  await feed.append(payloadsOf(0, 5))
  const fixed = feed.read()
  const growing = feed.read({ snapshot: false })
  const live = feed.read({ live: true })
  const firsts = await Promise.all([fixed.next(), growing.next(), live.next()])
  for (const first of firsts) assert.deepEqual(first.value, payload(0))
  await feed.append(payloadsOf(5, 8))
  assert.deepEqual(await collect(fixed), payloadsOf(1, 5))
  assert.deepEqual(await collect(growing), payloadsOf(1, 8))
  for (let i = 1; i < 8; i++) assert.deepEqual((await live.next()).value, payload(i))
  const next = live.next()
  await turn()
  await feed.append(payloadsOf(8, 10))
  assert.deepEqual((await next).value, payload(8))
  assert.deepEqual((await live.next()).value, payload(9))
  const last = live.next()
  await turn()
  feed.close()
  assert.equal((await last).done, true)
})

test('a live read ends with its signal', async () => {
  const { feed } = await newFeed()
  await feed.append(payloadsOf(0, 2))
  const controller = new AbortController()
  const reading = collect(feed.read({ live: true, signal: controller.signal }))
  await turn()
  controller.abort()
  assert.deepEqual(await reading, payloadsOf(0, 2))
})

test('a stream ends with an error when the author takes back what it covers', async () => {
  const { feed } = await newFeed()
  await feed.append(payloadsOf(0, 10))
  const live = feed.read({ live: true, start: 8 })
  await live.next()
  await live.next()
  const waiting = live.next()
  const fixed = feed.read()
  await fixed.next()
  const early = feed.read({ end: 3 })
  await early.next()
  await turn()
  await feed.truncate(5)
  await assert.rejects(waiting, { code: 'FEED_TRUNCATED' })
  await assert.rejects(collect(fixed), { code: 'FEED_TRUNCATED' })
  assert.deepEqual(await collect(early), payloadsOf(1, 3))
})

test('bytes come from any offset, as many as asked for', async () => {
  const { feed } = await newFeed()
  await feed.append(payloadsOf(0, 40))
  const bytes = concatBytes(...payloadsOf(0, 40))
  const property = fc.asyncProperty(
    fc.nat(bytes.length),
    fc.option(fc.nat(bytes.length), { nil: undefined }),
    async (offset, length) => {
      const range = length === undefined ? { offset } : { offset, length }
      const got = concatBytes(...(await collect(feed.readBytes(range))))
      const end = length === undefined ? bytes.length : offset + length
      assert.deepEqual(got, bytes.subarray(offset, end))
    },
  )
  await fc.assert(property, { numRuns: 60 })
  await assert.rejects(collect(feed.readBytes({ offset: bytes.length + 1 })), {
    code: 'LOG_OUT_OF_RANGE',
  })
})

test('what is streamed in comes out the same, in pieces of the size asked for', async () => {
  const random = seededRandom(3)
  const property = fc.asyncProperty(
    fc.array(fc.nat(700), { maxLength: 20 }),
    fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
    fc.boolean(),
    async (sizes, chunkBytes, isWritable) => {
      const { feed } = await newFeed()
      const parts = sizes.map((size) => random.bytes(size))
      const options = chunkBytes === undefined ? {} : { chunkBytes }
      if (isWritable) {
        const writer = feed.writable(options).getWriter()
        for (const part of parts) {
          const reused = part.slice()
          await writer.write(reused)
          reused.fill(0)
        }
        await writer.close()
      } else {
        const receipt = await feed.appendFrom(parts, options)
        assert.deepEqual([receipt.from, receipt.to], [0, feed.length])
      }
      const payloads = await collect(feed.read())
      assert.deepEqual(concatBytes(...payloads), concatBytes(...parts))
      if (chunkBytes === undefined) assert.deepEqual(payloads, parts)
      else assert.ok(payloads.slice(0, -1).every(({ length }) => length === chunkBytes))
    },
  )
  await fc.assert(property, { numRuns: 60 })
})

async function* failing(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 3000; i++) yield payload(i)
  throw new Error('the input failed')
}

test('a stream into a feed is appended in groups, and what came before an error stays', async () => {
  const { feed } = await newFeed()
  await assert.rejects(feed.appendFrom(failing()), { message: 'the input failed' })
  assert.equal(feed.length, 2048)
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const one of payloadsOf(0, 5)) controller.enqueue(one)
      controller.close()
    },
  })
  await stream.pipeTo(feed.writable())
  assert.deepEqual(await collect(feed.read({ start: 2048 })), payloadsOf(0, 5))
})
