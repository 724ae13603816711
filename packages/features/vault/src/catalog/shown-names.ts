/**
 * What the files of one folder are called: each by another name, the same on every device.
 *
 * Two devices may give one name to two files at the same time. The one that lives and got it first keeps it; the others show
 * eight digits of their id before the extension, or all of it where even that name is taken.
 */

import { markedName } from './catalog-name.ts'
import { isAlive } from './node-record.ts'
import type { NodeRecord } from './node-record.ts'
import { compareStamps } from './stamp.ts'

const MARK_DIGITS = 8
const MARKED = / \([0-9a-f]{8,32}\)/

export function shownName(node: NodeRecord): string {
  const { parent, name, id } = node
  const alike = parent?.children?.get(name)
  if (parent === undefined || alike === undefined || alike.length === 1) return name
  if (keeper(alike) === node) return name
  const mark = id.slice(0, MARK_DIGITS)
  const short = markedName(name, mark)
  const isTaken = alike.some((other) => other !== node && other.id.startsWith(mark))
  return isTaken || parent.children!.has(short) ? markedName(name, id) : short
}

/** The child of this folder that is shown under this name. */
export function childNamed(folder: NodeRecord, name: string): NodeRecord | undefined {
  const alike = folder.children?.get(name)
  if (alike !== undefined) return keeper(alike)
  // A folder of a hundred thousand files is not looked through for each name that it does not have.
  if (!MARKED.test(name)) return undefined
  for (const nodes of folder.children?.values() ?? []) {
    if (nodes.length === 1) continue
    const found = nodes.find((node) => shownName(node) === name)
    if (found !== undefined) return found
  }
  return undefined
}

function keeper(alike: readonly NodeRecord[]): NodeRecord {
  return alike.reduce((first, node) => {
    const lives = Number(isAlive(node)) - Number(isAlive(first))
    if (lives !== 0) return lives > 0 ? node : first
    return comparePlaced(node, first) < 0 ? node : first
  })
}

function comparePlaced(a: NodeRecord, b: NodeRecord): number {
  const [first, second] = [a, b].map(({ places, choice }) => places[choice] ?? places.at(-1))
  return compareStamps(first!.stamp, second!.stamp)
}
