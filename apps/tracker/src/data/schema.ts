/**
 * The tables of the tracker, as TypeScript: one shape for PostgreSQL and SQLite.
 *
 * The idea: everything a tracker knows is a copy of what peers have said or signed, so it can be lost and comes back as
 * peers announce again. What cannot be made anew (accounts, keys) is small.
 *
 * Conventions, so that both databases mean the same:
 * 1. Times are milliseconds since the Unix epoch, sizes are bytes; both are `bigint` columns that hold safe integers.
 * 2. Flags are 0 or 1. Bytes are `bytea` or `blob` and come as `Uint8Array`. Lists are JSON text.
 * 3. `number` columns order what can be read page by page; they are taken from `counters` in the same transaction that
 *    inserts the row, so that a lower number is never committed after a higher one.
 *
 * `test/data/conformance.test.ts` compares this file with what the migrations make.
 */

import type { Kysely } from 'kysely'

/** A person at the dashboard, or a peer that knows no keys (PeerNet). */
export interface AccountTable {
  /** A UUID. */
  readonly id: string
  /** Unique: what is typed at login; of a PeerNet peer its address, `host:port`. */
  readonly name: string
  /** PHC text of argon2id, or an imported `$2…$` of bcrypt until the next login. */
  readonly password_hash: string
  readonly created_at_ms: number
  readonly logged_in_at_ms: number | null
}

export interface PeerTable {
  /** 64 hex digits of the device's Ed25519 key; of a PeerNet peer the id of its account. */
  readonly id: string
  readonly account_id: string | null
  /** 64 hex digits of the person, once a receipt names it; else null. */
  readonly person: string | null
  /** Of a PeerNet peer, `host:port`; others announce addresses with each swarm. */
  readonly address: string | null
  /** 0 to 1, from mirrored receipts and proofs; 0.5 knows nothing. */
  readonly reputation: number
  /** Sums of its pairs, as payee and as payer. */
  readonly uploaded_bytes: number
  readonly downloaded_bytes: number
  /** Proofs of fraud against it. */
  readonly fraud_count: number
  readonly created_at_ms: number
  readonly seen_at_ms: number
}

/** Whatever several peers hold: a blob by its topic, or a PeerNet file by its hash. */
export interface SwarmTable {
  /** 64 hex digits; knowing it is what allows to see addresses. Never shown at the dashboard. */
  readonly topic: string
  /** 32 hex digits of a hash of the topic: the name of the swarm wherever the topic must not be told. */
  readonly handle: string
  /** Present where an announcer made it public. */
  readonly name: string | null
  readonly description: string | null
  /** A public link to it, present where an announcer gave one. */
  readonly link: string | null
  /** 0 when it is not known (PeerNet announces no size). */
  readonly size_bytes: number
  readonly chunk_count: number
  /** Peers that hold some of it, and all of it, as of the last change. */
  readonly peer_count: number
  readonly seed_count: number
  readonly created_at_ms: number
  readonly seen_at_ms: number
}

/** The words of public names and descriptions, for the search. */
export interface SwarmWordTable {
  readonly word: string
  readonly topic: string
}

/** What one peer holds of one swarm. */
export interface HoldingTable {
  readonly topic: string
  readonly peer_id: string
  readonly held_bytes: number
  /** 1 when all of it. */
  readonly is_complete: number
  /** Runs of chunks (`chunk-runs.ts`); null where it was not told, or all is held. */
  readonly chunks: Uint8Array | null
  /** JSON list of addresses. */
  readonly addresses: string
  readonly announced_at_ms: number
  readonly expires_at_ms: number
}

/** The hash of one chunk as one peer announced it (PeerNet). */
export interface ChunkHashTable {
  readonly topic: string
  readonly chunk_index: number
  readonly peer_id: string
  readonly chunk_hash: string
}

/** Receipts as they were handed in: checked, never changed. */
export interface ReceiptTable {
  /** 64 hex digits: hash of the receipt's unsigned body. */
  readonly id: string
  readonly number: number
  readonly group_id: string
  readonly swarm: string
  readonly payer: string
  readonly payee: string
  readonly payer_person: string
  readonly payee_person: string
  readonly seq: number
  /** Cumulative for this payer, payee and group. */
  readonly total_bytes: number
  readonly piece_count: number
  readonly window_start_ms: number
  readonly window_end_ms: number
  readonly bytes: Uint8Array
  readonly mirrored_at_ms: number
}

/** The latest receipt of each ordered pair in a group: who owes whom. */
export interface PairTable {
  readonly group_id: string
  readonly payer: string
  readonly payee: string
  readonly payer_person: string
  readonly payee_person: string
  readonly receipt_id: string
  readonly seq: number
  readonly total_bytes: number
  readonly updated_at_ms: number
}

/** Proofs of fraud that anybody can verify. */
export interface FraudTable {
  /** 64 hex digits: hash of the proof, which may prove several devices. */
  readonly id: string
  readonly number: number
  readonly kind: string
  /** The device that is proven, and its person where known. */
  readonly accused: string
  readonly accused_person: string | null
  readonly proof: Uint8Array
  /** `null` when the tracker found it itself. */
  readonly reporter: string | null
  readonly found_at_ms: number
}

/** What a peer says of another: counts for its own look-ups alone. */
export interface FeedbackTable {
  readonly id: string
  readonly reporter: string
  readonly target: string
  readonly topic: string
  readonly chunk_index: number
  readonly event_type: string
  readonly created_at_ms: number
}

/** Ids that work once: challenges that were answered, tokens that were renewed or ended. */
export interface SpentIdTable {
  readonly id: string
  readonly expires_at_ms: number
}

/** Keys that sign tokens, one a day; every process of the tracker uses the same. */
export interface SigningKeyTable {
  readonly id: string
  /** The 32-byte seed of an Ed25519 key. */
  readonly seed: Uint8Array
  readonly created_at_ms: number
}

/** Numbers that processes share: last numbers given out, and until when a task is taken. */
export interface CounterTable {
  readonly name: string
  readonly value: number
}

/** How much of something happened in one minute, all processes together. */
export interface ActivityTable {
  readonly minute_ms: number
  /** One of `ACTIVITIES`. */
  readonly name: string
  readonly value: number
}

/** What is counted by the minute, for the dashboard: bytes of mirrored receipts, and requests that were granted. */
export const ACTIVITIES = ['receipt-bytes', 'receipts', 'announces', 'lookups', 'logins'] as const
export type Activity = (typeof ACTIVITIES)[number]

export interface TrackerTables {
  readonly accounts: AccountTable
  readonly peers: PeerTable
  readonly swarms: SwarmTable
  readonly swarm_words: SwarmWordTable
  readonly holdings: HoldingTable
  readonly chunk_hashes: ChunkHashTable
  readonly receipts: ReceiptTable
  readonly pairs: PairTable
  readonly frauds: FraudTable
  readonly feedback: FeedbackTable
  readonly spent_ids: SpentIdTable
  readonly signing_keys: SigningKeyTable
  readonly counters: CounterTable
  readonly activity: ActivityTable
}

export type TrackerDatabase = Kysely<TrackerTables>
export type SqlDialect = 'postgres' | 'sqlite'
