import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { equalBytes } from '@hamlet/core'
import { ErasureCode, ErasureError, fastestKernel, TOTAL_SHARDS_MAX } from '../src/index.ts'
import { choices, codeOf, someBytes, someShards } from './_shards.ts'

const SMALL: readonly (readonly [needed: number, total: number])[] = [
  ...[
    [1, 1],
    [1, 4],
    [2, 3],
    [3, 6],
    [4, 6],
  ],
  ...[
    [4, 8],
    [5, 10],
    [10, 12],
  ],
] as const

function without(shards: readonly Uint8Array[], kept: readonly number[]) {
  return shards.map((shard, index) => (kept.includes(index) ? shard : undefined))
}

test('every choice of k shards of small codes gives all of them back', () => {
  for (const [needed, total] of SMALL) {
    const code = codeOf(needed, total)
    const data = someShards(needed, 37)
    const all = [...data, ...code.encode(data)]
    for (const kept of choices(total, needed)) {
      const made = code.reconstruct(without(all, kept))
      assert.ok(
        made.every((shard, index) => equalBytes(shard, all[index]!)),
        kept.join(),
      )
    }
  }
})

const parameters = fc.integer({ min: 1, max: 24 }).chain((needed) =>
  fc.record({
    needed: fc.constant(needed),
    total: fc.integer({ min: needed, max: 40 }),
    shardBytes: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(16_383, 16_384, 16_385)),
    seed: fc.nat(1000),
  }),
)

test('what is lost comes back, however much there is and whichever it is', () => {
  fc.assert(
    fc.property(parameters, fc.array(fc.nat(1000)), ({ needed, total, shardBytes, seed }, lost) => {
      const code = codeOf(needed, total)
      const data = someShards(needed, shardBytes, seed)
      const all = [...data, ...code.encode(data)]
      const missing = new Set(lost.map((each) => each % total).slice(0, total - needed))
      const made = code.reconstruct(
        all.map((shard, index) => (missing.has(index) ? undefined : shard)),
      )
      assert.ok(made.every((shard, index) => equalBytes(shard, all[index]!)))
      assert.ok(code.verify(made))
    }),
    { numRuns: 60 },
  )
})

test('parity is written where the caller wants it', () => {
  const code = codeOf(3, 5)
  const data = someShards(3, 20_000)
  const own = [new Uint8Array(20_000).fill(1), new Uint8Array(20_000).fill(2)]
  assert.equal(code.encode(data, own), own)
  assert.ok(code.encode(data).every((shard, row) => equalBytes(shard, own[row]!)))
})

test('one shard is made without the others that are missing', () => {
  const code = codeOf(4, 8)
  const data = someShards(4, 100)
  const all = [...data, ...code.encode(data)]
  const left = without(all, [1, 3, 5, 7])
  for (const wanted of [[0], [2, 0], [6], [4, 1, 2], []]) {
    const made = code.rebuild(left, wanted)
    assert.equal(made.length, wanted.length)
    assert.ok(made.every((shard, at) => equalBytes(shard, all[wanted[at]!]!)))
  }
  assert.equal(code.rebuild(left, [3])[0], all[3])
})

test('a changed data shard changes the parity as coding everything again would', () => {
  fc.assert(
    fc.property(parameters, fc.nat(1000), ({ needed, total, shardBytes, seed }, which) => {
      const code = codeOf(needed, total)
      const data = [...someShards(needed, shardBytes, seed)]
      const parity = code.encode(data)
      const index = which % needed
      const after = someBytes(shardBytes, seed + 7)
      const updated = code.update(index, data[index]!, after, parity)
      data[index] = after
      const again = code.encode(data)
      assert.ok(updated.every((shard, row) => equalBytes(shard, again[row]!)))
    }),
    { numRuns: 40 },
  )
})

test('one flipped bit anywhere is noticed', () => {
  const code = codeOf(3, 5)
  const data = someShards(3, 9000)
  const all = [...data, ...code.encode(data)]
  assert.ok(code.verify(all))
  for (const [shard, at] of [
    [0, 0],
    [1, 4096],
    [2, 8999],
    [3, 4095],
    [4, 8999],
  ] as const) {
    all[shard]![at]! ^= 0x10
    assert.ok(!code.verify(all), `shard ${shard}, byte ${at}`)
    all[shard]![at]! ^= 0x10
  }
  assert.ok(code.verify(all))
})

