import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes } from '@hamlet/core'
import { attachKernel, createKernel } from '../src/kernel/kernel.ts'
import { Stripe } from '../src/index.ts'
import { codeOf, someShards } from './_shards.ts'

test('a stripe codes in place what lies in it, and shorter shards at the end of a file', () => {
  const code = codeOf(4, 7)
  const stripe = code.createStripe(1000)
  for (const length of [1000, 1, 64, 999]) {
    stripe.resize(length)
    const data = someShards(4, length, length)
    data.forEach((shard, index) => stripe.shards[index]!.set(shard))
    stripe.encode()
    const parity = code.encode(data)
    parity.forEach((shard, row) => assert.ok(equalBytes(stripe.shards[4 + row]!, shard)))
    for (const index of [0, 3, 5]) stripe.shards[index]!.fill(0xee)
    stripe.reconstruct([3, 0, 5])
    data.forEach((shard, index) => assert.ok(equalBytes(stripe.shards[index]!, shard)))
    assert.ok(stripe.verify())
  }
})

test('another thread works on the same stripe by its handle', () => {
  for (const kernel of ['relaxed', 'strict', 'scalar'] as const) {
    const { code } = codeOf(2, 4)
    const mine = Stripe.create(code, 500, { kernel, isShared: true })
    const theirs = Stripe.attach(mine.handle())
    someShards(2, 500).forEach((shard, index) => mine.shards[index]!.set(shard))
    theirs.encode()
    assert.ok(mine.verify(), kernel)
    assert.equal(theirs.kernel, kernel)
  }
})

test('two threads may take turns with different work on one stripe', () => {
  const { code } = codeOf(3, 5)
  const mine = Stripe.create(code, 300, { isShared: true })
  const theirs = Stripe.attach(mine.handle())
  someShards(3, 300).forEach((shard, index) => mine.shards[index]!.set(shard))
  mine.encode()
  const parity = mine.shards.slice(3).map((shard) => shard.slice())
  theirs.reconstruct([0, 1])
  mine.encode()
  parity.forEach((shard, row) => assert.ok(equalBytes(mine.shards[3 + row]!, shard)))
})

test('a kernel on the memory of another one sees the same bytes', () => {
  const kernel = createKernel(70_000, { kernel: 'relaxed' })
  const other = attachKernel('relaxed', kernel.memory)
  kernel.bytes[69_999] = 7
  assert.equal(other.bytes[69_999], 7)
})
