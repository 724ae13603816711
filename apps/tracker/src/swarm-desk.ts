/** Announcing, withdrawing and looking up, as peers ask for it: quotas, private addresses, each peer's own experience. */

import { base64ToBytes } from '@hamlet/core'
import type { Clock } from '@hamlet/core'

import { isPublicMultiaddr } from './addresses.ts'
import type { ActivityBook } from './data/activity-store.ts'
import { decodeChunkRuns } from './data/chunk-runs.ts'
import type { FeedbackStore } from './data/feedback-store.ts'
import type { SwarmTable } from './data/schema.ts'
import type { Holding, HoldingPeer, SwarmStore } from './data/swarm-store.ts'
import { TrackerError } from './errors.ts'
import { CHUNK_BYTES, HOLDING_MS_MAX, HOLDINGS_PER_PEER_MAX } from './limits.ts'

/** As a peer sends it. */
export interface Announcement {
  readonly topic: string
  readonly name?: string | undefined
  readonly text?: string | undefined
  readonly link?: string | undefined
  readonly sizeBytes: number
  readonly heldBytes: number
  /** Base64 of runs, see `chunk-runs.ts`. */
  readonly chunks?: string | undefined
  readonly addresses: readonly string[]
}

export interface Refusal {
  readonly topic: string
  readonly code: 'ADDRESS_REFUSED' | 'CHUNKS_MALFORMED' | 'HELD_MORE_THAN_ALL' | 'TOPIC_REPEATED'
}

export interface SwarmDeskParts {
  readonly swarms: SwarmStore
  readonly feedback: FeedbackStore
  readonly activity: ActivityBook
  readonly clock: Clock
  readonly allowsPrivateAddresses: boolean
}

export class SwarmDesk {
  readonly #parts: SwarmDeskParts

  constructor(parts: SwarmDeskParts) {
    this.#parts = parts
  }

  /** What could not be taken is told one by one; the rest is announced. @throws TrackerError `HOLDINGS_FULL` */
  async announce(
    peer: string,
    announcements: readonly Announcement[],
  ): Promise<{ readonly expiresAtMs: number; readonly refused: readonly Refusal[] }> {
    const { swarms, activity, clock } = this.#parts
    const refused: Refusal[] = []
    const holdings = new Map<string, Holding>()
    for (const each of announcements) {
      const code = holdings.has(each.topic) ? 'TOPIC_REPEATED' : undefined
      const judged = code ?? this.#judge(each)
      if (typeof judged === 'string') refused.push({ topic: each.topic, code: judged })
      else holdings.set(each.topic, judged)
    }
    const nowMs = clock.wall()
    const expiresAtMs = nowMs + HOLDING_MS_MAX
    if (holdings.size > 0) {
      await this.#requireRoom(peer, [...holdings.keys()])
      await swarms.announce(peer, [...holdings.values()], nowMs, expiresAtMs)
      activity.add('announces', holdings.size)
    }
    return { expiresAtMs, refused }
  }

  withdraw(peer: string, topics: readonly string[]): Promise<number> {
    return this.#parts.swarms.withdraw(peer, topics)
  }

  /** Best first for this caller. @throws TrackerError `SWARM_NOT_FOUND` */
  async lookup(
    asker: string,
    topic: string,
  ): Promise<{ readonly swarm: SwarmTable; readonly peers: readonly HoldingPeer[] }> {
    const { swarms, feedback, activity, clock } = this.#parts
    const found = await swarms.lookup(topic, clock.wall(), asker)
    activity.add('lookups', 1)
    if (found === undefined) throw new TrackerError('SWARM_NOT_FOUND', 'nobody has announced it')
    const experience = await feedback.experienceOf(
      asker,
      found.peers.map(({ peer }) => peer),
    )
    return { swarm: found.swarm, peers: orderPeers(found.peers, experience) }
  }

  search(query: string, limit: number): Promise<readonly SwarmTable[]> {
    return this.#parts.swarms.search(query, limit)
  }

  #judge(each: Announcement): Holding | Refusal['code'] {
    const { topic, name, text, link, sizeBytes, heldBytes, addresses } = each
    if (heldBytes > sizeBytes) return 'HELD_MORE_THAN_ALL'
    const allows = this.#parts.allowsPrivateAddresses
    if (!addresses.every((address) => isPublicMultiaddr(address, allows))) return 'ADDRESS_REFUSED'
    const chunkCount = Math.ceil(sizeBytes / CHUNK_BYTES)
    const isComplete = heldBytes === sizeBytes
    const chunks = each.chunks === undefined ? undefined : base64ToBytes(each.chunks)
    if (chunks !== undefined && decodeChunkRuns(chunks, chunkCount) === undefined) {
      return 'CHUNKS_MALFORMED'
    }
    const keptChunks = isComplete ? undefined : chunks
    return {
      ...{ topic, sizeBytes, chunkCount, heldBytes, isComplete, addresses },
      ...(name === undefined ? {} : { name }),
      ...(name === undefined || text === undefined ? {} : { description: text }),
      ...(name === undefined || link === undefined ? {} : { link }),
      ...(keptChunks === undefined ? {} : { chunks: keptChunks }),
    }
  }

  /** Counted before the write: a peer that announces twice at a time may end a little above it. */
  async #requireRoom(peer: string, topics: readonly string[]): Promise<void> {
    const others = await this.#parts.swarms.countOthers(peer, topics)
    if (others + topics.length <= HOLDINGS_PER_PEER_MAX) return
    throw new TrackerError('HOLDINGS_FULL', `a peer announces at most ${HOLDINGS_PER_PEER_MAX}`, {
      fields: { limit: HOLDINGS_PER_PEER_MAX },
    })
  }
}

/** Stable: what was ordered by reputation and recency stays so among equals. */
export function orderPeers(
  peers: readonly HoldingPeer[],
  experience: ReadonlyMap<string, number>,
): readonly HoldingPeer[] {
  const scored = peers.map((peer) => {
    return { ...peer, reputation: peer.reputation + (experience.get(peer.peer) ?? 0) }
  })
  return scored.toSorted((a, b) => b.reputation - a.reputation)
}
