/**
 * Where the hashes and entries of a published log are: the tiles of C2SP tlog-tiles and their paths.
 *
 * The idea: the tree is cut into pieces of 256 hashes. Tile n of level l holds
 *
 *     MTH(D[(256 n + i) 256^l, (256 n + i + 1) 256^l))      i = 0 … 255, 32 bytes each
 *
 * so that level 0 holds leaf hashes, and each hash above is the root of one full tile below. The last tile of a level
 * may be partial: its width is part of its path, so that what a path names never changes.
 *
 *     tile/<level>/<index>[.p/<width>]       tile/entries/<index>[.p/<width>]
 *
 * An index is written in groups of three digits, all but the last with an x before them: 1234067 is x001/x234/067.
 *
 * Invariants: a tile has one path and a path one tile; numbers are safe integers.
 */

import { assert } from '@hamlet/core'
import { HASH_BYTES, peakRanges } from '../tree.ts'
import type { TreeHasher } from '../tree.ts'

export const TILE_WIDTH = 256
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES
/** A tree of 2^53 leaves has seven levels of tiles; the specification counts to 63. */
export const TILE_LEVEL_MAX = 63

const CHECKPOINT = 'checkpoint'
const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*)(\d{3})(?:\.p\/([1-9]\d{0,2}))?$/
/** Bits of the tree's height that one level of tiles spans. */
const LEVEL_BITS = 8

/** One file of a published log other than its checkpoint. */
export interface TileId {
  /** `entries`: the bundle that belongs to the tile of level 0 with this index. */
  readonly level: number | 'entries'
  readonly index: number
  /** Hashes or entries in it: 1 to 256. */
  readonly width: number
}

export function checkpointPath(): string {
  return CHECKPOINT
}

export function tilePath(tile: TileId): string {
  const full = fullTilePath(tile.level, tile.index)
  assert(tile.width >= 1 && tile.width <= TILE_WIDTH, 'a tile has 1 to 256 hashes')
  return tile.width === TILE_WIDTH ? full : `${full}.p/${tile.width}`
}

export function fullTilePath(level: number | 'entries', index: number): string {
  assert(Number.isSafeInteger(index) && index >= 0, 'an index is a safe integer')
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/\d{3}/g)!
  const last = groups.pop()!
  return ['tile', level, ...groups.map((group) => `x${group}`), last].join('/')
}

/** The tile a path names, or `undefined` for anything but the one spelling of one. */
export function parseTilePath(path: string): TileId | undefined {
  const match = PATH.exec(path)
  if (!match) return undefined
  const [, levelText, groups, last, widthText] = match
  const level = levelText === 'entries' ? 'entries' : Number(levelText)
  if (level !== 'entries' && level > TILE_LEVEL_MAX) return undefined
  if (groups!.startsWith('x000')) return undefined
  const index = Number(groups!.replaceAll(/[x/]/g, '') + last!)
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText)
  const isPartial = widthText !== undefined
  if (!Number.isSafeInteger(index) || (isPartial && width >= TILE_WIDTH)) return undefined
  return { level, index, width }
}

/** Leaves under one hash of a tile of `level`. */
export function leavesPerHash(level: number): number {
  return 2 ** (LEVEL_BITS * level)
}

/** Hashes that a tree of `length` leaves has at `level`. */
export function hashesAt(level: number, length: number): number {
  return Math.floor(length / leavesPerHash(level))
}

/** Hashes of tile `index` at `level` in a tree of `length` leaves; 0 when there is no such tile. */
export function tileWidth(level: number, index: number, length: number): number {
  const rest = hashesAt(level, length) - index * TILE_WIDTH
  return Math.max(0, Math.min(TILE_WIDTH, rest))
}

/** The partial tiles of a tree, lowest level first: all that its root depends on. */
export function edgeTiles(length: number): readonly (TileId & { readonly level: number })[] {
  const tiles: (TileId & { readonly level: number })[] = []
  for (let level = 0; hashesAt(level, length) > 0; level++) {
    const hashes = hashesAt(level, length)
    const width = hashes % TILE_WIDTH
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width })
  }
  return tiles
}

/** Of the perfect subtree of `size` leaves at `start`: the tile that holds what it is made of, and which hashes. */
export function placeOfSubtree(
  start: number,
  size: number,
): { readonly level: number; readonly index: number; readonly from: number; readonly to: number } {
  const level = Math.floor(Math.log2(size) / LEVEL_BITS)
  const first = start / leavesPerHash(level)
  const index = Math.floor(first / TILE_WIDTH)
  const from = first - index * TILE_WIDTH
  return { level, index, from, to: from + size / leavesPerHash(level) }
}

/** Root of a perfect subtree from the hashes one tile has of it: their number is a power of two. */
export function subtreeRoot(hasher: TreeHasher, hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < row.length; i += 2) above.push(hasher.node(row[i]!, row[i + 1]!))
    row = above
  }
  return row[0]!
}

/** Root of a tree from the hashes of its {@link edgeTiles}, in the same order. */
export function rootOfEdge(
  hasher: TreeHasher,
  edge: readonly (readonly Uint8Array[])[],
): Uint8Array {
  let root: Uint8Array | undefined
  for (const hashes of edge) {
    for (const { start, end } of peakRanges(hashes.length).toReversed()) {
      const left = subtreeRoot(hasher, hashes.slice(start, end))
      root = root === undefined ? left : hasher.node(left, root)
    }
  }
  return root ?? hasher.empty()
}

export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * HASH_BYTES)
  for (const [i, hash] of hashes.entries()) bytes.set(hash, i * HASH_BYTES)
  return bytes
}

/** The hashes of a tile, or `undefined` unless there are exactly `width`. Copies: the tile may be changed afterwards. */
export function decodeTile(bytes: Uint8Array, width: number): readonly Uint8Array[] | undefined {
  if (width < 1 || width > TILE_WIDTH || bytes.length !== width * HASH_BYTES) return undefined
  const copy = bytes.slice()
  return Array.from({ length: width }, (_, i) =>
    copy.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}
