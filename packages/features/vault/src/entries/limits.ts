/** Limits of entries about backups; they are part of the format. */

/** Objects that one entry announces. */
export const OBJECTS_PER_ENTRY_MAX = 100
/** Statements about shards in one entry. */
export const SHARD_WORDS_MAX = 500
/** Objects of which one entry says what is held: with 64 shards each they are as many items as an entry may have. */
export const HELD_OBJECTS_MAX = 100
/** Helpers that one entry says when they last proved what they hold. */
export const PROOFS_PER_ENTRY_MAX = 200
/** The name of a household, in UTF-8. */
export const HOUSEHOLD_BYTES_MAX = 64
/** What one keeps for another: 2^50 bytes, a pebibyte. */
export const PLEDGE_BYTES_MAX = 2 ** 50
/** What shows that a holder answered wrongly. */
export const EVIDENCE_BYTES_MAX = 4096
/** Sealed keys of a catalog. */
export const CATALOG_KEY_BYTES_MAX = 16_384
/** One sealed batch of operations of a catalog. */
export const CATALOG_BATCH_BYTES_MAX = 60_000
