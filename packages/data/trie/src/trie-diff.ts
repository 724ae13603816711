/** The differences of two versions of a trie, one after the other, and where that has got to. */

import { encodeCheckpoint } from './checkpoint.ts'
import { DiffCursor } from './diff-cursor.ts'
import { bring, partUnder } from './reading.ts'
import { TrieEntry } from './trie-entry.ts'
import { isUnder } from './trie-key.ts'
import type { DiffCheckpoint } from './checkpoint.ts'
import type { TrieNode } from './node.ts'
import type { LoadOptions } from './node-store.ts'
import type { Reading } from './reading.ts'
import type { TrieCore } from './trie-core.ts'

export interface TrieDifference {
  readonly key: Uint8Array
  /** In the earlier version; `undefined`: the key was not there. */
  readonly before: TrieEntry | undefined
  readonly after: TrieEntry | undefined
}

/** Iterate it once. */
export class TrieDiff implements AsyncIterable<TrieDifference> {
  readonly #core: TrieCore
  readonly #options: LoadOptions
  #state: DiffCheckpoint

  constructor(core: TrieCore, start: DiffCheckpoint, options: LoadOptions) {
    this.#core = core
    this.#state = start
    this.#options = options
  }

  get before(): number {
    return this.#state.before
  }

  get after(): number {
    return this.#state.after
  }

  /** Bytes from which `diff` goes on behind the difference given last. */
  checkpoint(): Uint8Array {
    return encodeCheckpoint(this.#state)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrieDifference, void, undefined> {
    if (this.#state.isDone) return
    const reading = await this.#core.reading(this.#options)
    const cursor = reading && (await this.#open(reading))
    while (cursor) {
      const pair = cursor.next(reading.nodes)
      if (pair) {
        const { key } = (pair.after ?? pair.before)!
        if (!isUnder(key, this.#state.prefix)) continue
        this.#state = { ...this.#state, key }
        yield { key, before: entryOf(pair.before), after: entryOf(pair.after) }
      } else if (cursor.missing.length > 0) {
        await bring(reading.nodes, cursor.missing, this.#options)
      } else {
        break
      }
    }
    this.#state = { ...this.#state, isDone: true }
  }

  async #open(reading: Reading): Promise<DiffCursor> {
    const { before, after, prefix, key } = this.#state
    const { hasher } = reading
    const place = key && { key, path: hasher.pathOf(key) }
    const older = await partUnder(reading, before - 1, prefix)
    const newer = await partUnder(reading, after - 1, prefix)
    return new DiffCursor(hasher, older, newer, place)
  }
}

function entryOf(node: TrieNode | undefined): TrieEntry | undefined {
  return node && new TrieEntry(node)
}
