/**
 * Mirrored receipts: the chain of each pair as far as it is kept, who owes whom, and proofs of fraud.
 *
 * Invariants:
 * 1. Whoever writes here holds the row of the counter from its first statement to the commit, so numbers are committed in
 *    their order and no two writers judge the same pair at a time. A page that ends at a number has all before it.
 * 2. `pairs` is the latest receipt of each pair that was accepted; sums of peers follow from it and from nothing else.
 */

import { sql } from 'kysely'

import { FRAUDS_PER_PEER_MAX, PAIRS_PER_PEER_MAX, RECEIPTS_PER_PAIR_MAX } from '../limits.ts'
import { reputationOf } from '../reputation.ts'
import { NEW_PEER } from './account-store.ts'
import type { FraudTable, PairTable, ReceiptTable } from './schema.ts'
import type { Sql, TrackerTransaction } from './sql.ts'

export type NewReceipt = Omit<ReceiptTable, 'number'>
export type NewFraud = Omit<FraudTable, 'number'>

/** Ordered pair in a group. */
export type PairKey = Pick<PairTable, 'group_id' | 'payer' | 'payee'>

export class ReceiptStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Runs `work` as the only writer of receipts. Durable when resolved. */
  write<T>(work: (writer: ReceiptWriter) => Promise<T>): Promise<T> {
    return this.#sql.write(async (db) => {
      const lock = db.insertInto('counters').values({ name: 'receipts', value: 0 })
      await lock
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ value: sql`counters.value` }),
        )
        .execute()
      return work(new ReceiptWriter(db))
    })
  }

  async known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set()
    const rows = await this.#sql.read((db) =>
      db.selectFrom('receipts').select('id').where('id', 'in', ids).execute(),
    )
    return new Set(rows.map(({ id }) => id))
  }

  page(group: string, after: number, limit: number): Promise<readonly ReceiptTable[]> {
    return this.#sql.read((db) =>
      db
        .selectFrom('receipts')
        .selectAll()
        .where('group_id', '=', group)
        .where('number', '>', after)
        .orderBy('number')
        .limit(limit)
        .execute(),
    )
  }

  frauds(after: number, limit: number): Promise<readonly FraudTable[]> {
    return this.#sql.read((db) =>
      db
        .selectFrom('frauds')
        .selectAll()
        .where('number', '>', after)
        .orderBy('number')
        .limit(limit)
        .execute(),
    )
  }
}

export class ReceiptWriter {
  readonly #db: TrackerTransaction

  constructor(db: TrackerTransaction) {
    this.#db = db
  }

  /** The bytes of the latest receipt of a pair. */
  async latest({ group_id, payer, payee }: PairKey): Promise<Uint8Array | undefined> {
    const row = await this.#db
      .selectFrom('pairs as p')
      .innerJoin('receipts as r', 'r.id', 'p.receipt_id')
      .select('r.bytes')
      .where('p.group_id', '=', group_id)
      .where('p.payer', '=', payer)
      .where('p.payee', '=', payee)
      .executeTakeFirst()
    return row?.bytes
  }

  /** The receipt with this sequence, where it is kept. */
  async atSequence(
    { group_id, payer, payee }: PairKey,
    seq: number,
  ): Promise<Uint8Array | undefined> {
    const row = await this.#db
      .selectFrom('receipts')
      .select('bytes')
      .where('group_id', '=', group_id)
      .where('payer', '=', payer)
      .where('payee', '=', payee)
      .where('seq', '=', seq)
      .executeTakeFirst()
    return row?.bytes
  }

  /** The person a device has said it is of, once it has. */
  async personOf(device: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('peers')
      .select('person')
      .where('id', '=', device)
      .executeTakeFirst()
    return row?.person ?? undefined
  }

  /** Whether the peer has room for one more pair. */
  async hasRoom(peer: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('pairs')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where((where) => where.or([where('payer', '=', peer), where('payee', '=', peer)]))
      .executeTakeFirstOrThrow()
    return row.count < PAIRS_PER_PEER_MAX
  }

