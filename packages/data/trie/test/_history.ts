/** A long random history on a trie and a map, compared at its end, at some moments before, and by differences between them. */

import assert from 'node:assert/strict'
import { BlockList, contentOf, latin1, openTrie, seededRandom } from './_tries.ts'
import type { Trie, TrieOperation } from '@hamlet/trie'

export interface HistorySize {
  readonly operations: number
  readonly keys: number
  /** Moments at which everything is compared. */
  readonly checks: number
}

interface Moment {
  readonly version: number
  readonly content: ReadonlyMap<string, string>
}

const BATCH = 500

export async function checkHistory({ operations, keys, checks }: HistorySize): Promise<void> {
  const trie = await openTrie(new BlockList())
  const content = new Map<string, string>()
  const moments: Moment[] = []
  const next = numbers()
  for (let done = 0; done < operations; done += BATCH) {
    await trie.batch(Array.from({ length: BATCH }, () => operationOf(next, keys, content)))
    const isDue = Math.floor((done + BATCH) / (operations / checks)) > moments.length
    if (isDue) moments.push({ version: trie.version, content: new Map(content) })
  }
  assert.equal(moments.length, checks)
  for (const moment of moments) await checkMoment(trie, moment)
  for (const moment of moments.slice(0, -1)) await checkDifferences(trie, moment, moments.at(-1)!)
  await checkReplay(trie, content)
}

/** Chance that repeats, eight bytes at a time. */
function numbers(): (below: number) => number {
  const random = seededRandom(42)
  let bytes = random.bytes(32_768)
  let at = 0
  return (below) => {
    if (at === bytes.length) [bytes, at] = [random.bytes(32_768), 0]
    at += 4
    return new DataView(bytes.buffer).getUint32(at - 4) % below
  }
}

/** Folders of many sizes; two deletions for every five puts. */
function operationOf(
  next: (below: number) => number,
  keys: number,
  content: Map<string, string>,
): TrieOperation {
  const number = next(keys)
  const key = number % 3 === 0 ? `flat-${number}` : `folder/${number % 97}/${number % 7}/${number}`
  if (next(7) < 2) {
    content.delete(key)
    return { type: 'del', key }
  }
  const value = `${next(1e9)}`
  content.set(key, value)
  return { type: 'put', key, value }
}

async function checkMoment(trie: Trie, { version, content }: Moment): Promise<void> {
  const found = await contentOf(trie.checkout(version))
  assert.equal(found.size, content.size)
  for (const [key, value] of content) assert.equal(found.get(key), value)
}

async function checkDifferences(trie: Trie, before: Moment, after: Moment): Promise<void> {
  const patched = new Map(before.content)
  for await (const difference of trie.checkout(after.version).diff(before.version)) {
    const key = latin1(difference.key)
    const old = difference.before && latin1(difference.before.value)
    assert.equal(old, before.content.get(key))
    if (difference.after) patched.set(key, latin1(difference.after.value))
    else patched.delete(key)
  }
  assert.equal(patched.size, after.content.size)
  for (const [key, value] of after.content) assert.equal(patched.get(key), value)
}

/** The writes, done again one by one, give the same. */
async function checkReplay(trie: Trie, content: ReadonlyMap<string, string>): Promise<void> {
  const replayed = new Map<string, string>()
  for await (const { type, key, value } of trie.history()) {
    if (type === 'put') replayed.set(latin1(key), latin1(value!))
    else assert.ok(replayed.delete(latin1(key)), 'a deletion had something to delete')
  }
  assert.equal(replayed.size, content.size)
  for (const [key, value] of content) assert.equal(replayed.get(key), value)
}
