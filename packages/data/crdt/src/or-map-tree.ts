/**
 * The live operations of an OrMap as a tree of its keys; see or-map.ts.
 *
 * Invariant: a node is there as long as something in it or below it is alive.
 */

import { assert } from '@hamlet/core'
import { DotIndex } from './dot-index.ts'
import { CRDT_NAME_BYTES_MAX, OR_MAP_DEPTH_MAX } from './limits.ts'
import { compareText, compareValues } from './order.ts'
import type { CborValue, FieldReader } from '@hamlet/core'
import type { ItemKind, ItemListener } from './dot-store.ts'
import type { Dot } from './dot.ts'

/** The place of a kind in this list is its number in the stored form. */
export const OR_MAP_KINDS = ['flag', 'register', 'set', 'counter'] as const
export type OrMapKind = (typeof OR_MAP_KINDS)[number]

export interface OrMapItem extends Dot {
  readonly path: readonly string[]
  readonly kind: OrMapKind
  /** true of a flag, any of a register, an element of a set, a safe integer other than zero of a counter. */
  readonly value: CborValue
}

interface Node {
  readonly children: Map<string, Node>
  readonly elements: DotIndex<OrMapItem>
  readonly others: DotIndex<OrMapItem>
}

export const OR_MAP_ITEMS: ItemKind<OrMapItem> = {
  compare: (a, b) => compareValues(contentOf(a), contentOf(b)),
  encode: contentOf,
  read: (fields, dot) => fields.tuple((row) => readContent(row, dot)),
}

export class OrMapTree implements ItemListener<OrMapItem> {
  readonly #root = createNode()

  added(item: OrMapItem): void {
    let node = this.#root
    for (const key of item.path) {
      let child = node.children.get(key)
      if (child === undefined) node.children.set(key, (child = createNode()))
      node = child
    }
    indexOf(node, item.kind).add(textOf(item), item)
  }

  ended(item: OrMapItem): void {
    const nodes = [this.#root]
    for (const key of item.path) nodes.push(nodes.at(-1)!.children.get(key)!)
    indexOf(nodes.at(-1)!, item.kind).delete(textOf(item), item)
    for (let depth = item.path.length; depth > 0 && isEmpty(nodes[depth]!); depth--) {
      nodes[depth - 1]!.children.delete(item.path[depth - 1]!)
    }
  }

  has(path: readonly string[]): boolean {
    return this.#find(path) !== undefined
  }

  keys(path: readonly string[]): Iterable<string> {
    return this.#find(path)?.children.keys() ?? []
  }

  elements(path: readonly string[]): Iterable<string> {
    return this.#find(path)?.elements.texts() ?? []
  }

  /** `element`: of a set; otherwise all items of the kind. */
  itemsOf(path: readonly string[], kind: OrMapKind, element?: string): readonly OrMapItem[] {
    const node = this.#find(path)
    return node === undefined ? [] : indexOf(node, kind).itemsOf(element ?? kind)
  }

  /** Everything at and below `path`. */
  itemsWithin(path: readonly string[]): readonly OrMapItem[] {
    const node = this.#find(path)
    return node === undefined ? [] : itemsBelow(node)
  }

  #find(path: readonly string[]): Node | undefined {
    let node: Node | undefined = this.#root
    for (const key of path) node = node?.children.get(key)
    return node
  }
}

function createNode(): Node {
  return { children: new Map(), elements: new DotIndex(), others: new DotIndex() }
}

function isEmpty({ children, elements, others }: Node): boolean {
  return children.size === 0 && elements.size === 0 && others.size === 0
}

function itemsBelow({ children, elements, others }: Node): readonly OrMapItem[] {
  const own = [elements, others].flatMap((index) =>
    [...index.texts()].flatMap((text) => index.itemsOf(text)),
  )
  return [...own, ...[...children.values()].flatMap(itemsBelow)]
}

function indexOf(node: Node, kind: OrMapKind): DotIndex<OrMapItem> {
  return kind === 'set' ? node.elements : node.others
}

function textOf({ kind, value }: OrMapItem): string {
  return kind === 'set' ? (value as string) : kind
}

function contentOf({ path, kind, value }: OrMapItem): CborValue {
  return [OR_MAP_KINDS.indexOf(kind), value, ...path]
}

function readContent(row: FieldReader, { replica, seq }: Dot): OrMapItem {
  const kind = OR_MAP_KINDS[row.uint(OR_MAP_KINDS.length - 1)]!
  const value = readValue(row, kind)
  if (row.remaining > OR_MAP_DEPTH_MAX) throw row.refuse('too many keys')
  const path: string[] = []
  while (row.remaining > 0) path.push(row.text(CRDT_NAME_BYTES_MAX))
  return { replica, seq, path, kind, value }
}

function readValue(row: FieldReader, kind: OrMapKind): CborValue {
  if (kind === 'register') return row.value()
  if (kind === 'set') return row.text(CRDT_NAME_BYTES_MAX)
  const value =
    kind === 'flag' ? row.boolean() : row.int(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  if (value === false || value === 0) throw row.refuse('an operation that changes nothing')
  return value
}

/** By replica and number: the same order on every replica. */
export function inDotOrder(items: readonly OrMapItem[]): readonly OrMapItem[] {
  return items.toSorted((a, b) => compareText(a.replica, b.replica) || a.seq - b.seq)
}

export function checkPath(path: readonly string[]): void {
  assert(path.length <= OR_MAP_DEPTH_MAX, `expected at most ${OR_MAP_DEPTH_MAX} keys`)
}