test('all kernels give the same bytes at every length', () => {
  assert.equal(fastestKernel(), 'relaxed')
  const lengths = [...Array.from({ length: 200 }, (_, at) => at + 1), 4095, 4097, 16_385, 70_000]
  for (const [needed, total] of [
    [1, 3],
    [4, 6],
    [5, 14],
  ] as const) {
    const codes = (['relaxed', 'strict', 'scalar'] as const).map((each) =>
      codeOf(needed, total, each),
    )
    for (const length of lengths) {
      const data = someShards(needed, length, length)
      const [relaxed, strict, scalar] = codes.map((code) => code.encode(data))
      for (const [row, shard] of scalar!.entries()) {
        assert.ok(
          equalBytes(relaxed![row]!, shard) && equalBytes(strict![row]!, shard),
          `${length}`,
        )
      }
    }
  }
})

test('the largest code is one of 255 shards', () => {
  const code = codeOf(200, TOTAL_SHARDS_MAX)
  const data = someShards(200, 5)
  const all = [...data, ...code.encode(data)]
  const made = code.reconstruct(all.map((shard, index) => (index < 55 ? undefined : shard)))
  assert.ok(made.every((shard, index) => equalBytes(shard, all[index]!)))
})

test('a file is cut into shards of one length', () => {
  const shards = codeOf(3, 4).split(Uint8Array.of(1, 2, 3, 4))
  assert.deepEqual(
    shards.map((shard) => [...shard]),
    [
      [1, 2],
      [3, 4],
      [0, 0],
    ],
  )
  assert.deepEqual(
    codeOf(2, 2)
      .split(new Uint8Array(0))
      .map(({ length }) => length),
    [1, 1],
  )
})

function make(dataShards: number, parityShards: number): () => ErasureCode {
  return () => new ErasureCode({ dataShards, parityShards })
}

function codeOfError(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof ErasureError) return error.code
    throw error
  }
  return 'none'
}

test('what cannot be done is refused with a code, and changes nothing', () => {
  const code = codeOf(3, 5)
  const data = someShards(3, 10)
  const all = [...data, ...code.encode(data)]
  assert.equal(codeOfError(make(0, 1)), 'ERASURE_PARAMETERS')
  assert.equal(codeOfError(make(1.5, 1)), 'ERASURE_PARAMETERS')
  assert.equal(codeOfError(make(200, 56)), 'ERASURE_PARAMETERS')
  assert.equal(
    codeOfError(() => code.encode(data.slice(1))),
    'ERASURE_SHARD_COUNT',
  )
  assert.equal(
    codeOfError(() => code.encode([...data.slice(1), new Uint8Array(9)])),
    'ERASURE_SHARD_LENGTH',
  )
  assert.equal(
    codeOfError(() => code.encode(data, [new Uint8Array(10)])),
    'ERASURE_SHARD_COUNT',
  )
  assert.equal(
    codeOfError(() => code.encode(data, [new Uint8Array(10), new Uint8Array(11)])),
    'ERASURE_SHARD_LENGTH',
  )
  assert.equal(
    codeOfError(() => code.reconstruct(without(all, [1, 4]))),
    'ERASURE_TOO_FEW',
  )
  assert.equal(
    codeOfError(() => code.reconstruct(without(all, []))),
    'ERASURE_TOO_FEW',
  )
  assert.equal(
    codeOfError(() => code.update(3, data[0]!, data[1]!, all.slice(3))),
    'ERASURE_SHARD_INDEX',
  )
  assert.equal(
    codeOfError(() => code.createStripe(0)),
    'ERASURE_SHARD_LENGTH',
  )
  assert.equal(
    codeOfError(() => code.rebuild(all, [5])),
    'ERASURE_SHARD_INDEX',
  )
  assert.equal(
    codeOfError(() => code.code.recovery([1], [0])),
    'ERASURE_SHARD_INDEX',
  )
  const stripe = code.createStripe(64)
  assert.equal(
    codeOfError(() => stripe.resize(65)),
    'ERASURE_SHARD_LENGTH',
  )
  assert.equal(
    codeOfError(() => stripe.reconstruct([5])),
    'ERASURE_SHARD_INDEX',
  )
  assert.equal(
    codeOfError(() => stripe.reconstruct([1, 1])),
    'ERASURE_SHARD_INDEX',
  )
})
