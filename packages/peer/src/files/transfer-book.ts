/**
 * The transfers of a peer: what is wanted of which share, remembered over a restart, and looked for wherever it may be.
 */

import type { BlobId, NamedPeer } from '@hamlet/blobs'
import { bytesToHex } from '@hamlet/core'
import type { FilePriority, TransferOptions } from '@hamlet/http/api'
import { isDialableUntrusted } from '@hamlet/network/addresses'
import { PeerError } from '../errors.ts'
import type { FilesBook } from './files-book.ts'
import type { KnownShare } from './known-share.ts'
import type { ShareRegistry } from './share-registry.ts'
import { ALL_WANTED, isPartOf, ShareTransfer } from './share-transfer.ts'
import type { Wanted } from './share-transfer.ts'
import type { SwarmHub } from './swarm-hub.ts'

const KEEP_PIN = 'keep/'

export class TransferBook {
  readonly #parts: {
    readonly hub: SwarmHub
    readonly book: FilesBook
    readonly shares: ShareRegistry
    readonly changed: (share: KnownShare) => void
  }
  readonly #transfers = new Map<string, ShareTransfer>()

  constructor(parts: {
    readonly hub: SwarmHub
    readonly book: FilesBook
    readonly shares: ShareRegistry
    /** Something of the share came, or its transfer moved on. */
    readonly changed: (share: KnownShare) => void
  }) {
    this.#parts = parts
  }

  all(): readonly ShareTransfer[] {
    return [...this.#transfers.values()]
  }

  /** @throws PeerError `TRANSFER_NOT_FOUND` */
  get(id: string): ShareTransfer {
    const transfer = this.#transfers.get(id)
    if (transfer !== undefined) return transfer
    throw new PeerError('TRANSFER_NOT_FOUND', 'Nothing of this share is being loaded.')
  }

  priorityOf(share: KnownShare, path: string): FilePriority {
    return this.#transfers.get(share.id)?.priorityOf(path) ?? 'normal'
  }

  /** Goes on with what was wanted before a restart, as soon as the share is known. */
  resumeAll(): void {
    for (const [id, wanted] of this.#parts.book.value.wanted) {
      const share = this.#parts.shares.find(id)
      if (share === undefined || this.#transfers.has(id)) continue
      this.#begin(share, wanted)
    }
  }

  /** Remembered when resolved; what cannot be remembered is not begun. @throws StoreError */
  async start(share: KnownShare, options: TransferOptions): Promise<void> {
    const { select, priority = 'normal' } = options
    const known = this.#transfers.get(share.id)
    if (known !== undefined) {
      known.prioritise(select, priority)
      if (known.state === 'failed' || known.state === 'waiting') known.resume()
    } else
      this.#begin(
        share,
        select === undefined ? { ...ALL_WANTED, rest: priority } : some(select, priority),
      )
    try {
      await this.#remember(share.id)
    } catch (error) {
      if (known === undefined) await this.end(share.id).catch(() => undefined)
      throw error
    }
  }

  async pause(id: string): Promise<void> {
    this.get(id).pause()
    await this.#remember(id)
  }

  async resume(id: string): Promise<void> {
    const transfer = this.get(id)
    transfer.resume()
    this.look(transfer.share)
    await this.#remember(id)
  }

  /** What has come stays. */
  async end(id: string): Promise<void> {
    this.#transfers.get(id)?.end()
    if (!this.#transfers.delete(id) && !this.#parts.book.value.wanted.has(id)) return
    await this.#parts.book.update(({ wanted }) => ({
      wanted: new Map([...wanted].filter(([each]) => each !== id)),
    }))
  }

  /** Keeps what is here of a share, and what comes, whatever the quota says. */
  async pin(share: KnownShare, isPinned: boolean): Promise<void> {
    const { store } = this.#parts.hub
    const label = KEEP_PIN + bytesToHex(share.head.root)
    for (const id of share.blobs()) {
      const info = store.info(id)
      if (info === undefined || info.pins.includes(label) === isPinned) continue
      await (isPinned ? store.pin(id, label) : store.unpin(id, label))
    }
  }

  /** Somebody is there who was not. */
  addSources(): void {
    for (const transfer of this.#transfers.values()) transfer.addSources()
  }

  /** Looks for holders that no member told of; of what is sealed in a space only trackers are asked, and nobody but its members is dialed. */
  look(share: KnownShare): void {
    const { origin, head, manifestId } = share
    const { sources } = this.#parts.shares
    const found = (): void => this.#found(share)
    const isWithin = origin.space !== undefined && head.key !== undefined
    if (isWithin) void sources.ask(share.id, manifestId, found)
    else void sources.look(share.id, manifestId, found)
  }

  /** Of what is loading: asks those again who answer quickly. */
  lookAgain(): void {
    for (const { share, state } of this.#transfers.values()) {
      if (state !== 'loading') continue
      void this.#parts.shares.sources.ask(share.id, share.manifestId, () => this.#found(share))
    }
  }

  /** Somebody in a public swarm named others: a stranger, who must not point this device at machines of its own network. */
  peersNamed(id: BlobId, peers: readonly NamedPeer[]): void {
    for (const share of this.#parts.shares.all()) {
      if (!share.origin.access.isPublic || !isPartOf(share, id)) continue
      const devices = peers.map(({ device }) => bytesToHex(device))
      const addresses = peers.flatMap((peer) => peer.addresses).filter(isDialableUntrusted)
      this.#parts.shares.sources.name(share.id, devices, addresses)
      this.#transfers.get(share.id)?.addSources()
    }
  }

  close(): void {
    for (const transfer of this.#transfers.values()) transfer.end()
    this.#transfers.clear()
  }

  #found(share: KnownShare): void {
    this.#transfers.get(share.id)?.addSources()
    for (const id of share.blobs()) this.#addFound(share, id)
  }

  #addFound(share: KnownShare, id: BlobId): void {
    for (const device of this.#parts.shares.sources.of(share.id)) {
      this.#parts.hub.addSource(id, device)
    }
  }

  #begin(share: KnownShare, wanted: Wanted): void {
    const { hub, book, changed } = this.#parts
    const transfer = new ShareTransfer(hub, share, wanted, () => {
      if (book.value.pinned.has(share.id)) void this.pin(share, true).catch(() => undefined)
      changed(share)
    })
    this.#transfers.set(share.id, transfer)
    transfer.begin()
    this.look(share)
  }

  async #remember(id: string): Promise<void> {
    const wanted = this.get(id).wanted
    await this.#parts.book.update((notes) => ({ wanted: new Map([...notes.wanted, [id, wanted]]) }))
  }
}

function some(select: readonly string[], priority: FilePriority): Wanted {
  const priorities = new Map(select.map((path) => [path, priority]))
  return { priorities, rest: 'skip', isPaused: false }
}
