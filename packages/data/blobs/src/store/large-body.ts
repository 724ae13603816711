/**
 * A blob in files of its own: `<key>.data` with its bytes where they belong, `<key>.tree`, `<key>.held`.
 *
 * Invariants:
 * 1. Nothing is written that was not proved, and nothing is given out that was not compared with the tree in this process.
 * 2. Data and tree are durable before `held` says so. A crash forgets chunks that were not flushed, and nothing else; what was
 *    recorded is not hashed again by opening it.
 * 3. Of a chunk that is not what it was, nothing is given out: it is reported, no longer held, and taken again when it comes.
 */

import { equalBytes, errorCode } from '@hamlet/core'
import type { Cancel, Crypto, Disk, DiskFile } from '@hamlet/core'
import { blobKey } from '../blob-id.ts'
import type { BlobId } from '../blob-id.ts'
import { ChunkSet } from '../chunk-set.ts'
import { CHUNK_BYTES } from '../limits.ts'
import { areHashes, isChunk, nodeOfChunk } from '../merkle/chunk-proof.ts'
import { MemoryNodes } from '../merkle/chunk-tree.ts'
import { chunkDepthOf, chunkLengthOf } from '../merkle/tree-shape.ts'
import { HeldListeners } from './blob-body.ts'
import type { BlobBody, HeldListener } from './blob-body.ts'
import { HeldFile } from './held-file.ts'
import { rebuildTree } from './rebuild-tree.ts'
import { KnownTree, TreeFile } from './tree-file.ts'
import type { WriteOutcome } from './types.ts'

export interface LargeBodyOptions {
  readonly disk: Disk
  readonly crypto: Crypto
  readonly id: BlobId
  /** Told of each chunk that is not what it was, and of `undefined` when it is the tree that is not. */
  readonly onDamage: (index: number | undefined) => void
  /** Compared with the tree, or written, in this process, also by a body before this one. */
  readonly compared: ChunkSet
  /** Lets others run, in long work. */
  readonly pause: () => Promise<void>
}

/** Where the files of a blob lie, without their endings. */
export function largePath(id: BlobId): string {
  const key = blobKey(id)
  return `${LARGE_DIRECTORY}/${key.slice(0, 2)}/${key}`
}

export const LARGE_DIRECTORY = 'large'
export const LARGE_ENDINGS = ['.data', '.tree', '.held'] as const

interface Files {
  readonly data: DiskFile
  readonly tree: TreeFile | undefined
  readonly held: HeldFile
}

export class LargeBody implements BlobBody {
  readonly id: BlobId
  readonly chunks: ChunkSet
  readonly #options: LargeBodyOptions
  readonly #data: DiskFile
  readonly #treeFile: TreeFile | undefined
  readonly #tree: KnownTree
  readonly #held: HeldFile
  /** Written, not yet recorded as held. */
  #unrecorded: ChunkSet
  readonly #compared: ChunkSet
  readonly #listeners = new HeldListeners()
  /** Flushes and changes of `held` take turns. */
  #turn: Promise<void> = Promise.resolve()
  #mending: Promise<void> | undefined
  #isClosing = false
  #isGone = false

  private constructor(options: LargeBodyOptions, files: Files, chunks: ChunkSet) {
    this.id = options.id
    this.chunks = chunks
    this.#options = options
    this.#data = files.data
    this.#treeFile = files.tree
    this.#held = files.held
    this.#tree = new KnownTree(options.crypto, options.id, files.tree ?? new MemoryNodes())
    this.#unrecorded = new ChunkSet(chunks.chunkCount)
    this.#compared = options.compared
  }

  /** Opens the files, or makes them; their names are durable when resolved. */
  static async open(options: LargeBodyOptions): Promise<LargeBody> {
    const { disk, id } = options
    const path = largePath(id)
    const { file: held, chunks } = await HeldFile.open(disk, `${path}.held`, id)
    const data = await disk.open(`${path}.data`)
    const hasTree = chunkDepthOf(id.sizeBytes) > 0
    const tree = hasTree ? new TreeFile(await disk.open(`${path}.tree`)) : undefined
    if (chunks.size === 0) await disk.syncDirectory(path.slice(0, path.lastIndexOf('/')))
    return new LargeBody(options, { data, tree, held }, chunks)
  }

