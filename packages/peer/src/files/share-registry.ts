/**
 * The shares that this device knows, of its spaces and by links, each with what is here of it being served.
 *
 * Invariants:
 * 1. A share of a space is served to the devices of its members and to nobody else, unless it is public; once it is removed, to
 *    nobody.
 * 2. What is here of a removed share is kept for `REMOVED_KEEP_MS`, so that it can be restored, and then goes.
 */

import { blobKey, parseBlobKey } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { bytesToHex, errorCode, parseId } from '@hamlet/core'
import type { EntryId, SpaceId } from '@hamlet/core'
import { decodeShareLink, encodeShareLink } from '@hamlet/files'
import type { SharedItem, ShareHead, ShareLink } from '@hamlet/files'
import { PeerError } from '../errors.ts'
import type { PeerPorts } from '../peer-ports.ts'
import { askNobody } from '../web-port.ts'
import type { OpenSpace } from '../space-registry.ts'
import type { FilesBook, TakenLink } from './files-book.ts'
import { bareManifest, KnownShare } from './known-share.ts'
import { ShareSources } from './share-sources.ts'
import type { FoundHolder } from './share-sources.ts'
import type { ShareAccess, SwarmHub } from './swarm-hub.ts'
import { webSeedsOf } from './web-seeds.ts'

/** Who else may know who has a share, such as its trackers. */
export type HolderFinder = (share: KnownShare, id: BlobId) => AsyncIterable<FoundHolder>

export const REMOVED_KEEP_MS = 7 * 24 * 3_600_000
/** How much of a blob's key is its name where it has none. */
const BARE_NAME_LENGTH = 16

export class ShareRegistry {
  readonly sources: ShareSources
  readonly #ports: PeerPorts
  readonly #hub: SwarmHub
  readonly #book: FilesBook
  readonly #self: () => string
  readonly #shares = new Map<string, KnownShare>()
  readonly #items = new Map<string, SharedItem>()
  readonly #links = new Map<string, TakenLink>()
  readonly #linkTrackers = new Map<string, readonly string[]>()
  readonly #linkWebSeeds = new Map<string, readonly string[]>()
  readonly #turns = new Map<SpaceId, Promise<void>>()

  constructor(parts: {
    readonly ports: PeerPorts
    readonly hub: SwarmHub
    readonly book: FilesBook
    /** This device. */
    readonly self: () => string
    readonly find?: HolderFinder
  }) {
    this.#ports = parts.ports
    this.#hub = parts.hub
    this.#book = parts.book
    this.#self = parts.self
    this.sources = new ShareSources(parts.ports, (id, blob) => {
      const share = this.#shares.get(id)
      return share === undefined ? [] : allowed(share, parts.find?.(share, blob))
    })
  }

