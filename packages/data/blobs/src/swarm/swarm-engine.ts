/**
 * Sharing and loading blobs among peers: any number of blobs, over one line to each peer, beside web seeds.
 *
 * The idea: an engine is a state machine over ports. Messages, timers and what its owner asks for come in; messages go out, chunks
 * go to the store, and listeners hear of it. It finds nobody by itself: members, a DHT, a tracker or other peers name sources
 * (`addSource`), and a source is asked once its line is up. What each part decides is in a file of its own: which chunk (`ChunkPicker`),
 * how much of whom (`SourceEstimate`, `Requests`), who is answered (`Choker`, `Uploads`), what is signed for (`ReceiptBook`).
 *
 * Invariants:
 * 1. Who does not know a blob's root, or is not allowed, is answered as if there were nothing.
 * 2. Who sends a wrong chunk, or breaks the protocol, is refused for a while and named; what it sent before stays, since all of it was
 *    verified. Who is slow, silent or unwilling is asked for less, and never refused for that.
 * 3. Memory of a peer is bounded (see swarm-line.ts), and nothing is kept of one that left but what it owes.
 */

import type { Cancel } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import type { BlobServing, PartialBlob } from '../store/types.ts'
import { SwarmCore } from './swarm-core.ts'
import type {
  DownloadOptions,
  SwarmAccess,
  SwarmDebt,
  SwarmDownload,
  SwarmLimits,
  SwarmListener,
  SwarmOptions,
  SwarmPorts,
  TransferStatus,
  WebSeed,
} from './swarm-types.ts'

export class SwarmEngine {
  readonly #core: SwarmCore

  constructor(ports: SwarmPorts, options: SwarmOptions = {}) {
    this.#core = new SwarmCore(ports, options)
  }

  /** Serves a blob to whoever may have it. Whoever opened the blob closes it, after the result was called. */
  share(blob: BlobServing, access: SwarmAccess): Cancel {
    return this.#core.share(blob, access)
  }

  /** Loads a blob, and serves what is here of it. A blob that was shared before is taken off its lines first. */
  download(blob: PartialBlob, access: SwarmAccess, options: DownloadOptions = {}): SwarmDownload {
    return this.#core.download(blob, access, options)
  }

  /** Who is said to have a blob: a device, or a web seed. `false`: the blob is not loading here, or the source was named before. */
  addSource(id: BlobId, source: string | WebSeed): boolean {
    return this.#core.addSource(id, source)
  }

  transfers(): readonly TransferStatus[] {
    return this.#core.transfers()
  }

  setLimits(limits: SwarmLimits): void {
    this.#core.setLimits(limits)
  }

  /** Others than before may have a blob: names by which it is counted are agreed on anew, where there was none. */
  renew(id: BlobId): void {
    this.#core.renew(id)
  }

  /** What went to others unsigned, to be given to the engine's next life. */
  debts(): readonly SwarmDebt[] {
    return this.#core.book.debts()
  }

  restoreDebts(debts: Iterable<SwarmDebt>): void {
    this.#core.book.restore(debts)
  }

  onChange(listener: SwarmListener): Cancel {
    return this.#core.onChange(listener)
  }

  /** Whether the peer or web seed lied, and is refused for now. */
  isBanned(name: string): boolean {
    return this.#core.isBanned(name)
  }

  close(): void {
    this.#core.close()
  }
}
