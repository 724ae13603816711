// Whatever order blocks come in and however the log grows meanwhile: what is planned is enough, nothing else is accepted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Frontier, peakRanges, rangeHash, TreeHasher } from '@hamlet/log'
import {
  climb,
  nodeNumber,
  numberOfPlace,
  peakPlaces,
  placeOfNode,
  planClimb,
  rangeOfNode,
} from '../src/node-climb.ts'
import type { TreeNode } from '../src/node-climb.ts'
import { testCrypto } from './_crypto.ts'

const hasher = new TreeHasher(testCrypto)
const LEAVES = 300
const leafHashes = Array.from({ length: LEAVES }, (_, i) =>
  hasher.leaf(Uint8Array.of(i & 255, i >> 8)),
)

function hashOf(number: number): Uint8Array {
  const { start, end } = rangeOfNode(number)
  const perfect = (at: number, size: number): Uint8Array =>
    size === 1
      ? leafHashes[at]!
      : hasher.node(perfect(at, size / 2), perfect(at + size / 2, size / 2))
  return rangeHash(hasher, start, end, perfect)
}

test('numbers name places one to one, in the order of the leaves', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(2 ** 10), (level, index) => {
      const number = nodeNumber(level, index)
      assert.deepEqual(placeOfNode(number), { level, index })
      const { start, end } = rangeOfNode(number)
      assert.equal(end - start, 2 ** level)
      assert.ok(nodeNumber(0, start) <= number && number <= nodeNumber(0, end - 1))
    }),
  )
})

test('the peaks are those of the frontier', () => {
  for (let length = 1; length < LEAVES; length++) {
    const hashes = peakPlaces(length).map((place) => hashOf(numberOfPlace(place)))
    const frontier = new Frontier(hasher)
    for (let i = 0; i < length; i++) frontier.push(leafHashes[i]!, [])
    assert.deepEqual(new Frontier(hasher, length, hashes).root(), frontier.root())
    assert.equal(hashes.length, peakRanges(length).length)
  }
})

test('what a plan needs is enough for the climb and nothing of it is too much; every flipped bit is noticed', () => {
  const run = fc.record({
    length: fc.integer({ min: 1, max: LEAVES }),
    rounds: fc.array(fc.array(fc.nat(LEAVES - 1), { maxLength: 12 }), { maxLength: 5 }),
    victim: fc.nat(),
  })
  fc.assert(
    fc.property(run, ({ length, rounds, victim }) => {
      const known = new Map<number, Uint8Array>()
      for (const place of peakPlaces(length)) {
        known.set(numberOfPlace(place), hashOf(numberOfPlace(place)))
      }
      for (const round of rounds) {
        const leaves = [...new Set(round)].filter((i) => i < length).sort((a, b) => a - b)
        const places = leaves.map((index) => ({ level: 0, index }))
        const plan = planClimb(places, (number) => known.has(number))
        const given = new Map(plan.needed.map((number) => [number, hashOf(number)]))
        const starts = leaves.map((i) => ({ number: nodeNumber(0, i), hash: leafHashes[i]! }))
        const lookUp = (number: number): Uint8Array | undefined => known.get(number)
        for (const number of plan.needed) {
          const fewer = new Map(given)
          fewer.delete(number)
          const lacking = climb(hasher, [...starts, ...nodesOf(fewer)], lookUp)
          assert.deepEqual(lacking, { ok: false, error: 'missing' })
          const wrong = new Map(given).set(number, flip(given.get(number)!, victim))
          const broken = climb(hasher, [...starts, ...nodesOf(wrong)], lookUp)
          assert.deepEqual(broken, { ok: false, error: 'conflict' })
        }
        const climbed = climb(hasher, [...starts, ...nodesOf(given)], lookUp)
        assert.ok(climbed.ok)
        const learned = climbed.value.map(({ number }) => number)
        assert.deepEqual(new Set(learned), new Set(plan.learned))
        for (const { number, hash } of climbed.value) {
          assert.deepEqual(hash, hashOf(number))
          known.set(number, hash)
        }
        if (starts.length === 0) continue
        const at = victim % starts.length
        const forged = starts.with(at, { ...starts[at]!, hash: flip(starts[at]!.hash, victim) })
        const refused = climb(hasher, [...forged, ...nodesOf(given)], lookUp)
        assert.deepEqual(refused, { ok: false, error: 'conflict' })
      }
    }),
    { numRuns: 60 },
  )
})

function nodesOf(nodes: ReadonlyMap<number, Uint8Array>): readonly TreeNode[] {
  return [...nodes].map(([number, hash]) => ({ number, hash }))
}

function flip(hash: Uint8Array, victim: number): Uint8Array {
  return hash.map((byte, i) => (i === victim % 32 ? byte ^ 0x10 : byte))
}
