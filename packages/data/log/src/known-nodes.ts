/**
 * What of a log's tree a peer knows, by the blocks that it holds: so that blocks are sent to it with the hashes it lacks, and
 * nobody has to ask which.
 *
 * Who has verified a block knows every node from its leaf up to a peak, and the sibling of each (node-climb.ts). So a node is
 * known if it is a peak, or if the peer holds any block below the node's parent. Whoever knows more gets hashes it has.
 */

import { numberOfPlace, peakPlaces, placeOfNode, planClimb } from './node-climb.ts'
import type { TreeNode } from './node-climb.ts'
import type { Piece, PieceBlock } from './piece.ts'
import type { PieceSource } from './piece-source.ts'

/** Blocks of a peer: the first at or after an index. */
export type NextHeld = (index: number) => number | undefined

/**
 * The blocks that a peer does not hold, of `indexes` (ascending), as many as fit `bytesMax`, with what proves them to it under
 * a head of `length` blocks. Without blocks when nothing is to be sent, or could be proven.
 */
export function pieceFor(
  source: PieceSource,
  indexes: readonly number[],
  peer: { readonly length: number; readonly nextHeld: NextHeld },
  bytesMax: number,
): Piece {
  const blocks: PieceBlock[] = []
  let room = bytesMax
  for (const index of indexes) {
    if (index >= peer.length || peer.nextHeld(index) === index) continue
    const block = source.peek(index)
    if (!block || block.length > room) continue
    blocks.push({ index, block })
    room -= block.length
  }
  const nodes = nodesFor(source, blocks, peer)
  return nodes ? { blocks, nodes } : { blocks: [], nodes: [] }
}

function nodesFor(
  source: PieceSource,
  blocks: readonly PieceBlock[],
  { length, nextHeld }: { readonly length: number; readonly nextHeld: NextHeld },
): readonly TreeNode[] | undefined {
  const peaks = new Set(peakPlaces(length).map(numberOfPlace))
  const isKnown = (number: number): boolean => {
    if (peaks.has(number)) return true
    const { level, index } = placeOfNode(number)
    const width = 2 ** (level + 1)
    const start = Math.floor(index / 2) * width
    const held = nextHeld(start)
    return held !== undefined && held < start + width
  }
  const { needed } = planClimb(
    blocks.map(({ index }) => ({ level: 0, index })),
    isKnown,
  )
  const nodes: TreeNode[] = []
  for (const number of needed.toSorted((a, b) => a - b)) {
    const hash = source.node(number)
    if (!hash) return undefined
    nodes.push({ number, hash })
  }
  return nodes
}
