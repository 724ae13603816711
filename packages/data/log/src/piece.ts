/**
 * Pieces: any blocks of a log with the hashes that prove them to whoever asked, and nothing they know already.
 *
 * The idea: who asks knows which hashes it has, so a want names the blocks and the nodes it lacks (node-climb.ts says
 * which), and the answer is a lookup: no round trip to agree on a proof, and a hash travels once however many blocks need it. If not all
 * blocks fit, or some are not there, their leaf hashes are in the answer instead, and it still proves the rest.
 *
 * Encoded with varints (byte-codec.ts), frozen since version 1:
 *
 *     want    r runs of blocks, each: gap after the last run, blocks less one
 *             n nodes, their numbers in order, each less the one before (less one)
 *             bytes at most, of all blocks together; one block comes even if it is larger
 *     piece   r runs of blocks; then each block, sized
 *             n nodes, numbers as above; then each hash, 32 bytes
 *
 * Worked example: block 5 of a log of which nothing but the head's only peak (8 leaves, number 7) is known needs nodes 8 (leaf 4),
 * 13 (leaves 6 and 7) and 3 (leaves 0 to 3): the want is `01 05 00  03 03 04 04  ff ff 03`, with at most 65,535 bytes.
 */

import { FRAME_BYTES_MAX } from '@hamlet/core'
import type { ByteReader, ByteWriter } from './byte-codec.ts'
import { BLOCK_BYTES_MAX, PIECE_NODES_MAX, RANGE_BLOCKS_MAX } from './limits.ts'
import { SPARSE_LENGTH_MAX } from './node-climb.ts'
import { HASH_BYTES } from './tree.ts'
import type { TreeNode } from './node-climb.ts'

/** Blocks [from, to). */
export type BlockRun = readonly [from: number, to: number]

export interface PieceWant {
  /** Stretches that do not touch, in order; at most `RANGE_BLOCKS_MAX` blocks. */
  readonly blocks: readonly BlockRun[]
  /** Ascending numbers of nodes, each once. */
  readonly nodes: readonly number[]
  readonly bytesMax: number
}

export interface PieceBlock {
  readonly index: number
  readonly block: Uint8Array
}

export interface Piece {
  /** In order of their indexes. */
  readonly blocks: readonly PieceBlock[]
  /** In order of their numbers. */
  readonly nodes: readonly TreeNode[]
}

export function writeWant(writer: ByteWriter, want: PieceWant): void {
  writeRuns(writer, want.blocks)
  writeNumbers(writer, want.nodes)
  writer.varint(want.bytesMax)
}

export function readWant(reader: ByteReader): PieceWant {
  const blocks = readRuns(reader)
  const nodes = readNumbers(reader)
  const bytesMax = reader.varint(FRAME_BYTES_MAX)
  return { blocks, nodes, bytesMax }
}

export function writePiece(writer: ByteWriter, piece: Piece): void {
  writeRuns(writer, runsOf(piece.blocks.map(({ index }) => index)))
  for (const { block } of piece.blocks) writer.sized(block)
  const numbers = piece.nodes.map(({ number }) => number)
  writeNumbers(writer, numbers)
  for (const { hash } of piece.nodes) writer.raw(hash)
}

/** Blocks are views of the message, hashes copies. */
export function readPiece(reader: ByteReader): Piece {
  const runs = readRuns(reader)
  // Each block takes a byte at least: more indexes than bytes are not even listed.
  if (countOf(runs) > reader.remaining) reader.fail()
  const blocks: PieceBlock[] = []
  for (const [from, to] of runs) {
    for (let index = from; index < to && !reader.hasFailed; index++) {
      blocks.push({ index, block: reader.sized(BLOCK_BYTES_MAX) })
    }
  }
  const nodes: TreeNode[] = []
  for (const number of readNumbers(reader)) {
    if (reader.hasFailed) break
    nodes.push({ number, hash: reader.raw(HASH_BYTES).slice() })
  }
  return { blocks, nodes }
}

function writeRuns(writer: ByteWriter, runs: readonly BlockRun[]): void {
  writer.varint(runs.length)
  let end = 0
  for (const [from, to] of runs) {
    writer.varint(from - end)
    writer.varint(to - from - 1)
    end = to
  }
}

function readRuns(reader: ByteReader): readonly BlockRun[] {
  const runs: BlockRun[] = []
  const count = reader.varint(RANGE_BLOCKS_MAX)
  let [end, blocks] = [0, 0]
  for (let i = 0; i < count && !reader.hasFailed; i++) {
    const from = end + reader.varint(SPARSE_LENGTH_MAX)
    const to = from + reader.varint(RANGE_BLOCKS_MAX) + 1
    blocks += to - from
    // Two runs that touch would be one: there is one way to write a list.
    const isDistinct = i === 0 || from > end
    if (!isDistinct || to > SPARSE_LENGTH_MAX || blocks > RANGE_BLOCKS_MAX) reader.fail()
    runs.push([from, to])
    end = to
  }
  return runs
}

export function countOf(runs: readonly BlockRun[]): number {
  return runs.reduce((sum, [from, to]) => sum + to - from, 0)
}

/** `indexes` ascending, as runs of neighbours. */
export function runsOf(indexes: readonly number[]): readonly BlockRun[] {
  const runs: [number, number][] = []
  for (const index of indexes) {
    const last = runs.at(-1)
    if (last?.[1] === index) last[1] = index + 1
    else runs.push([index, index + 1])
  }
  return runs
}

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.varint(numbers.length)
  let next = 0
  for (const number of numbers) {
    writer.varint(number - next)
    next = number + 1
  }
}

function readNumbers(reader: ByteReader): readonly number[] {
  const numbers: number[] = []
  const count = reader.varint(PIECE_NODES_MAX)
  let next = 0
  for (let i = 0; i < count && !reader.hasFailed; i++) {
    const number = next + reader.varint(2 * SPARSE_LENGTH_MAX)
    if (number > 2 * SPARSE_LENGTH_MAX) reader.fail()
    numbers.push(number)
    next = number + 1
  }
  return numbers
}
