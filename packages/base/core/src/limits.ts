/**
 * Limits shared by several packages: what a peer, a file or a client can make this process hold or do.
 *
 * Every decoder checks a limit before it allocates. Units are last in the name. A limit that only one package needs
 * stands next to its code; all of them are listed in `docs/limits.md`. The values on signed or stored data
 * (`PAYLOAD_BYTES_MAX`, `HEADER_BYTES_MAX`, `DEPS_MAX`, `CBOR_*`) decide validity and are therefore part of the
 * formats: changing one is a format change.
 */

const KIB = 1024
const MIB = 1024 * KIB
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

/** Ciphertext of one entry; anything larger belongs in a blob. */
export const PAYLOAD_BYTES_MAX = 64 * KIB
/** Encoded header of one entry. */
export const HEADER_BYTES_MAX = 4 * KIB
/** Causal predecessors named by one entry. */
export const DEPS_MAX = 32

/** One frame on any stream, checked against its length prefix before anything is allocated. */
export const FRAME_BYTES_MAX = MIB
/** Nested arrays, maps and tags in one CBOR value. */
export const CBOR_DEPTH_MAX = 32
/** Items in one CBOR value: every scalar, array, map, key and tag counts as one. */
export const CBOR_ITEMS_MAX = 10_000
/** One text or byte string inside a CBOR value. */
export const STRING_BYTES_MAX = MIB

/** Name of a space, a room, a person or a device, in UTF-8. */
export const NAME_BYTES_MAX = 200

/** An entry dated further ahead of the local clock waits in quarantine until it is due. */
export const CLOCK_AHEAD_MS_MAX = 5 * MINUTE_MS
/** Quarantined entries of one author. */
export const QUARANTINE_ENTRIES_MAX = 1000
/** Quarantined bytes of one author. */
export const QUARANTINE_BYTES_MAX = MIB

/** Content entries one device writes in one space in 24 hours, unless the space's policy says otherwise. */
export const DEVICE_ENTRIES_PER_DAY_MAX = 10_000
/** Bytes of them, as they lie on the disk. */
export const DEVICE_BYTES_PER_DAY_MAX = 64 * MIB
/** Beyond that kept free for control entries: nobody's removal waits because somebody wrote a lot. */
export const CONTROL_ENTRIES_PER_DAY_RESERVE = 1000
export const CONTROL_BYTES_PER_DAY_RESERVE = 8 * MIB

/** Signed heads of one peer, each with its entries, waiting to be checked and stored. */
export const SIGNATURES_QUEUED_MAX = 2000
/** How long a peer that sent a bad signature stays refused. */
export const BAD_SIGNATURE_BAN_MS = 10 * MINUTE_MS

/** Rounds of comparing frontiers that a peer may cause in a minute, per space. */
export const SYNC_ROUNDS_MAX = 64

/** Time a new connection has to finish its handshake. */
export const HANDSHAKE_MS_MAX = 10 * SECOND_MS
/** Time a request to a peer may take. */
export const REQUEST_MS_MAX = 30 * SECOND_MS
/** Time a stream may stay silent. */
export const IDLE_MS_MAX = 60 * SECOND_MS

/** A join request from a stranger. */
export const JOIN_REQUEST_BYTES_MAX = 8 * KIB
/** Join requests from one device, and from one address block, in one hour. */
export const JOIN_REQUESTS_PER_HOUR_MAX = 3

/** Output of one decompression. */
export const DECOMPRESSED_BYTES_MAX = 16 * MIB
/** Output bytes per input byte of one decompression. */
export const DECOMPRESSION_RATIO_MAX = 100
