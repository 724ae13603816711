/**
 * Fork points: two different leaves that one author signed for the same place of one log.
 *
 * A fork proof (`fork-proof.ts`) says that there are two histories; a fork point also says where. Each side is a leaf with
 * its inclusion proof in the tree of a signed head, so it stands alone too. Where a leaf commits to the one before it, as an
 * entry of a space does, two leaves with the same predecessor show the very place at which the histories part.
 *
 * Encoded (frozen since version 1), big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     1  format version, 1
 *          1    32  public key of the author
 *         33    32  namespace of the log
 *         65     8  index of the leaves
 *         73     …  side a, then side b: ascending by leaf
 *
 *     a side:
 *          0   104  head, see head.ts
 *        104     1  number k of hashes, at most 64
 *        105  32 k  inclusion proof (RFC 9162 2.1.3) of the leaf in the head's tree
 *          …     2  length of the leaf, at most 8,192
 *          …        the leaf
 */

import { bytesToUint64, compareBytes, concatBytes, err, ok } from '@hamlet/core'
import type { Crypto, Result } from '@hamlet/core'
import type { LogRangeError } from './errors.ts'
import { writeUint64 } from './frame.ts'
import { HEAD_BYTES, encodeHead, logIdOf, readHead, verifyHead } from './head.ts'
import { FORK_LEAF_BYTES_MAX, PROOF_HASHES_MAX } from './limits.ts'
import { verifyInclusion } from './proofs.ts'
import { HASH_BYTES, TreeHasher } from './tree.ts'
import type { ForkPoint, SignedLeaf } from './types.ts'

const VERSION = 1
const SIDES_OFFSET = 73

/** The point with its sides in their order. */
export function makeForkPoint(
  log: { readonly publicKey: Uint8Array; readonly namespace: Uint8Array },
  index: number,
  ours: SignedLeaf,
  theirs: SignedLeaf,
): ForkPoint {
  const { publicKey, namespace } = log
  const [a, b] = compareBytes(ours.leaf, theirs.leaf) < 0 ? [ours, theirs] : [theirs, ours]
  return { publicKey, namespace, index, a, b }
}

/** Whether the author of the log really signed both leaves for the place. */
export function verifyForkPoint(crypto: Crypto, point: ForkPoint): boolean {
  const { publicKey, namespace, a, b } = point
  if (publicKey.length !== 32 || namespace.length !== 32) return false
  if (compareBytes(a.leaf, b.leaf) >= 0) return false
  const id = logIdOf(crypto, publicKey, namespace)
  return [a, b].every(({ head, leaf, proof }) => {
    const { length, root } = head
    const leafHash = new TreeHasher(crypto).leaf(leaf)
    const isIn = verifyInclusion(crypto, { index: point.index, length, leafHash, root, proof })
    return isIn && verifyHead(crypto, id, publicKey, head)
  })
}

export function encodeForkPoint(point: ForkPoint): Uint8Array {
  const start = new Uint8Array(SIDES_OFFSET)
  start[0] = VERSION
  start.set(point.publicKey, 1)
  start.set(point.namespace, 33)
  writeUint64(start, 65, point.index)
  return concatBytes(start, encodeSide(point.a), encodeSide(point.b))
}

function encodeSide({ head, leaf, proof }: SignedLeaf): Uint8Array {
  const length = new Uint8Array([leaf.length >> 8, leaf.length & 0xff])
  return concatBytes(encodeHead(head), new Uint8Array([proof.length]), ...proof, length, leaf)
}

/** Only the shape is judged: see {@link verifyForkPoint}. */
export function decodeForkPoint(bytes: Uint8Array): Result<ForkPoint, LogRangeError> {
  if (bytes.length < SIDES_OFFSET || bytes[0] !== VERSION) return malformed
  const index = bytesToUint64(bytes, 65)
  const a = decodeSide(bytes, SIDES_OFFSET)
  const b = a && decodeSide(bytes, a.end)
  if (index === undefined || a === undefined || b?.end !== bytes.length) return malformed
  if (compareBytes(a.side.leaf, b.side.leaf) >= 0) return malformed
  const [publicKey, namespace] = [bytes.slice(1, 33), bytes.slice(33, 65)]
  return ok({ publicKey, namespace, index, a: a.side, b: b.side })
}

function decodeSide(
  bytes: Uint8Array,
  offset: number,
): { readonly side: SignedLeaf; readonly end: number } | undefined {
  const proofAt = offset + HEAD_BYTES + 1
  if (bytes.length < proofAt) return undefined
  const head = readHead(bytes, offset)
  const hashes = bytes[proofAt - 1]!
  const leafAt = proofAt + hashes * HASH_BYTES + 2
  if (head === undefined || hashes > PROOF_HASHES_MAX || bytes.length < leafAt) return undefined
  const leafBytes = bytes[leafAt - 2]! * 256 + bytes[leafAt - 1]!
  const end = leafAt + leafBytes
  if (leafBytes > FORK_LEAF_BYTES_MAX || bytes.length < end) return undefined
  const proof = Array.from({ length: hashes }, (_, i) => {
    return bytes.slice(proofAt + i * HASH_BYTES, proofAt + (i + 1) * HASH_BYTES)
  })
  return { side: { head, leaf: bytes.slice(leafAt, end), proof }, end }
}

const malformed = err({
  code: 'LOG_MALFORMED',
  message: 'expected a fork point of format version 1',
} as const)
