/**
 * Repairing a log that is damaged: what is intact stays, what is not is put back from a peer's copy, verified.
 *
 * It works on the files of a log that nobody has open, also where `Log.open` refuses with `LOG_DAMAGED`:
 *
 *     const repair = await LogRepair.open(options)
 *     for (const { start } of repair.missing) repair.offer(peer.rangeFrom(start, …))
 *     await repair.finish()
 *
 * Where the file of the truncations is damaged or gone, a peer's statements take its place, as far as heads that are here were
 * signed after them: each carries the author's signature. An author's log that was truncated more often than its heads show is not
 * repaired: its author would sign a second history.
 *
 * A block is put back only if its leaf hash is the one in the tree that leads to the author's signature: the leaf hashes of intact
 * blocks are computed, those of the others come from the tree file, or from the peer's blocks where that is damaged too;
 * all of them together must give the signed root, or nothing is changed.
 *
 * Only segments that are damaged are written, beside, and renamed over; the last one last, and the mark, which says what was
 * durable, goes after them. A repair that is cut off is begun again.
 */

import { equalBytes } from '@hamlet/core'
import { DerivedFiles } from './derived.ts'
import { LogError } from './errors.ts'
import { BLOCK_FRAME, FRAME_HEADER_BYTES, FRAME_TYPE_OFFSET } from './frame.ts'
import { logIdOf, signHead, verifyHead } from './head.ts'
import { readNotes } from './log-notes.ts'
import { MemoryTree } from './memory-tree.ts'
import { PartialTree } from './partial-tree.ts'
import { salvage, salvageSegment } from './salvage.ts'
import { findHeads } from './scan.ts'
import { encodeForks } from './forks-file.ts'
import { verifyTruncation } from './truncation.ts'
import { SegmentRewrite } from './segment-rewrite.ts'
import { Segments } from './segments.ts'
import { isPrefixOfHead } from './state.ts'
import { TreeHasher, consistencyShape } from './tree.ts'
import type { HeadRecord, LogPosition } from './frame.ts'
import type { LogOptions } from './log-options.ts'
import type { LogNotes } from './log-notes.ts'
import type { LogRange } from './range.ts'
import type { LeafLength, RecoveryContext } from './recovery.ts'
import type { LogDamage } from './salvage.ts'
import type { SegmentWriter } from './segment-rewrite.ts'
import type { LeafRange } from './tree.ts'
import type { Truncation } from './types.ts'

/** A head, and the proof that leads to it from the blocks of this log. */
type Lead = Pick<HeadRecord, 'head' | 'extension'>

export class LogRepair {
  /** Blocks the log has, intact or not. */
  readonly length: number
  readonly #options: LogOptions
  readonly #context: RecoveryContext
  readonly #fork: number
  /** That the file of the truncations is to have, when it has to be written anew. */
  readonly #restored: readonly Truncation[] | undefined
  readonly #damages: LogDamage[] = []
  readonly #leafHashes: (Uint8Array | undefined)[]
  readonly #given = new Map<number, Uint8Array>()
  readonly #missing = new Set<number>()
  /** Heads that peers brought. */
  readonly #leads: Lead[] = []
  #ownLead: Lead | undefined
  /** The tree file leads to a head: then it knows the leaf hash of every block. */
  readonly #isTrusted: boolean
  readonly #spans: { from: number; to: number }[] = []
  #isClosed = false

  private constructor(
    options: LogOptions,
    context: RecoveryContext,
    notes: LogNotes,
    restored: readonly Truncation[] | undefined,
  ) {
    this.#restored = restored
    this.#options = options
    this.#context = context
    this.#fork = notes.forks.truncations.length
    this.length = lengthOf(context, notes)
    this.#leafHashes = Array.from({ length: this.length })
    this.#read()
    this.#isTrusted = this.#leadOf(this.#treeOf(this.#leafHashes)) !== undefined
  }

