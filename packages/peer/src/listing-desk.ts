/**
 * Publishing spaces for everybody to find, and finding those of others (`listing.ts`). Nothing is listed unless an owner or
 * admin asked for it.
 *
 * Invariants:
 * 1. A listing is served while the one who published it is an owner or admin on this device, and no longer.
 * 2. What is served is renewed before half of its life is over, as long as the peer runs.
 */

import { checkName, errorCode, utf8 } from '@hamlet/core'
import type { Cancel, SpaceId } from '@hamlet/core'
import type { DiscoveredSpace, PublishedSpace, PublishOptions } from '@hamlet/http/api'
import type { Announcement } from '@hamlet/network'
import { PeerError } from './errors.ts'
import {
  decodeListing,
  isTopic,
  LISTING_DESCRIPTION_BYTES_MAX,
  LISTING_LIFE_MS,
  signListing,
  topicKey,
} from './listing.ts'
import type { Listing, OpenedListing } from './listing.ts'
import { ListingBook, PUBLISHED_MAX } from './listing-book.ts'
import type { Published } from './listing-book.ts'
import { ListingFinder } from './listing-finder.ts'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { OpenSpace, SpaceRegistry } from './space-registry.ts'

/** Between two looks at what has to be renewed. */
export const LISTING_LOOK_MS = 6 * 3_600_000
/** The topic of whoever names none. */
const TOPIC_DEFAULT = 'public'
/** People who may ask by one listing. */
const LISTING_USES_MAX = 1_000
const PUBLISHER_ROLES: ReadonlySet<string | undefined> = new Set(['owner', 'admin'])

export interface ListingHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly spaces: SpaceRegistry
}

interface Entry {
  readonly published: Published
  readonly listing: Listing
}

export class ListingDesk {
  readonly #host: ListingHost
  readonly #finder: ListingFinder
  readonly #announcements = new Map<string, Announcement>()
  #book: ListingBook | undefined
  #timer: Cancel | undefined
  #turn: Promise<void> = Promise.resolve()
  #closed = false

  constructor(host: ListingHost) {
    this.#host = host
    this.#finder = new ListingFinder(host.ports, (topic) => this.#answers(topic))
  }

