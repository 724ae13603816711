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

/** Records in the journal of what is held of a blob, before it is looked at whether fewer would do. */
export const HELD_RECORDS_SPARE = 1024

/** Blobs up to here lie together in packs, larger ones in files of their own. */
export const SMALL_BLOB_BYTES_MAX = 64 * KIB
/** A pack, before the next begins. */
export const PACK_BYTES = 64 * MIB
/** What a pack's frame says of a blob, encoded. */
export const BLOB_RECORD_BYTES_MAX = 128 * KIB
/** A pin's label or a tag, in UTF-8. */
export const BLOB_LABEL_BYTES_MAX = 200
/** Pins of one blob. */
export const BLOB_PINS_MAX = 256
/** Tags of one blob. */
export const BLOB_TAGS_MAX = 64
/** Packs are compacted when this much of them belongs to nothing, and it is more than the rest. */
export const PACK_GARBAGE_BYTES_MIN = 4 * MIB
/** A use is written down when the last one that was is this long ago. */
export const USE_RECORD_MS = 60 * 60 * 1000
/** Between two syncs of a blob that streams in. */
export const INCOMING_SYNC_BYTES = 64 * MIB
/** Blobs kept open though nobody uses them. */
export const BODIES_IDLE_MAX = 32
/** Blobs that collection removes between two syncs. */
export const COLLECT_STEP_BLOBS = 64

/** Blobs that a mesh cache keeps open for its peers. */
export const MESH_SHARED_MAX = 1024

/** Room that a blob of yet unknown size takes ahead, if there is as much. */
export const ROOM_STEP_BYTES = 4 * MIB
