/**
 * Goal: a proof of several leaves proves exactly those. Method: random sets of blocks of a real log, whole and copied in
 * part, and every way to change one thing about a proof.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leafSetShape, verifyLeafSet } from '@hamlet/log'
import type { LeafSetClaim, Log } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import fc from 'fast-check'
import { testCrypto } from './_crypto.ts'
import { blocksOf, openAuthor, openCopy } from './_logs.ts'

const anyCase = fc
  .integer({ min: 1, max: 70 })
  .chain((length) =>
    fc.tuple(
      fc.constant(length),
      fc.uniqueArray(fc.nat({ max: length - 1 }), { minLength: 1, maxLength: length }),
    ),
  )
  .map(([length, indices]) => ({ length, indices: indices.sort((a, b) => a - b) }))

async function logOf(length: number): Promise<Log> {
  const log = await openAuthor(createMemoryDisk())
  await log.append(blocksOf(0, length))
  return log
}

function claimOf(log: Log, indices: readonly number[]): LeafSetClaim {
  const { head, proof } = log.leafSetProof(indices)
  const leafHashes = indices.map((index) => log.leafHash(index))
  return { indices, leafHashes, length: head.length, root: head.root, proof }
}

function hexes(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('hex')).sort()
}

test('the leaves of a set, and no others, lead to the root with its proof', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, fc.nat(), async ({ length, indices }, pick) => {
      const log = await logOf(length)
      const claim = claimOf(log, indices)
      assert.ok(verifyLeafSet(testCrypto, claim))
      const place = pick % indices.length
      const other = claim.leafHashes.with(place, new Uint8Array(32))
      assert.ok(!verifyLeafSet(testCrypto, { ...claim, leafHashes: other }))
      const more = [...claim.proof, new Uint8Array(32)]
      assert.ok(!verifyLeafSet(testCrypto, { ...claim, proof: more }))
      assert.ok(!verifyLeafSet(testCrypto, { ...claim, root: new Uint8Array(32) }))
      if (claim.proof.length === 0) return
      assert.ok(!verifyLeafSet(testCrypto, { ...claim, proof: claim.proof.slice(1) }))
      const free = Array.from({ length }, (_, i) => i).find((index) => !indices.includes(index))!
      const moved = indices.with(place, free).sort((a, b) => a - b)
      assert.ok(!verifyLeafSet(testCrypto, { ...claim, indices: moved }))
    }),
    { numRuns: 60 },
  )
})

test('a set of one leaf has the hashes of its inclusion proof, and that of all leaves has none', async () => {
  const log = await logOf(21)
  for (let index = 0; index < 21; index++) {
    const { proof } = log.leafSetProof([index])
    const inclusion = log.inclusionProof(index)
    assert.deepEqual(hexes(proof), hexes(inclusion))
  }
  assert.deepEqual(log.leafSetProof(Array.from({ length: 21 }, (_, i) => i)).proof, [])
})

test('a copy that knows a head beyond what it holds proves its blocks to that head', async () => {
  const author = await logOf(37)
  for (const here of [1, 5, 8, 20, 36]) {
    const copy = await openCopy(createMemoryDisk())
    const range = author.rangeFrom(0, { bytesMax: 1e6, blocksMax: here })!
    assert.ok((await copy.accept(range)).ok)
    assert.equal(copy.head!.length, 37)
    const indices = [0, here - 1].filter((index, i, all) => all.indexOf(index) === i)
    assert.ok(verifyLeafSet(testCrypto, claimOf(copy, indices)))
  }
})

test('what are no indices of the tree is refused without work', () => {
  const hash = new Uint8Array(32)
  const claim = { leafHashes: [hash, hash], length: 2 ** 53 - 1, root: hash, proof: [] }
  for (const indices of [[], [1], [1, 1], [2, 1], [0, 2 ** 53 - 1], [-1, 0], [0.5, 1]]) {
    assert.ok(!verifyLeafSet(testCrypto, { ...claim, indices }), indices.join())
  }
  assert.ok(!verifyLeafSet(testCrypto, { ...claim, indices: [0, 2 ** 53 - 2] }))
  assert.ok(leafSetShape([0, 2 ** 53 - 2], 2 ** 53 - 1).length <= 106)
})
