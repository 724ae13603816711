/**
 * Judging a range from a peer before anything of it is written.
 *
 * The head's signature proves that the author stands for some tree; the root recomputed over our blocks and the
 * sender's, with the extension, proves that both are a prefix of that tree. What fails the first is the
 * sender's fault. What passes the first and fails the second is a conflict: either the sender's proof is wrong or the author has signed
 * two histories, which `Log.prefixEvidence` of either side settles. Where the two trees can be compared here, the
 * fork proof is made at once.
 */

import { equalBytes, err, ok } from '@hamlet/core'
import { isHeadShape } from './head.ts'
import {
  BLOCK_BYTES_MAX,
  FORK_LEAF_BYTES_MAX,
  PROOF_HASHES_MAX,
  RANGE_BLOCKS_MAX,
} from './limits.ts'
import { OverlayTree, PartialTree } from './partial-tree.ts'
import { malformed } from './range.ts'
import { isPrefixOfHead } from './state.ts'
import { HASH_BYTES, consistencyShape, inclusionShape } from './tree.ts'
import type { Crypto, Result } from '@hamlet/core'
import type { DerivedFiles } from './derived.ts'
import type { LogRangeError } from './errors.ts'
import { makeForkPoint } from './fork-point.ts'
import { forkField } from './fork-proof.ts'
import type { ForkProof, SignedLeaf } from './types.ts'
import type { LogHead } from './head.ts'
import type { LogRange } from './range.ts'
import type { LeafLength } from './recovery.ts'
import type { LogState } from './state.ts'
import type { HashSource, TreeHasher } from './tree.ts'

export interface JudgeContext {
  readonly crypto: Crypto
  readonly hasher: TreeHasher
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  readonly leafLength: LeafLength
  readonly derived: DerivedFiles
  /** The newest fork of the log. */
  readonly fork: number
  /** A leaf of ours as signed, `undefined` when it was cleared. */
  signedLeaf(index: number): SignedLeaf | undefined
}

type Judgement<T> = Result<T, LogRangeError>

/** Everything that can be said of a range without looking at the log. */
export function checkRangeShape(range: LogRange): Judgement<undefined> {
  const { from, blocks, head, extension } = range
  const end = from + blocks.length
  if (!Number.isSafeInteger(from) || from < 0 || !isHeadShape(head)) return malformed('numbers')
  if (blocks.length > RANGE_BLOCKS_MAX || end > head.length) return malformed('too many blocks')
  if (blocks.some((block) => block.length > BLOCK_BYTES_MAX)) return malformed('block too large')
  if (extension.length > PROOF_HASHES_MAX) return malformed('extension')
  if (extension.some((hash) => hash.length !== HASH_BYTES)) return malformed('extension')
  return ok(undefined)
}

/** The lengths of the leaves in the blocks, as many as there are blocks. */
export function leafLengths(
  blocks: readonly Uint8Array[],
  leafLength: LeafLength,
): Judgement<readonly number[]> {
  const lengths: number[] = []
  for (const block of blocks) {
    const length = leafLength(block)
    if (length === undefined || length < 0 || length > block.length) {
      return err({ code: 'LOG_BLOCK_INVALID', message: 'a block has no leaf' })
    }
    lengths.push(length)
  }
  return ok(lengths)
}

/** Whether a valid head contradicts the one we have, as far as our blocks can tell. */
export function judgeHead(
  context: JudgeContext,
  state: LogState,
  tree: HashSource,
  head: LogHead,
): Judgement<undefined> {
  const ours = headOf(context, state)
  if (!ours || head.length > ours.length) return ok(undefined)
  if (head.length === ours.length) {
    if (equalBytes(head.root, ours.root)) return ok(undefined)
    return forked(context, { a: ours, b: head, rootAtA: head.root, proof: [] })
  }
  if (head.length > state.length) return ok(undefined)
  const rootAtA = tree.hash(0, head.length)
  if (equalBytes(rootAtA, head.root)) return ok(undefined)
  const proof = proofOf(tree, head.length, ours.length)
  return forked(context, { a: head, b: ours, rootAtA, proof })
}

