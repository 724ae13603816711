// Goal: the frontier, the stored order and the shapes agree with the definition in RFC 9162 2.1, written out here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  Frontier,
  TreeHasher,
  consistencyShape,
  inclusionShape,
  largestPowerUpTo,
  nodeCount,
  nodePosition,
  peakRanges,
  popcount,
  verifyConsistency,
  verifyInclusion,
} from '@hamlet/log'
import { testCrypto } from './_crypto.ts'

const hasher = new TreeHasher(testCrypto)
const leafOf = (index: number): Uint8Array => hasher.leaf(new Uint8Array([index, index >> 8]))
const leaves = Array.from({ length: 300 }, (_, index) => leafOf(index))

function definition(start: number, end: number): Uint8Array {
  if (start === end) return testCrypto.hash(new Uint8Array())
  if (end - start === 1) return leaves[start]!
  let size = 1
  while (2 * size < end - start) size *= 2
  return hasher.node(definition(start, start + size), definition(start + size, end))
}

test('the frontier gives the root of the definition and stores nodes where they are looked for', () => {
  const frontier = new Frontier(hasher)
  const nodes: Uint8Array[] = []
  for (let length = 0; length < 300; length++) {
    assert.deepEqual(frontier.root(), definition(0, length))
    assert.equal(nodes.length, nodeCount(length))
    for (const { start, end } of peakRanges(length)) {
      assert.deepEqual(nodes[nodePosition(start, end - start)], definition(start, end))
    }
    frontier.push(leaves[length]!, nodes)
  }
})

test('proofs of the shapes verify for any leaf and any pair of lengths, and with a change never', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 300 }),
    fc.nat(299),
    fc.nat(1000),
    (length, seed, flip) => {
      const index = seed % length
      const from = index + 1
      const root = definition(0, length)
      const proof = inclusionShape(index, length).map(({ start, end }) => definition(start, end))
      const claim = { index, length, leafHash: leaves[index]!, root, proof }
      assert.ok(verifyInclusion(testCrypto, claim))
      assert.ok(!verifyInclusion(testCrypto, { ...claim, index: (index + 1) % (length + 1) }))
      const steps = consistencyShape(from, length).map(({ start, end }) => definition(start, end))
      const pair = { from, to: length, fromRoot: definition(0, from), toRoot: root, proof: steps }
      assert.ok(verifyConsistency(testCrypto, pair))
      if (steps.length === 0) return
      const changed = steps.map((hash) => hash.slice())
      changed[flip % steps.length]![flip % 32]! ^= 1
      assert.ok(!verifyConsistency(testCrypto, { ...pair, proof: changed }))
    },
  )
  fc.assert(property, { numRuns: 200 })
})

test('arithmetic on lengths is exact up to 2^53', () => {
  for (let bit = 0; bit < 53; bit++) {
    const power = 2 ** bit
    assert.equal(popcount(power), 1)
    assert.equal(largestPowerUpTo(power), power)
    if (bit < 2) continue
    assert.equal(popcount(power - 1), bit)
    assert.equal(largestPowerUpTo(power - 1), power / 2)
    assert.equal(largestPowerUpTo(power + 1), power)
  }
})
