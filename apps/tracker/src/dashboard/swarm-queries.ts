/**
 * Swarms at the dashboard: pages of them, and one with its pieces and who holds it.
 *
 * A topic is what lets a peer see addresses, so it never leaves the tracker here: swarms are named by their handle, in
 * cursors too, and addresses are not shown.
 *
 * Invariant: what one request reads is bounded: a page of rows, a range of the word index, and so many bytes of bitfields.
 */

import { sql } from 'kysely'

import type { Sql } from '../data/sql.ts'
import type { SwarmTable, TrackerDatabase } from '../data/schema.ts'
import { wordsOf } from '../data/words.ts'
import { SEARCH_WORDS_MAX } from '../limits.ts'
import { availabilityOf } from './availability.ts'
import type { PieceColumn } from './availability.ts'
import {
  BITFIELD_BYTES_MAX,
  BITFIELDS_MAX,
  LISTED_BITFIELDS_MAX,
  SEARCH_MATCHES_MAX,
} from './limits.ts'
import { isAfter, placeOf, toPage } from './paging.ts'
import type { Order, Page, PageRequest, Place } from './paging.ts'

export const SWARM_SORTS = {
  peers: 'peer_count',
  seeds: 'seed_count',
  size: 'size_bytes',
  seen: 'seen_at_ms',
} as const
export type SwarmSort = keyof typeof SWARM_SORTS

const LAST_CHARACTER = '\u{10FFFF}'

export interface SwarmsRequest extends PageRequest {
  readonly sort: SwarmSort
  readonly order: Order
  readonly search: string
}

export interface SwarmRow {
  readonly handle: string
  readonly name: string | null
  readonly sizeBytes: number
  readonly peers: number
  readonly seeds: number
  /** Distributed copies; null where peers did not say which chunks they hold. */
  readonly copies: number | null
  /** Whether there may be more, since not all that hold a part were counted. */
  readonly isAtLeast: boolean
  readonly createdAtMs: number
  readonly seenAtMs: number
}

export interface SwarmDetail extends SwarmRow {
  readonly description: string | null
  readonly link: string | null
  readonly chunks: number
  readonly columns: readonly PieceColumn[]
  /** Peers whose chunks were counted: fewer than `peers` where some did not tell, or there are too many. */
  readonly peersCounted: number
}

export interface HolderRow {
  readonly peer: string
  readonly person: string | null
  readonly heldBytes: number
  readonly isComplete: boolean
  readonly announcedAtMs: number
  readonly expiresAtMs: number
}

export async function findSwarms(data: Sql, request: SwarmsRequest): Promise<Page<SwarmRow>> {
  const column = SWARM_SORTS[request.sort]
  const direction = request.order === 'down' ? 'desc' : 'asc'
  const words = wordsOf(request.search, SEARCH_WORDS_MAX)
  return data.read(async (db) => {
    const place = await topicPlace(db, request.after)
    let query = db.selectFrom('swarms').selectAll()
    for (const word of words) query = query.where('topic', 'in', topicsWith(db, word))
    if (words.length === 0 && request.search.trim() !== '') query = query.where(sql.lit(false))
    if (place !== undefined) query = query.where(isAfter(column, 'topic', request.order, place))
    const found = await query
      .orderBy(column, direction)
      .orderBy('topic', direction)
      .limit(request.limit + 1)
      .execute()
    const copies = await copiesOf(db, found.slice(0, request.limit))
    return toPage(
      found,
      request.limit,
      (each) => toRow(each, copies.get(each.topic) ?? UNTOLD),
      (each) => `${each[column]}~${each.handle}`,
    )
  })
}

export async function findSwarm(data: Sql, handle: string): Promise<SwarmDetail | undefined> {
  return data.read(async (db) => {
    const swarm = await db
      .selectFrom('swarms')
      .selectAll()
      .where('handle', '=', handle)
      .executeTakeFirst()
    if (swarm === undefined) return undefined
    const bitfields = await readBitfields(db, [swarm.topic], BITFIELDS_MAX)
    const { copies, columns } = availabilityOf(
      swarm.chunk_count,
      swarm.seed_count,
      bitfields.map(({ chunks }) => chunks),
    )
    return {
      ...toRow(swarm, {
        copies: swarm.chunk_count > 0 ? copies : null,
        isAtLeast: isAtLeast(swarm, bitfields.length),
      }),
      description: swarm.description,
      link: swarm.link,
      chunks: swarm.chunk_count,
      columns,
      peersCounted: swarm.seed_count + bitfields.length,
    }
  })
}

