/**
 * Where the bands of a picture of flows are: who gave on the left, who received on the right, each as tall as what they
 * gave or received, and a band from one to the other for each flow.
 *
 * Invariants: no block is less than `BLOCK_MIN`, so that everybody can be seen; blocks of one side fill the same height;
 * bands leave and arrive side by side without crossing at the block.
 */

import type { FlowPicture } from '../state/board-client.ts'

export interface Block {
  readonly id: string
  readonly bytes: number
  readonly top: number
  readonly height: number
}

export interface Band {
  readonly from: string
  readonly to: string
  readonly bytes: number
  /** Of an SVG path. */
  readonly path: string
}

export interface FlowLayout {
  readonly givers: readonly Block[]
  readonly takers: readonly Block[]
  readonly bands: readonly Band[]
}

type FlowList = FlowPicture['flows']

const GAP = 8
export const BLOCK_MIN = 20

export function layOutFlows(flows: FlowList, width: number, height: number): FlowLayout {
  const givers = stack(sumsOf(flows, 'from'), height)
  const takers = stack(sumsOf(flows, 'to'), height)
  const leaving = new Map(givers.map((block) => [block.id, block.top]))
  const arriving = new Map(takers.map((block) => [block.id, block.top]))
  const [giverOrder, takerOrder] = [orderOf(givers), orderOf(takers)]
  const sorted = flows.toSorted(
    (a, b) =>
      giverOrder.get(a.from)! - giverOrder.get(b.from)! ||
      takerOrder.get(a.to)! - takerOrder.get(b.to)!,
  )
  const bands = sorted.map(({ from, to, bytes }) => {
    const left = share(givers, from, bytes)
    const right = share(takers, to, bytes)
    const [leftTop, rightTop] = [leaving.get(from) ?? 0, arriving.get(to) ?? 0]
    leaving.set(from, leftTop + left)
    arriving.set(to, rightTop + right)
    return { from, to, bytes, path: bandPath(width, leftTop, left, rightTop, right) }
  })
  return { givers, takers, bands }
}

function orderOf(blocks: readonly Block[]): ReadonlyMap<string, number> {
  return new Map(blocks.map(({ id }, index) => [id, index]))
}

function sumsOf(flows: FlowList, side: 'from' | 'to'): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>()
  for (const flow of flows) sums.set(flow[side], (sums.get(flow[side]) ?? 0) + flow.bytes)
  // Others last, however much they are together.
  return [...sums].toSorted(
    (a, b) => Number(a[0] === 'others') - Number(b[0] === 'others') || b[1] - a[1],
  )
}

/** The least height for all, the rest by size. */
function stack(sums: readonly (readonly [string, number])[], height: number): readonly Block[] {
  const free = height - GAP * (sums.length - 1) - BLOCK_MIN * sums.length
  const all = sums.reduce((sum, [, bytes]) => sum + bytes, 0)
  let top = 0
  return sums.map(([id, bytes]) => {
    const block = { id, bytes, top, height: BLOCK_MIN + (free * bytes) / all }
    top += block.height + GAP
    return block
  })
}

function share(blocks: readonly Block[], id: string, bytes: number): number {
  const block = blocks.find((each) => each.id === id)
  return block === undefined ? 0 : (block.height * bytes) / block.bytes
}

function bandPath(
  width: number,
  leftTop: number,
  left: number,
  rightTop: number,
  right: number,
): string {
  const middle = width / 2
  const [leftEnd, rightEnd] = [leftTop + left, rightTop + right]
  return (
    `M0,${leftTop} C${middle},${leftTop} ${middle},${rightTop} ${width},${rightTop} ` +
    `L${width},${rightEnd} C${middle},${rightEnd} ${middle},${leftEnd} 0,${leftEnd} Z`
  )
}
