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

export interface PieceWant {
  /** Ascending, each once. */
  readonly blocks: readonly number[]
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
  const indexes = piece.blocks.map(({ index }) => index)
  writeRuns(writer, indexes)
  for (const { block } of piece.blocks) writer.sized(block)
  const numbers = piece.nodes.map(({ number }) => number)
  writeNumbers(writer, numbers)
  for (const { hash } of piece.nodes) writer.raw(hash)
}

/** Blocks are views of the message, hashes copies. */
export function readPiece(reader: ByteReader): Piece {
  const blocks: PieceBlock[] = []
  for (const index of readRuns(reader)) {
    if (reader.hasFailed) break
    blocks.push({ index, block: reader.sized(BLOCK_BYTES_MAX) })
  }
  const nodes: TreeNode[] = []
  for (const number of readNumbers(reader)) {
    if (reader.hasFailed) break
    nodes.push({ number, hash: reader.raw(HASH_BYTES).slice() })
  }
  return { blocks, nodes }
}

/** `indexes` ascending, as runs of neighbours. */
export function writeRuns(writer: ByteWriter, indexes: readonly number[]): void {
  const runs = runsOf(indexes)
  writer.varint(runs.length)
  let end = 0
  for (const [from, to] of runs) {
    writer.varint(from - end)
    writer.varint(to - from - 1)
    end = to
  }
}

function readRuns(reader: ByteReader): readonly number[] {
  const indexes: number[] = []
  const runs = reader.varint(RANGE_BLOCKS_MAX)
  let end = 0
  for (let run = 0; run < runs && !reader.hasFailed; run++) {
    const from = end + reader.varint(SPARSE_LENGTH_MAX)
    const count = reader.varint(RANGE_BLOCKS_MAX) + 1
    // Two runs that touch would be one: there is one way to write a list.
    const isDistinct = run === 0 || from > end
    end = from + count
    if (!isDistinct || end > SPARSE_LENGTH_MAX || indexes.length + count > RANGE_BLOCKS_MAX) {
      reader.fail()
      return []
    }
    for (let index = from; index < end; index++) indexes.push(index)
  }
  return indexes
}

export function runsOf(indexes: readonly number[]): readonly (readonly [number, number])[] {
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
