/** Routes of announcing, looking up and feedback. */

import { z } from '@hono/zod-openapi'
import { bytesToBase64 } from '@hamlet/core'
import type { Clock } from '@hamlet/core'

import type { FeedbackStore } from '../data/feedback-store.ts'
import type { SwarmTable } from '../data/schema.ts'
import type { HoldingPeer } from '../data/swarm-store.ts'
import {
  ADDRESS_LENGTH_MAX,
  ADDRESSES_MAX,
  ANNOUNCED_BYTES_MAX,
  BULK_ITEMS_MAX,
  CHUNK_RUNS_BYTES_MAX,
  DESCRIPTION_LENGTH_MAX,
  LINK_LENGTH_MAX,
  NAME_LENGTH_MAX,
  PAGE_ROWS_MAX,
} from '../limits.ts'
import type { SwarmDesk } from '../swarm-desk.ts'
import { anyPeerId, base64, count, line, text, timeMs, topic } from './fields.ts'
import type { ItemLimit } from './item-limit.ts'
import { callerOf, defineRoute } from './route.ts'
import type { TrackerApp } from './route.ts'

const bytes = z.int().min(0).max(ANNOUNCED_BYTES_MAX)
const entry = z
  .strictObject({
    topic,
    name: line(NAME_LENGTH_MAX).optional().openapi({
      description: 'Makes it public: found by the search and shown by name. The first one stays.',
    }),
    text: text(DESCRIPTION_LENGTH_MAX).optional(),
    link: line(LINK_LENGTH_MAX).optional(),
    sizeBytes: bytes,
    heldBytes: bytes,
    chunks: base64(CHUNK_RUNS_BYTES_MAX)
      .optional()
      .openapi({ description: 'Runs of chunks held, see docs/formats/tracker.md.' }),
    addresses: z.array(z.string().min(1).max(ADDRESS_LENGTH_MAX)).max(ADDRESSES_MAX),
  })
  .openapi('Announcement')
const topics = z.array(topic).min(1).max(BULK_ITEMS_MAX)
const swarm = z
  .object({
    topic: z.string(),
    name: z.string().optional(),
    text: z.string().optional(),
    link: z.string().optional(),
    sizeBytes: count,
    peerCount: count,
    seedCount: count,
    seenAtMs: timeMs,
  })
  .openapi('Swarm')
const holdingPeer = z
  .object({
    peer: anyPeerId,
    addresses: z.array(z.string()),
    heldBytes: count,
    isComplete: z.boolean(),
    chunks: z.string().optional(),
    reputation: z.number(),
    seenAtMs: timeMs,
  })
  .openapi('HoldingPeer')

export interface SwarmRouteParts {
  readonly desk: SwarmDesk
  readonly feedback: FeedbackStore
  readonly items: ItemLimit
  readonly clock: Clock
}

export function addSwarmRoutes(app: TrackerApp, parts: SwarmRouteParts): void {
  addAnnouncing(app, parts)
  addLookups(app, parts)
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/feedback',
    summary: 'Say how a download went; it changes the order of your own look-ups alone',
    access: 'any',
    body: z
      .strictObject({
        peer: z.string().regex(/^[0-9a-f-]{36}$|^[0-9a-f]{64}$/, 'expected the id of a peer'),
        topic,
        chunk: z.int().min(0).max(ANNOUNCED_BYTES_MAX),
        event: z.enum(['SUCCESS_UPLOAD', 'FAILED_UPLOAD']),
      })
      .openapi('Feedback'),
    async handle({ body, caller }) {
      await parts.feedback.add(
        {
          reporter: callerOf({ caller }).id,
          target: body.peer,
          topic: body.topic,
          chunkIndex: body.chunk,
          eventType: body.event,
        },
        parts.clock.wall(),
      )
    },
  })
}

function addAnnouncing(app: TrackerApp, { desk, items }: SwarmRouteParts): void {
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/announce',
    summary: 'Say what this peer holds; all of it is durable when the answer comes',
    access: 'peer',
    body: z
      .strictObject({ entries: z.array(entry).min(1).max(BULK_ITEMS_MAX) })
      .openapi('Announcements'),
    reply: z
      .object({
        expiresAtMs: timeMs,
        refused: z.array(z.object({ topic: z.string(), code: z.string() })),
      })
      .openapi('Announced'),
    handle({ body, caller }) {
      const { id } = callerOf({ caller })
      items.take(id, body.entries.length)
      return desk.announce(id, body.entries)
    },
  })
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/withdraw',
    summary: 'Take announcements back',
    access: 'peer',
    body: z.strictObject({ topics }).openapi('Withdrawal'),
    reply: z.object({ withdrawn: count }),
    async handle({ body, caller }) {
      return { withdrawn: await desk.withdraw(callerOf({ caller }).id, body.topics) }
    },
  })
}

function addLookups(app: TrackerApp, { desk }: SwarmRouteParts): void {
  defineRoute(app, {
    method: 'get',
    path: '/api/v2/lookup/{topic}',
    summary: 'Who holds it, the best first; addresses are told to whoever knows the topic',
    access: 'any',
    params: z.object({ topic }),
    reply: z.object({ swarm, peers: z.array(holdingPeer) }).openapi('Lookup'),
    async handle({ params, caller }) {
      const found = await desk.lookup(callerOf({ caller }).id, params.topic)
      return { swarm: toSwarm(found.swarm), peers: found.peers.map(toPeer) }
    },
  })
  defineRoute(app, {
    method: 'get',
    path: '/api/v2/search',
    summary: 'Public swarms by words of their names and texts, those with most peers first',
    access: 'any',
    query: z.object({
      q: text(NAME_LENGTH_MAX),
      limit: z.coerce.number().pipe(z.int().min(1).max(PAGE_ROWS_MAX)).optional(),
    }),
    reply: z.object({ swarms: z.array(swarm) }),
    async handle({ query }) {
      const found = await desk.search(query.q, query.limit ?? PAGE_ROWS_MAX)
      return { swarms: found.map(toSwarm) }
    },
  })
}

function toSwarm(row: SwarmTable) {
  return {
    topic: row.topic,
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.description === null ? {} : { text: row.description }),
    ...(row.link === null ? {} : { link: row.link }),
    sizeBytes: row.size_bytes,
    peerCount: row.peer_count,
    seedCount: row.seed_count,
    seenAtMs: row.seen_at_ms,
  }
}

function toPeer({ chunks, ...peer }: HoldingPeer) {
  return { ...peer, ...(chunks === null ? {} : { chunks: bytesToBase64(chunks) }) }
}
