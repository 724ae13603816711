/**
 * The five endpoints of PeerNet's tracker, with its shapes, on the data everybody uses. `/health` is in `app.ts`.
 *
 * What differs from PeerNet: registering again with the right password gives a new token instead of an error, so an
 * expired one can be renewed; tokens live for fifteen minutes; a score is only what receipts and the asker's own
 * experience say; and an announcement ends after a day without a request of its peer.
 */

import { z } from '@hono/zod-openapi'
import type { Clock } from '@hamlet/core'

import { isPublicHostPort } from '../addresses.ts'
import type { ActivityBook } from '../data/activity-store.ts'
import type { FeedbackStore } from '../data/feedback-store.ts'
import type { PeerNetSource, PeerNetStore } from '../data/peernet-store.ts'
import { TrackerError } from '../errors.ts'
import { line, text } from '../http/fields.ts'
import type { ItemLimit } from '../http/item-limit.ts'
import { callerOf, defineRoute } from '../http/route.ts'
import type { TrackerApp } from '../http/route.ts'
import {
  ADDRESS_LENGTH_MAX,
  NAME_LENGTH_MAX,
  PASSWORD_LENGTH_MAX,
  PEERNET_CHUNKS_MAX,
  TOPIC_LENGTH_MAX,
} from '../limits.ts'
import type { LoginDesk } from '../login/login-desk.ts'
import { REPUTATION_UNKNOWN } from '../reputation.ts'

export interface PeerNetParts {
  readonly desk: LoginDesk
  readonly store: PeerNetStore
  readonly feedback: FeedbackStore
  readonly activity: ActivityBook
  readonly items: ItemLimit
  readonly clock: Clock
  readonly allowsPrivateAddresses: boolean
}

/** PeerNet's refusals: one text. */
const failure = z.object({ error: z.string() }).openapi('PeerNetError')
const hash = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII')
  .max(TOPIC_LENGTH_MAX)
const index = z
  .int()
  .min(0)
  .max(PEERNET_CHUNKS_MAX - 1)
/** Fields that are not known are passed over, as PeerNet does. */
const registration = z
  .object({ address: line(ADDRESS_LENGTH_MAX), password: text(PASSWORD_LENGTH_MAX) })
  .openapi('PeerNetRegistration')
const registered = z.object({ peer_id: z.string(), token: z.string() }).openapi('PeerNetRegistered')
const announcement = z
  .object({
    file_hash: hash,
    file_name: line(NAME_LENGTH_MAX),
    total_chunks: z.int().min(1).max(PEERNET_CHUNKS_MAX),
    chunk_index: index,
    chunk_hash: hash,
  })
  .openapi('PeerNetAnnouncement')
const feedbackEvent = z
  .object({
    target_peer_id: text(64),
    file_hash: hash,
    chunk_index: index,
    event_type: text(64),
  })
  .openapi('PeerNetFeedback')
const sourcePeer = z.object({ id: z.string(), address: z.string(), reputation_score: z.number() })
const chunks = z.record(
  z.string(),
  z.object({ chunk_hash: z.string(), peers: z.array(sourcePeer) }),
)

export function addPeerNetRoutes(app: TrackerApp, parts: PeerNetParts): void {
  addRegistration(app, parts)
  addFiles(app, parts)
  defineRoute(app, {
    method: 'post',
    path: '/api/v1/peers/feedback',
    summary: 'PeerNet: say how a download went',
    access: 'account',
    body: feedbackEvent,
    reply: z.object({ status: z.string() }),
    status: 202,
    failure,
    async handle({ body, caller }) {
      const event = {
        reporter: callerOf({ caller }).id,
        target: body.target_peer_id,
        topic: body.file_hash,
        chunkIndex: body.chunk_index,
        eventType: body.event_type,
      }
      await parts.feedback.add(event, parts.clock.wall())
      return { status: 'feedback received' }
    },
  })
}

