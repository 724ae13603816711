/**
 * The files part of the API: shares of spaces and by link, uploads, transfers, reading.
 *
 * What is asked for here is remembered (`files-book.ts`), so transfers go on after a restart where they were.
 */

import { blobKey } from '@hamlet/blobs'
import type { SwarmEngine } from '@hamlet/blobs'
import { equalBytes } from '@hamlet/core'
import type { Cancel, SpaceId } from '@hamlet/core'
import { draftRemoval, draftShare, draftShareName, draftWebSeeds } from '@hamlet/files'
import type { FilesActor, ShareHead } from '@hamlet/files'
import type * as Api from '@hamlet/http/api'
import { SpaceError } from '@hamlet/space'
import { toName } from '../given-name.ts'
import type { OpenSpace } from '../space-registry.ts'
import { FilesBook } from './files-book.ts'
import type { FilesHost } from './files-host.ts'
import type { KnownShare } from './known-share.ts'
import { ManifestLoading } from './manifest-loading.ts'
import type { PeerAccounts } from './peer-accounts.ts'
import { personStandings } from './person-standings.ts'
import { exportSpaceReceipts } from './receipt-export.ts'
import { RefusedSources } from './refused-sources.ts'
import {
  holdersOf,
  toFiles,
  toRemovedShare,
  toServing,
  toShare,
  toTransfer,
} from './share-mapper.ts'
import type { TransferFacts } from './share-mapper.ts'
import { linkOf, ownPin, ShareRegistry } from './share-registry.ts'
import { blobsOf } from './share-blobs.ts'
import { ShareLinks } from './share-links.ts'
import { ShareReading } from './share-reading.ts'
import { SpaceHoldings } from './space-holdings.ts'
import { SwarmHub } from './swarm-hub.ts'
import { TrackerBook } from './tracker-book.ts'
import { toOrigins, TrackerDesk } from './tracker-desk.ts'
import { TransferBook } from './transfer-book.ts'
import { UploadBook } from './upload-book.ts'
import type { FinishedUpload } from './upload-book.ts'
import { toWebSeeds } from './web-seeds.ts'

/** Between two events that transfers moved on. */
const TRANSFERS_TOLD_MS = 500

export class FilesDesk {
  readonly hub: SwarmHub
  readonly uploads: UploadBook
  readonly trackers: TrackerDesk
  readonly reading: ShareReading
  readonly #host: FilesHost
  readonly #accounts: PeerAccounts
  readonly #book: FilesBook
  readonly #shares: ShareRegistry
  readonly #links: ShareLinks
  readonly #transfers: TransferBook
  readonly #holdings: SpaceHoldings
  readonly #refused = new RefusedSources()
  readonly #manifests: ManifestLoading
  readonly #cancels: readonly Cancel[]
  #telling: Cancel | undefined

