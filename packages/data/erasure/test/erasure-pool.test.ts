import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes } from '@hamlet/core'
import { CauchyCode, ErasureError, Stripe } from '../src/index.ts'
import { ErasurePool } from '../src/node/index.ts'
import { ErasureThread } from '../src/node/erasure-thread.ts'
import { codeOf, someShards } from './_shards.ts'

function sharedStripe(needed: number, total: number, shardBytes: number, seed = 1): Stripe {
  const code = new CauchyCode({ dataShards: needed, parityShards: total - needed })
  const stripe = Stripe.create(code, shardBytes, { isShared: true })
  someShards(needed, shardBytes, seed).forEach((shard, at) => stripe.shards[at]!.set(shard))
  return stripe
}

/** Takes a thread tens of milliseconds. */
function slowStripe(): Stripe {
  const code = new CauchyCode({ dataShards: 4, parityShards: 4 })
  return Stripe.create(code, 500_000, { kernel: 'scalar', isShared: true })
}

async function codeOfError(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof ErasureError) return error.code
    throw error
  }
  return 'none'
}

test('threads code, find and make again what this thread would', async () => {
  await using pool = new ErasurePool({ threads: 2 })
  const stripes = [1, 2, 3, 4, 5].map((seed) => sharedStripe(3 + seed, 6 + seed, 1000, seed))
  await Promise.all(stripes.map((stripe) => pool.encode(stripe)))
  for (const [at, stripe] of stripes.entries()) {
    const { dataShards, totalShards } = stripe.code
    const data = someShards(dataShards, 1000, at + 1)
    const all = [...data, ...codeOf(dataShards, totalShards).encode(data)]
    assert.ok(all.every((shard, index) => equalBytes(stripe.shards[index]!, shard)))
    for (const index of [0, 2, dataShards]) stripe.shards[index]!.fill(0)
    assert.ok(!(await pool.verify(stripe)))
    await pool.reconstruct(stripe, [0, 2, dataShards], { wanted: [0, 2] })
    assert.ok(!(await pool.verify(stripe)))
    await pool.reconstruct(stripe, [dataShards])
    assert.ok(await pool.verify(stripe))
    assert.ok(all.every((shard, index) => equalBytes(stripe.shards[index]!, shard)))
  }
})

test('shorter shards at the end of a file are known to the thread as well', async () => {
  await using pool = new ErasurePool({ threads: 1 })
  const stripe = sharedStripe(2, 3, 200)
  await pool.encode(stripe)
  stripe.resize(77)
  stripe.shards[0]!.fill(9)
  stripe.shards[2]!.fill(0)
  await pool.encode(stripe)
  assert.ok(stripe.verify())
})

test('the event loop turns while a thread works', async () => {
  await using pool = new ErasurePool({ threads: 1 })
  const stripe = slowStripe()
  let isDone = false
  const work = pool.encode(stripe).then(() => {
    isDone = true
  })
  let turns = 0
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve))
    turns += 1
  }
  await work
  assert.ok(turns > 10, `${turns} turns`)
  assert.ok(stripe.verify())
})

test('calls for one stripe come one after the other', async () => {
  await using pool = new ErasurePool({ threads: 2 })
  const stripe = sharedStripe(3, 5, 5000)
  const [, isRight, , isStillRight] = await Promise.all([
    pool.encode(stripe),
    pool.verify(stripe),
    pool.reconstruct(stripe, [1, 4]),
    pool.verify(stripe),
  ])
  assert.ok(isRight && isStillRight)
})

test('an aborted call ends with the reason, and the stripe is free then', async () => {
  await using pool = new ErasurePool({ threads: 1 })
  const [first, second] = [slowStripe(), sharedStripe(2, 4, 100)]
  const running = new AbortController()
  const waiting = new AbortController()
  const [early, late] = [pool.encode(first, running.signal), pool.encode(second, waiting.signal)]
  running.abort(new Error('no more'))
  waiting.abort(new Error('not at all'))
  await assert.rejects(late, /not at all/)
  assert.ok(!second.verify())
  await assert.rejects(early, /no more/)
  await assert.rejects(pool.encode(first, AbortSignal.abort(new Error('before'))), /before/)
  await pool.encode(first)
  await pool.encode(second)
  assert.ok(first.verify() && second.verify())
})

test('a closed pool ends what is under way, and takes nothing more', async () => {
  const pool = new ErasurePool({ threads: 1 })
  const [first, second] = [slowStripe(), sharedStripe(2, 4, 100)]
  const codes = [first, second].map((stripe) => codeOfError(pool.encode(stripe)))
  await pool[Symbol.asyncDispose]()
  assert.deepEqual(await Promise.all(codes), ['ERASURE_POOL_CLOSED', 'ERASURE_POOL_CLOSED'])
  assert.equal(await codeOfError(pool.verify(second)), 'ERASURE_POOL_CLOSED')
  await pool[Symbol.asyncDispose]()
})

test('what cannot be done is refused before a thread hears of it', async () => {
  await using pool = new ErasurePool({ threads: 1 })
  const own = Stripe.create(new CauchyCode({ dataShards: 1, parityShards: 1 }), 10)
  assert.equal(await codeOfError(pool.encode(own)), 'ERASURE_NOT_SHARED')
  const stripe = sharedStripe(2, 4, 10)
  assert.equal(await codeOfError(pool.reconstruct(stripe, [0, 1, 2])), 'ERASURE_TOO_FEW')
  assert.equal(await codeOfError(pool.reconstruct(stripe, [4])), 'ERASURE_SHARD_INDEX')
})

test('a thread that dies says so to whoever waits for it', async () => {
  const thread = new ErasureThread()
  const stripe = sharedStripe(2, 4, 10)
  const impossible = { kind: 'reconstruct', missing: [9], wanted: [9] } as const
  assert.equal(await codeOfError(thread.run(stripe, impossible)), 'ERASURE_THREAD_DIED')
  assert.ok(!thread.isUsable)
  assert.equal(await codeOfError(thread.run(stripe, { kind: 'encode' })), 'ERASURE_THREAD_DIED')
  await thread.end()
})
