/** Spaces that people of the shared memory made known to everybody. */

import { HamletError } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'
import { found, RANKS } from './_memory-store.ts'
import type { MemoryStore, StoredSpace } from './_memory-store.ts'

const LIFE_MS = 14 * 24 * 3_600_000
const TOPIC_DEFAULT = 'public'

interface Listed extends api.PublishedSpace {
  readonly person: string
}

/** By world: everybody looks at the same. */
const listings = new WeakMap<object, Listed[]>()

export abstract class MemoryListings implements api.ListingApi {
  abstract readonly id: string
  abstract readonly world: MemoryStore

  abstract createInvite(space: string, options?: api.InviteOptions): Promise<api.Invite>
  protected abstract spaceOf(id: string): StoredSpace

  async publication(space: string): Promise<api.PublishedSpace> {
    const { id } = this.spaceOf(space)
    const { person: _person, ...published } = found(
      this.#all.find((each) => each.space === id && each.person === this.id),
      'LISTING_NOT_FOUND',
    )
    return published
  }

  async publishSpace(
    space: string,
    { topic = TOPIC_DEFAULT, description = '' }: api.PublishOptions = {},
  ): Promise<api.PublishedSpace> {
    const { id, name, members } = this.spaceOf(space)
    const { role } = found(members.get(this.id), 'LISTING_FORBIDDEN')
    if (RANKS[role] < RANKS.admin) throw new HamletError('LISTING_FORBIDDEN', 'not an admin')
    const { link } = await this.createInvite(id, { mode: 'approve', maxUses: 1000 })
    await this.unpublishSpace(id)
    const createdAtMs = this.world.nowMs()
    const published = {
      ...{ space: id, name, description, topic, link: link!, createdAtMs },
      expiresAtMs: createdAtMs + LIFE_MS,
    }
    listings.set(this.world, [...this.#all, { ...published, person: this.id }])
    return published
  }

  async unpublishSpace(space: string): Promise<void> {
    const { id } = this.spaceOf(space)
    const others = this.#all.filter((each) => each.space !== id || each.person !== this.id)
    listings.set(this.world, others)
  }

  async discover(topic: string = TOPIC_DEFAULT): Promise<readonly api.DiscoveredSpace[]> {
    const here = this.#all.filter((each) => each.topic === topic)
    return here.map((each) => ({ ...each, isMember: this.#isMember(each.space) }))
  }

  get #all(): readonly Listed[] {
    return listings.get(this.world) ?? []
  }

  #isMember(id: string): boolean {
    try {
      return this.spaceOf(id).members.has(this.id)
    } catch {
      return false
    }
  }
}
