/** What a code and a stripe may be, and what is held in memory. All are listed in `docs/limits.md`. */

const KIB = 1024
const MIB = 1024 * KIB

/** Data and parity shards of one code together. */
export const TOTAL_SHARDS_MAX = 255
/** All shards of one stripe together. */
export const STRIPE_BYTES_MAX = 1024 * MIB
/** Of each shard when arrays are coded: they pass through memory of this size times the shards. */
export const BLOCK_BYTES = 16 * KIB
/** Inverted matrices that a code keeps. */
export const RECOVERIES_KEPT_MAX = 64
/** Threads of one pool. */
export const POOL_THREADS_MAX = 64
