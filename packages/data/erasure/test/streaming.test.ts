import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, equalBytes } from '@hamlet/core'
import {
  encodeStripes,
  ErasureError,
  StripeDecoder,
  StripeEncoder,
  StripeLayout,
} from '../src/index.ts'
import { spansIn } from '../src/index.ts'
import { codeOf, someBytes } from './_shards.ts'

interface Coded {
  readonly layout: StripeLayout
  readonly bytes: Uint8Array
  readonly shards: readonly Uint8Array[]
}

/** In parts of unequal sizes. */
function* inParts(bytes: Uint8Array, seed: number): Generator<Uint8Array> {
  for (let at = 0, part = 0; at < bytes.length; part++) {
    const length = 1 + ((seed + part * 37) % 90)
    yield bytes.subarray(at, at + length)
    at += length
  }
}

async function coded(
  [needed, total]: readonly [needed: number, total: number],
  pieceBytes: number,
  totalBytes: number,
): Promise<Coded> {
  const layout = new StripeLayout({ dataShards: needed, pieceBytes, totalBytes })
  const bytes = someBytes(totalBytes, totalBytes)
  const encoder = new StripeEncoder(codeOf(needed, total).code, pieceBytes)
  const pieces: (readonly Uint8Array[])[] = []
  for await (const each of encodeStripes(encoder, inParts(bytes, totalBytes))) pieces.push(each)
  const shards = Array.from({ length: total }, (_, shard) =>
    concatBytes(...pieces.map((each) => each[shard]!)),
  )
  return { layout, bytes, shards }
}

const streams = fc.record({
  needed: fc.integer({ min: 1, max: 6 }),
  spare: fc.integer({ min: 0, max: 3 }),
  pieceBytes: fc.integer({ min: 1, max: 130 }),
  totalBytes: fc.integer({ min: 0, max: 2000 }),
  seed: fc.nat(),
})

test('any range of a stream comes back from any k shards', async () => {
  await fc.assert(
    fc.asyncProperty(streams, async ({ needed, spare, pieceBytes, totalBytes, seed }) => {
      const total = needed + spare
      const { layout, bytes, shards } = await coded([needed, total], pieceBytes, totalBytes)
      const decoder = new StripeDecoder(codeOf(needed, total).code, layout)
      const kept = Array.from({ length: needed }, (_, at) => (seed + at) % total)
      const range = { offset: seed % 700, length: seed % 900 }
      const read = [...layout.stripesIn(range)].map((place) => {
        const { shardOffset } = place
        const known = kept.map((shard) => {
          return [
            shard,
            shards[shard]!.subarray(shardOffset, shardOffset + place.pieceBytes),
          ] as const
        })
        return decoder.bytes(place, new Map(known), range)
      })
      const end = range.offset + range.length
      assert.deepEqual(concatBytes(...read), bytes.slice(range.offset, end))
    }),
    { numRuns: 150 },
  )
})

test('shards are of one size, and data shards hold the stream itself and zeros behind it', async () => {
  for (const [totalBytes, shardBytes] of [
    ...[
      [0, 0],
      [1, 1],
      [3, 1],
      [4, 2],
      [30, 10],
      [31, 11],
    ],
    ...[[60, 20]],
  ] as const) {
    const { layout, bytes, shards } = await coded([3, 5], 10, totalBytes)
    assert.equal(layout.shardBytes, shardBytes)
    assert.deepEqual(
      shards.map(({ length }) => length),
      Array.from({ length: 5 }, () => shardBytes),
    )
    const stripes = [...layout.stripesIn({ offset: 0, length: totalBytes })]
    const laid = stripes.map((place) =>
      concatBytes(
        ...shards
          .slice(0, 3)
          .map((shard) => shard.subarray(place.shardOffset, place.shardOffset + place.pieceBytes)),
      ),
    )
    const expected = new Uint8Array(3 * shardBytes)
    expected.set(bytes)
    assert.deepEqual(concatBytes(...laid), expected)
  }
})

test('the worked example of the layout is so', () => {
  const layout = new StripeLayout({ dataShards: 2, pieceBytes: 65_536, totalBytes: 150_000 })
  assert.equal(layout.stripeCount, 2)
  assert.equal(layout.shardBytes, 75_000)
  const range = { offset: 140_600, length: 1 }
  const [place] = layout.stripesIn(range)
  assert.deepEqual(
    [place!.index, place!.pieceBytes, spansIn(place!, range)],
    [1, 9464, [{ shard: 1, offset: 65_600, length: 1 }]],
  )
  assert.deepEqual([...layout.stripesIn({ offset: 150_000, length: 5 })], [])
})

test('bytes may be written where they are coded, without a copy', () => {
  const { code } = codeOf(3, 4)
  const [inPlace, copying] = [new StripeEncoder(code, 50), new StripeEncoder(code, 50)]
  for (const [stripe, totalBytes] of [150, 150, 1, 50, 149, 99].entries()) {
    const bytes = someBytes(totalBytes, stripe)
    for (let at = 0; at < totalBytes;) {
      const part = bytes.subarray(at, at + Math.min(17, inPlace.room.length))
      inPlace.room.set(part)
      inPlace.advance(part.length)
      at += part.length
    }
    assert.equal(copying.add(bytes), totalBytes)
    assert.equal(copying.isFull, totalBytes === 150)
    const [made, expected] = [inPlace.take(), copying.take()]
    assert.ok(made.every((piece, shard) => equalBytes(piece, expected[shard]!)))
    assert.ok(inPlace.isEmpty)
  }
  const full = new StripeEncoder(code, 50)
  assert.equal(full.add(new Uint8Array(151)), 150)
  assert.equal(full.room.length, 0)
})

async function codeOfError(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof ErasureError) return error.code
    throw error
  }
  return 'none'
}

test('pieces that do not fit are refused with a code', async () => {
  const { code } = codeOf(2, 3)
  const layout = new StripeLayout({ dataShards: 2, pieceBytes: 4, totalBytes: 10 })
  const decoder = new StripeDecoder(code, layout)
  const decode = (known: readonly (readonly [number, Uint8Array])[], wanted: number[]) => () =>
    decoder.pieces(layout.stripeAt(1), new Map(known), wanted)
  const piece = new Uint8Array(1)
  assert.equal(await codeOfError(decode([[0, piece]], [1])), 'ERASURE_TOO_FEW')
  assert.equal(await codeOfError(decode([[0, piece]], [0])), 'none')
  assert.equal(await codeOfError(decode([[0, new Uint8Array(4)]], [0])), 'ERASURE_SHARD_LENGTH')
  assert.equal(await codeOfError(decode([[3, piece]], [0])), 'ERASURE_SHARD_INDEX')
  const wrong = new StripeLayout({ dataShards: 3, pieceBytes: 4, totalBytes: 10 })
  assert.equal(await codeOfError(() => new StripeDecoder(code, wrong)), 'ERASURE_PARAMETERS')
  const bad = { dataShards: 1, pieceBytes: 0, totalBytes: 1 }
  assert.equal(await codeOfError(() => new StripeLayout(bad)), 'ERASURE_PARAMETERS')
})