  async add(receipt: NewReceipt): Promise<void> {
    await this.#seeParties(receipt)
    await this.#db
      .insertInto('receipts')
      .values({ ...receipt, number: await this.#nextNumber() })
      .execute()
    const latest = {
      receipt_id: receipt.id,
      seq: receipt.seq,
      total_bytes: receipt.total_bytes,
      updated_at_ms: receipt.mirrored_at_ms,
    }
    const { group_id, payer, payee, payer_person, payee_person } = receipt
    await this.#db
      .insertInto('pairs')
      .values({ group_id, payer, payee, payer_person, payee_person, ...latest })
      .onConflict((conflict) =>
        conflict.columns(['group_id', 'payer', 'payee']).doUpdateSet(latest),
      )
      .execute()
    await this.#db
      .deleteFrom('receipts')
      .where('group_id', '=', group_id)
      .where('payer', '=', payer)
      .where('payee', '=', payee)
      .where('seq', '<=', receipt.seq - RECEIPTS_PER_PAIR_MAX)
      .execute()
  }

  /** Whether it was new and wanted. A proof against several devices is one row for each. */
  async addFraud(fraud: NewFraud): Promise<boolean> {
    const { id, accused } = fraud
    const known = await this.#db
      .selectFrom('frauds')
      .select('id')
      .where('accused', '=', accused)
      .execute()
    if (known.length >= FRAUDS_PER_PEER_MAX || known.some((row) => row.id === id)) return false
    await this.#db
      .insertInto('frauds')
      .values({ ...fraud, number: await this.#nextNumber() })
      .execute()
    await this.#seePeer(accused, null, fraud.found_at_ms)
    await this.#db
      .updateTable('peers')
      .set({ fraud_count: sql`fraud_count + 1` })
      .where('id', '=', accused)
      .execute()
    return true
  }

  /** Sums and reputation of a peer, from its pairs. */
  async refresh(peer: string, nowMs: number): Promise<void> {
    const evidence = await this.#db
      .selectFrom('pairs')
      .select(['payer_person as person', 'total_bytes as bytes', 'updated_at_ms as atMs'])
      .where('payee', '=', peer)
      .execute()
    const paid = await this.#db
      .selectFrom('pairs')
      .select(sql<number>`cast(coalesce(sum(total_bytes), 0) as bigint)`.as('bytes'))
      .where('payer', '=', peer)
      .executeTakeFirstOrThrow()
    const row = await this.#db
      .selectFrom('peers')
      .select('fraud_count')
      .where('id', '=', peer)
      .executeTakeFirst()
    await this.#db
      .updateTable('peers')
      .set({
        uploaded_bytes: evidence.reduce((sum, { bytes }) => sum + bytes, 0),
        downloaded_bytes: paid.bytes,
        reputation: reputationOf(evidence, row?.fraud_count ?? 0, nowMs),
      })
      .where('id', '=', peer)
      .execute()
  }

  async #seeParties(receipt: NewReceipt): Promise<void> {
    await this.#seePeer(receipt.payer, receipt.payer_person, receipt.mirrored_at_ms)
    await this.#seePeer(receipt.payee, receipt.payee_person, receipt.mirrored_at_ms)
  }

  async #seePeer(id: string, person: string | null, nowMs: number): Promise<void> {
    await this.#db
      .insertInto('peers')
      .values({ ...NEW_PEER, id, person, created_at_ms: nowMs, seen_at_ms: nowMs })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ person: sql`coalesce(peers.person, excluded.person)` }),
      )
      .execute()
  }

  async #nextNumber(): Promise<number> {
    const row = await this.#db
      .updateTable('counters')
      .set({ value: sql`value + 1` })
      .where('name', '=', 'receipts')
      .returning('value')
      .executeTakeFirstOrThrow()
    return row.value
  }
}
