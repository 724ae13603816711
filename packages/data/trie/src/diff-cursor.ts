/**
 * Goes through two versions of a trie at once and gives the keys that differ, in hash order.
 *
 * Parts that have one newest node are equal and are not entered, so the work is that of the differences times the
 * depth. Two other parts are cut where the first of them has a level, or where their paths part, whichever comes first: each
 * side gives the part on that symbol's way, or nothing.
 */

import { compareBytes } from '@hamlet/core'
import { partsMax, tooMany } from './cursor.ts'
import { LevelReader } from './level-reader.ts'
import { pathOfNode } from './lookup.ts'
import { NOWHERE, SYMBOLS } from './path.ts'
import type { CursorPlace } from './cursor.ts'
import type { Subtrie } from './lookup.ts'
import type { TrieNode } from './node.ts'
import type { NodeSource } from './node-store.ts'
import type { PathHasher, TriePath } from './path.ts'

/** Nodes of one key: before, after, or both. */
export interface NodePair {
  readonly before: TrieNode | undefined
  readonly after: TrieNode | undefined
}

interface PartPair {
  /** Indexes; 0 when one side has nothing here. */
  readonly before: number
  readonly after: number
  readonly from: number
  readonly isOnPlace: boolean
}

/** One side of a pair while it is being cut. */
interface Side {
  node: TrieNode | undefined
  readonly levels: LevelReader
  /** Of its first level. */
  position: number
}

export class DiffCursor {
  readonly #hasher: PathHasher
  readonly #place: CursorPlace | undefined
  readonly #pairs: PartPair[] = []
  readonly #before: Side = { node: undefined, levels: new LevelReader(), position: NOWHERE }
  readonly #after: Side = { node: undefined, levels: new LevelReader(), position: NOWHERE }
  #ready: NodePair[] = []
  #left: number
  #missing: readonly number[] = []

  constructor(
    hasher: PathHasher,
    before: Subtrie | undefined,
    after: Subtrie | undefined,
    place?: CursorPlace,
  ) {
    this.#hasher = hasher
    this.#place = place
    this.#left = partsMax((before?.index ?? 0) + (after?.index ?? 0))
    const from = before?.from ?? after?.from ?? 0
    const isOnPlace = place !== undefined
    this.#push({ before: before?.index ?? 0, after: after?.index ?? 0, from, isOnPlace })
  }

  get missing(): readonly number[] {
    return this.#missing
  }

  /** `undefined` at the end, or when something is missing. */
  next(nodes: NodeSource): NodePair | undefined {
    this.#missing = []
    for (;;) {
      const ready = this.#ready.pop()
      if (ready) return ready
      const pair = this.#pairs.pop()
      if (!pair) return undefined
      if (this.#left-- === 0) throw tooMany()
      if (this.#open(nodes, pair) && this.#enter(nodes, pair)) continue
      this.#left++
      this.#pairs.push(pair)
      return undefined
    }
  }

  #push(pair: PartPair): void {
    if (pair.before !== pair.after) this.#pairs.push(pair)
  }

  #open(nodes: NodeSource, pair: PartPair): boolean {
    const before = pair.before === 0 ? undefined : nodes.peek(pair.before)
    const after = pair.after === 0 ? undefined : nodes.peek(pair.after)
    const missing: number[] = []
    if (pair.before !== 0 && !before) missing.push(pair.before)
    if (pair.after !== 0 && !after) missing.push(pair.after)
    this.#missing = missing
    openSide(this.#before, before, pair.from)
    openSide(this.#after, after, pair.from)
    return missing.length === 0
  }

  #enter(nodes: NodeSource, pair: PartPair): boolean {
    const paths = [this.#before, this.#after].flatMap(({ node }) => {
      return node ? [pathOfNode(node, this.#hasher)] : []
    })
    const parting = paths.length === 2 ? paths[0]!.differsFrom(paths[1]!) : NOWHERE
    const position = Math.min(parting, this.#before.position, this.#after.position)
    const isOnPlace = pair.isOnPlace && this.#isBehind(paths[0]!, pair.from, position)
    if (isOnPlace === undefined) return true
    if (position === NOWHERE) return this.#takePath(nodes, isOnPlace)
    this.#cut(position, isOnPlace)
    return true
  }

  /** As in `Cursor`. */
  #isBehind(path: TriePath, from: number, until: number): boolean | undefined {
    const place = this.#place!.path
    const parting = path.differsFrom(place)
    if (parting >= until) return true
    if (parting < from) return false
    return path.symbolAt(parting) > place.symbolAt(parting) ? false : undefined
  }

  #cut(position: number, isOnPlace: boolean): void {
    const first = isOnPlace ? this.#place!.path.symbolAt(position) : -1
    for (let symbol = SYMBOLS - 1; symbol >= Math.max(first, 0); symbol--) {
      this.#push({
        before: wayOf(this.#before, position, symbol),
        after: wayOf(this.#after, position, symbol),
        from: position + 1,
        isOnPlace: symbol === first,
      })
    }
  }

  /** Both sides are one path, or there is one side only: their keys, compared. */
  #takePath(nodes: NodeSource, isOnPlace: boolean): boolean {
    const [before, after] = [this.#keysOf(nodes, this.#before), this.#keysOf(nodes, this.#after)]
    if (this.#missing.length > 0) return false
    const keys = [...before, ...after].map(({ key }) => key).sort((a, b) => compareBytes(b, a))
    const ready: NodePair[] = []
    for (const [i, key] of keys.entries()) {
      if (i > 0 && compareBytes(key, keys[i - 1]!) === 0) continue
      if (isOnPlace && compareBytes(key, this.#place!.key) <= 0) continue
      const pair = {
        before: before.find((node) => node.hasKey(key)),
        after: after.find((node) => node.hasKey(key)),
      }
      if (pair.before !== pair.after && pair.before?.index !== pair.after?.index) ready.push(pair)
    }
    this.#ready = ready
    return true
  }

  #keysOf(nodes: NodeSource, { node }: Side): readonly TrieNode[] {
    if (!node) return []
    const members: TrieNode[] = node.hasValue ? [node] : []
    for (const index of node.bucket()) {
      const member = nodes.peek(index)
      if (member) members.push(member)
      else this.#missing = [...this.#missing, index]
    }
    return members
  }
}

function openSide(side: Side, node: TrieNode | undefined, from: number): void {
  side.node = node
  side.position = node && side.levels.open(node).nextFrom(from) ? side.levels.position : NOWHERE
}

/** The part of a side on the way of `symbol` at `position`, at or before its first level; 0 for none. */
function wayOf({ node, levels, position: at }: Side, position: number, symbol: number): number {
  if (!node) return 0
  if (at !== position) return node.path!.symbolAt(position) === symbol ? node.index : 0
  return levels.own === symbol ? node.index : levels.indexOf(symbol)
}