  readChunk(index: number, into?: Uint8Array): Uint8Array | undefined {
    if (!this.#isHere(index)) return undefined
    const bytes = this.#read(index, 0, chunkLengthOf(this.id.sizeBytes, index), into)
    if (bytes && this.#compared.has(index)) return bytes
    if (bytes && this.#fits(index, bytes)) {
      this.#compared.add(index)
      return bytes
    }
    if (bytes && this.chunks.isFull && this.#tree.knownHeight(index) > 0) this.#startMending()
    else this.#drop(index)
    return undefined
  }

  readPart(index: number, start: number, length: number): Uint8Array | undefined {
    const isCompared = this.#isHere(index) && this.#compared.has(index)
    const bytes = isCompared ? this.#read(index, start, length) : undefined
    return bytes ?? this.readChunk(index)?.subarray(start, start + length)
  }

  get mending(): Promise<void> | undefined {
    return this.#mending
  }

  uncles(index: number, count?: number): readonly Uint8Array[] | undefined {
    return this.#isHere(index) ? this.#tree.uncles(index, count) : undefined
  }

  knownHeight(index: number): number {
    return this.#tree.knownHeight(index)
  }

  write(index: number, bytes: Uint8Array, uncles: readonly Uint8Array[]): WriteOutcome {
    if (this.#isGone || !isChunk(this.id, index, bytes.length)) return 'wrong'
    if (this.chunks.has(index)) return 'held'
    const height = this.#tree.knownHeight(index)
    const proof = uncles.slice(0, height)
    if (proof.length < height || !areHashes(proof)) return 'wrong'
    const node = nodeOfChunk(this.#options.crypto, this.id.sizeBytes, bytes)
    if (!this.#tree.isProof(index, node, proof, height)) return 'wrong'
    this.#data.writeAt(index * CHUNK_BYTES, bytes)
    this.#tree.learn(index, node, proof, height)
    this.chunks.add(index)
    this.#unrecorded.add(index)
    this.#compared.add(index)
    this.#listeners.tell(index, 1)
    return 'written'
  }

  flush(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#unrecorded.size === 0) return
      const taken = this.#unrecorded
      this.#unrecorded = new ChunkSet(this.chunks.chunkCount)
      try {
        await Promise.all([this.#data.sync(), this.#treeFile?.sync()])
        // What was found to be damaged meanwhile is not held.
        for (const index of taken) if (!this.chunks.has(index)) taken.delete(index)
        if (taken.size > 0) await this.#held.record(taken.runs())
      } catch (error) {
        for (const index of taken) if (this.chunks.has(index)) this.#unrecorded.add(index)
        throw error
      }
      if (this.chunks.isFull && this.#unrecorded.size === 0) await this.#held.replace(this.chunks)
    })
  }

  onHeld(listener: HeldListener): Cancel {
    return this.#listeners.add(listener)
  }

  discard(): void {
    this.#isGone = true
    for (const index of this.chunks) this.chunks.delete(index)
    for (const index of this.#unrecorded) this.#unrecorded.delete(index)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await this.#mending
    await this.#turn.catch(() => undefined)
    this.#data.close()
    this.#treeFile?.close()
    this.#held.close()
  }

  #isHere(index: number): boolean {
    return index >= 0 && index < this.chunks.chunkCount && this.chunks.has(index)
  }

  /** `undefined` when the file is shorter than it was. */
  #read(index: number, start: number, length: number, into?: Uint8Array): Uint8Array | undefined {
    try {
      return this.#data.read(index * CHUNK_BYTES + start, length, into)
    } catch (error) {
      if (errorCode(error) === 'STORE_SHORT_READ') return undefined
      throw error
    }
  }

  #fits(index: number, bytes: Uint8Array): boolean {
    const expected = this.#tree.chunkNode(index)
    if (!expected) return false
    return equalBytes(nodeOfChunk(this.#options.crypto, this.id.sizeBytes, bytes), expected)
  }

  /** The tree of a complete blob is made again from its data, once for all who are waiting. */
  #startMending(): void {
    if (this.#mending) return
    this.#options.onDamage(undefined)
    const mended = this.#mend().catch(() => undefined)
    this.#mending = mended.then(() => void (this.#mending = undefined))
  }

  async #mend(): Promise<void> {
    const isWhole = await rebuildTree({
      crypto: this.#options.crypto,
      id: this.id,
      readChunk: (index) => this.#read(index, 0, chunkLengthOf(this.id.sizeBytes, index)),
      pause: this.#options.pause,
      isStopped: () => this.#isClosing,
      nodes: this.#treeFile!,
    })
    if (isWhole || this.#isClosing) return
    // Data is damaged too: what the rest of the tree does not prove has to come again.
    for (const index of [...this.chunks]) {
      if (this.#tree.knownHeight(index) > 0) this.#drop(index)
    }
  }

  #drop(index: number): void {
    this.chunks.delete(index)
    this.#compared.delete(index)
    this.#unrecorded.delete(index)
    this.#options.onDamage(index)
    // A failure leaves it recorded as held: then it is found again.
    this.#inTurn(() => this.#held.replace(this.#recorded())).catch(() => undefined)
  }

  #recorded(): ChunkSet {
    const recorded = this.chunks.clone()
    for (const index of this.#unrecorded) recorded.delete(index)
    return recorded
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(task, task)
    this.#turn = done
    done.catch(() => undefined)
    return done
  }
}
