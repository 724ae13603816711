/**
 * From some hashes of a tree up to hashes that are known to be right: how parts of a log are verified, and which hashes
 * somebody needs for that.
 *
 * The idea: the nodes of perfect subtrees never change while a log grows, so a copy that holds only some blocks keeps every node it
 * has verified. New hashes (the leaves of blocks that arrived, or the peaks of an older head) are climbed level by
 * level, with siblings that are in the same climb or known, until they meet a known node, at the latest a
 * peak of the signed head. If all of them meet, everything on the way is right; one that does not meet makes all of it worthless.
 *
 * Nodes are named by their place in order: the node of level k (over 2^k leaves) that is the i-th of its level has the
 * number (2 i + 1) 2^k - 1. Leaf i is 2 i; a number tells level and range, without the length of the tree.
 */

import { equalBytes, err, ok } from '@hamlet/core'
import { peakRanges } from './tree.ts'
import type { Result } from '@hamlet/core'
import type { LeafRange, TreeHasher } from './tree.ts'

/** The `index`-th node of its level, over 2^level leaves. */
export interface NodePlace {
  readonly level: number
  readonly index: number
}

export interface TreeNode {
  readonly number: number
  readonly hash: Uint8Array
}

/** Numbers are safe integers up to this many leaves. */
export const SPARSE_LENGTH_MAX = 2 ** 51
const LEVEL_MAX = 51

export function nodeNumber(level: number, index: number): number {
  return (2 * index + 1) * 2 ** level - 1
}

export function placeOfNode(number: number): NodePlace {
  let level = 0
  let rest = number + 1
  while (rest % 2 === 0) {
    rest /= 2
    level++
  }
  return { level, index: (rest - 1) / 2 }
}

/** The leaves below a node. */
export function rangeOfNode(number: number): LeafRange {
  const { level, index } = placeOfNode(number)
  return { start: index * 2 ** level, end: (index + 1) * 2 ** level }
}

/** The peaks of a tree of `length` leaves, largest first. */
export function peakPlaces(length: number): readonly NodePlace[] {
  return peakRanges(length).map(({ start, end }) => {
    const level = Math.round(Math.log2(end - start))
    return { level, index: start / (end - start) }
  })
}

export function numberOfPlace({ level, index }: NodePlace): number {
  return nodeNumber(level, index)
}

export interface ClimbPlan {
  /** Numbers of the nodes that must be given, in the order of the climb. */
  readonly needed: readonly number[]
  /** Numbers of all nodes that will be known after it, the needed ones included. */
  readonly learned: readonly number[]
}

/**
 * What a climb from `starts` lacks. Every climb must end: `isKnown` holds for all peaks of the tree.
 * `starts` are in the order of their leaves. O(starts log length).
 */
export function planClimb(
  starts: readonly NodePlace[],
  isKnown: (number: number) => boolean,
): ClimbPlan {
  const needed: number[] = []
  const learned: number[] = []
  const pending = byLevel(starts)
  let current: number[] = []
  for (let level = 0; level <= LEVEL_MAX; level++) {
    current = mergeSorted(current, pending.get(level) ?? [])
    const above: number[] = []
    for (let i = 0; i < current.length; i++) {
      const index = current[i]!
      const number = nodeNumber(level, index)
      if (isKnown(number)) continue
      learned.push(number)
      const sibling = siblingOf(index)
      if (sibling > index && current[i + 1] === sibling) {
        i++
        learned.push(nodeNumber(level, sibling))
      } else if (!isKnown(nodeNumber(level, sibling))) {
        needed.push(nodeNumber(level, sibling))
        learned.push(nodeNumber(level, sibling))
      }
      above.push(Math.floor(index / 2))
    }
    current = above
    pending.delete(level)
    if (current.length === 0 && pending.size === 0) break
  }
  return { needed, learned }
}

export type ClimbError = 'missing' | 'conflict'

