/**
 * Goes through a part of a trie in hash order, one node after the other, by a stack of parts not yet entered.
 *
 * A part whose newest node has no level left is one path: its keys are given, in byte order should there be several. Any other is
 * cut at the first level into one part per symbol, of which the node itself goes on with its own.
 *
 * A cursor can begin behind a key, which need not be in the trie: parts that lie wholly before it are left out
 * without being entered. It can also stop cutting at a position, and give one node for each part that begins there.
 */

import { compareBytes } from '@hamlet/core'
import { TrieError } from './errors.ts'
import { LevelReader } from './level-reader.ts'
import { pathOfNode } from './lookup.ts'
import { NOWHERE, SYMBOLS } from './path.ts'
import type { Subtrie } from './lookup.ts'
import type { TrieNode } from './node.ts'
import type { NodeSource } from './node-store.ts'
import type { PathHasher, TriePath } from './path.ts'

/** A place in hash order: everything up to `key` has been given. */
export interface CursorPlace {
  readonly key: Uint8Array
  readonly path: TriePath
}

interface Part extends Subtrie {
  /** The place to begin behind may be inside. */
  readonly isOnPlace: boolean
}

export class Cursor {
  readonly #hasher: PathHasher
  readonly #place: CursorPlace | undefined
  readonly #until: number
  readonly #parts: Part[]
  readonly #levels = new LevelReader()
  #ready: TrieNode[] = []
  /** Parts that may still be entered: a forged trie could lead to the same ones again and again. */
  #left: number
  #missing: readonly number[] = []

  constructor(
    hasher: PathHasher,
    part: Subtrie | undefined,
    options: { readonly after?: CursorPlace | undefined; readonly until?: number } = {},
  ) {
    this.#hasher = hasher
    this.#place = options.after
    this.#until = options.until ?? NOWHERE
    this.#parts = part ? [{ ...part, isOnPlace: options.after !== undefined }] : []
    this.#left = partsMax(part?.index ?? 0)
  }

  /** What has to be loaded before `next` can go on, or soon after that; nothing when it has not stopped for that. */
  get missing(): readonly number[] {
    return this.#missing
  }

  /** The next node with a value, or of a part that begins at `until`; `undefined` at the end, or when something is missing. */
  next(nodes: NodeSource): TrieNode | undefined {
    this.#missing = []
    for (;;) {
      const ready = this.#ready.pop()
      if (ready) return ready
      const part = this.#parts.pop()
      if (!part) return undefined
      const node = nodes.peek(part.index)
      if (!node || !this.#enter(nodes, part, node)) {
        this.#parts.push(part)
        if (!node) this.#missing = [part.index, ...this.#upcoming(nodes)]
        return undefined
      }
      if (this.#left-- === 0) throw tooMany()
    }
  }

  /** `false`: something is missing. */
  #enter(nodes: NodeSource, part: Part, node: TrieNode): boolean {
    const levels = this.#levels.open(node)
    const position = levels.nextFrom(part.from) ? levels.position : NOWHERE
    const isOnPlace =
      part.isOnPlace && this.#isBehind(node, part.from, Math.min(position, this.#until))
    if (isOnPlace === undefined) return true
    if (position >= this.#until && this.#until !== NOWHERE) this.#ready = [node]
    else if (position === NOWHERE) return this.#takePath(nodes, node, isOnPlace)
    else this.#cut(node, levels, isOnPlace)
    return true
  }

  /** Whether the place may be in the part, all of whose keys go the node's way up to `until`; `undefined`: it is behind the part. */
  #isBehind(node: TrieNode, from: number, until: number): boolean | undefined {
    const place = this.#place!.path
    const path = pathOfNode(node, this.#hasher)
    const parting = path.differsFrom(place)
    if (parting >= until) return true
    if (parting < from) return false
    return path.symbolAt(parting) > place.symbolAt(parting) ? false : undefined
  }

  #cut(node: TrieNode, levels: LevelReader, isOnPlace: boolean): void {
    const from = levels.position + 1
    const first = isOnPlace ? this.#place!.path.symbolAt(levels.position) : -1
    for (let symbol = SYMBOLS - 1; symbol >= Math.max(first, 0); symbol--) {
      const index = symbol === levels.own ? node.index : levels.indexOf(symbol)
      if (index !== 0) this.#parts.push({ index, from, isOnPlace: symbol === first })
    }
  }

  #takePath(nodes: NodeSource, node: TrieNode, isOnPlace: boolean): boolean {
    const members: TrieNode[] = node.hasValue ? [node] : []
    for (const index of node.bucket()) {
      const member = nodes.peek(index)
      if (!member) {
        this.#missing = [index]
        return false
      }
      members.push(member)
    }
    const last = isOnPlace ? this.#place!.key : undefined
    const left = last ? members.filter(({ key }) => compareBytes(key, last) > 0) : members
    this.#ready = left.length < 2 ? left : left.sort((a, b) => compareBytes(b.key, a.key))
    return true
  }

  #upcoming(nodes: NodeSource): readonly number[] {
    const indexes = this.#parts.slice(-64, -1).map(({ index }) => index)
    return indexes.filter((index) => nodes.peek(index) === undefined)
  }
}

/**
 * Parts that are entered at most when a trie of so many writes is gone through: every cut has a part with a key of its
 * own, and at most four parts.
 */
export function partsMax(writes: number): number {
  return 16 * (writes + 4)
}

export function tooMany(): TrieError {
  return new TrieError('TRIE_DAMAGED', 'nodes lead to each other in a way that no writes make')
}
