/** Answering wants: what any log, complete or sparse, gives to whoever copies it. */

import { FRAME_BYTES_MAX } from '@hamlet/core'
import type { HeadUpgrade } from './head-upgrade.ts'
import type { LogHead } from './head.ts'
import { makeHeadUpgrade } from './head-upgrade.ts'
import { countOf } from './piece.ts'
import type { BlockRun, Piece, PieceBlock, PieceWant } from './piece.ts'
import type { Log } from './log.ts'
import { SPARSE_LENGTH_MAX, nodeNumber, rangeOfNode } from './node-climb.ts'
import type { TreeNode } from './node-climb.ts'

export interface PieceSource {
  readonly head: LogHead | undefined
  /** Only of blocks before it can anything be asked. */
  readonly length: number
  peek(index: number): Uint8Array | undefined
  /** The hash of a node (node-climb.ts), if it is here. */
  node(number: number): Uint8Array | undefined
}

/** Varints of an index, a length and the numbers beside them. */
const BLOCK_OVERHEAD_BYTES = 16
const NODE_BYTES_MAX = 40
/** What surrounds a piece in its message stays below a block's limit, so that any block fits alone. */
const FRAME_ROOM_BYTES = FRAME_BYTES_MAX - 1024

/**
 * As many blocks as fit, one at least, and of the others the leaf hashes. `undefined` when a hash that was asked for is
 * not here, so that nothing could be proven.
 */
export function answerWant(source: PieceSource, want: PieceWant): Piece | undefined {
  const { length } = source
  if (length > SPARSE_LENGTH_MAX || (want.blocks.at(-1)?.[1] ?? 0) > length) return undefined
  const nodes: TreeNode[] = []
  for (const number of want.nodes) {
    const hash = source.node(number)
    if (!hash) return undefined
    nodes.push({ number, hash })
  }
  const blocks: PieceBlock[] = []
  // As if all blocks were hashes: each that is sent itself takes what it needs beyond that.
  let frameRoom = FRAME_ROOM_BYTES - (nodes.length + countOf(want.blocks)) * NODE_BYTES_MAX
  let room = want.bytesMax
  for (const index of indexesOf(want.blocks)) {
    const isWanted = room > 0 || blocks.length === 0
    const block = isWanted && frameRoom > 0 ? source.peek(index) : undefined
    const bytes = block ? block.length + BLOCK_OVERHEAD_BYTES : 0
    if (block && bytes <= frameRoom && (bytes <= room || blocks.length === 0)) {
      blocks.push({ index, block })
      room -= bytes
      frameRoom -= bytes
      continue
    }
    const number = nodeNumber(0, index)
    const hash = source.node(number)
    if (!hash) return undefined
    nodes.push({ number, hash })
  }
  return { blocks, nodes: inOrder(nodes) }
}

function* indexesOf(runs: readonly BlockRun[]): Generator<number, void, undefined> {
  for (const [from, to] of runs) for (let index = from; index < to; index++) yield index
}

export function upgradeOf(source: PieceSource, from: number): HeadUpgrade | undefined {
  const { head } = source
  if (!head || head.length < from || head.length > SPARSE_LENGTH_MAX) return undefined
  return makeHeadUpgrade(from, head, (number) => source.node(number))
}

function inOrder(nodes: readonly TreeNode[]): readonly TreeNode[] {
  const sorted = nodes.toSorted((a, b) => a.number - b.number)
  return sorted.filter(({ number }, i) => i === 0 || sorted[i - 1]!.number !== number)
}

/** A complete log, or the beginning of one, as it is served to sparse copies. */
export function pieceSourceOf(log: Log): PieceSource {
  return {
    get head() {
      // A copy that is behind its head can prove what it holds, but not name the peaks of the whole.
      return log.head && log.head.length === log.length ? log.head : undefined
    },
    get length() {
      return log.length
    },
    peek: (index) => (index < log.length ? log.peek(index) : undefined),
    node: (number) => {
      const { start, end } = rangeOfNode(number)
      return end <= log.length ? log.treeHash(start, end) : undefined
    },
  }
}
