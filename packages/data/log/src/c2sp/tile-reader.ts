/**
 * Reads a published log: a client of static files that are not trusted (C2SP tlog-tiles, client side).
 *
 * The idea: the partial tiles at the right edge of the tree give its root, which the checkpoint signs. Every full tile is
 * then verified by the hash its parent has of it, up to that edge. Any proof is a choice of hashes from verified tiles, and
 * an entry is what the verified leaf hash says.
 *
 * Invariants:
 * 1. Nothing is returned that does not lead to the root of the checkpoint; what does not is named by its path.
 * 2. `refresh` goes from one checkpoint to the next only along a consistency proof: a log that is rewritten is refused, and
 *    the reader stays with what it had.
 * 3. Files are asked for by path and with the most bytes there can be; only tiles that the checkpoint calls for.
 */

import { assert, equalBytes } from '@hamlet/core'
import { verifyConsistency, verifyInclusion } from '../proofs.ts'
import { NOTE_BYTES_MAX } from '../signed-note.ts'
import {
  TreeHasher,
  consistencyShape,
  inclusionShape,
  largestPowerUpTo,
  rangeHash,
} from '../tree.ts'
import { openCheckpoint } from './checkpoint-policy.ts'
import { TlogError } from './errors.ts'
import { TILES_CACHED_MAX } from './limits.ts'
import {
  TILE_WIDTH,
  checkpointPath,
  edgeTiles,
  placeOfSubtree,
  rootOfEdge,
  subtreeRoot,
  tilePath,
  tileWidth,
} from './tile-layout.ts'
import { fetchBundle, fetchTile } from './tile-source.ts'
import type { Crypto } from '@hamlet/core'
import type { LeafRange } from '../tree.ts'
import type { CheckpointPolicy, OpenedCheckpoint } from './checkpoint-policy.ts'
import type { TileFetch } from './tile-source.ts'

export interface TileReaderOptions {
  readonly crypto: Crypto
  readonly fetch: TileFetch
  /** Whose checkpoints are believed. */
  readonly policy: CheckpointPolicy
}

interface CallOptions {
  readonly signal?: AbortSignal
}

/** The tiles of one checkpoint that were verified. */
interface VerifiedTree {
  readonly checkpoint: OpenedCheckpoint
  /** Partial tiles by level. */
  readonly edge: ReadonlyMap<number, readonly Uint8Array[]>
}

export class TileReader {
  readonly #options: TileReaderOptions
  readonly #hasher: TreeHasher
  /** Full tiles, by path; the least recently used goes first. They are the same for every checkpoint of the log. */
  readonly #full = new Map<string, readonly Uint8Array[]>()
  #tree: VerifiedTree

  private constructor(options: TileReaderOptions, tree: VerifiedTree) {
    this.#options = options
    this.#hasher = new TreeHasher(options.crypto)
    this.#tree = tree
  }

  /** @throws TlogError `TLOG_MISSING`, `TLOG_MALFORMED`, `TLOG_DAMAGED`, `TLOG_OTHER`, `TLOG_SIGNATURE`, `TLOG_QUORUM` */
  static async open(options: TileReaderOptions, { signal }: CallOptions = {}): Promise<TileReader> {
    const checkpoint = await fetchCheckpoint(options, signal)
    return new TileReader(options, await loadEdge(options, checkpoint, signal))
  }

  get checkpoint(): OpenedCheckpoint {
    return this.#tree.checkpoint
  }

  get length(): number {
    return this.#tree.checkpoint.length
  }

  /** The entry, verified. @throws TlogError `TLOG_MISSING`, `TLOG_MALFORMED`, `TLOG_DAMAGED` with the `path` */
  async entry(index: number, options: CallOptions = {}): Promise<Uint8Array> {
    this.#checkIndex(index)
    const bundle = await this.#bundle(Math.floor(index / TILE_WIDTH), options.signal)
    return bundle[index % TILE_WIDTH]!
  }