/** Whether the range, which begins inside or at the end of our blocks, and our blocks are prefixes of its head's tree. */
export function judgeBlocks(
  context: JudgeContext,
  state: LogState,
  range: LogRange,
  root: Uint8Array,
  leafHashes: () => readonly Uint8Array[],
): Judgement<undefined> {
  const { from, blocks, head, extension } = range
  const end = from + blocks.length
  if (!isPrefixOfHead(context.crypto, end, root, head, extension)) {
    return conflict('the range and our blocks are not the beginning of its head')
  }
  const ours = headOf(context, state)
  const isOther = ours !== undefined && !equalBytes(ours.root, head.root)
  const isComparable = isOther && ours.length > from && ours.length <= end
  if (from === state.length && !isComparable) return ok(undefined)
  const hashes = leafHashes()
  const fork = isComparable ? forkWithin(context, ours, range, hashes) : undefined
  for (let i = from; i < Math.min(end, state.length); i++) {
    if (!equalBytes(hashes[i - from]!, context.derived.leafHash(i))) {
      return forkedAt(context, i, range, hashes, fork)
    }
  }
  return fork ?? ok(undefined)
}

/**
 * The first block of the range that is not ours, with both sides of it when ours is here and the leaves are small
 * enough to pass on.
 */
function forkedAt(
  context: JudgeContext,
  index: number,
  range: LogRange,
  leafHashes: readonly Uint8Array[],
  fork: Judgement<never> | undefined,
): Judgement<never> {
  const { from, blocks, head, extension } = range
  const { hasher, derived, leafLength } = context
  const block = blocks[index - from]!
  const leaf = block.slice(0, leafLength(block))
  // A fork point speaks of heads of fork 0.
  const ours = context.fork === 0 ? context.signedLeaf(index) : undefined
  if (!ours || Math.max(leaf.length, ours.leaf.length) > FORK_LEAF_BYTES_MAX) {
    return fork ?? conflict(`block ${index} differs from ours`)
  }
  const known = new OverlayTree(hasher, derived, from, leafHashes)
  const tree = new PartialTree(hasher, known, from + blocks.length, head.length, extension)
  const proof = inclusionShape(index, head.length).map(({ start, end }) => tree.hash(start, end))
  const point = makeForkPoint(context, index, ours, { head, leaf, proof })
  const proven = fork?.ok === false ? fork.error : {}
  return err({ code: 'LOG_FORKED', message: 'the author signed two histories', ...proven, point })
}

/** A head of an older fork says nothing about those of this one. */
function headOf(context: JudgeContext, state: LogState): LogHead | undefined {
  return state.fork === context.fork ? state.head : undefined
}

export function conflict(message: string): Judgement<never> {
  return err({ code: 'LOG_CONFLICT', message })
}

function forkWithin(
  context: JudgeContext,
  ours: LogHead,
  range: LogRange,
  leafHashes: readonly Uint8Array[],
): Judgement<never> | undefined {
  const { hasher, derived } = context
  const { from, blocks, head, extension } = range
  const known = new OverlayTree(hasher, derived, from, leafHashes)
  const theirs = new PartialTree(hasher, known, from + blocks.length, head.length, extension)
  const rootAtA = theirs.hash(0, ours.length)
  if (equalBytes(rootAtA, ours.root)) return undefined
  const proof = proofOf(theirs, ours.length, head.length)
  return forked(context, { a: ours, b: head, rootAtA, proof })
}

function forked(
  context: JudgeContext,
  found: Pick<ForkProof, 'a' | 'b' | 'rootAtA' | 'proof'>,
): Judgement<never> {
  const { publicKey, namespace, fork } = context
  const proof = { publicKey, namespace, ...forkField(fork), ...found }
  return err({ code: 'LOG_FORKED', message: 'the author signed two histories', proof })
}

function proofOf(tree: HashSource, from: number, to: number): readonly Uint8Array[] {
  return consistencyShape(from, to).map(({ start, end }) => tree.hash(start, end))
}