  /**
   * `truncations`: of a peer, all it has, the oldest first.
   * @throws LogError `LOG_OTHER`, `LOG_DAMAGED` when the file of the truncations is and they do not take its place; StoreError
   */
  static async open(
    options: LogOptions,
    { truncations }: { readonly truncations?: readonly Truncation[] } = {},
  ): Promise<LogRepair> {
    const { crypto, disk, directory, publicKey, namespace } = options
    const id = logIdOf(crypto, publicKey, namespace)
    const hasher = new TreeHasher(crypto)
    const leafLength: LeafLength = options.leafLength ?? ((block) => block.length)
    const files = { disk, directory, id }
    const known = await readNotes(files).catch((error: unknown) => {
      if (truncations === undefined) throw error
    })
    const segments = await Segments.open(disk, directory, id, { fillsGaps: true })
    const derived = await DerivedFiles.open(hasher, disk, directory)
    const context = { id, crypto, publicKey, hasher, segments, derived, leafLength }
    try {
      const isRead = known !== undefined && known.forks.truncations.length > 0
      const restored = isRead ? undefined : restoredTruncations(options, context, truncations)
      const notes = known && !restored ? known : await readNotes(files, restored)
      return new LogRepair(options, context, notes, restored)
    } catch (error) {
      segments.close()
      derived.close()
      throw error
    }
  }

  /** What is not as it was written. */
  get damages(): readonly LogDamage[] {
    return this.#damages
  }

