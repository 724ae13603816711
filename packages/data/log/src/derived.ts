/**
 * The two derived files of a log, `tree` and `index`, read and appended together.
 *
 * `tree`: the nodes of the tree in post-order, 32 bytes each (see tree.ts). `index`: 16 bytes per block, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  bytes of all blocks up to and including this one
 *          8     4  number of the segment; the highest bit is set when the block was cleared
 *         12     4  offset of the block's frame in it
 *
 * A cleared block counts with the bytes it had.
 *
 * Invariant: neither is ever the truth. Whatever is read here is checked against a frame's checksum or a signed root, and
 * rebuilt from the segments when it does not fit.
 */

import type { Disk, DiskFile } from '@hamlet/core'
import {
  CLEARED_BYTES,
  FRAME_HEADER_BYTES,
  readUint32,
  readUint64,
  writeUint32,
  writeUint64,
} from './frame.ts'
import { NodeCache } from './node-cache.ts'
import { RangeSet } from './range-set.ts'
import { TailFile } from './tail-file.ts'
import { HASH_BYTES, Frontier, nodeCount, nodePosition, peakRanges, rangeHash } from './tree.ts'
import type { LogPosition } from './frame.ts'
import type { HashSource, TreeHasher } from './tree.ts'

export const INDEX_ENTRY_BYTES = 16

export interface BlockPlace extends LogPosition {
  /** Length of the block. */
  readonly bytes: number
  readonly isCleared: boolean
}

const CLEARED_BIT = 0x80000000
/** The same in the first byte of the number of the segment. */
const CLEARED_BYTE = 0x80
/** Entries read at once when all are looked at. */
const SCAN_BLOCKS = 8192

/** Bytes of the frame at the place. */
export function frameBytesAt({ bytes, isCleared }: BlockPlace): number {
  return FRAME_HEADER_BYTES + (isCleared ? CLEARED_BYTES : bytes)
}

export class DerivedFiles implements HashSource {
  readonly #hasher: TreeHasher
  readonly #tree: TailFile
  readonly #nodes: NodeCache
  #index: TailFile

  constructor(hasher: TreeHasher, tree: TailFile, index: TailFile) {
    this.#hasher = hasher
    this.#tree = tree
    this.#nodes = new NodeCache(tree)
    this.#index = index
  }

  static async open(hasher: TreeHasher, disk: Disk, directory: string): Promise<DerivedFiles> {
    const tree = new TailFile(await disk.open(`${directory}/tree`))
    const index = new TailFile(await disk.open(`${directory}/index`))
    return new DerivedFiles(hasher, tree, index)
  }

  /** Blocks that both files cover. */
  get capacity(): number {
    const indexed = Math.floor(this.#index.sizeBytes / INDEX_ENTRY_BYTES)
    const hasNodes = nodeCount(indexed) * HASH_BYTES <= this.#tree.sizeBytes
    return hasNodes ? indexed : 0
  }

  /** `nodes`: those that the blocks complete, in stored order. */
  append(nodes: Uint8Array, entries: Uint8Array): void {
    this.#tree.append(nodes)
    this.#index.append(entries)
  }

  truncate(length: number): void {
    this.#nodes.clear()
    this.#tree.truncate(nodeCount(length) * HASH_BYTES)
    this.#index.truncate(length * INDEX_ENTRY_BYTES)
  }

  /** Bytes of the first `length` blocks. */
  byteLength(length: number): number {
    if (length === 0) return 0
    return readUint64(this.#index.read((length - 1) * INDEX_ENTRY_BYTES, 8), 0)
  }

  place(index: number): BlockPlace {
    const first = Math.max(index - 1, 0)
    const entries = this.#index.read(
      first * INDEX_ENTRY_BYTES,
      (index - first + 1) * INDEX_ENTRY_BYTES,
    )
    const at = (index - first) * INDEX_ENTRY_BYTES
    const start = index === 0 ? 0 : readUint64(entries, 0)
    return placeAt(entries, at, start)
  }

  /** The places of blocks [from, to). */
  places(from: number, to: number): readonly BlockPlace[] {
    if (from === to) return []
    const entries = this.#index.read(from * INDEX_ENTRY_BYTES, (to - from) * INDEX_ENTRY_BYTES)
    const places: BlockPlace[] = []
    let start = this.byteLength(from)
    for (let at = 0; at < entries.length; at += INDEX_ENTRY_BYTES) {
      places.push(placeAt(entries, at, start))
      start = readUint64(entries, at)
    }
    return places
  }

  /** The stretches of blocks below `length` that were not cleared. O(length), 16 bytes read for each block. */
  heldRanges(length: number): readonly (readonly [from: number, to: number])[] {
    const held = new RangeSet()
    for (let at = 0; at < length; at += SCAN_BLOCKS) {
      const count = Math.min(SCAN_BLOCKS, length - at)
      const entries = this.entries(at, at + count)
      let start = at
      for (let i = 0; i < count; i++) {
        if (entries[i * INDEX_ENTRY_BYTES + 8]! < CLEARED_BYTE) continue
        held.add(start, at + i)
        start = at + i + 1
      }
      held.add(start, at + count)
    }
    return held.ranges
  }

  /** Nodes in stored order, see tree.ts. */
  nodes(from: number, count: number): readonly Uint8Array[] {
    const bytes = this.#tree.read(from * HASH_BYTES, count * HASH_BYTES)
    return Array.from({ length: count }, (_, i) => {
      return bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)
    })
  }

  /** The entries of blocks [from, to) as they are in the file. */
  entries(from: number, to: number): Uint8Array {
    return this.#index.read(from * INDEX_ENTRY_BYTES, (to - from) * INDEX_ENTRY_BYTES)
  }

  /** Goes on with another file as the index. */
  replaceIndex(file: DiskFile): void {
    this.#index.close()
    this.#index = new TailFile(file)
  }

  leafHash(index: number): Uint8Array {
    return this.#perfect(index, 1)
  }

  hash(start: number, end: number): Uint8Array {
    return rangeHash(this.#hasher, start, end, (at, size) => this.#perfect(at, size))
  }

  frontier(length: number): Frontier {
    const peaks = peakRanges(length).map(({ start, end }) => this.#perfect(start, end - start))
    return new Frontier(this.#hasher, length, peaks)
  }

  async sync(): Promise<void> {
    await Promise.all([this.#tree.sync(), this.#index.sync()])
  }

  close(): void {
    this.#tree.close()
    this.#index.close()
  }

  #perfect(start: number, size: number): Uint8Array {
    return this.#nodes.get(nodePosition(start, size), size)
  }
}

export function writeIndexEntry(
  entries: Uint8Array,
  at: number,
  endBytes: number,
  place: LogPosition,
  isCleared = false,
): void {
  writeUint64(entries, at, endBytes)
  writeUint32(entries, at + 8, place.segment + (isCleared ? CLEARED_BIT : 0))
  writeUint32(entries, at + 12, place.offset)
}

function placeAt(entries: Uint8Array, at: number, startBytes: number): BlockPlace {
  const segment = readUint32(entries, at + 8)
  const isCleared = segment >= CLEARED_BIT
  return {
    bytes: readUint64(entries, at) - startBytes,
    segment: isCleared ? segment - CLEARED_BIT : segment,
    offset: readUint32(entries, at + 12),
    isCleared,
  }
}