/**
 * Climbs with hashes, all of which have to prove right: those to be verified and those given for it alike. The result is every
 * node that is now verified and was not known before; an error says that a hash is lacking, or that the climb met a
 * known node with another hash.
 */
export function climb(
  hasher: TreeHasher,
  starts: readonly TreeNode[],
  known: (number: number) => Uint8Array | undefined,
): Result<readonly TreeNode[], ClimbError> {
  const verified: TreeNode[] = []
  const pending = hashesByLevel(starts)
  let current: Climber[] = []
  for (let level = 0; level <= LEVEL_MAX; level++) {
    const merged = mergeClimbers(current, pending.get(level) ?? [])
    if (!merged) return err('conflict')
    pending.delete(level)
    const above = climbLevel(hasher, level, merged, known, verified)
    if (typeof above === 'string') return err(above)
    current = above
    if (current.length === 0 && pending.size === 0) break
  }
  return current.length === 0 ? ok(verified) : err('missing')
}

interface Climber {
  readonly index: number
  readonly hash: Uint8Array
}

function climbLevel(
  hasher: TreeHasher,
  level: number,
  current: readonly Climber[],
  known: (number: number) => Uint8Array | undefined,
  verified: TreeNode[],
): Climber[] | ClimbError {
  const above: Climber[] = []
  for (let i = 0; i < current.length; i++) {
    const { index, hash } = current[i]!
    const number = nodeNumber(level, index)
    const expected = known(number)
    if (expected) {
      if (!equalBytes(expected, hash)) return 'conflict'
      continue
    }
    verified.push({ number, hash })
    const siblingIndex = siblingOf(index)
    const siblingNumber = nodeNumber(level, siblingIndex)
    const knownSibling = known(siblingNumber)
    // Two of one parent climb as one.
    const climbing = current[i + 1]?.index === siblingIndex ? current[++i]!.hash : undefined
    if (climbing && knownSibling && !equalBytes(climbing, knownSibling)) return 'conflict'
    const sibling = climbing ?? knownSibling
    if (!sibling) return 'missing'
    if (!knownSibling) verified.push({ number: siblingNumber, hash: sibling })
    const isLeft = index % 2 === 0
    const parent = isLeft ? hasher.node(hash, sibling) : hasher.node(sibling, hash)
    above.push({ index: Math.floor(index / 2), hash: parent })
  }
  return above
}

function siblingOf(index: number): number {
  return index % 2 === 0 ? index + 1 : index - 1
}

function byLevel(starts: readonly NodePlace[]): Map<number, number[]> {
  const levels = new Map<number, number[]>()
  for (const { level, index } of starts) {
    const list = levels.get(level)
    if (list) list.push(index)
    else levels.set(level, [index])
  }
  return levels
}

function hashesByLevel(starts: readonly TreeNode[]): Map<number, Climber[]> {
  const levels = new Map<number, Climber[]>()
  for (const { number, hash } of starts) {
    const { level, index } = placeOfNode(number)
    const list = levels.get(level)
    if (list) list.push({ index, hash })
    else levels.set(level, [{ index, hash }])
  }
  return levels
}

function mergeSorted(a: number[], b: readonly number[]): number[] {
  if (b.length === 0) return a
  const merged = [...a, ...b].sort((x, y) => x - y)
  return merged.filter((value, i) => i === 0 || merged[i - 1] !== value)
}

/** In order, each place once; `undefined` when two say different things of one place. */
function mergeClimbers(
  a: readonly Climber[],
  b: readonly Climber[],
): readonly Climber[] | undefined {
  if (b.length === 0) return a
  const merged: Climber[] = []
  for (const climber of [...a, ...b].sort((x, y) => x.index - y.index)) {
    const last = merged.at(-1)
    if (last?.index !== climber.index) merged.push(climber)
    else if (!equalBytes(last.hash, climber.hash)) return undefined
  }
  return merged
}
