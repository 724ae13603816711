/**
 * Who holds what: announcing, withdrawing, expiry, look-ups and the search.
 *
 * Invariants:
 * 1. The counts of a swarm are right after every write that touches its holdings: its row is locked first, topics in
 *    ascending order, so that two writers wait for each other and never in a circle.
 * 2. A peer changes its own holdings alone; what it says of a swarm (name, size) never replaces what is there.
 */

import { createHash } from 'node:crypto'
import { sql } from 'kysely'

import { LOOKUP_PEERS_MAX, SEARCH_WORDS_MAX, SWARM_IDLE_MS_MAX, SWEEP_ROWS_MAX } from '../limits.ts'
import type { SwarmTable } from './schema.ts'
import type { Sql, TrackerTransaction } from './sql.ts'
import { wordsOf } from './words.ts'

const WORDS_PER_STATEMENT = 5000

export interface Holding {
  readonly topic: string
  readonly name?: string
  readonly description?: string
  readonly link?: string
  readonly sizeBytes: number
  readonly chunkCount: number
  readonly heldBytes: number
  readonly isComplete: boolean
  readonly chunks?: Uint8Array
  readonly addresses: readonly string[]
}

export interface HoldingPeer {
  readonly peer: string
  readonly addresses: readonly string[]
  readonly heldBytes: number
  readonly isComplete: boolean
  readonly chunks: Uint8Array | null
  readonly reputation: number
  readonly seenAtMs: number
}

export interface Lookup {
  readonly swarm: SwarmTable
  /** Best reputation first, then most recently seen. */
  readonly peers: readonly HoldingPeer[]
}

/** The name of a swarm wherever its topic must not be told: 32 hex digits. */
export function handleOf(topic: string): string {
  const hash = createHash('sha256').update('hamlet/v1/tracker-handle\0').update(topic)
  return hash.digest('hex').slice(0, 32)
}

