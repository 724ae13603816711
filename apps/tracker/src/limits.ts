/** Limits of the tracker; `docs/limits.md` lists them. Units are last in the names. */

const KIB = 1024
const MIB = 1024 * KIB
const SECOND_MS = 1000

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
