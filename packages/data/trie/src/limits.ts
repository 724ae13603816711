/** Limits of a trie. Those on what is stored are part of the format (`docs/formats/trie.md`). */

/** A key. */
export const TRIE_KEY_BYTES_MAX = 4096
/** Components of a key: one more than its separators. */
export const TRIE_KEY_COMPONENTS_MAX = 128
/** A value: with the longest key and the most pointers a node still fits one block. */
export const TRIE_VALUE_BYTES_MAX = 768 * 1024
/** What the founder of a trie may write beside the hash key. */
export const TRIE_METADATA_BYTES_MAX = 4096
/** Keys of one path besides the newest: with an unbroken hash there is never even one. */
export const TRIE_BUCKET_NODES_MAX = 64
/** Operations of one batch: as many blocks, and a header, fit one append. */
export const TRIE_BATCH_OPERATIONS_MAX = 500_000
/** Calls that wait together are written together until they hold this much. */
export const TRIE_GROUP_BYTES_MAX = 8 * 1024 * 1024
/** Decoded nodes kept in memory. */
export const TRIE_CACHE_NODES = 65_536
/** A node whose block is larger is read again each time. */
export const TRIE_CACHE_NODE_BYTES_MAX = 4096
/** Nodes that one walk passes. Keys of 128 components in crowded folders need some two hundred; a longer walk is refused. */
export const TRIE_WALK_NODES_MAX = 512
/** Blocks loaded at the same time when many are needed. */
export const TRIE_LOADS_MAX = 64
/** Blocks that one hint may name. */
export const TRIE_HINT_BLOCKS_MAX = 1024
/** Blocks in one proof: those of a walk, a bucket, and the header. */
export const TRIE_PROOF_BLOCKS_MAX = 1024
/** Hashes in one proof. */
export const TRIE_PROOF_HASHES_MAX = 65_536
/** One proof, encoded. */
export const TRIE_PROOF_BYTES_MAX = 64 * 1024 * 1024
