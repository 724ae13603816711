/** Limits of what is coded and kept by others; all but the last are part of the format. */

import { SEGMENT_BYTES, SEGMENT_PLAIN_BYTES } from '@hamlet/blobs'

/** Sealed segments of one object. */
export const OBJECT_SEGMENTS_MAX = 1024
/** What one object holds: 67,092,480 bytes. */
export const OBJECT_PLAIN_BYTES_MAX = OBJECT_SEGMENTS_MAX * SEGMENT_PLAIN_BYTES
/** What one object is before it is coded: 64 MiB. */
export const OBJECT_CIPHER_BYTES_MAX = OBJECT_SEGMENTS_MAX * SEGMENT_BYTES
/** Shards of one object, at most as many as people could ever be asked. */
export const OBJECT_SHARDS_MAX = 64
/** Of each shard in one stripe: a sealed segment, so that a range of a file lies in few pieces. */
export const STRIPE_PIECE_BYTES = SEGMENT_BYTES
/** Sealed stripes that wait for the slowest of the shards while an object is written. */
export const STRIPES_AHEAD_MAX = 2
