import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from '@hamlet/log'
import { testCrypto } from './_crypto.ts'
import { withVectors } from './_vectors.ts'

interface MerkleCase {
  readonly leafIdx: number
  readonly treeSize: number
  readonly size1: number
  readonly size2: number
  readonly size: number
  readonly start: number
  readonly end: number
  readonly root: string
  readonly root1: string
  readonly root2: string
  readonly leafHash: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

const bytes = (base64: string | null): Uint8Array => Buffer.from(base64 ?? '', 'base64')

function runCases(
  name: string,
  cases: number,
  verify: (item: MerkleCase, proof: readonly Uint8Array[]) => boolean,
): void {
  test(`decides every public case of ${name}`, () => {
    withVectors(`merkle/${name}.json`, cases, (text) => {
      const items = Object.entries(JSON.parse(text) as Record<string, MerkleCase>)
      for (const [title, item] of items) {
        assert.equal(verify(item, (item.proof ?? []).map(bytes)), !item.wantErr, title)
      }
      return items.length
    })
  })
}

runCases('inclusion', 98, (item, proof) =>
  verifyInclusion(testCrypto, {
    index: item.leafIdx,
    length: item.treeSize,
    leafHash: bytes(item.leafHash),
    root: bytes(item.root),
    proof,
  }),
)

runCases('consistency', 98, (item, proof) =>
  verifyConsistency(testCrypto, {
    from: item.size1,
    to: item.size2,
    fromRoot: bytes(item.root1),
    toRoot: bytes(item.root2),
    proof,
  }),
)

runCases('subtree-inclusion', 204, (item, proof) =>
  verifySubtreeInclusion(testCrypto, {
    index: item.leafIdx,
    start: item.start,
    end: item.end,
    leafHash: bytes(item.leafHash),
    subtreeRoot: bytes(item.root),
    proof,
  }),
)

runCases('subtree-consistency', 118, (item, proof) =>
  verifySubtreeConsistency(testCrypto, {
    start: item.start,
    end: item.end,
    length: item.size,
    subtreeRoot: bytes(item.root1),
    root: bytes(item.root2),
    proof,
  }),
)

test('indices that are not safe integers are refused', () => {
  const hash = new Uint8Array(32)
  for (const length of [2 ** 53, 2 ** 64, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const claim = { index: 0, length, leafHash: hash, root: hash, proof: [] }
    assert.equal(verifyInclusion(testCrypto, claim), false)
    const pair = { from: 1, to: length, fromRoot: hash, toRoot: hash, proof: [] }
    assert.equal(verifyConsistency(testCrypto, pair), false)
  }
})