export class SwarmStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** `entries`: each topic once. Durable when resolved. */
  async announce(
    peer: string,
    entries: readonly Holding[],
    nowMs: number,
    expiresAtMs: number,
  ): Promise<void> {
    const sorted = entries.toSorted(byTopic)
    await this.#sql.write(async (db) => {
      await upsertSwarms(db, sorted, nowMs)
      await db
        .insertInto('holdings')
        .values(sorted.map((entry) => holdingRow(peer, entry, nowMs, expiresAtMs)))
        .onConflict((conflict) =>
          conflict.columns(['topic', 'peer_id']).doUpdateSet((row) => ({
            held_bytes: row.ref('excluded.held_bytes'),
            is_complete: row.ref('excluded.is_complete'),
            chunks: row.ref('excluded.chunks'),
            addresses: row.ref('excluded.addresses'),
            announced_at_ms: row.ref('excluded.announced_at_ms'),
            expires_at_ms: row.ref('excluded.expires_at_ms'),
          })),
        )
        .execute()
      await addWords(
        db,
        sorted.filter(({ name }) => name !== undefined).map(({ topic }) => topic),
      )
      await recount(
        db,
        sorted.map(({ topic }) => topic),
      )
      await db.updateTable('peers').set({ seen_at_ms: nowMs }).where('id', '=', peer).execute()
    })
  }

  /** How many there were. Durable when resolved. */
  withdraw(peer: string, topics: readonly string[]): Promise<number> {
    const sorted = [...new Set(topics)].toSorted()
    return this.#sql.write(async (db) => {
      await lockSwarms(db, sorted, this.#sql.dialect)
      const gone = await db
        .deleteFrom('holdings')
        .where('peer_id', '=', peer)
        .where('topic', 'in', sorted)
        .executeTakeFirst()
      await db
        .deleteFrom('chunk_hashes')
        .where('peer_id', '=', peer)
        .where('topic', 'in', sorted)
        .execute()
      await recount(db, sorted)
      return Number(gone.numDeletedRows)
    })
  }

  /** Swarms the peer holds besides these. */
  async countOthers(peer: string, topics: readonly string[]): Promise<number> {
    const row = await this.#sql.read((db) =>
      db
        .selectFrom('holdings')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('peer_id', '=', peer)
        .where('topic', 'not in', topics)
        .executeTakeFirstOrThrow(),
    )
    return row.count
  }

  lookup(topic: string, nowMs: number, asker?: string): Promise<Lookup | undefined> {
    return this.#sql.read(async (db) => {
      const swarm = await db
        .selectFrom('swarms')
        .selectAll()
        .where('topic', '=', topic)
        .executeTakeFirst()
      if (swarm === undefined) return undefined
      const rows = await db
        .selectFrom('holdings as h')
        .innerJoin('peers as p', 'p.id', 'h.peer_id')
        .select(['h.peer_id', 'h.addresses', 'h.held_bytes', 'h.is_complete', 'h.chunks'])
        .select(['p.reputation', 'p.seen_at_ms'])
        .where('h.topic', '=', topic)
        .where('h.expires_at_ms', '>', nowMs)
        .where('h.peer_id', '!=', asker ?? '')
        .orderBy('p.reputation', 'desc')
        .orderBy('p.seen_at_ms', 'desc')
        .limit(LOOKUP_PEERS_MAX)
        .execute()
      return { swarm, peers: rows.map(toHoldingPeer) }
    })
  }

  /** Swarms with public names that contain a word beginning with each word of the query; most peers first. */
  async search(query: string, limit: number): Promise<readonly SwarmTable[]> {
    const words = wordsOf(query, SEARCH_WORDS_MAX)
    if (words.length === 0) return []
    return this.#sql.read((db) => {
      let rows = db.selectFrom('swarms').selectAll().where('name', 'is not', null)
      for (const word of words) {
        rows = rows.where('topic', 'in', (inner) =>
          inner
            .selectFrom('swarm_words')
            .select('swarm_words.topic')
            .where('word', '>=', word)
            .where('word', '<', endOfPrefix(word)),
        )
      }
      return rows.orderBy('peer_count', 'desc').orderBy('topic').limit(limit).execute()
    })
  }

  /** Takes away one step of what has expired; whether there is more. */
  sweep(nowMs: number): Promise<boolean> {
    return this.#sql.write(async (db) => {
      const expired = await db
        .selectFrom('holdings')
        .select(['topic', 'peer_id'])
        .where('expires_at_ms', '<=', nowMs)
        .limit(SWEEP_ROWS_MAX)
        .execute()
      const topics = [...new Set(expired.map(({ topic }) => topic))].toSorted()
      if (topics.length > 0) await this.#removeExpired(db, topics, nowMs)
      await forgetSwarms(db, nowMs - SWARM_IDLE_MS_MAX)
      return expired.length === SWEEP_ROWS_MAX
    })
  }

  async #removeExpired(
    db: TrackerTransaction,
    topics: readonly string[],
    nowMs: number,
  ): Promise<void> {
    await lockSwarms(db, topics, this.#sql.dialect)
    // A holding that was announced again meanwhile has a later end and stays.
    const gone = await db
      .deleteFrom('holdings')
      .where('topic', 'in', topics)
      .where('expires_at_ms', '<=', nowMs)
      .returning(['topic', 'peer_id'])
      .execute()
    const topicsByPeer = Map.groupBy(gone, ({ peer_id }) => peer_id)
    for (const [peer, rows] of topicsByPeer) {
      await db
        .deleteFrom('chunk_hashes')
        .where('peer_id', '=', peer)
        .where(
          'topic',
          'in',
          rows.map(({ topic }) => topic),
        )
        .execute()
    }
    await recount(db, topics)
  }
}

function byTopic(a: Holding, b: Holding): number {
  return a.topic < b.topic ? -1 : 1
}