  /** A damaged file of published spaces costs nobody the rest of the peer; publishing then says so. */
  async open(): Promise<void> {
    const { ports } = this.#host
    await this.#finder.open()
    try {
      this.#book = await ListingBook.open(ports.disk)
      this.#announce()
      this.#look()
    } catch (error) {
      ports.logger.error('published spaces cannot be read', { code: errorCode(error) })
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.()
    this.#finder.close()
    for (const announcement of this.#announcements.values()) announcement.stop()
    this.#announcements.clear()
    await this.#turn
  }

  /** @throws PeerError `LISTING_NOT_FOUND` */
  published(space: string): PublishedSpace {
    const { id } = this.#host.spaces.get(space).runtime.space
    const entry = this.#entries().find(({ listing }) => listing.space === id)
    if (entry !== undefined) return toPublished(entry.listing)
    throw new PeerError('LISTING_NOT_FOUND', 'This space is not published from this device.')
  }

  /** @throws PeerError `LISTING_FORBIDDEN`, `LISTING_INVALID`, `LISTINGS_FULL`, and as making an invitation */
  async publish(text: string, options: PublishOptions): Promise<PublishedSpace> {
    const { topic = TOPIC_DEFAULT, description = '' } = options
    const open = this.#host.spaces.get(text)
    if (!mayPublish(open)) {
      throw new PeerError('LISTING_FORBIDDEN', 'Only owners and admins publish a space.')
    }
    const isShort = utf8(description).length <= LISTING_DESCRIPTION_BYTES_MAX
    if (!isTopic(topic) || !isShort || !description.isWellFormed()) {
      throw new PeerError(
        'LISTING_INVALID',
        `A topic has 1 to 64 of a-z, 0-9 and -; a description at most ${LISTING_DESCRIPTION_BYTES_MAX} bytes.`,
      )
    }
    return await this.#inTurn(() => this.#renew(open, topic, description))
  }

  /** Takes the listing and the invitation in it back; whoever has found it still knows what it said. */
  async unpublish(text: string): Promise<void> {
    const open = this.#host.spaces.get(text)
    await this.#inTurn(() => this.#drop(open.runtime.space.id))
  }

  /** Of each person and space the newest, by name; own ones of this device too. */
  async discover(topic: string = TOPIC_DEFAULT): Promise<readonly DiscoveredSpace[]> {
    if (!isTopic(topic)) {
      throw new PeerError('LISTING_INVALID', 'A topic has 1 to 64 of a-z, 0-9 and -.')
    }
    const { person } = this.#host.identity.current
    const own = this.#entries().filter(({ listing }) => listing.topic === topic)
    const mine = own.map(({ listing }) => ({ ...listing, person }))
    const newest = new Map<string, OpenedListing>()
    for (const listing of [...mine, ...(await this.#finder.find(topic))]) {
      const key = `${listing.person}/${listing.space}`
      const known = newest.get(key)
      if (known === undefined || known.number < listing.number) newest.set(key, listing)
    }
    return [...newest.values()]
      .filter(({ name }) => checkName(name).ok)
      .map((listing) => this.#toDiscovered(listing))
      .sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
  }

  /** Writes a new listing with a new invitation over what there was. */
  async #renew(open: OpenSpace, topic: string, description: string): Promise<PublishedSpace> {
    const { ports, identity } = this.#host
    const book = this.#openBook()
    const { space } = open.runtime
    const earlier = this.#entries().find(({ listing }) => listing.space === space.id)
    if (earlier === undefined && book.value.length >= PUBLISHED_MAX) {
      throw new PeerError('LISTINGS_FULL', `One device publishes at most ${PUBLISHED_MAX} spaces.`)
    }
    const invite = await open.invites.create(
      {
        mode: 'approve',
        role: 'writer',
        maxUses: LISTING_USES_MAX,
        expiresInSeconds: LISTING_LIFE_MS / 1000,
      },
      { forStrangers: true },
    )
    const createdAtMs = ports.clock.wall()
    const facts = {
      ...{ space: space.id, name: await open.runtime.name(), description, topic, createdAtMs },
      link: invite.link!,
      number: Math.max(createdAtMs, (earlier?.listing.number ?? 0) + 1),
      expiresAtMs: createdAtMs + LISTING_LIFE_MS,
    }
    const { deviceSigner, certificateBytes } = identity.current
    const listing = signListing(deviceSigner, certificateBytes, facts)
    const others = book.value.filter((each) => each !== earlier?.published)
    await book.set([...others, { listing, invite: invite.id as Published['invite'] }])
    if (earlier !== undefined) await this.#revoke(open, earlier.published)
    this.#announce()
    return toPublished(facts)
  }

  async #drop(space: SpaceId): Promise<void> {
    const book = this.#openBook()
    const entry = this.#entries().find(({ listing }) => listing.space === space)
    if (entry === undefined) return
    await book.set(book.value.filter((each) => each !== entry.published))
    const open = this.#host.spaces.find(space)
    if (open !== undefined) await this.#revoke(open, entry.published)
    this.#announce()
  }

  /** Whoever may not any more leaves it to those who may; it ends by itself. */
  async #revoke(open: OpenSpace, { invite }: Published): Promise<void> {
    try {
      await open.invites.revoke(invite)
    } catch (error) {
      const fields = { space: open.runtime.space.id, code: errorCode(error) }
      this.#host.ports.logger.info('the invitation of a listing was not taken back', fields)
    }
  }

  /** Says in the DHT for which topics there is something here. */
  #announce(): void {
    if (this.#closed) return
    const { network, crypto } = this.#host.ports
    const topics = new Set(this.#entries().map(({ listing }) => listing.topic))
    for (const [topic, announcement] of this.#announcements) {
      if (topics.has(topic)) continue
      announcement.stop()
      this.#announcements.delete(topic)
    }
    for (const topic of topics) {
      if (this.#announcements.has(topic)) continue
      this.#announcements.set(topic, network.provide(topicKey(crypto, topic)))
    }
  }

  #look(): void {
    if (this.#closed) return
    this.#timer = this.#host.ports.clock.after(LISTING_LOOK_MS, () => this.#look())
    this.#inTurn(() => this.#renewAll()).catch((error: unknown) => {
      this.#host.ports.logger.warn('a listing was not renewed', { code: errorCode(error) })
    })
  }

  async #renewAll(): Promise<void> {
    const dueMs = this.#host.ports.clock.wall() + LISTING_LIFE_MS / 2
    for (const { listing } of this.#entries()) {
      const open = this.#host.spaces.find(listing.space)
      if (open === undefined || !mayPublish(open)) await this.#drop(listing.space)
      else if (listing.expiresAtMs < dueMs) {
        await this.#renew(open, listing.topic, listing.description)
      }
    }
  }

  #answers(topic: string): readonly Uint8Array[] {
    const nowMs = this.#host.ports.clock.wall()
    const entries = this.#entries().filter(({ listing }) => {
      const open = this.#host.spaces.find(listing.space)
      const isServed = open !== undefined && mayPublish(open)
      return listing.topic === topic && listing.expiresAtMs > nowMs && isServed
    })
    return entries.map(({ published }) => published.listing)
  }

  #entries(): readonly Entry[] {
    return (this.#book?.value ?? []).flatMap((published) => {
      const decoded = decodeListing(published.listing)
      return decoded.ok ? [{ published, listing: decoded.value }] : []
    })
  }

  #toDiscovered(listing: OpenedListing): DiscoveredSpace {
    const { space, name, description, topic, link, person, createdAtMs, expiresAtMs } = listing
    const isMember = this.#host.spaces.find(space)?.runtime.space.ownRole !== undefined
    return { space, name, description, topic, link, person, createdAtMs, expiresAtMs, isMember }
  }

  #openBook(): ListingBook {
    if (this.#book !== undefined) return this.#book
    throw new PeerError('LISTINGS_CORRUPT', 'The file of published spaces is damaged.')
  }

  /** One change after the other: each builds on the listing before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.then(
      () => undefined,
      () => undefined,
    )
    return done
  }
}

function mayPublish({ runtime }: OpenSpace): boolean {
  return PUBLISHER_ROLES.has(runtime.space.ownRole)
}

function toPublished(
  listing: Omit<Listing, 'certificate' | 'signature' | 'number'>,
): PublishedSpace {
  const { space, name, description, topic, link, createdAtMs, expiresAtMs } = listing
  return { space, name, description, topic, link, createdAtMs, expiresAtMs }
}