function addRegistration(app: TrackerApp, parts: PeerNetParts): void {
  defineRoute(app, {
    method: 'post',
    path: '/api/v1/peers/register',
    summary: 'PeerNet: register an address, or get a new token for it with the same password',
    access: 'open',
    body: registration,
    reply: registered,
    status: 201,
    failure,
    async handle({ body }) {
      if (!isPublicHostPort(body.address, parts.allowsPrivateAddresses)) {
        throw new TrackerError('ADDRESS_REFUSED', 'expected host:port that others can dial')
      }
      const { id, token } = await registerOrLogin(parts.desk, body.address, body.password)
      return { peer_id: id, token }
    },
  })
}

async function registerOrLogin(desk: LoginDesk, address: string, password: string) {
  try {
    return await desk.register(address, password, { isPeer: true })
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error
    if (error.code !== 'ACCOUNT_NAME_TAKEN' && error.code !== 'REGISTRATION_CLOSED') throw error
    return desk.loginWithPassword(address, password)
  }
}

function addFiles(app: TrackerApp, parts: PeerNetParts): void {
  const { activity, clock, feedback, items, store } = parts
  defineRoute(app, {
    method: 'post',
    path: '/api/v1/files/announce',
    summary: 'PeerNet: announce one chunk of a file',
    access: 'account',
    body: announcement,
    reply: z.object({ status: z.string() }),
    failure,
    async handle({ body, caller }) {
      const { id } = callerOf({ caller })
      items.take(id, 1)
      if (body.chunk_index >= body.total_chunks) {
        throw new TrackerError('CHUNK_OUT_OF_RANGE', 'chunk_index must be below total_chunks')
      }
      const chunk = {
        fileHash: body.file_hash,
        fileName: body.file_name,
        totalChunks: body.total_chunks,
        chunkIndex: body.chunk_index,
        chunkHash: body.chunk_hash,
      }
      await store.announce(id, chunk, clock.wall())
      activity.add('announces', 1)
      return { status: 'announced' }
    },
  })
  defineRoute(app, {
    method: 'get',
    path: '/api/v1/files/lookup/{fileHash}',
    summary: 'PeerNet: who has which chunk of a file',
    access: 'account',
    params: z.object({ fileHash: hash }),
    reply: z.object({ chunks }),
    failure,
    async handle({ params, caller }) {
      const sources = await store.sources(params.fileHash, clock.wall())
      activity.add('lookups', 1)
      const peers = [...new Set(sources.map(({ peer }) => peer))]
      const experience = await feedback.experienceOf(callerOf({ caller }).id, peers)
      return { chunks: chunksOf(sources, experience) }
    },
  })
}

/** By chunk number: the hash that the best source announced, and those who announced the same. */
export function chunksOf(
  sources: readonly PeerNetSource[],
  experience: ReadonlyMap<string, number>,
) {
  const byChunk = Map.groupBy(sources, ({ chunkIndex }) => chunkIndex)
  const chunks: Record<string, { chunk_hash: string; peers: z.output<typeof sourcePeer>[] }> = {}
  for (const [chunk, all] of byChunk) {
    const scored = all
      .map((source) => ({ ...source, score: scoreOf(source, experience) }))
      .toSorted((a, b) => b.score - a.score)
    const chunkHash = scored[0]!.chunkHash
    const peers = scored.filter((source) => source.chunkHash === chunkHash)
    chunks[String(chunk)] = {
      chunk_hash: chunkHash,
      peers: peers.map(({ peer, address, score }) => {
        return { id: peer, address, reputation_score: score }
      }),
    }
  }
  return chunks
}

/** On PeerNet's scale a new peer has 1. */
function scoreOf(
  { peer, reputation }: PeerNetSource,
  experience: ReadonlyMap<string, number>,
): number {
  const score = 1 + 2 * (reputation - REPUTATION_UNKNOWN) + (experience.get(peer) ?? 0)
  return Math.round(score * 1000) / 1000
}