  async openLinks(): Promise<void> {
    for (const taken of this.#book.value.links) await this.addLink(taken)
  }

  /** What the space shares now, after something of it changed. */
  async refresh(open: OpenSpace): Promise<void> {
    const { id } = open.runtime.space
    const before = this.#turns.get(id) ?? Promise.resolve()
    const turn = before.then(() => this.#refresh(open))
    this.#turns.set(
      id,
      turn.catch(() => undefined),
    )
    await turn
  }

  /** The space is no longer here; with `isForgotten`, what was shared in it goes too. */
  async closeSpace(id: SpaceId, isForgotten: boolean): Promise<void> {
    await this.#turns.get(id)
    this.#turns.delete(id)
    for (const share of this.ofSpace(id)) {
      if (isForgotten) await this.free(share)
      await this.#drop(share)
    }
  }

  ofSpace(id: SpaceId | undefined): readonly KnownShare[] {
    return [...this.#shares.values()].filter(({ origin }) => origin.space === id)
  }

  all(): Iterable<KnownShare> {
    return this.#shares.values()
  }

  find(id: string): KnownShare | undefined {
    return this.#shares.get(id)
  }

  /** @throws PeerError `SHARE_NOT_FOUND` */
  get(id: string): KnownShare {
    const share = this.#shares.get(id)
    if (share !== undefined) return share
    throw new PeerError('SHARE_NOT_FOUND', 'There is no such share on this device.')
  }

  /** Of a space: what its members say. */
  item(id: string): SharedItem | undefined {
    return this.#items.get(id)
  }

  link(id: string): TakenLink | undefined {
    return this.#links.get(id)
  }

  /** As the link says by which the share came. */
  linkTrackers(id: string): readonly string[] {
    return this.#linkTrackers.get(id) ?? []
  }

  /** What a link says of a share of a space beside its place. */
  noteLink(share: KnownShare, { trackers }: ShareLink): void {
    this.#linkTrackers.set(share.id, trackers)
  }

  /** No link leads to that tracker any more. Whether one did. */
  async dropTracker(isIt: (url: string) => boolean): Promise<boolean> {
    const named = [...this.#linkTrackers].filter(([, urls]) => urls.some(isIt))
    for (const [id, urls] of named) {
      this.#linkTrackers.set(
        id,
        urls.filter((url) => !isIt(url)),
      )
    }
    const without = (taken: TakenLink): TakenLink => {
      const decoded = decodeShareLink(taken.link)
      if (!decoded.ok || !decoded.value.trackers.some(isIt)) return taken
      const trackers = decoded.value.trackers.filter((url) => !isIt(url))
      return { ...taken, link: encodeShareLink({ ...decoded.value, trackers }) }
    }
    await this.#book.update(({ links }) => ({ links: links.map(without) }))
    for (const [id, taken] of this.#links) this.#links.set(id, without(taken))
    return named.length > 0
  }

  /** As its entries say, or the link by which the share came. */
  webSeeds(id: string): readonly string[] {
    return this.#items.get(id)?.webSeeds ?? this.#linkWebSeeds.get(id) ?? []
  }

  /** @throws ShareError `SHARE_LINK_MALFORMED` */
  async addLink(taken: TakenLink): Promise<KnownShare> {
    const bare = parseBlobKey(taken.link)
    const link = bare === undefined ? readLink(taken.link) : undefined
    const id = bytesToHex(bare?.root ?? link!.root)
    this.#links.set(id, taken)
    this.#linkTrackers.set(id, link?.trackers ?? [])
    this.#linkWebSeeds.set(id, link?.webSeeds ?? [])
    const known = this.#shares.get(id)
    if (known !== undefined) return known
    const key = link?.key
    const origin = {
      id,
      space: undefined,
      access: { isAllowed: () => true, isPublic: key === undefined } satisfies ShareAccess,
      sources: () => this.sources.of(id),
      webSeeds: (blob: BlobId) => webSeedsOf(this.#ports.web ?? askNobody, this.webSeeds(id), blob),
    }
    if (link !== undefined) this.sources.name(id, link.devices, link.addresses)
    const share =
      bare === undefined
        ? new KnownShare({ hub: this.#hub, crypto: this.#ports.crypto }, origin, headOf(link!))
        : this.#bare(origin, bare)
    await this.#adopt(share)
    return share
  }

  async removeLink(share: KnownShare): Promise<void> {
    this.#links.delete(share.id)
    this.#linkTrackers.delete(share.id)
    this.#linkWebSeeds.delete(share.id)
    await this.free(share)
    await this.#drop(share)
  }

  /** Frees what is here of a share, as far as no other share needs it. */
  async free(share: KnownShare): Promise<void> {
    const { manifest } = share
    for (const id of share.blobs()) await this.#hub.free(share.id, id)
    if (manifest !== undefined) await share.open()
  }

  /** Once its manifest is here, whoever looks for a public share, or one by link, finds this device. */
  announce(share: KnownShare): void {
    const isOpen = share.origin.space === undefined || share.head.key === undefined
    if (isOpen && share.heldBytes() > 0) this.sources.announce(share.id, share.manifestId)
  }

  async close(): Promise<void> {
    this.sources.close()
    await Promise.all(this.#turns.values())
    this.#shares.clear()
  }

  async #refresh(open: OpenSpace): Promise<void> {
    const { shares } = open.runtime
    const [live, removed] = [await shares.list(), await shares.list({ removed: true })]
    for (const item of live) {
      this.#items.set(item.id, item)
      if (!this.#shares.has(item.id)) await this.#adopt(this.#ofSpace(open, item))
    }
    for (const item of removed) {
      this.#items.set(item.id, item)
      const share = this.#shares.get(item.id)
      if (share !== undefined) await this.#retire(share)
    }
  }

  /** It may be restored for a while, and is then found as it was. */
  async #retire(share: KnownShare): Promise<void> {
    for (const id of share.blobs()) await this.#keepFor(share, id, REMOVED_KEEP_MS)
    await this.#drop(share)
  }

  async #adopt(share: KnownShare): Promise<void> {
    this.#shares.set(share.id, share)
    try {
      await share.open()
      for (const id of share.blobs()) await this.#keepFor(share, id, undefined)
      this.announce(share)
    } catch (error) {
      this.#ports.logger.warn('a share is not served', { share: share.id, code: errorCode(error) })
    }
  }

  async #keepFor(share: KnownShare, id: BlobId, ttlMs: number | undefined): Promise<void> {
    const info = this.#hub.store.info(id)
    if (info === undefined) return
    const pin = ownPin(share.head)
    if (ttlMs !== undefined && info.pins.includes(pin)) await this.#hub.store.unpin(id, pin)
    const isOwn = this.#book.value.own.has(share.id)
    if (ttlMs === undefined && isOwn && !info.pins.includes(pin)) await this.#hub.store.pin(id, pin)
    if ((info.expiresAtMs === undefined) !== (ttlMs === undefined)) {
      await this.#hub.store.setTtl(id, ttlMs)
    }
  }

  async #drop(share: KnownShare): Promise<void> {
    this.#shares.delete(share.id)
    this.sources.forget(share.id)
    await share.close()
  }

  #ofSpace(open: OpenSpace, item: SharedItem): KnownShare {
    const { space } = open.runtime
    const isPublic = item.key === undefined
    const origin = {
      id: item.id,
      space: space.id,
      access: spaceAccess(space, isPublic),
      sources: () => [
        ...space.memberDevices().filter((device) => device !== this.#self()),
        ...this.sources.of(item.id),
      ],
      webSeeds: (blob: BlobId) =>
        webSeedsOf(this.#ports.web ?? askNobody, this.webSeeds(item.id), blob),
    }
    return new KnownShare({ hub: this.#hub, crypto: this.#ports.crypto }, origin, item)
  }

  #bare(origin: KnownShare['origin'], id: BlobId): KnownShare {
    const name = blobKey(id).slice(0, BARE_NAME_LENGTH)
    const { root, sizeBytes } = id
    const head = { root, sizeBytes, key: undefined, name, totalBytes: sizeBytes, fileCount: 1 }
    const parts = { hub: this.#hub, crypto: this.#ports.crypto }
    const whole = { ...head, isFolder: false, mediaType: '' }
    return new KnownShare(parts, origin, whole, bareManifest(id, name))
  }
}

/** Of what is sealed in a space nobody but its members is believed to have it. */
async function* allowed(
  { origin }: KnownShare,
  found: AsyncIterable<FoundHolder> = nobody(),
): AsyncGenerator<FoundHolder, void, void> {
  for await (const holder of found) if (origin.access.isAllowed(holder.device)) yield holder
}

async function* nobody(): AsyncGenerator<FoundHolder, void, void> {}

/** Members' devices as they are when it is asked. */
export function spaceAccess(
  space: { readonly id: SpaceId; memberDevices(): readonly string[] },
  isPublic: boolean,
): ShareAccess {
  if (isPublic) return { space: space.id, isAllowed: () => true, isPublic }
  return {
    space: space.id,
    group: space.id,
    isAllowed: (peer) => space.memberDevices().includes(peer),
    isPublic,
  }
}

/** Keeps what was put together here, until it is removed or freed. */
export function ownPin({ root }: Pick<ShareHead, 'root'>): string {
  return `own/${bytesToHex(root)}`
}

export function linkOf(
  head: ShareHead,
  more: Pick<ShareLink, 'space' | 'devices' | 'addresses'> &
    Partial<Pick<ShareLink, 'trackers' | 'webSeeds'>>,
  webAddress?: string,
): string {
  const { root, sizeBytes, key, name, totalBytes, fileCount } = head
  const facts = { root, sizeBytes, key, name, totalBytes, fileCount }
  return encodeShareLink({ ...facts, trackers: [], webSeeds: [], ...more }, webAddress)
}

export function toEntryId(id: string): EntryId | undefined {
  return parseId<EntryId>(id)
}

function readLink(text: string): ShareLink {
  const decoded = decodeShareLink(text)
  if (decoded.ok) return decoded.value
  throw decoded.error
}

function headOf(link: ShareLink): ShareHead {
  const { root, sizeBytes, key, name, totalBytes, fileCount } = link
  const isFolder = fileCount !== 1
  return { root, sizeBytes, key, name, totalBytes, fileCount, isFolder, mediaType: '' }
}
