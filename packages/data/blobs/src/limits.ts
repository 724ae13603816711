/** The sizes of blobs, which are part of the formats, and what a store holds in memory. All are listed in `docs/limits.md`. */

const KIB = 1024
const MIB = 1024 * KIB

/** What BEP 52 hashes at once; the last leaf of a blob is shorter. */
export const LEAF_BYTES = 16 * KIB
/** Leaves under the node of one chunk. */
export const CHUNK_LEAVES = 16
/** What is asked for, answered, verified and stored at once; the last chunk of a blob is shorter. */
export const CHUNK_BYTES = CHUNK_LEAVES * LEAF_BYTES
/** The largest blob: 2^40 bytes. */
export const BLOB_BYTES_MAX = MIB * MIB