  /** The entries [from, to) as they are when reached. @throws as {@link entry} */
  async *entries(
    from = 0,
    to: number = this.length,
    options: CallOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    assert(from >= 0 && from <= to && to <= this.length, 'a range lies in the log')
    for (let at = from; at < to;) {
      const first = Math.floor(at / TILE_WIDTH) * TILE_WIDTH
      const bundle = await this.#bundle(first / TILE_WIDTH, options.signal)
      const end = Math.min(to, first + bundle.length)
      yield* bundle.slice(at - first, end - first)
      at = end
    }
  }

  /** Hash of the leaves [start, end), a range that occurs in proofs. @throws as {@link entry} */
  async treeHash(start: number, end: number, { signal }: CallOptions = {}): Promise<Uint8Array> {
    const hashes = await this.#hashesOf([{ start, end }], signal)
    return hashes[0]!
  }

  /** Root of the tree over the first `length` entries. @throws as {@link entry} */
  async root(length: number = this.length, options: CallOptions = {}): Promise<Uint8Array> {
    assert(length >= 0 && length <= this.length, 'a length lies in the log')
    if (length === 0) return this.#hasher.empty()
    return length === this.length ? this.checkpoint.root : this.treeHash(0, length, options)
  }

  /** RFC 9162 2.1.3, verified before it is returned. @throws as {@link entry} */
  async inclusionProof(
    index: number,
    length: number = this.length,
    { signal }: CallOptions = {},
  ): Promise<readonly Uint8Array[]> {
    this.#checkIndex(index)
    assert(index < length && length <= this.length, 'a length lies in the log')
    const proof = await this.#hashesOf(inclusionShape(index, length), signal)
    const leafHash = await this.treeHash(index, index + 1)
    const root = await this.root(length)
    const { crypto } = this.#options
    assert(verifyInclusion(crypto, { index, length, leafHash, root, proof }), 'a proof verifies')
    return proof
  }

  /** RFC 9162 2.1.4, `from` at least 1; verified before it is returned. @throws as {@link entry} */
  async consistencyProof(
    from: number,
    to: number = this.length,
    { signal }: CallOptions = {},
  ): Promise<readonly Uint8Array[]> {
    assert(from >= 1 && from <= to && to <= this.length, 'a length lies in the log')
    const proof = await this.#hashesOf(consistencyShape(from, to), signal)
    const [fromRoot, toRoot] = [await this.root(from), await this.root(to)]
    const { crypto } = this.#options
    assert(verifyConsistency(crypto, { from, to, fromRoot, toRoot, proof }), 'a proof verifies')
    return proof
  }

