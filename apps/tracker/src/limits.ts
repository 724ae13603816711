/** Limits of the tracker; `docs/limits.md` lists them. Units are last in the names. */

const KIB = 1024
const MIB = 1024 * KIB
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const DAY_MS = 24 * 60 * MINUTE_MS

/** Connections to PostgreSQL of one process. */
export const DATABASE_CONNECTIONS_MAX = 10
/** Time to get a connection, waiting for a free one included. */
export const DATABASE_CONNECT_MS_MAX = 5 * SECOND_MS
/** Time of one statement, and of a transaction that does nothing. */
export const DATABASE_STATEMENT_MS_MAX = 15 * SECOND_MS
/** How long a process waits for another one that writes to the same SQLite file. */
export const BUSY_MS_MAX = 5 * SECOND_MS
/** Prepared SQLite statements that are kept. */
export const STATEMENTS_PREPARED_MAX = 256
/** How often a transaction is tried that the database gave up because of another one. */
export const TRANSACTION_TRIES_MAX = 5
/** Largest blob that is announced: 2^40 bytes, as `blobs` has it. */
export const ANNOUNCED_BYTES_MAX = 1024 * 1024 * MIB

/** Entries of one announcement, topics of one withdrawal, receipts of one upload. */
export const BULK_ITEMS_MAX = 1000
/** How long an announcement stands; peers repeat it before. */
export const HOLDING_MS_MAX = 30 * MINUTE_MS
/** How long that of a PeerNet peer stands, which is never repeated; every request of it renews all of them. */
export const PEERNET_HOLDING_MS_MAX = DAY_MS
/** Swarms that one peer announces at a time. */
export const HOLDINGS_PER_PEER_MAX = 50_000
/** Addresses of one peer in one swarm, and the length of each. */
export const ADDRESSES_MAX = 8
export const ADDRESS_LENGTH_MAX = 200
/** Runs of chunks in one announcement; a peer that holds more of them tells its sum alone. */
export const CHUNK_RUNS_MAX = 1024
/** Bytes of these runs. */
export const CHUNK_RUNS_BYTES_MAX = 8 * KIB
/** Public name, description and link of a swarm, in characters. */
export const NAME_LENGTH_MAX = 200
export const DESCRIPTION_LENGTH_MAX = 1000
export const LINK_LENGTH_MAX = 2048
/** Words of one swarm that the search finds, and the length of each. */
export const WORDS_MAX = 32
export const WORD_LENGTH_MAX = 40
/** Words of one search. */
export const SEARCH_WORDS_MAX = 8
/** A topic of PeerNet, which takes any text for a hash. */
export const TOPIC_LENGTH_MAX = 128
/** Chunks of a PeerNet file: 1 TiB of 1 MiB each. */
export const PEERNET_CHUNKS_MAX = 1_048_576
/** Chunks that one PeerNet look-up lists. */
export const PEERNET_LOOKUP_CHUNKS_MAX = 65_536
/** Peers that one look-up names. */
export const LOOKUP_PEERS_MAX = 200
/** Rows of one page. */
export const PAGE_ROWS_MAX = 200
/** Expired holdings that one step of the sweep takes. */
export const SWEEP_ROWS_MAX = 1000
/** How often is swept. */
export const SWEEP_MS = 30 * SECOND_MS
/** A swarm that nobody holds is forgotten after this time. */
export const SWARM_IDLE_MS_MAX = 7 * DAY_MS
/** How long the activity of a minute is kept. */
export const ACTIVITY_MS_MAX = 32 * DAY_MS
/** How often a process writes down what it counted. */
export const ACTIVITY_FLUSH_MS = 5 * SECOND_MS
/** Feedback that one peer has stored; the oldest goes first. */
export const FEEDBACK_PER_PEER_MAX = 10_000

