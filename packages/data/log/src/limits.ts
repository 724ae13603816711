/** Limits of one log. Those on stored data are part of the format (`docs/formats/log.md`). */

import { FRAME_BYTES_MAX } from '@hamlet/core'

/** Room beside the block in a range that must fit one frame of a stream: head, extension, counts. */
const RANGE_OVERHEAD_BYTES_MAX = 4096
/** A block travels in one range, a range in one frame. */
export const BLOCK_BYTES_MAX = FRAME_BYTES_MAX - RANGE_OVERHEAD_BYTES_MAX
/** Blocks of one append call or one range. */
export const COMMIT_BLOCKS_MAX = 1_000_000
/** Bytes of one append call. */
export const COMMIT_BYTES_MAX = 256 * 1024 * 1024
/** Append calls are grouped into one commit until it holds this much. */
export const GROUP_BYTES_MAX = 8 * 1024 * 1024
/** Blocks in one range of a peer. */
export const RANGE_BLOCKS_MAX = 16_384
/** Hashes in one proof: a tree of 2^53 leaves needs no more. */
export const PROOF_HASHES_MAX = 64
/** A leaf in a fork point: a log whose leaves are larger has fork proofs only. */
export const FORK_LEAF_BYTES_MAX = 8192
/** Truncations of one log: all of them are kept, and shown to whoever copies it. */
export const TRUNCATIONS_MAX = 256
/** The key of a value kept beside a log, in UTF-8. */
export const USER_DATA_KEY_BYTES_MAX = 64
/** The file of all values kept beside a log. */
export const USER_DATA_BYTES_MAX = 64 * 1024
/** A commit begins a new segment once the current one is this large. */
export const SEGMENT_BYTES = 64 * 1024 * 1024
/** A mark is due after this many blocks, so that open after a crash reads at most about as many again. */
export const MARK_BLOCKS = 8192
/** A mark is due after this many bytes. */
export const MARK_BYTES = 16 * 1024 * 1024
/** Derived files are written in pieces of this size. */
export const DERIVED_BUFFER_BYTES = 64 * 1024
/** Hashes in one piece of a sparse copy, or asked for at once. */
export const PIECE_NODES_MAX = 8192
/** A file of a sparse copy's blocks is left for the next one once it is this large. */
export const BLOCK_FILE_BYTES = 64 * 1024 * 1024
/** Logs open at once on one line. */
export const CHANNELS_MAX = 4096
/** Stretches of blocks named by one `have`. */
export const HAVE_RANGES_MAX = 4096
/** Stretches remembered of what one peer holds of one log; what it says beyond is ignored. */
export const HELD_RANGES_MAX = 65_536
/** Name of an extension, in printable ASCII. */
export const EXTENSION_NAME_BYTES_MAX = 64
/** Wants and asks of one peer about one log that wait for an answer; more end the connection. */
export const WANTS_QUEUED_MAX = 256
/** Questions to one peer about one log that wait for an answer; the rest waits here. */
export const ASKS_OPEN_MAX = 128
/** Blocks that come with an answer. */
export const ANSWER_BLOCK_BYTES_MAX = 256 * 1024
/** What an extension answers. */
export const ANSWER_BYTES_MAX = 64 * 1024
