/**
 * Where files and folders hang: the newest place of each, and never a circle.
 *
 * Two devices that move folders into each other at the same time would close a circle that no path leads into. Of every
 * circle the newest place is void, and the place before it holds, until there is none; a node without any place left waits among the
 * lost, as does one whose folder nobody has made. This is a function of the set of places: circles have no node in common, so it does not matter
 * which is opened first, and a place that is void holds again once the circle is gone by other means.
 *
 * Upkeep: only a node that was placed, or that had a void place before, may get another parent. So a place costs the walk from
 * these up to the root, and changes of size and life are carried up as differences.
 *
 * Invariants:
 * 1. Each node of known kind hangs below `root` or `lost`, along parents that are folders.
 * 2. `liveChildren`, `liveFiles` and `liveBytes` of a folder are the sums over what hangs below it.
 */

import type { NodeId } from './catalog-ids.ts'
import { createNodeRecord, isAlive, newerMark } from './node-record.ts'
import type { Mark, NodeRecord, Place } from './node-record.ts'
import { compareStamps } from './stamp.ts'

const NOWHERE = '' as NodeId

export class CatalogTree {
  readonly root = createFolder()
  readonly lost = createFolder()
  readonly #nodes = new Map<NodeId, NodeRecord>()
  /** Nodes whose newest place is void. */
  readonly #contested = new Set<NodeRecord>()
  /** By the folder that nobody has made yet. */
  readonly #waiting = new Map<NodeId, Set<NodeRecord>>()

  get(id: NodeId): NodeRecord | undefined {
    return this.#nodes.get(id)
  }

  /** Known only by name, if need be. */
  node(id: NodeId): NodeRecord {
    const known = this.#nodes.get(id)
    if (known !== undefined) return known
    const made = createNodeRecord(id)
    this.#nodes.set(id, made)
    return made
  }

  nodes(): IterableIterator<NodeRecord> {
    return this.#nodes.values()
  }

  place(place: Place): void {
    const { operation } = place
    const node = this.node(operation.node)
    node.places = withPlace(node.places, place)
    const isNewFolder = operation.kind === 'folder' && !node.isFolder
    // What it adds to its folders is counted otherwise from now on.
    if (isNewFolder) this.#detach(node)
    if (operation.kind === 'file') node.isFile = true
    if (isNewFolder) {
      node.isFolder = true
      node.liveBytes = 0
      node.liveFiles = 0
    }
    this.#settle(isNewFolder ? [node, ...this.#takeWaiting(node.id)] : [node])
  }

