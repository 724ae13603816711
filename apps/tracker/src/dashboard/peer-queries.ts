/**
 * Peers at the dashboard: who they are, what speaks for and against them, what they hold.
 *
 * Three facts, never one number: what a peer gave (contribution), since when it is known (tenure), and whether anything is
 * proven against it (reliability).
 */

import type { Sql } from '../data/sql.ts'
import type { PeerTable, TrackerDatabase } from '../data/schema.ts'
import { isAfter, placeOf, toPage } from './paging.ts'
import type { Order, Page, PageRequest } from './paging.ts'
import { sumOf } from './sums.ts'

export const PEER_SORTS = {
  seen: 'seen_at_ms',
  gave: 'uploaded_bytes',
  received: 'downloaded_bytes',
  known: 'created_at_ms',
} as const
export type PeerSort = keyof typeof PEER_SORTS

export interface PeersRequest extends PageRequest {
  readonly sort: PeerSort
  readonly order: Order
  /** Hex digits: the beginning of a peer's or a person's id; empty for all. */
  readonly search: string
}

export interface PeerRow {
  readonly peer: string
  readonly person: string | null
  readonly gaveBytes: number
  readonly receivedBytes: number
  readonly frauds: number
  readonly holds: number
  readonly heldBytes: number
  readonly knownSinceMs: number
  readonly seenAtMs: number
}

export interface HeldRow {
  readonly handle: string
  readonly name: string | null
  readonly sizeBytes: number
  readonly heldBytes: number
  readonly isComplete: boolean
  readonly announcedAtMs: number
}

export async function findPeers(data: Sql, request: PeersRequest): Promise<Page<PeerRow>> {
  const column = PEER_SORTS[request.sort]
  const direction = request.order === 'down' ? 'desc' : 'asc'
  const place = placeOf(request.after)
  return data.read(async (db) => {
    let query = db.selectFrom('peers').selectAll()
    if (request.search !== '') {
      const [from, to] = [request.search, `${request.search}g`]
      query = query.where((where) =>
        where.or([
          where.and([where('id', '>=', from), where('id', '<', to)]),
          where.and([where('person', '>=', from), where('person', '<', to)]),
        ]),
      )
    }
    if (place !== undefined) query = query.where(isAfter(column, 'id', request.order, place))
    const found = await query
      .orderBy(column, direction)
      .orderBy('id', direction)
      .limit(request.limit + 1)
      .execute()
    const held = await heldBy(
      db,
      found.map(({ id }) => id),
    )
    return toPage(
      found,
      request.limit,
      (each) => toRow(each, held),
      (each) => `${each[column]}~${each.id}`,
    )
  })
}

export async function findPeer(data: Sql, id: string): Promise<PeerRow | undefined> {
  return data.read(async (db) => {
    const peer = await db.selectFrom('peers').selectAll().where('id', '=', id).executeTakeFirst()
    return peer === undefined ? undefined : toRow(peer, await heldBy(db, [id]))
  })
}

/** What it holds, the largest part first. */
export async function findHeld(
  data: Sql,
  peer: string,
  request: PageRequest,
): Promise<Page<HeldRow>> {
  const place = placeOf(request.after)
  return data.read(async (db) => {
    let query = db
      .selectFrom('holdings')
      .innerJoin('swarms', 'swarms.topic', 'holdings.topic')
      .select(['handle', 'name', 'size_bytes', 'held_bytes', 'is_complete', 'announced_at_ms'])
      .where('peer_id', '=', peer)
    if (place !== undefined) query = query.where(isAfter('held_bytes', 'handle', 'down', place))
    const found = await query
      .orderBy('held_bytes', 'desc')
      .orderBy('handle', 'desc')
      .limit(request.limit + 1)
      .execute()
    return toPage(
      found,
      request.limit,
      (each) => ({
        handle: each.handle,
        name: each.name,
        sizeBytes: each.size_bytes,
        heldBytes: each.held_bytes,
        isComplete: each.is_complete === 1,
        announcedAtMs: each.announced_at_ms,
      }),
      (each) => `${each.held_bytes}~${each.handle}`,
    )
  })
}

interface Held {
  readonly count: number
  readonly bytes: number
}

async function heldBy(
  db: TrackerDatabase,
  peers: readonly string[],
): Promise<ReadonlyMap<string, Held>> {
  if (peers.length === 0) return new Map()
  const found = await db
    .selectFrom('holdings')
    .select((each) => [
      'peer_id',
      each.fn.countAll<number>().as('count'),
      sumOf('held_bytes').as('bytes'),
    ])
    .where('peer_id', 'in', [...peers])
    .groupBy('peer_id')
    .execute()
  return new Map(found.map(({ peer_id, count, bytes }) => [peer_id, { count, bytes }]))
}

function toRow(peer: PeerTable, held: ReadonlyMap<string, Held>): PeerRow {
  const { count, bytes } = held.get(peer.id) ?? { count: 0, bytes: 0 }
  return {
    peer: peer.id,
    person: peer.person,
    gaveBytes: peer.uploaded_bytes,
    receivedBytes: peer.downloaded_bytes,
    frauds: peer.fraud_count,
    holds: count,
    heldBytes: bytes,
    knownSinceMs: peer.created_at_ms,
    seenAtMs: peer.seen_at_ms,
  }
}
