/**
 * What is directly under a prefix, each name once: a folder is listed without being read.
 *
 * All keys with one next component are one part of the trie, and the newest node of the part tells its name. Only where two
 * components are known to have one hash all keys under the prefix are gone through instead.
 */

import { Cursor } from './cursor.ts'
import { LevelReader } from './level-reader.ts'
import { COMPONENT_SYMBOLS } from './path.ts'
import { nodeAt, nodesOf, partUnder } from './reading.ts'
import { TrieEntry } from './trie-entry.ts'
import { componentEnd, countComponents, isUnder } from './trie-key.ts'
import type { TrieNode } from './node.ts'
import type { Reading } from './reading.ts'

export interface TrieChild {
  /** Prefix and name. */
  readonly key: Uint8Array
  /** One component. */
  readonly name: Uint8Array
  /** When the child is a key itself. */
  readonly entry: TrieEntry | undefined
  /** There are keys under it. */
  readonly hasChildren: boolean
}

export async function* childrenOf(
  reading: Reading,
  root: number,
  prefix: Uint8Array,
): AsyncGenerator<TrieChild, void, undefined> {
  const part = await partUnder(reading, root, prefix)
  if (!part) return
  const depth = prefix.length === 0 ? 0 : countComponents(prefix)
  if ((await nodeAt(reading, root)).isCollided) {
    yield* byName(reading, new Cursor(reading.hasher, part), prefix, depth)
    return
  }
  const flag = (depth + 1) * COMPONENT_SYMBOLS - 1
  const from = Math.max(part.from, depth * COMPONENT_SYMBOLS)
  const below = depth === 0 ? part : await partBelow(reading, part.index, from)
  if (!below) return
  const cursor = new Cursor(reading.hasher, { ...below, from }, { until: flag })
  for await (const node of nodesOf(reading, cursor)) {
    const child = await childAt(reading, node, depth, flag)
    if (child) yield child
  }
}

/** The part whose flag says that more follows the prefix. */
async function partBelow(reading: Reading, index: number, from: number) {
  const levels = new LevelReader()
  const node = await nodeAt(reading, index)
  const flag = from - 1
  const hasLevel = levels.open(node).nextFrom(flag) && levels.position === flag
  if (hasLevel && levels.own === 0) return { index: levels.indexOf(1) }
  const isDeeper = countComponents(node.key) > from / COMPONENT_SYMBOLS
  return isDeeper ? { index } : undefined
}

async function childAt(
  reading: Reading,
  node: TrieNode,
  depth: number,
  flag: number,
): Promise<TrieChild | undefined> {
  const levels = new LevelReader().open(node)
  const hasAny = levels.nextFrom(flag)
  const isParted = hasAny && levels.position === flag
  const other = isParted ? levels.indexOf(1 - levels.own) : 0
  const isBehind = isParted ? levels.next() : hasAny
  const isDeeper = countComponents(node.key) > depth + 1
  const isOwnAlive = node.isLive || isBehind
  const valueIndex = isDeeper ? other : isOwnAlive ? node.index : 0
  const hasChildren = isDeeper ? isOwnAlive : other !== 0
  if (valueIndex === 0 && !hasChildren) return undefined
  const entry = valueIndex === 0 ? undefined : new TrieEntry(await nodeAt(reading, valueIndex))
  return childOf(node.key, depth, entry, hasChildren)
}

async function* byName(
  reading: Reading,
  cursor: Cursor,
  prefix: Uint8Array,
  depth: number,
): AsyncGenerator<TrieChild, void, undefined> {
  const children = new Map<string, TrieChild>()
  for await (const node of nodesOf(reading, cursor)) {
    const { key } = node
    if (!isUnder(key, prefix) || key.length === prefix.length) continue
    const isDeeper = countComponents(key) > depth + 1
    const child = childOf(key, depth, isDeeper ? undefined : new TrieEntry(node), isDeeper)
    const name = String.fromCharCode(...child.name)
    const known = children.get(name)
    children.set(name, {
      ...child,
      entry: child.entry ?? known?.entry,
      hasChildren: child.hasChildren || known?.hasChildren === true,
    })
  }
  yield* children.values()
}

function childOf(
  key: Uint8Array,
  depth: number,
  entry: TrieEntry | undefined,
  hasChildren: boolean,
): TrieChild {
  const end = componentEnd(key, depth)
  const start = depth === 0 ? 0 : componentEnd(key, depth - 1) + 1
  return { key: key.subarray(0, end), name: key.subarray(start, end), entry, hasChildren }
}
