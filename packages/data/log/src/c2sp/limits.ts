/** Limits of published logs, cosignatures and witnesses. The first three belong to the formats. */

/** Bytes of one published entry: what two bytes of length can say. */
export const ENTRY_BYTES_MAX = 65_535
/** Bytes of the largest bundle of 256 entries there can be. */
export const BUNDLE_BYTES_MAX = 256 * (2 + ENTRY_BYTES_MAX)
/** Hashes in the consistency proof that is sent to a witness. */
export const WITNESS_PROOF_HASHES_MAX = 63
/** Bytes of a request to a witness: the lines before the checkpoint, and a checkpoint. */
export const WITNESS_REQUEST_BYTES_MAX = 256 * 1024
/** Bytes of a witness's answer. */
export const WITNESS_ANSWER_BYTES_MAX = 64 * 1024
/** Bytes of a proof that an entry is in a log. */
export const ENTRY_PROOF_BYTES_MAX = 256 * 1024
/** Verified tiles that a reader keeps at hand, 8 KiB each. */
export const TILES_CACHED_MAX = 256
/** Problems that one verification of a published log lists; it goes on counting. */
export const PROBLEMS_LISTED_MAX = 500
/** Files, and bytes of them, that are written together when a log is published. */
export const PUBLISH_BATCH_FILES = 16
export const PUBLISH_BATCH_BYTES = 8 * 1024 * 1024
