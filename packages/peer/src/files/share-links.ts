/**
 * Links to shares: those that this device gives away, and those that it takes up.
 *
 * Invariants:
 * 1. The link of a public share names no space, so whoever has it gets the share; that of a sealed share of a space names the space, and
 *    nobody but its members is asked for it or served.
 * 2. One share is there once: a link to what stands in one of the person's spaces leads to that.
 */

import { parseBlobKey } from '@hamlet/blobs'
import { equalBytes } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import { decodeShareLink, SHARE_LINK_WEB_MAX } from '@hamlet/files'
import type * as Api from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import type { FilesBook } from './files-book.ts'
import type { FilesHost } from './files-host.ts'
import type { KnownShare } from './known-share.ts'
import { linkOf } from './share-registry.ts'
import type { ShareRegistry } from './share-registry.ts'

const LINK_DEVICES = 8
const LINK_ADDRESSES = 8

export class ShareLinks {
  readonly #parts: {
    readonly host: FilesHost
    readonly book: FilesBook
    readonly shares: ShareRegistry
    readonly trackersOf: (share: KnownShare) => readonly string[]
    readonly holdersOf: (share: KnownShare) => readonly Api.ShareHolder[]
  }

  constructor(parts: {
    readonly host: FilesHost
    readonly book: FilesBook
    readonly shares: ShareRegistry
    readonly trackersOf: (share: KnownShare) => readonly string[]
    readonly holdersOf: (share: KnownShare) => readonly Api.ShareHolder[]
  }) {
    this.#parts = parts
  }

  give(share: KnownShare): Api.ShareLink {
    const { host, shares, trackersOf, holdersOf } = this.#parts
    const { network } = host.ports
    const holders = holdersOf(share).filter(({ heldBytes }) => heldBytes > 0)
    const isForMembers = share.head.key !== undefined
    const more = {
      space: isForMembers ? share.origin.space : undefined,
      devices: holders.map(({ device }) => device as never).slice(0, LINK_DEVICES),
      addresses: network.addresses().slice(0, LINK_ADDRESSES),
      trackers: trackersOf(share).slice(0, SHARE_LINK_WEB_MAX),
      webSeeds: shares.webSeeds(share.id),
    }
    const [link, webLink] = [undefined, host.webAddress()].map((address) =>
      linkOf(share.head, more, address),
    )
    return { link: link!, webLink: webLink! }
  }

  /** @throws ShareError `SHARE_LINK_MALFORMED`; PeerError `SPACE_NOT_FOUND`, `SHARE_NOT_FOUND` */
  async take(text: string): Promise<KnownShare> {
    const link = text.trim()
    const isBare = parseBlobKey(link) !== undefined
    return (isBare ? undefined : await this.#within(link)) ?? (await this.#add(link))
  }

  /** The share of a space that the link leads to. */
  async #within(link: string): Promise<KnownShare | undefined> {
    const decoded = decodeShareLink(link)
    if (!decoded.ok) throw decoded.error
    const { space, root } = decoded.value
    const share = space === undefined ? this.#public(root) : await this.#ofSpace(space, root)
    if (share !== undefined) this.#parts.shares.noteLink(share, decoded.value)
    return share
  }

  #public(root: Uint8Array): KnownShare | undefined {
    return [...this.#parts.shares.all()].find(
      ({ head, origin }) =>
        origin.space !== undefined && head.key === undefined && equalBytes(head.root, root),
    )
  }

  async #ofSpace(space: SpaceId, root: Uint8Array): Promise<KnownShare> {
    const { host, shares } = this.#parts
    const open = host.spaces.get(space)
    await shares.refresh(open)
    const found = shares.ofSpace(space).find(({ head }) => equalBytes(head.root, root))
    if (found !== undefined) return found
    throw new PeerError(
      'SHARE_NOT_FOUND',
      'It was removed from the space, or is not known here yet.',
    )
  }

  async #add(link: string): Promise<KnownShare> {
    const { host, book, shares } = this.#parts
    const taken = { link, atMs: host.ports.clock.wall(), name: undefined }
    const share = await shares.addLink(taken)
    await book.update(({ links }) => ({
      links: links.some((each) => each.link === link) ? links : [...links, taken],
    }))
    host.events.emitSoon({ type: 'files' })
    return share
  }
}