/** Life of a token; of a session of renewed ones, for a person at the dashboard; of a challenge. */
export const TOKEN_MS_MAX = 15 * MINUTE_MS
export const SESSION_MS_MAX = DAY_MS
export const CHALLENGE_MS_MAX = MINUTE_MS
/** A token itself, in characters. */
export const TOKEN_LENGTH_MAX = 2048
/** A key signs for this long; then it only verifies, until the next one is as old. */
export const SIGNING_KEY_MS = DAY_MS
/** How long a process may not know that a token was ended at another one. */
export const SPENT_STALE_MS_MAX = 2 * SECOND_MS
/** Ids whose state a process remembers. */
export const SPENT_REMEMBERED_MAX = 50_000
/** Passwords, in characters. */
export const PASSWORD_LENGTH_MIN = 8
export const PASSWORD_LENGTH_MAX = 1024
/** What a password costs: argon2id over 19 MiB, two passes, one lane (OWASP's first choice). */
export const PASSWORD_MEMORY_KIB = 19 * KIB
export const PASSWORD_PASSES = 2
/** Passwords that one process hashes at a time, and those that wait; beyond it the answer is 503. */
export const PASSWORDS_HASHED_AT_ONCE_MAX = 2
export const PASSWORDS_WAITING_MAX = 64

/** Connections of one process, and those from one address. */
export const CONNECTIONS_MAX = 2000
/** Requests per second of one identity, and how many it may save up: a PeerNet peer announces each chunk by itself. */
export const IDENTITY_REQUESTS_PER_SECOND_MAX = 100
export const IDENTITY_REQUEST_BURST_MAX = 1000
/** Announced entries and mirrored receipts per second of one identity, and how many it may save up. */
export const IDENTITY_ITEMS_PER_SECOND_MAX = 200
export const IDENTITY_ITEM_BURST_MAX = 20_000
/** Requests per second of one address (of IPv6, of one /64), and how many it may save up. */
export const ADDRESS_REQUESTS_PER_SECOND_MAX = 200
export const ADDRESS_REQUEST_BURST_MAX = 2000
/** Attempts to log in per minute of one address, and how many it may save up. */
export const ADDRESS_LOGINS_PER_MINUTE_MAX = 30
export const ADDRESS_LOGIN_BURST_MAX = 30
/** Wrong passwords per minute for one account, whoever tries; beyond it even the right one waits. */
export const ACCOUNT_FAILURES_PER_MINUTE_MAX = 5
export const ACCOUNT_FAILURE_BURST_MAX = 10
/** Buckets that a process remembers; the one unused for longest goes first, and is full when it comes back. */
export const BUCKETS_MAX = 50_000
/** How long a stop waits for requests under way. */
export const STOP_MS_MAX = 10 * SECOND_MS
/** What the swarm engine calls a chunk, in bytes: the unit of announced runs. */
export const CHUNK_BYTES = 256 * KIB
/** How far a peer's own experience moves another one in its look-ups, either way; a reputation is 0 to 1. */
export const EXPERIENCE_MAX = 1

/** Receipts of one ordered pair that are kept: totals are cumulative, the latest says everything. */
export const RECEIPTS_PER_PAIR_MAX = 100
/** Pairs of one peer, as payer or as payee, that are mirrored. */
export const PAIRS_PER_PEER_MAX = 10_000
/** What is known of a peer counts half after this time. */
export const REPUTATION_HALF_LIFE_MS = 30 * DAY_MS
/** Persons whose receipts count fully for one reputation, so that one of them is a twentieth at most. */
export const REPUTATION_PERSONS_MAX = 20
/** What one person has to have received from a peer to count fully. */
export const REPUTATION_PERSON_BYTES = 1024 * MIB
/** A proven fraud weighs as much as so many persons that count fully. */
export const REPUTATION_FRAUD_WEIGHT = 10
/** Proofs of fraud of one upload, and those against one device that are kept: one says as much as a hundred. */
export const PROOFS_MAX = 20
export const FRAUDS_PER_PEER_MAX = 10
