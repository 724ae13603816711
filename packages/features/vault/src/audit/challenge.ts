/**
 * What a nonce asks for, and whether an answer is right: both sides find out by themselves.
 *
 * Leaves are drawn by the nonce, so a holder learns only when it is asked which of them it should have kept. The tag of a whole shard is
 * HMAC-SHA-256 under the nonce over SHA-256(nonce ‖ chunk) of each chunk in order: it takes every byte, and a holder cannot keep the
 * hashes instead, since each depends on the nonce. An owner who has the shard at hand keeps some such pairs and needs no shard
 * later.
 *
 * Source: the spot checks of Ateniese et al., "Provable Data Possession at Untrusted Stores", CCS 2007; no tags on the data are needed
 * here, since the root is known to everybody.
 */

import { CHUNK_BYTES, CHUNK_LEAVES, leafCountOf, leafPath, verifyLeaf } from '@hamlet/blobs'
import type { BlobId, BlobServing } from '@hamlet/blobs'
import { equalBytesConstantTime, utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { ProvenLeaf } from './audit-message.ts'

const INFO = utf8('hamlet/v1/vault-challenge\0')
const DRAW_BYTES = 4

/** Which leaves of the shard are asked for: distinct, in the order drawn, `count` of them or all there are. */
export function leavesAsked(
  crypto: Crypto,
  nonce: Uint8Array,
  { sizeBytes }: BlobId,
  count: number,
): readonly number[] {
  const leafCount = leafCountOf(sizeBytes)
  const wanted = Math.min(count, leafCount)
  const drawn = crypto.hkdf(nonce, new Uint8Array(0), INFO, wanted * DRAW_BYTES)
  const view = new DataView(drawn.buffer, drawn.byteOffset)
  const leaves = new Set<number>()
  for (let at = 0; at < wanted; at++) {
    let leaf = view.getUint32(at * DRAW_BYTES) % leafCount
    // One that was drawn before gives way to the next that was not.
    while (leaves.has(leaf)) leaf = (leaf + 1) % leafCount
    leaves.add(leaf)
  }
  return [...leaves]
}

/** The leaves that are asked for, or `undefined` when one of them is not here. @throws StoreError */
export function proveLeaves(
  crypto: Crypto,
  serving: BlobServing,
  nonce: Uint8Array,
  count: number,
): readonly ProvenLeaf[] | undefined {
  const { sizeBytes } = serving.id
  const proven: ProvenLeaf[] = []
  for (const leaf of leavesAsked(crypto, nonce, serving.id, count)) {
    const index = Math.floor(leaf / CHUNK_LEAVES)
    const chunk = serving.readChunk(index)
    const uncles = serving.uncles(index)
    if (chunk === undefined || uncles === undefined) return undefined
    const leafBytes = CHUNK_BYTES / CHUNK_LEAVES
    const start = (leaf % CHUNK_LEAVES) * leafBytes
    const bytes = chunk.slice(start, start + leafBytes)
    proven.push({ leaf, bytes, path: leafPath(crypto, sizeBytes, leaf, chunk, uncles) })
  }
  return proven
}

/** Whether these are the leaves that were asked for, and each is that of the shard. */
export function areLeavesRight(
  crypto: Crypto,
  shard: BlobId,
  asked: { readonly nonce: Uint8Array; readonly count: number },
  leaves: readonly ProvenLeaf[],
): boolean {
  const expected = leavesAsked(crypto, asked.nonce, shard, asked.count)
  if (leaves.length !== expected.length) return false
  return leaves.every(({ leaf, bytes, path }, at) => {
    return leaf === expected[at] && verifyLeaf(crypto, shard, leaf, bytes, path)
  })
}

/** The tag of the whole shard, or `undefined` when some of it is not here. Hashes as much as the shard has. @throws StoreError */
export function tagShard(
  crypto: Crypto,
  serving: BlobServing,
  nonce: Uint8Array,
): Uint8Array | undefined {
  const hashes: Uint8Array[] = []
  for (let index = 0; index < serving.chunkCount; index++) {
    const chunk = serving.readChunk(index)
    if (chunk === undefined) return undefined
    hashes.push(crypto.hash(nonce, chunk))
  }
  return crypto.hmac(nonce, ...hashes)
}

export function isTagRight(tag: Uint8Array, expected: Uint8Array): boolean {
  return equalBytesConstantTime(tag, expected)
}