  /**
   * Takes the newest checkpoint if it continues the one at hand; whether there was anything new.
   * @throws TlogError `TLOG_INCONSISTENT` for another history or a shorter one, and as {@link open}; the reader stays as it was
   */
  async refresh({ signal }: CallOptions = {}): Promise<boolean> {
    const { length, root, origin } = this.checkpoint
    const checkpoint = await fetchCheckpoint(this.#options, signal)
    if (checkpoint.origin !== origin || checkpoint.length < length) {
      throw inconsistent(length, checkpoint.length)
    }
    // A reader of its own, so that no tile counts that was verified for another history.
    const next = new TileReader(this.#options, await loadEdge(this.#options, checkpoint, signal))
    if (!equalBytes(await next.root(length, optional(signal)), root)) {
      throw inconsistent(length, checkpoint.length)
    }
    if (length > 0) await next.consistencyProof(length, checkpoint.length, optional(signal))
    this.#tree = next.#tree
    for (const [path, tile] of next.#full) this.#remember(path, tile)
    return checkpoint.length > length
  }

  #checkIndex(index: number): void {
    assert(Number.isSafeInteger(index) && index >= 0 && index < this.length, 'an entry of the log')
  }

  async #hashesOf(
    ranges: readonly LeafRange[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Uint8Array[]> {
    const hashes: Uint8Array[] = []
    for (const range of ranges) hashes.push(await this.#rangeHash(range, signal))
    return hashes
  }

  /** The tiles first, then the arithmetic, which is not asynchronous. */
  async #rangeHash(range: LeafRange, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { start, end } = range
    assert(start >= 0 && start < end && end <= this.length, 'a range lies in the log')
    const subtrees = new Map<number, Uint8Array>()
    for (const { at, size } of perfectSubtrees(start, end)) {
      const place = placeOfSubtree(at, size)
      const tile = await this.#tile(place.level, place.index, signal)
      subtrees.set(at, subtreeRoot(this.#hasher, tile.slice(place.from, place.to)))
    }
    return rangeHash(this.#hasher, start, end, (at) => subtrees.get(at)!)
  }

  async #tile(
    level: number,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly Uint8Array[]> {
    const width = tileWidth(level, index, this.length)
    if (width < TILE_WIDTH) return this.#tree.edge.get(level)!
    const path = tilePath({ level, index, width })
    const cached = this.#full.get(path)
    if (cached) {
      this.#full.delete(path)
      this.#full.set(path, cached)
      return cached
    }
    const parent = await this.#tile(level + 1, Math.floor(index / TILE_WIDTH), signal)
    const tile = await fetchTile(this.#options.fetch, { level, index, width }, signal)
    if (!equalBytes(subtreeRoot(this.#hasher, tile), parent[index % TILE_WIDTH]!)) {
      throw damaged(path, 'does not lead to the signed root')
    }
    this.#remember(path, tile)
    return tile
  }

  #remember(path: string, tile: readonly Uint8Array[]): void {
    this.#full.set(path, tile)
    if (this.#full.size > TILES_CACHED_MAX) this.#full.delete(this.#full.keys().next().value!)
  }

  async #bundle(index: number, signal: AbortSignal | undefined): Promise<readonly Uint8Array[]> {
    const width = tileWidth(0, index, this.length)
    const hashes = await this.#tile(0, index, signal)
    const place = { level: 'entries', index, width } as const
    const entries = await fetchBundle(this.#options.fetch, place, signal)
    for (const [i, entry] of entries.entries()) {
      if (equalBytes(this.#hasher.leaf(entry), hashes[i]!)) continue
      throw damaged(tilePath(place), `holds another entry ${index * TILE_WIDTH + i}`)
    }
    return entries
  }
}

/** Reads the newest checkpoint and judges it by the policy. @throws TlogError */
export async function fetchCheckpoint(
  { crypto, fetch, policy }: TileReaderOptions,
  signal?: AbortSignal,
): Promise<OpenedCheckpoint> {
  const path = checkpointPath()
  const bytes = await fetch(path, { bytesMax: NOTE_BYTES_MAX, ...optional(signal) })
  if (!bytes) throw new TlogError('TLOG_MISSING', `${path} is missing`, { fields: { path } })
  const opened = openCheckpoint(crypto, bytes, policy)
  if (opened.ok) return opened.value
  throw new TlogError(opened.error.code, opened.error.message, { fields: { path } })
}

async function loadEdge(
  { crypto, fetch }: TileReaderOptions,
  checkpoint: OpenedCheckpoint,
  signal: AbortSignal | undefined,
): Promise<VerifiedTree> {
  const tiles = edgeTiles(checkpoint.length)
  const hashes = await Promise.all(tiles.map((tile) => fetchTile(fetch, tile, signal)))
  if (!equalBytes(rootOfEdge(new TreeHasher(crypto), hashes), checkpoint.root)) {
    const paths = tiles.map(tilePath).join(', ')
    throw damaged(paths || checkpointPath(), 'does not lead to the signed root')
  }
  return { checkpoint, edge: new Map(tiles.map(({ level }, i) => [level, hashes[i]!])) }
}

/** [start, end) of a proof as the perfect subtrees its hash is made of, left to right. */
function perfectSubtrees(
  start: number,
  end: number,
): readonly { readonly at: number; readonly size: number }[] {
  const subtrees: { at: number; size: number }[] = []
  for (let at = start; at < end;) {
    const size = largestPowerUpTo(end - at)
    subtrees.push({ at, size })
    at += size
  }
  return subtrees
}

function optional(signal: AbortSignal | undefined): CallOptions {
  return signal === undefined ? {} : { signal }
}

function damaged(path: string, what: string): TlogError {
  return new TlogError('TLOG_DAMAGED', `${path} ${what}`, { fields: { path } })
}

function inconsistent(from: number, to: number): TlogError {
  return new TlogError('TLOG_INCONSISTENT', 'the published log is not what it was, continued', {
    fields: { from, to },
  })
}