  private constructor(
    host: FilesHost,
    parts: { readonly hub: SwarmHub; readonly accounts: PeerAccounts },
    { book, trackerBook }: { readonly book: FilesBook; readonly trackerBook: TrackerBook },
  ) {
    const { ports, identity } = host
    const { hub, accounts } = parts
    this.#host = host
    this.#accounts = accounts
    accounts.use(
      (id) => hub.accessesOf(id),
      () => this.trackers.changed(),
    )
    this.hub = hub
    this.#book = book
    this.uploads = new UploadBook(ports, hub)
    this.#shares = new ShareRegistry({
      ...{ ports, hub, book, self: () => identity.current.device },
      find: (share, id) => this.trackers.find(share, id),
    })
    this.trackers = new TrackerDesk(
      {
        ...{ ports, identity, hub, accounts, shares: () => this.#shares.all() },
        linkTrackers: (share) => this.#shares.linkTrackers(share),
        dropLinkTracker: (isIt) => this.#shares.dropTracker(isIt),
        lookAgain: () => this.#transfers.lookAgain(),
      },
      trackerBook,
    )
    this.#links = new ShareLinks({
      ...{ host, book, shares: this.#shares },
      trackersOf: (share) => this.trackers.of(share),
      holdersOf: (share) => this.#holders(share),
    })
    this.#transfers = new TransferBook({
      ...{ hub, book, shares: this.#shares },
      changed: (share) => this.#transferChanged(share),
    })
    this.reading = new ShareReading({ ...ports, hub, look: (share) => this.#transfers.look(share) })
    this.#manifests = new ManifestLoading({
      ...{ hub, logger: ports.logger },
      load: (share) => this.reading.load(share, share.manifestId, true),
      arrived: (share) => this.#changed(share),
    })
    this.#holdings = new SpaceHoldings({ ports, identity, shares: this.#shares, book })
    this.#cancels = [
      hub.onChange((event) => {
        if (event.type === 'peers') this.#transfers.peersNamed(event.id, event.peers)
        if (event.type === 'banned') {
          this.#refused.note(event.name, event.fault, hub.engine.transfers())
          accounts.lied(event.name)
        }
        if (event.type === 'changed' || event.type === 'done') this.#tellTransfers()
      }),
      ports.network.net.subscribe({
        peerUp: () => this.#transfers.addSources(),
        peerDown: () => undefined,
        message: () => undefined,
        drain: () => undefined,
      }),
    ]
    this.#applyLimits()
  }

  static async open(
    host: FilesHost,
    engine: SwarmEngine,
    accounts: PeerAccounts,
  ): Promise<FilesDesk> {
    const book = await FilesBook.open(host.ports.disk)
    const trackerBook = await TrackerBook.open(host.ports.disk)
    const hub = await SwarmHub.open(host.ports, engine)
    const desk = new FilesDesk(host, { hub, accounts }, { book, trackerBook })
    await desk.uploads.open()
    return desk
  }

  /** The spaces are open: what is shared by links is served, and transfers go on. */
  async start(): Promise<void> {
    await this.#shares.openLinks()
    this.#transfers.resumeAll()
    this.trackers.start()
  }

  async close(): Promise<void> {
    for (const cancel of this.#cancels) cancel()
    this.#telling?.()
    this.trackers.close()
    await this.#holdings.close()
    this.uploads.close()
    this.#transfers.close()
    await this.#shares.close()
    await this.#accounts.close()
    await this.hub.close()
  }

  /** What is shared in the space, who holds it or who is in it changed. */
  async spaceChanged(open: OpenSpace): Promise<void> {
    this.#accounts.spaceChanged(open)
    await this.#shares.refresh(open)
    this.#transfers.resumeAll()
    this.#transfers.addSources()
    this.#holdings.changed(open)
    this.trackers.changed()
    this.#host.events.emitSoon({ type: 'files', space: open.runtime.space.id })
  }

  async spaceClosed(id: SpaceId, isForgotten: boolean): Promise<void> {
    await this.#holdings.closeSpace(id)
    await this.#accounts.spaceClosed(id)
    await this.#shares.closeSpace(id, isForgotten)
  }

  async shares(space?: string, options: { readonly removed?: boolean } = {}) {
    if (space === undefined) {
      const linked = this.#shares.ofSpace(undefined).map((share) => this.#shown(share))
      return options.removed === true ? [] : linked.sort((a, b) => b.createdAtMs - a.createdAtMs)
    }
    const open = this.#host.spaces.get(space)
    await this.#shares.refresh(open)
    const items = await open.runtime.shares.list(options)
    return items.flatMap(({ id }) => {
      const share = this.#shares.find(id)
      return share === undefined ? this.#shownRemoved(open, id) : [this.#shown(share)]
    })
  }

  /** Without the list of its files while that is not here; it is on its way then. */
  async shareDetail(id: string): Promise<Api.ShareDetail> {
    const share = this.#shares.get(id)
    this.#manifests.look(share)
    const files = await toFiles(this.hub, share, (path) => this.#transfers.priorityOf(share, path))
    return {
      ...this.#shown(share),
      holders: this.#holders(share),
      ...(files === undefined ? {} : { files }),
    }
  }

  /** Once the manifest is here. @throws PeerError `SHARE_NOT_FOUND`, `FILE_NOT_FOUND` */
  async sharedFile(id: string, path: string): Promise<Api.SharedFile> {
    const share = await this.#listed(id)
    share.file(path)
    const files = await toFiles(this.hub, share, (each) => this.#transfers.priorityOf(share, each))
    return files!.find((file) => file.path === path)!
  }

  /** @throws PeerError `SPACE_NOT_FOUND`, `FILE_NAME_INVALID`, `UPLOADS_FULL`, `TRACKER_URL_INVALID`, `WEB_SEED_INVALID`; StoreError */
  async startUpload(input: Api.UploadInput): Promise<Api.Upload> {
    const webSeeds = input.webSeeds && toWebSeeds(input.webSeeds)
    const trackers = input.trackers && toOrigins(input.trackers)
    if (input.space !== undefined) this.#actor(this.#host.spaces.get(input.space))
    return await this.uploads.start({
      ...input,
      ...(trackers === undefined ? {} : { trackers }),
      ...(webSeeds === undefined ? {} : { webSeeds }),
    })
  }

  async finishUpload(id: string): Promise<Api.Share> {
    const finished = await this.uploads.finish(id)
    try {
      const share = await this.#publish(finished)
      await this.uploads.settle(finished)
      return this.#shown(share)
    } catch (error) {
      this.uploads.takeBack(finished)
      throw error
    }
  }

  async openShareLink(text: string): Promise<Api.Share> {
    return this.#shown(await this.#links.take(text))
  }

  /** @throws PeerError `SHARE_NOT_FOUND` */
  shareLink(id: string): Api.ShareLink {
    return this.#links.give(this.#shares.get(id))
  }

  async renameShare(id: string, name: string): Promise<Api.Share> {
    const share = this.#shares.get(id)
    if (share.origin.space === undefined) {
      const known = toName(name)
      const link = this.#shares.link(id)!
      await this.#shares.addLink({ ...link, name: known })
      await this.#book.update(({ links }) => ({
        links: links.map((each) => (each.link === link.link ? { ...each, name: known } : each)),
      }))
      this.#host.events.emitSoon({ type: 'files' })
      return this.#shown(share)
    }
    const open = this.#host.spaces.get(share.origin.space)
    const draft = draftShareName(this.#shares.item(id), name, this.#actor(open))
    await open.runtime.write(draft)
    await this.#shares.refresh(open)
    return this.#shown(share)
  }

  async removeShare(id: string): Promise<void> {
    const share = this.#shares.get(id)
    await this.#transfers.end(id)
    await this.trackers.forget(id)
    if (share.origin.space === undefined) {
      const link = this.#shares.link(id)
      await this.#shares.removeLink(share)
      await this.#book.update(({ links }) => ({
        links: links.filter((each) => each.link !== link?.link),
      }))
      this.#host.events.emitSoon({ type: 'files' })
      return
    }
    const open = this.#host.spaces.get(share.origin.space)
    await open.runtime.write(draftRemoval(this.#shares.item(id), true, this.#actor(open)))
    await this.#shares.refresh(open)
  }

  async restoreShare(id: string): Promise<Api.Share> {
    const item = this.#shares.item(id)
    const open = this.#host.spaces
      .all()
      .find(({ runtime }) => item !== undefined && runtime.shares.has(item.id))
    if (item === undefined || open === undefined) return this.#shown(this.#shares.get(id))
    await open.runtime.write(draftRemoval(item, false, this.#actor(open)))
    await this.#shares.refresh(open)
    return this.#shown(this.#shares.get(id))
  }

  async pinShare(id: string, isPinned: boolean): Promise<Api.Share> {
    const share = this.#shares.get(id)
    await this.#book.update(({ pinned }) => {
      const others = [...pinned].filter((each) => each !== id)
      return { pinned: new Set(isPinned ? [...others, id] : others) }
    })
    await this.#transfers.pin(share, isPinned)
    this.#changed(share)
    return this.#shown(share)
  }

  async forgetShareBytes(id: string): Promise<Api.Share> {
    const share = this.#shares.get(id)
    await this.#transfers.end(id)
    await this.#book.update(({ own, pinned }) => ({
      own: new Set([...own].filter((each) => each !== id)),
      pinned: new Set([...pinned].filter((each) => each !== id)),
    }))
    await this.#shares.free(share)
    this.#changed(share)
    return this.#shown(share)
  }

  async startTransfer(id: string, options: Api.TransferOptions = {}): Promise<Api.Transfer> {
    const share = this.#shares.get(id)
    await this.#transfers.start(share, options)
    return this.#shownTransfer(id)
  }

  transfers(): readonly Api.Transfer[] {
    const downs = this.#transfers
      .all()
      .map((transfer) => toTransfer(this.hub, transfer, this.#facts(transfer.share)))
    const loading = new Set(downs.filter(({ state }) => state !== 'done').map(({ share }) => share))
    const statuses = new Map(
      this.hub.engine.transfers().map((status) => [blobKey(status.id) as string, status]),
    )
    const ups = [...this.#shares.all()].flatMap((share) => {
      if (loading.has(share.id)) return []
      return toServing(share, statuses, this.#facts(share)) ?? []
    })
    return [...downs, ...ups]
  }

  async pauseTransfer(id: string): Promise<Api.Transfer> {
    await this.#transfers.pause(id)
    return this.#shownTransfer(id)
  }

  async resumeTransfer(id: string): Promise<Api.Transfer> {
    await this.#transfers.resume(id)
    return this.#shownTransfer(id)
  }

  async cancelTransfer(id: string): Promise<void> {
    await this.#transfers.end(id)
    this.#tellTransfers()
  }

  async setFilePriority(id: string, path: string, priority: Api.FilePriority) {
    await this.#transfers.start(this.#shares.get(id), { select: [path], priority })
    return this.#shownTransfer(id)
  }

  async *readFile(id: string, path: string, span: Api.ByteSpan = {}): AsyncGenerator<Uint8Array> {
    yield* this.reading.file(await this.#listed(id, span.signal), path, span)
  }

  async shareBlobs(id: string): Promise<readonly Api.ShareBlob[]> {
    return blobsOf(await this.#listed(id))
  }

  /** @throws PeerError `SHARE_NOT_FOUND`, `BLOB_NOT_FOUND`, `FILE_NOT_HERE`; BlobError */
  async *readShareBlob(id: string, key: string, span: Api.ByteSpan = {}) {
    yield* this.reading.blob(await this.#listed(id, span.signal), key, span)
  }

  transferLimits(): Api.TransferLimits {
    return this.#book.value.limits
  }

  async setTransferLimits(limits: Partial<Api.TransferLimits>): Promise<Api.TransferLimits> {
    await this.#book.update((notes) => ({ limits: { ...notes.limits, ...limits } }))
    this.#applyLimits()
    if (limits.quotaBytes !== undefined) await this.hub.store.collect()
    return this.transferLimits()
  }

  fileStorage(): Api.FileStorage {
    const { heldBytes, pinnedBytes, blobCount } = this.hub.store.stats()
    return { usedBytes: heldBytes, pinnedBytes, blobs: blobCount }
  }

  async standing(space: string, person?: string): Promise<readonly Api.PersonStanding[]> {
    const open = this.#host.spaces.get(space)
    const nowMs = this.#host.ports.clock.wall()
    return await personStandings(open, this.#accounts, { nowMs, person })
  }

  /** Everything that was signed in the space, as a file that proves itself. */
  async exportReceipts(space: string): Promise<string> {
    const open = this.#host.spaces.get(space)
    return await exportSpaceReceipts(this.#host.ports, open, this.#accounts)
  }

  /** Twice a second at most: faces ask again for all that moves. */
  #tellTransfers(): void {
    if (this.#telling !== undefined) return
    const { ports, events } = this.#host
    this.#telling = ports.clock.after(TRANSFERS_TOLD_MS, () => {
      this.#telling = undefined
      events.emit({ type: 'transfers' })
    })
  }

  #applyLimits(): void {
    const { downBytesPerSecond, upBytesPerSecond, quotaBytes } = this.#book.value.limits
    this.hub.engine.setLimits({
      downloadBytesPerSecond: toRate(downBytesPerSecond),
      uploadBytesPerSecond: toRate(upBytesPerSecond),
    })
    this.hub.store.setQuota(quotaBytes === 0 ? undefined : quotaBytes)
  }

  /** Once and no more, also when it is finished again after a crash. */
  async #publish(finished: FinishedUpload): Promise<KnownShare> {
    const { space, trackers } = finished.input
    const pin = ownPin(finished.head)
    for (const blob of finished.blobs) await this.hub.store.pin(blob, pin)
    const share =
      space === undefined ? await this.#offer(finished) : await this.#tell(space, finished)
    if (trackers !== undefined) await this.trackers.name(share.id, trackers)
    this.trackers.changed()
    return share
  }

  /** A share by link alone: this device is the first to have it. */
  async #offer({ head, input }: FinishedUpload): Promise<KnownShare> {
    const webSeeds = input.webSeeds ?? []
    const link = linkOf(head, { space: undefined, devices: [], addresses: [], webSeeds })
    const taken = { link, atMs: this.#host.ports.clock.wall(), name: undefined }
    const share = await this.#shares.addLink(taken)
    await this.#book.update(({ links, own }) => ({
      links: [...links.filter((each) => each.link !== link), taken],
      own: new Set([...own, share.id]),
    }))
    this.#shares.announce(share)
    this.#host.events.emitSoon({ type: 'files' })
    return share
  }

  async #tell(space: string, { head, input }: FinishedUpload): Promise<KnownShare> {
    const open = this.#host.spaces.get(space)
    await this.#shares.refresh(open)
    const id = this.#told(open, head) ?? (await open.runtime.write(draftShare(head)))[0]!.id
    await this.#book.update(({ own }) => ({ own: new Set([...own, id]) }))
    await this.#shares.refresh(open)
    const webSeeds = input.webSeeds ?? []
    if (webSeeds.length > 0 && this.#shares.webSeeds(id).join() !== webSeeds.join()) {
      await open.runtime.write(draftWebSeeds(this.#shares.item(id), webSeeds, this.#actor(open)))
      await this.#shares.refresh(open)
    }
    const share = this.#shares.get(id)
    this.#changed(share)
    return share
  }

  /** This device told of it before. */
  #told(open: OpenSpace, { root }: ShareHead): string | undefined {
    const own = this.#host.identity.current.device
    const shares = this.#shares.ofSpace(open.runtime.space.id)
    const told = shares.find(({ head }) => equalBytes(head.root, root))
    return told !== undefined && this.#shares.item(told.id)?.device === own ? told.id : undefined
  }

  /** A share whose list of files is here, once it is. @throws PeerError `SHARE_NOT_FOUND` */
  async #listed(id: string, signal?: AbortSignal): Promise<KnownShare> {
    const share = this.#shares.get(id)
    await this.#manifests.need(share, signal)
    return share
  }

  #transferChanged(share: KnownShare): void {
    this.#tellTransfers()
    this.#shares.announce(share)
    this.trackers.changed()
    this.#changed(share)
  }

  #changed({ origin }: KnownShare): void {
    this.trackers.changed()
    const { space } = origin
    const open = space === undefined ? undefined : this.#host.spaces.find(space)
    if (open !== undefined) this.#holdings.changed(open)
    this.#host.events.emitSoon({ type: 'files', ...(space === undefined ? {} : { space }) })
  }

  #shownTransfer(id: string): Api.Transfer {
    const transfer = this.#transfers.get(id)
    return toTransfer(this.hub, transfer, this.#facts(transfer.share))
  }

  #facts(share: KnownShare): TransferFacts {
    const { spaces, ports } = this.#host
    const { space } = share.origin
    const owner = space === undefined ? undefined : spaces.find(space)?.runtime.space
    const peers = new Map(ports.network.peers().map((peer) => [peer.device, peer.rttMs]))
    return {
      name: this.#nameOf(share),
      personOf: (device) => owner?.deviceOwner(device as never),
      roundTripMsOf: (device) => peers.get(device),
      refused: this.#refused.of([share.manifestId, ...share.blobs()]),
    }
  }

  #nameOf(share: KnownShare): string {
    return this.#shares.item(share.id)?.name ?? this.#shares.link(share.id)?.name ?? share.head.name
  }

  #shown(share: KnownShare): Api.Share {
    const item = this.#shares.item(share.id)
    return toShare(share, {
      name: this.#nameOf(share),
      person: item?.person,
      createdAtMs: item?.createdAtMs ?? this.#shares.link(share.id)?.atMs ?? 0,
      isRemoved: item?.isRemoved ?? false,
      isPinned: this.#book.value.pinned.has(share.id),
      holders: this.#holders(share),
    })
  }

  #shownRemoved(open: OpenSpace, id: string): Api.Share[] {
    const item = this.#shares.item(id)
    return item === undefined ? [] : [toRemovedShare(item, open.runtime.space.id)]
  }

  #holders(share: KnownShare): readonly Api.ShareHolder[] {
    const { identity, ports } = this.#host
    const { device, person } = identity.current
    const connected = new Set(ports.network.net.peers())
    const own = {
      ...{ device, person, isThisDevice: true, isConnected: true },
      heldBytes: share.heldBytes(),
      atMs: ports.clock.wall(),
    }
    return holdersOf(this.#shares.item(share.id), own, (each) => connected.has(each))
  }

  #actor({ runtime: { space } }: OpenSpace): FilesActor {
    const role = space.ownRole
    if (role === undefined) throw new SpaceError('SPACE_NOT_MEMBER', 'not a member of this space')
    return { person: space.identity.person, role }
  }
}

function toRate(bytesPerSecond: number): number {
  return bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : bytesPerSecond
}