/** Who holds it, those with most first. */
export async function findHolders(
  data: Sql,
  handle: string,
  request: PageRequest,
): Promise<Page<HolderRow>> {
  const place = placeOf(request.after)
  return data.read(async (db) => {
    const swarm = await topicOf(db, handle)
    let query = db
      .selectFrom('holdings')
      .innerJoin('peers', 'peers.id', 'holdings.peer_id')
      .select(['peer_id', 'person', 'held_bytes', 'is_complete', 'announced_at_ms'])
      .select('expires_at_ms')
      .where('topic', '=', swarm ?? '')
    if (place !== undefined) query = query.where(isAfter('held_bytes', 'peer_id', 'down', place))
    const found = await query
      .orderBy('held_bytes', 'desc')
      .orderBy('peer_id', 'desc')
      .limit(request.limit + 1)
      .execute()
    return toPage(
      found,
      request.limit,
      (each) => ({
        peer: each.peer_id,
        person: each.person,
        heldBytes: each.held_bytes,
        isComplete: each.is_complete === 1,
        announcedAtMs: each.announced_at_ms,
        expiresAtMs: each.expires_at_ms,
      }),
      (each) => `${each.held_bytes}~${each.peer_id}`,
    )
  })
}

/** A handle stands for the topic of its swarm, which the indexes are made with. */
async function topicPlace(
  db: TrackerDatabase,
  cursor: string | undefined,
): Promise<Place | undefined> {
  const place = placeOf(cursor)
  if (place === undefined) return undefined
  return { value: place.value, id: (await topicOf(db, place.id)) ?? '' }
}

async function topicOf(db: TrackerDatabase, handle: string): Promise<string | undefined> {
  const found = await db
    .selectFrom('swarms')
    .select('topic')
    .where('handle', '=', handle)
    .executeTakeFirst()
  return found?.topic
}

function topicsWith(db: TrackerDatabase, word: string) {
  return db
    .selectFrom('swarm_words')
    .select('topic')
    .where('word', '>=', word)
    .where('word', '<', `${word}${LAST_CHARACTER}`)
    .limit(SEARCH_MATCHES_MAX)
}

async function copiesOf(
  db: TrackerDatabase,
  swarms: readonly SwarmTable[],
): Promise<ReadonlyMap<string, Copies>> {
  const told = swarms.filter(({ chunk_count }) => chunk_count > 0)
  const partial = told.filter(({ peer_count, seed_count }) => peer_count > seed_count)
  const topics = partial.map(({ topic }) => topic)
  const bitfields = Map.groupBy(
    await readBitfields(db, topics, LISTED_BITFIELDS_MAX),
    ({ topic }) => topic,
  )
  return new Map(
    told.map((swarm) => {
      const own = (bitfields.get(swarm.topic) ?? []).map(({ chunks }) => chunks)
      const { copies } = availabilityOf(swarm.chunk_count, swarm.seed_count, own)
      return [swarm.topic, { copies, isAtLeast: isAtLeast(swarm, own.length) }]
    }),
  )
}

interface Copies {
  readonly copies: number | null
  readonly isAtLeast: boolean
}

function isAtLeast({ peer_count, seed_count }: SwarmTable, countedPartial: number): boolean {
  return peer_count - seed_count > countedPartial
}

interface Bitfield {
  readonly topic: string
  readonly chunks: Uint8Array
}

/** Of each topic at most `eachMax`, in one statement. */
async function readBitfields(
  db: TrackerDatabase,
  topics: readonly string[],
  eachMax: number,
): Promise<readonly Bitfield[]> {
  const [first, ...others] = topics.map((topic) => bitfieldsOf(db, topic, eachMax))
  if (first === undefined) return []
  let query = first
  for (const other of others) query = query.unionAll(other)
  const kept: Bitfield[] = []
  let bytes = 0
  for (const { topic, chunks } of await query.execute()) {
    bytes += chunks?.length ?? 0
    if (chunks !== null && bytes <= BITFIELD_BYTES_MAX) kept.push({ topic, chunks })
  }
  return kept
}

/** As a table of its own, since a part of a union has no limit in SQLite. */
function bitfieldsOf(db: TrackerDatabase, topic: string, max: number) {
  const own = db
    .selectFrom('holdings')
    .select(['topic', 'chunks'])
    .where('topic', '=', topic)
    .where('is_complete', '=', 0)
    .where('chunks', 'is not', null)
    .limit(max)
  return db.selectFrom(own.as('own')).select(['topic', 'chunks'])
}

const UNTOLD: Copies = { copies: null, isAtLeast: false }

function toRow(swarm: SwarmTable, { copies, isAtLeast }: Copies): SwarmRow {
  return {
    handle: swarm.handle,
    name: swarm.name,
    sizeBytes: swarm.size_bytes,
    peers: swarm.peer_count,
    seeds: swarm.seed_count,
    copies: copies === null ? null : Math.floor(copies * 100) / 100,
    isAtLeast,
    createdAtMs: swarm.created_at_ms,
    seenAtMs: swarm.seen_at_ms,
  }
}