  /** The blocks that a peer has to give. */
  get missing(): readonly LeafRange[] {
    const ranges: { start: number; end: number }[] = []
    for (const index of [...this.#missing].sort((a, b) => a - b)) {
      const last = ranges.at(-1)
      if (last?.end === index) last.end++
      else ranges.push({ start: index, end: index + 1 })
    }
    return ranges
  }

  /** No head that speaks of all blocks is intact: a range of a peer that ends where the log does brings one, or the author signs it. */
  get needsHead(): boolean {
    const hasLead = this.#ownLead !== undefined || this.#leads.length > 0
    return this.length > 0 && !hasLead && !this.#options.signer
  }

  /** Takes from a peer's range what is missing here; the number of blocks taken. What the author did not sign is not. */
  offer(range: LogRange): number {
    const { crypto, publicKey, checkBlock = () => true } = this.#options
    const { id, hasher, leafLength } = this.#context
    if (!verifyHead(crypto, id, publicKey, range.head, this.#fork)) return 0
    const end = range.from + range.blocks.length
    if (range.head.length === this.length) this.#leads.push({ head: range.head, extension: [] })
    else if (end === this.length) this.#leads.push({ head: range.head, extension: range.extension })
    let taken = 0
    for (const [i, block] of range.blocks.entries()) {
      const index = range.from + i
      const leafBytes = leafLength(block)
      if (!this.#missing.has(index) || leafBytes === undefined || !checkBlock(block)) continue
      const hash = hasher.leaf(block.subarray(0, leafBytes))
      const known = this.#leafHashes[index]
      if (known && this.#isTrusted && !equalBytes(hash, known)) continue
      this.#given.set(index, block.slice())
      this.#missing.delete(index)
      taken++
    }
    return taken
  }

  /**
   * Puts back what was given. The log can be opened after it, and this repair no more.
   * @throws LogError `LOG_DAMAGED` when blocks are still missing, or what is here does not lead to a signed head; then nothing was
   * changed
   */
  async finish(): Promise<void> {
    try {
      await this.#finish()
    } finally {
      this.close()
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#context.segments.close()
    this.#context.derived.close()
  }

  #read(): void {
    const { hasher, leafLength, derived } = this.#context
    const add = (index: number, hash: Uint8Array, { segment }: LogPosition): void => {
      this.#leafHashes[index] = hash
      this.#cover(segment, index, index + 1)
    }
    salvage(this.#context, this.length, {
      block: (index, frame, position) => {
        const block = frame.subarray(FRAME_HEADER_BYTES)
        const leafBytes = leafLength(block) ?? block.length
        const input = frame.subarray(FRAME_TYPE_OFFSET, FRAME_HEADER_BYTES + leafBytes)
        add(index, hasher.prefixedLeaf(input), position)
      },
      cleared: (index, { leafHash }, position) => add(index, leafHash, position),
      head: (record) => this.#addLead(record),
      damaged: (damage) => {
        this.#damages.push(damage)
        this.#cover(damage.segment, damage.from, damage.to)
        for (let index = damage.from; index < damage.to; index++) {
          this.#missing.add(index)
          this.#leafHashes[index] = tried(() => derived.leafHash(index))
        }
      },
    })
  }

  #addLead({ head, extension, length }: HeadRecord): void {
    const { crypto, id, publicKey } = this.#context
    if (length !== this.length) return
    // A copy that has adopted a truncation may hold nothing yet of the fork it began.
    for (let fork = this.#fork; fork >= 0; fork--) {
      if (!verifyHead(crypto, id, publicKey, head, fork)) continue
      this.#ownLead = { head, extension }
      return
    }
  }

  #cover(segment: number, from: number, to: number): void {
    const span = (this.#spans[segment] ??= { from, to })
    span.to = Math.max(span.to, to)
  }

  #treeOf(hashes: readonly (Uint8Array | undefined)[]): MemoryTree | undefined {
    const isWhole = hashes.every((hash) => hash !== undefined)
    return isWhole ? new MemoryTree(this.#context.hasher, hashes) : undefined
  }

  #leadOf(tree: MemoryTree | undefined): Lead | undefined {
    const { crypto } = this.#context
    if (!tree) return undefined
    const root = tree.root(this.length)
    const leads = this.#ownLead ? [this.#ownLead, ...this.#leads] : this.#leads
    return leads.find(({ head, extension }) => {
      return isPrefixOfHead(crypto, this.length, root, head, extension)
    })
  }

  async #finish(): Promise<void> {
    const { disk, directory } = this.#options
    if (this.#missing.size > 0) throw this.#unrepaired('blocks are still missing')
    const { hasher, leafLength } = this.#context
    const hashes = [...this.#leafHashes]
    for (const [index, block] of this.#given) {
      hashes[index] = hasher.leaf(block.subarray(0, leafLength(block)))
    }
    const tree = this.#treeOf(hashes)
    const lead = this.#leadOf(tree) ?? this.#signed(tree)
    if (this.length > 0 && (!tree || !lead)) {
      throw this.#unrepaired('the blocks do not lead to a head that the author signed')
    }
    const rewrite = new SegmentRewrite(disk, directory, this.#context)
    if (tree && lead) await this.#write(rewrite, tree, lead)
    await rewrite.rename()
    if (this.#restored) {
      const forks = { truncations: this.#restored, cutTo: undefined }
      await disk.write(`${directory}/forks`, encodeForks(this.#context.id, forks))
    }
    await disk.remove(`${directory}/mark`)
    await disk.syncDirectory(directory)
  }

  /** The author signs again what it has signed before, when all of it is here as the tree file has it. */
  #signed(tree: MemoryTree | undefined): Lead | undefined {
    const { signer } = this.#options
    const { id, derived } = this.#context
    const isKnown = this.#restored === undefined
    if (!signer || !tree || !isKnown || this.#ownLead || this.length === 0) return undefined
    const root = tree.root(this.length)
    const stored = tried(() => derived.frontier(this.length).root())
    if (!stored || !equalBytes(stored, root)) return undefined
    return { head: signHead(signer, id, this.length, root, this.#fork), extension: [] }
  }

  async #write(rewrite: SegmentRewrite, tree: MemoryTree, lead: Lead): Promise<void> {
    const damaged = new Set(this.#damages.map(({ segment }) => segment))
    // The last segment must end with a head that speaks of all blocks.
    if (lead !== this.#ownLead) damaged.add(this.#spans.length - 1)
    for (const segment of [...damaged].sort((a, b) => a - b)) {
      const { from } = this.#spans[segment]!
      await rewrite.write(segment, from, (writer) => {
        this.#fill(writer, segment)
        writer.head(this.#recordAt(writer, tree, lead))
      })
    }
  }

  #recordAt(writer: SegmentWriter, tree: MemoryTree, { head, extension }: Lead): HeadRecord {
    const { hasher } = this.#context
    const { length, end } = writer
    const whole = new PartialTree(hasher, tree, this.length, head.length, extension)
    const shape = length === head.length ? [] : consistencyShape(length, head.length)
    const proof = shape.map(({ start, end: to }) => whole.hash(start, to))
    return { durable: end, length, head, extension: proof }
  }

  #fill(writer: SegmentWriter, segment: number): void {
    const span = this.#spans[segment]!
    const intact = new Map<number, () => void>()
    const isHere = segment < this.#context.segments.count
    if (isHere) {
      salvageSegment(this.#context, { segment, ...span }, this.length, {
        block: (index, frame) => intact.set(index, () => writer.block(frame)),
        cleared: (index, cleared) => intact.set(index, () => writer.cleared(cleared)),
        head: () => undefined,
        damaged: () => undefined,
      })
    }
    for (let index = span.from; index < span.to; index++) {
      const put = intact.get(index)
      if (put) put()
      else writer.block(frameOf(this.#given.get(index)!))
    }
  }

  #unrepaired(why: string): LogError {
    const [first] = this.missing
    return new LogError('LOG_DAMAGED', `the log could not be repaired: ${why}`, {
      fields: { fromBlock: first?.start, toBlock: first?.end, length: this.length },
    })
  }
}

/**
 * The truncations that the heads here were signed after; `undefined` when none are given, or none is needed.
 * @throws LogError `LOG_DAMAGED`
 */
function restoredTruncations(
  { crypto, publicKey, namespace, signer }: LogOptions,
  { id, segments }: RecoveryContext,
  given: readonly Truncation[] = [],
): readonly Truncation[] | undefined {
  const areAuthors = given.every((truncation, i) => {
    const isOurs =
      equalBytes(truncation.publicKey, publicKey) && equalBytes(truncation.namespace, namespace)
    return isOurs && truncation.fork === i + 1 && verifyTruncation(crypto, truncation)
  })
  if (!areAuthors) throw new LogError('LOG_DAMAGED', 'the truncations given are not the author’s')
  const heads = Array.from({ length: segments.count }, (_, segment) =>
    segments.sizeOf(segment) > 0 ? findHeads(segments, { segment, offset: 0 }) : [],
  ).flat()
  for (let fork = given.length; fork > 0; fork--) {
    const isShown = heads.some(({ record }) => verifyHead(crypto, id, publicKey, record.head, fork))
    if (isShown) return given.slice(0, fork)
    if (!signer) continue
    throw new LogError('LOG_DAMAGED', 'the log was truncated after the last head that is here')
  }
  return given.length > 0 ? [] : undefined
}

/** As many blocks as anything intact says were durable. */
function lengthOf({ segments }: RecoveryContext, { clearing, forks, mark }: LogNotes): number {
  const fork = forks.truncations.length
  const noted = forks.cutTo ?? (clearing?.fork === fork ? clearing.length : 0)
  const lengths = [noted, mark?.length ?? 0]
  for (let segment = 0; segment < segments.count; segment++) {
    if (segments.sizeOf(segment) > 0) lengths.push(segments.readHeader(segment) ?? 0)
    const heads = findHeads(segments, { segment, offset: 0 })
    lengths.push(...heads.map(({ record }) => record.length))
  }
  return Math.max(...lengths)
}

/** A frame without a place yet. */
function frameOf(block: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + block.length)
  frame[FRAME_TYPE_OFFSET] = BLOCK_FRAME
  frame.set(block, FRAME_HEADER_BYTES)
  return frame
}

function tried<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
