/** Reading over blocks of which some are elsewhere: a synchronous step is repeated, and what it missed is loaded in between. */

import { TRIE_LOADS_MAX } from './limits.ts'
import { Lookup } from './lookup.ts'
import type { Cursor } from './cursor.ts'
import type { Subtrie } from './lookup.ts'
import type { TrieNode } from './node.ts'
import type { LoadOptions, LoadedNodes } from './node-store.ts'
import type { PathHasher } from './path.ts'

/** One piece of reading: where its nodes come from, how its paths are made, how it is called off. */
export interface Reading {
  readonly nodes: LoadedNodes
  readonly hasher: PathHasher
  readonly options: LoadOptions
}

export async function nodeAt({ nodes, options }: Reading, index: number): Promise<TrieNode> {
  for (;;) {
    const node = nodes.peek(index)
    if (node) return node
    await bring(nodes, [index], options)
  }
}

/** The lookup of a key, made. */
export async function lookUp(
  { nodes, hasher, options }: Reading,
  root: number,
  key: Uint8Array,
): Promise<Lookup> {
  const lookup = new Lookup()
  const path = hasher.pathOf(key)
  while (!lookup.find(nodes, root, path, key)) await bring(nodes, [lookup.missing], options)
  return lookup
}

/** Everything under `prefix` in the version whose newest node is `root`; 0: a version without nodes. */
export async function partUnder(
  { nodes, hasher, options }: Reading,
  root: number,
  prefix: Uint8Array,
): Promise<Subtrie | undefined> {
  if (root < 1) return undefined
  const lookup = new Lookup()
  for (;;) {
    const part = lookup.findPrefix(nodes, root, prefix, hasher)
    if (lookup.missing === 0) return part
    await bring(nodes, [lookup.missing], options)
  }
}

export async function* nodesOf(
  { nodes, options }: Reading,
  cursor: Cursor,
): AsyncGenerator<TrieNode, void, undefined> {
  for (;;) {
    const node = cursor.next(nodes)
    if (node) yield node
    else if (cursor.missing.length > 0) await bring(nodes, cursor.missing, options)
    else return
  }
}

/** @throws whatever the log's `load` throws, and the reason of the signal */
export async function bring(
  nodes: LoadedNodes,
  indexes: readonly number[],
  options: LoadOptions,
): Promise<void> {
  options.signal?.throwIfAborted()
  nodes.letGo()
  await nodes.load(indexes.slice(0, TRIE_LOADS_MAX), options)
}
