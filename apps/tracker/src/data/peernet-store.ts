/** Chunks announced one by one, as PeerNet does, beside the holdings that every peer has. */

import { sql } from 'kysely'

import { TrackerError } from '../errors.ts'
import { PEERNET_HOLDING_MS_MAX, PEERNET_LOOKUP_CHUNKS_MAX } from '../limits.ts'
import type { Sql } from './sql.ts'
import { addWords, recount, upsertSwarms } from './swarm-store.ts'

export interface PeerNetChunk {
  readonly fileHash: string
  readonly fileName: string
  readonly totalChunks: number
  readonly chunkIndex: number
  readonly chunkHash: string
}

export interface PeerNetSource {
  readonly chunkIndex: number
  readonly chunkHash: string
  readonly peer: string
  readonly address: string
  readonly reputation: number
}

export class PeerNetStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Durable when resolved. Every announcement renews all that the peer has announced. */
  async announce(peer: string, chunk: PeerNetChunk, nowMs: number): Promise<void> {
    const { fileHash: topic, fileName, totalChunks, chunkIndex, chunkHash } = chunk
    const expires_at_ms = nowMs + PEERNET_HOLDING_MS_MAX
    await this.#sql.write(async (db) => {
      const swarm = { topic, name: fileName, sizeBytes: 0, chunkCount: totalChunks }
      await upsertSwarms(db, [swarm], nowMs)
      if (chunkIndex === 0) await addWords(db, [topic])
      await db
        .insertInto('chunk_hashes')
        .values({ topic, chunk_index: chunkIndex, peer_id: peer, chunk_hash: chunkHash })
        .onConflict((conflict) =>
          conflict
            .columns(['topic', 'chunk_index', 'peer_id'])
            .doUpdateSet({ chunk_hash: chunkHash }),
        )
        .execute()
      await db
        .insertInto('holdings')
        .values({
          ...{ topic, peer_id: peer, expires_at_ms, announced_at_ms: nowMs, held_bytes: 0 },
          ...{ is_complete: 0, chunks: null, addresses: '[]' },
        })
        .onConflict((conflict) =>
          conflict.columns(['topic', 'peer_id']).doUpdateSet({ announced_at_ms: nowMs }),
        )
        .execute()
      await db.updateTable('holdings').set({ expires_at_ms }).where('peer_id', '=', peer).execute()
      const isWhole = sql<number>`case when (select count(*) from chunk_hashes c where c.topic = holdings.topic and c.peer_id = holdings.peer_id) >= (select s.chunk_count from swarms s where s.topic = holdings.topic) then 1 else 0 end`
      await db
        .updateTable('holdings')
        .set({ is_complete: isWhole })
        .where('topic', '=', topic)
        .where('peer_id', '=', peer)
        .execute()
      await recount(db, [topic])
      const seen = await db
        .updateTable('peers')
        .set({ seen_at_ms: nowMs })
        .where('id', '=', peer)
        .executeTakeFirst()
      if (seen.numUpdatedRows > 0n) return
      throw new TrackerError('CALLER_REFUSED', 'this account has no address to be reached at')
    })
  }

  /** Who has which chunk: best reputation first, then most recently seen. Chunks beyond a page are left out. */
  sources(fileHash: string, nowMs: number): Promise<readonly PeerNetSource[]> {
    return this.#sql.read((db) =>
      db
        .selectFrom('chunk_hashes as c')
        .innerJoin('holdings as h', (join) =>
          join.onRef('h.topic', '=', 'c.topic').onRef('h.peer_id', '=', 'c.peer_id'),
        )
        .innerJoin('peers as p', 'p.id', 'c.peer_id')
        .select(['c.chunk_index as chunkIndex', 'c.chunk_hash as chunkHash', 'p.id as peer'])
        .select(({ fn }) => fn.coalesce('p.address', sql<string>`''`).as('address'))
        .select('p.reputation')
        .where('c.topic', '=', fileHash)
        .where('h.expires_at_ms', '>', nowMs)
        .orderBy('c.chunk_index')
        .orderBy('p.reputation', 'desc')
        .orderBy('p.seen_at_ms', 'desc')
        .limit(PEERNET_LOOKUP_CHUNKS_MAX)
        .execute(),
    )
  }
}
