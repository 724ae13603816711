/**
 * Verification of Merkle proofs: pure functions that follow RFC 9162 2.1.3.2 and 2.1.4.2, and for subtrees draft-ietf-plants-
 * merkle-tree-certs 4.3 and 4.4, step by step. Indices are safe integers; anything else is refused, since JSON and
 * arithmetic would round it. Nothing here throws on hostile input.
 */

import { equalBytes } from '@hamlet/core'
import { HASH_BYTES, TreeHasher } from './tree.ts'
import { PROOF_HASHES_MAX } from './limits.ts'
import type { Crypto } from '@hamlet/core'

export interface InclusionClaim {
  readonly index: number
  readonly length: number
  readonly leafHash: Uint8Array
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

export interface ConsistencyClaim {
  /** At least 1: every tree extends the empty one, so a proof of that says nothing. */
  readonly from: number
  readonly to: number
  readonly fromRoot: Uint8Array
  readonly toRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

export interface SubtreeInclusionClaim {
  readonly index: number
  readonly start: number
  readonly end: number
  readonly leafHash: Uint8Array
  readonly subtreeRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

export interface SubtreeConsistencyClaim {
  readonly start: number
  readonly end: number
  readonly length: number
  readonly subtreeRoot: Uint8Array
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** RFC 9162 2.1.3.2. */
export function verifyInclusion(crypto: Crypto, claim: InclusionClaim): boolean {
  const { index, length, leafHash, root, proof } = claim
  if (!isIndex(index) || !isIndex(length) || index >= length) return false
  if (!areHashes([leafHash, root, ...proof])) return false
  const hasher = new TreeHasher(crypto)
  let [fn, sn] = [index, length - 1]
  let hash = leafHash
  for (const sibling of proof) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      hash = hasher.node(sibling, hash)
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      hash = hasher.node(hash, sibling)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && equalBytes(hash, root)
}

/** RFC 9162 2.1.4.2. */
export function verifyConsistency(crypto: Crypto, claim: ConsistencyClaim): boolean {
  const { from, to, fromRoot, toRoot, proof } = claim
  if (!isIndex(from) || from === 0) return false
  return verifySubtreeConsistency(crypto, {
    start: 0,
    end: from,
    length: to,
    subtreeRoot: fromRoot,
    root: toRoot,
    proof,
  })
}

/** A leaf lies in a subtree as it would in a tree that begins there. */
export function verifySubtreeInclusion(crypto: Crypto, claim: SubtreeInclusionClaim): boolean {
  const { index, start, end, leafHash, subtreeRoot, proof } = claim
  if (!isIndex(index) || index < start || !isSubtree(start, end)) return false
  const [position, length] = [index - start, end - start]
  return verifyInclusion(crypto, { index: position, length, leafHash, root: subtreeRoot, proof })
}

/** Draft-ietf-plants-merkle-tree-certs 4.4.3; with `start` 0 it is RFC 9162 2.1.4.2. */
export function verifySubtreeConsistency(crypto: Crypto, claim: SubtreeConsistencyClaim): boolean {
  const { start, end, length, subtreeRoot, root, proof } = claim
  if (!isSubtree(start, end) || !isIndex(length) || end > length) return false
  // One tree has one root, whatever it is: nothing is hashed.
  if (start === 0 && end === length && end > 0) {
    return proof.length === 0 && equalBytes(subtreeRoot, root)
  }
  const hasher = new TreeHasher(crypto)
  if (start === end) return proof.length === 0 && equalBytes(subtreeRoot, hasher.empty())
  if (!areHashes([subtreeRoot, root, ...proof])) return false
  let [fn, sn, tn] = [start, end - 1, length - 1]
  const isDone: () => boolean = sn === tn ? () => fn === sn : () => fn === sn || !isOdd(sn)
  while (!isDone()) [fn, sn, tn] = [half(fn), half(sn), half(tn)]
  const rest = [...proof]
  const first = fn === sn ? subtreeRoot : rest.shift()
  if (!first) return false
  let [fr, sr] = [first, first]
  for (const hash of rest) {
    if (tn === 0) return false
    if (isOdd(sn) || sn === tn) {
      if (fn < sn) fr = hasher.node(hash, fr)
      sr = hasher.node(hash, sr)
      while (!isOdd(sn) && sn !== 0) [fn, sn, tn] = [half(fn), half(sn), half(tn)]
    } else {
      sr = hasher.node(sr, hash)
    }
    ;[fn, sn, tn] = [half(fn), half(sn), half(tn)]
  }
  return tn === 0 && equalBytes(fr, subtreeRoot) && equalBytes(sr, root)
}

/** `start` is a multiple of the smallest power of two that is at least `end - start`. */
function isSubtree(start: number, end: number): boolean {
  if (!isIndex(start) || !isIndex(end) || start > end) return false
  let size = 1
  while (size < end - start) size *= 2
  return start % size === 0
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  if (hashes.length > PROOF_HASHES_MAX + 2) return false
  return hashes.every((hash) => hash.length === HASH_BYTES)
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isOdd(value: number): boolean {
  return value % 2 === 1
}

function half(value: number): number {
  return Math.floor(value / 2)
}