  /** A word on a folder. */
  mark(node: NodeRecord, mark: Mark): void {
    this.#change(node, () => {
      node.mark = newerMark(node.mark, mark)
    })
  }

  /** What a file adds to its folders, from now on. */
  setFile(node: NodeRecord, isLive: boolean, liveBytes: number): void {
    if (node.isFolder) return
    this.#change(node, () => {
      node.liveFiles = isLive ? 1 : 0
      node.liveBytes = isLive ? liveBytes : 0
    })
  }

  #change(node: NodeRecord, change: () => void): void {
    const { liveFiles, liveBytes } = node
    const wasAlive = isAlive(node)
    change()
    const lives = Number(isAlive(node)) - Number(wasAlive)
    carry(node.parent, lives, node.liveFiles - liveFiles, node.liveBytes - liveBytes)
  }

  #takeWaiting(id: NodeId): Iterable<NodeRecord> {
    const waiting = this.#waiting.get(id) ?? []
    this.#waiting.delete(id)
    return waiting
  }

  #settle(placed: readonly NodeRecord[]): void {
    const choices = new Map<NodeRecord, number>()
    const queue = [...placed, ...this.#contested]
    for (const node of queue) choices.set(node, node.places.length - 1)
    for (const node of queue) {
      for (let circle = this.#circle(node, choices); circle.length > 0;) {
        const newest = newestPlaced(circle, choices)
        choices.set(newest, choiceOf(newest, choices) - 1)
        queue.push(newest)
        circle = this.#circle(node, choices)
      }
    }
    this.#hang(choices)
  }

  /** The first circle on the way up from `node`, or nothing. */
  #circle(node: NodeRecord, choices: ReadonlyMap<NodeRecord, number>): readonly NodeRecord[] {
    const way: NodeRecord[] = []
    const seen = new Set<NodeRecord>()
    let at = node
    while (at !== this.root && at !== this.lost) {
      if (seen.has(at)) return way.slice(way.indexOf(at))
      seen.add(at)
      way.push(at)
      at = this.#parentOf(at, choiceOf(at, choices))
    }
    return []
  }

  #parentOf(node: NodeRecord, choice: number): NodeRecord {
    const place = node.places[choice]
    if (place === undefined) return this.lost
    const { parent } = place.operation
    if (parent === undefined) return this.root
    const folder = this.#nodes.get(parent)
    return folder?.isFolder === true ? folder : this.lost
  }

  /** All that moves is taken off first: what is hung up then never hangs in a circle in between. */
  #hang(choices: ReadonlyMap<NodeRecord, number>): void {
    const moved: NodeRecord[] = []
    for (const [node, choice] of choices) {
      node.choice = choice
      if (choice < node.places.length - 1) this.#contested.add(node)
      else this.#contested.delete(node)
      if (!node.isFile && !node.isFolder) continue
      const parent = this.#parentOf(node, choice)
      if (parent === this.lost) this.#wait(node)
      if (node.parent === parent && node.name === nameOf(node)) continue
      this.#detach(node)
      moved.push(node)
    }
    for (const node of moved) this.#attach(node, this.#parentOf(node, node.choice))
  }

  #wait(node: NodeRecord): void {
    const parent = node.places[node.choice]?.operation.parent
    if (parent === undefined) return
    const waiting = this.#waiting.get(parent) ?? new Set()
    this.#waiting.set(parent, waiting.add(node))
  }

  #attach(node: NodeRecord, parent: NodeRecord): void {
    node.parent = parent
    node.name = nameOf(node)
    parent.children ??= new Map()
    const alike = parent.children.get(node.name)
    if (alike === undefined) parent.children.set(node.name, [node])
    else alike.push(node)
    carry(parent, Number(isAlive(node)), node.liveFiles, node.liveBytes)
  }

  #detach(node: NodeRecord): void {
    const { parent } = node
    if (parent === undefined) return
    node.parent = undefined
    const alike = parent.children!.get(node.name)!
    alike.splice(alike.indexOf(node), 1)
    if (alike.length === 0) parent.children!.delete(node.name)
    carry(parent, -Number(isAlive(node)), -node.liveFiles, -node.liveBytes)
  }
}

function createFolder(): NodeRecord {
  return { ...createNodeRecord(NOWHERE), isFolder: true }
}

function nameOf(node: NodeRecord): string {
  // One without a place that holds keeps the name it was given last.
  return (node.places[node.choice] ?? node.places.at(-1))?.operation.name ?? ''
}

function choiceOf(node: NodeRecord, choices: ReadonlyMap<NodeRecord, number>): number {
  return choices.get(node) ?? node.choice
}

function newestPlaced(
  circle: readonly NodeRecord[],
  choices: ReadonlyMap<NodeRecord, number>,
): NodeRecord {
  return circle.reduce((newest, node) => {
    const [a, b] = [newest, node].map((each) => each.places[choiceOf(each, choices)]!.stamp)
    return compareStamps(a!, b!) < 0 ? node : newest
  })
}

function withPlace(places: readonly Place[], place: Place): readonly Place[] {
  let at = places.length
  while (at > 0 && compareStamps(places[at - 1]!.stamp, place.stamp) > 0) at--
  return places.toSpliced(at, 0, place)
}

/** What changed below, up to the root or to where it changes nothing. */
function carry(from: NodeRecord | undefined, lives: number, files: number, bytes: number): void {
  let change = lives
  for (let node = from; node !== undefined; node = node.parent) {
    if (change === 0 && files === 0 && bytes === 0) return
    const wasAlive = isAlive(node)
    node.liveChildren += change
    node.liveFiles += files
    node.liveBytes += bytes
    change = Number(isAlive(node)) - Number(wasAlive)
  }
}
