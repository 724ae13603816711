/**
 * Verifies a published log as a whole, from its static files and a public key alone: every tile, every entry.
 *
 * The idea: what the parent says of a tile is trusted as far as the parent is, and the checkpoint's signature is trusted.
 * So the walk goes from the right edge of the tree down to the entries, and each file is judged by the hash that is
 * expected of it: it is missing, not of its form, or holds something else (perhaps what belongs in another place). Below a
 * tile that cannot be trusted hashes are computed from the entries; if these lead to what was expected further up, the tile
 * alone is at fault, and everything under it is sound.
 *
 * Invariant: without a problem in the report, every entry and every hash of every tile was read, and all of it leads to
 * the signed root.
 */

import { equalBytes } from '@hamlet/core'
import { TreeHasher } from '../tree.ts'
import { TlogError } from './errors.ts'
import { PROBLEMS_LISTED_MAX } from './limits.ts'
import {
  TILE_WIDTH,
  checkpointPath,
  edgeTiles,
  fullTilePath,
  rootOfEdge,
  subtreeRoot,
  tilePath,
} from './tile-layout.ts'
import { fetchCheckpoint } from './tile-reader.ts'
import { fetchBundle, fetchTile } from './tile-source.ts'
import type { OpenedCheckpoint } from './checkpoint-policy.ts'
import type { TileId } from './tile-layout.ts'
import type { TileReaderOptions } from './tile-reader.ts'

export interface VerifyPublishedOptions extends TileReaderOptions {
  readonly progress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

export interface PublishedProblem {
  /** Of the file at fault. */
  readonly path: string
  readonly problem: 'missing' | 'malformed' | 'damaged' | 'signature' | 'other-log' | 'quorum'
  /** What is known about it, for people. */
  readonly detail: string
  /** The first entry that is not what was signed. */
  readonly entry?: number
  /** Where the content belongs, if it is that of another file nearby. */
  readonly belongsTo?: string
}

export interface PublishedReport {
  readonly isSound: boolean
  /** `undefined` when it is not to be believed; nothing else was read then. */
  readonly checkpoint: OpenedCheckpoint | undefined
  /** Files read whole and found sound. */
  readonly tiles: number
  readonly bundles: number
  readonly entries: number
  readonly entryBytes: number
  /** Problems found; at most `PROBLEMS_LISTED_MAX` are listed. */
  readonly problemCount: number
  readonly problems: readonly PublishedProblem[]
}

/** Never throws because of what the files hold. @throws what `fetch` throws */
export async function verifyPublished(options: VerifyPublishedOptions): Promise<PublishedReport> {
  const walk = new Walk(options)
  return walk.run()
}

const PROBLEM_BY_CODE: Readonly<Record<string, PublishedProblem['problem']>> = {
  TLOG_MISSING: 'missing',
  TLOG_MALFORMED: 'malformed',
  TLOG_SIGNATURE: 'signature',
  TLOG_OTHER: 'other-log',
  TLOG_QUORUM: 'quorum',
}

/** Of a tile, as they follow from what is below it; `undefined` where that is not to be had. */
type Hashes = readonly (Uint8Array | undefined)[]

/** What a tile's parent holds, as far as it is known. */
interface Expected {
  readonly hash: Uint8Array | undefined
  /** It leads to the signed root. */
  readonly isTrusted: boolean
  /** All hashes of that parent, for telling where content belongs. */
  readonly siblings: Hashes
}

class Walk {
  readonly #options: VerifyPublishedOptions
  readonly #hasher: TreeHasher
  readonly #problems: PublishedProblem[] = []
  #problemCount = 0
  #length = 0
  #walked = 0
  #tiles = 0
  #bundles = 0
  #entries = 0
  #entryBytes = 0

  constructor(options: VerifyPublishedOptions) {
    this.#options = options
    this.#hasher = new TreeHasher(options.crypto)
  }