/** The first text after every text that begins with `prefix`, in the order of code points. */
function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`
}

function holdingRow(peer: string, entry: Holding, nowMs: number, expiresAtMs: number) {
  return {
    topic: entry.topic,
    peer_id: peer,
    held_bytes: entry.heldBytes,
    is_complete: entry.isComplete ? 1 : 0,
    chunks: entry.chunks ?? null,
    addresses: JSON.stringify(entry.addresses),
    announced_at_ms: nowMs,
    expires_at_ms: expiresAtMs,
  }
}

function toHoldingPeer(row: {
  peer_id: string
  addresses: string
  held_bytes: number
  is_complete: number
  chunks: Uint8Array | null
  reputation: number
  seen_at_ms: number
}): HoldingPeer {
  return {
    peer: row.peer_id,
    addresses: JSON.parse(row.addresses) as string[],
    heldBytes: row.held_bytes,
    isComplete: row.is_complete === 1,
    chunks: row.chunks,
    reputation: row.reputation,
    seenAtMs: row.seen_at_ms,
  }
}

/** Inserts what is new, fills in what nobody has said yet, and locks every row until the commit. */
export async function upsertSwarms(
  db: TrackerTransaction,
  sorted: readonly Omit<Holding, 'heldBytes' | 'isComplete' | 'addresses'>[],
  nowMs: number,
): Promise<void> {
  const values = sorted.map((entry) => ({
    topic: entry.topic,
    handle: handleOf(entry.topic),
    name: entry.name ?? null,
    description: entry.description ?? null,
    link: entry.link ?? null,
    size_bytes: entry.sizeBytes,
    chunk_count: entry.chunkCount,
    peer_count: 0,
    seed_count: 0,
    created_at_ms: nowMs,
    seen_at_ms: nowMs,
  }))
  await db
    .insertInto('swarms')
    .values(values)
    .onConflict((conflict) =>
      conflict.column('topic').doUpdateSet({
        name: sql`coalesce(swarms.name, excluded.name)`,
        description: sql`coalesce(swarms.description, excluded.description)`,
        link: sql`coalesce(swarms.link, excluded.link)`,
        seen_at_ms: sql`excluded.seen_at_ms`,
      }),
    )
    .execute()
}

/** Of the names that are stored, whoever gave them: nobody adds words to a swarm that has its name. */
export async function addWords(db: TrackerTransaction, named: readonly string[]): Promise<void> {
  if (named.length === 0) return
  const swarms = await db
    .selectFrom('swarms')
    .select(['topic', 'name', 'description'])
    .where('topic', 'in', named)
    .execute()
  const rows = swarms.flatMap(({ topic, name, description }) =>
    wordsOf(`${name ?? ''} ${description ?? ''}`).map((word) => ({ word, topic })),
  )
  // Below the number of parameters a statement may have.
  for (let start = 0; start < rows.length; start += WORDS_PER_STATEMENT) {
    await db
      .insertInto('swarm_words')
      .values(rows.slice(start, start + WORDS_PER_STATEMENT))
      .onConflict((conflict) => conflict.columns(['word', 'topic']).doNothing())
      .execute()
  }
}

/** SQLite has one writer at a time, and no such clause. */
async function lockSwarms(
  db: TrackerTransaction,
  sorted: readonly string[],
  dialect: Sql['dialect'],
): Promise<void> {
  if (dialect === 'sqlite') return
  await db
    .selectFrom('swarms')
    .select('topic')
    .where('topic', 'in', sorted)
    .orderBy('topic')
    .forUpdate()
    .execute()
}

/** Needs the rows locked. */
export async function recount(db: TrackerTransaction, topics: readonly string[]): Promise<void> {
  await db
    .updateTable('swarms')
    .set({
      peer_count: sql`(select count(*) from holdings h where h.topic = swarms.topic)`,
      seed_count: sql`(select count(*) from holdings h where h.topic = swarms.topic and h.is_complete = 1)`,
    })
    .where('topic', 'in', topics)
    .execute()
}

async function forgetSwarms(db: TrackerTransaction, idleSinceMs: number): Promise<void> {
  const gone = await db
    .deleteFrom('swarms')
    .where('topic', 'in', (inner) =>
      inner
        .selectFrom('swarms as s')
        .select('s.topic')
        .where('s.peer_count', '=', 0)
        .where('s.seen_at_ms', '<', idleSinceMs)
        .limit(SWEEP_ROWS_MAX),
    )
    .where('peer_count', '=', 0)
    .returning('topic')
    .execute()
  if (gone.length === 0) return
  const topics = gone.map(({ topic }) => topic)
  await db.deleteFrom('swarm_words').where('topic', 'in', topics).execute()
}