  async run(): Promise<PublishedReport> {
    const checkpoint = await this.#attempt(() =>
      fetchCheckpoint(this.#options, this.#options.signal),
    )
    if (checkpoint) {
      this.#length = checkpoint.length
      await this.#walkTree(checkpoint)
    }
    return {
      isSound: this.#problemCount === 0,
      checkpoint,
      tiles: this.#tiles,
      bundles: this.#bundles,
      entries: this.#entries,
      entryBytes: this.#entryBytes,
      problemCount: this.#problemCount,
      problems: this.#problems,
    }
  }

  async #walkTree({ length, root }: OpenedCheckpoint): Promise<void> {
    const tiles = edgeTiles(length)
    const read: (Hashes | undefined)[] = []
    for (const tile of tiles) read.push(await this.#fetchTile(tile))
    const isTrusted = this.#leadsTo(root, read)
    const below: (Hashes | undefined)[] = []
    let last: readonly Uint8Array[] | undefined
    for (const [i, tile] of tiles.entries()) {
      const { level, index, width } = tile
      if (level === 0) {
        last = await this.#fetchEntries(tile)
        below.push(last?.map((entry) => this.#hasher.leaf(entry)))
      } else {
        below.push(await this.#walkChildren(level, index, width, read[i], isTrusted))
      }
    }
    // Either the lowest tile is at fault or the bundle that goes with it: the root decides.
    const candidates = isTrusted ? [read] : [below, [read[0], ...below.slice(1)]]
    const signed = candidates.find((each) => this.#leadsTo(root, each))
    for (const [i, tile] of tiles.entries()) {
      const truth = signed?.[i] ?? below[i]
      if (read[i] && truth) this.#judgeTile(tile, read[i], truth)
      if (tile.level === 0 && last && signed) this.#judgeBundle(tile, last, signed[i]!)
    }
    if (signed) return
    this.#report(checkpointPath(), 'damaged', 'the entries do not lead to the signed root')
  }

  #leadsTo(root: Uint8Array, edge: readonly (Hashes | undefined)[]): boolean {
    const whole = edge.map((hashes) => hashes?.filter(isThere) ?? [])
    if (whole.some((hashes, i) => hashes.length !== edge[i]?.length)) return false
    return equalBytes(rootOfEdge(this.#hasher, whole), root)
  }

  /** The hashes of a tile above level 0, as they follow from what is below it. */
  async #walkChildren(
    level: number,
    index: number,
    width: number,
    hashes: Hashes | undefined,
    isTrusted: boolean,
  ): Promise<Hashes> {
    const computed: (Uint8Array | undefined)[] = []
    for (let i = 0; i < width; i++) {
      const expected = { hash: hashes?.[i], isTrusted, siblings: hashes ?? [] }
      const below = await this.#walkFull(level - 1, index * TILE_WIDTH + i, expected)
      computed.push(isTrusted ? hashes?.[i] : (below ?? hashes?.[i]))
    }
    return computed
  }

  /**
   * A full tile and everything under it; returns its root as it follows from what is below. What its parent says of it
   * counts, trusted or not, when the tile agrees: two files do not go wrong in the same way.
   */
  async #walkFull(
    level: number,
    index: number,
    expected: Expected,
  ): Promise<Uint8Array | undefined> {
    const tile = { level, index, width: TILE_WIDTH }
    const hashes = await this.#fetchTile(tile)
    const root = hashes && subtreeRoot(this.#hasher, hashes)
    const isRight = isSame(root, expected.hash)
    const below =
      level === 0
        ? await this.#walkBundle(tile, hashes, expected, isRight)
        : await this.#walkChildren(level, index, TILE_WIDTH, hashes, isRight)
    if (isRight) {
      this.#tiles++
      return expected.hash
    }
    const whole = below?.filter(isThere) ?? []
    const computed = whole.length === TILE_WIDTH ? subtreeRoot(this.#hasher, whole) : undefined
    if (hashes && expected.isTrusted) this.#reportForeign(tile, root!, expected)
    else if (hashes && below) this.#judgeTile(tile, hashes, below)
    if (expected.isTrusted && level > 0 && !isSame(computed, expected.hash)) {
      this.#report(tilePath(tile), 'damaged', 'nor does what is below it lead to the signed root')
    }
    return computed ?? root
  }

  /**
   * Leaf hashes of the bundle of a full tile, or `undefined` when it is of no use. If the tile is not right, the bundle is
   * judged by the root that the tile should have, or by agreeing with the tile where that root is not to be trusted.
   */
  async #walkBundle(
    tile: TileId,
    hashes: Hashes | undefined,
    expected: Expected,
    isRight: boolean,
  ): Promise<Hashes | undefined> {
    const entries = await this.#fetchEntries(tile)
    if (!entries) return undefined
    const leaves = entries.map((entry) => this.#hasher.leaf(entry))
    if (isRight) return this.#judgeBundle(tile, entries, hashes!) ? leaves : undefined
    const agrees = !expected.isTrusted && leaves.every((leaf, i) => isSame(leaf, hashes?.[i]))
    if (agrees || isSame(subtreeRoot(this.#hasher, leaves), expected.hash)) {
      this.#count(entries)
    } else if (expected.hash) {
      const path = tilePath({ ...tile, level: 'entries' })
      this.#report(path, 'damaged', 'its entries do not lead to what is expected of them')
    }
    return leaves
  }

  /** Compares entries with the hashes they should have. */
  #judgeBundle(tile: TileId, entries: readonly Uint8Array[], right: Hashes): boolean {
    const wrong = entries.findIndex((entry, i) => !isSame(right[i], this.#hasher.leaf(entry)))
    if (wrong < 0) {
      this.#count(entries)
      return true
    }
    const entry = tile.index * TILE_WIDTH + wrong
    const detail = `entry ${entry} is not the one that was signed`
    this.#report(tilePath({ ...tile, level: 'entries' }), 'damaged', detail, { entry })
    return false
  }

  async #fetchEntries(tile: TileId): Promise<readonly Uint8Array[] | undefined> {
    const place = { ...tile, level: 'entries' } as const
    const { fetch, signal } = this.#options
    const entries = await this.#attempt(() => fetchBundle(fetch, place, signal))
    this.#advance(tile.width)
    return entries
  }

  #count(entries: readonly Uint8Array[]): void {
    this.#bundles++
    this.#entries += entries.length
    for (const entry of entries) this.#entryBytes += entry.length
  }

  #fetchTile(tile: TileId): Promise<readonly Uint8Array[] | undefined> {
    return this.#attempt(() => fetchTile(this.#options.fetch, tile, this.#options.signal))
  }

  /** Compares the hashes of a tile with those that follow from what is below it. */
  #judgeTile(tile: TileId, hashes: Hashes, below: Hashes): void {
    const wrong = hashes.findIndex((hash, i) => !isSame(below[i], hash))
    if (wrong < 0) {
      this.#tiles++
      return
    }
    this.#report(tilePath(tile), 'damaged', `hash ${wrong} is not that of what is below it`)
  }

  #reportForeign(
    tile: TileId & { readonly level: number },
    root: Uint8Array,
    { siblings }: Expected,
  ): void {
    const { level, index } = tile
    const position = siblings.findIndex((hash) => isSame(root, hash))
    const first = index - (index % TILE_WIDTH)
    const belongsTo = position < 0 ? undefined : fullTilePath(level, first + position)
    const more = belongsTo === undefined ? {} : { belongsTo }
    this.#report(tilePath(tile), 'damaged', 'does not lead to the signed root', more)
  }

  /** What is read, or `undefined` after its problem was noted. */
  async #attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read()
    } catch (error) {
      const problem = error instanceof TlogError ? PROBLEM_BY_CODE[error.code] : undefined
      if (!(error instanceof TlogError) || problem === undefined) throw error
      this.#report(String(error.fields['path']), problem, error.message)
      return undefined
    }
  }

  #report(
    path: string,
    problem: PublishedProblem['problem'],
    detail: string,
    more: { readonly entry?: number; readonly belongsTo?: string } = {},
  ): void {
    this.#problemCount++
    if (this.#problems.length < PROBLEMS_LISTED_MAX) {
      this.#problems.push({ path, problem, detail, ...more })
    }
  }

  #advance(entries: number): void {
    this.#walked += entries
    this.#options.progress?.(this.#walked, this.#length)
    this.#options.signal?.throwIfAborted()
  }
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(a, b)
}
