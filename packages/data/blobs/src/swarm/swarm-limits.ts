/** Limits of swarms: what a peer can make this device hold, do or wait for. Those on messages are part of the format. */

import { FRAME_BYTES_MAX } from '@hamlet/core'

const KIB = 1024
const MIB = 1024 * KIB
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

/** Chunks of the largest blob, 1 TiB in chunks of 256 KiB. */
export const SWARM_CHUNKS_MAX = 2 ** 22
/** Uncle hashes beside one chunk: the height of the tree above it in the largest blob. */
export const SWARM_UNCLES_MAX = 22
/** Stretches named by one `have`. */
export const SWARM_HAVE_RANGES_MAX = 4096
/** Chunks asked for by one `request`. */
export const SWARM_REQUESTS_PER_MESSAGE_MAX = 64
/** Chunks that one peer has asked us for and that wait for their answers; more end the connection. */
export const SWARM_REQUESTS_QUEUED_MAX = 128
/** Chunks asked of one peer at once, whatever its rate. */
export const SWARM_WINDOW_MAX = 64
/** Memory of chunks that were given out, kept for the next ones, of all peers together. */
export const SWARM_SPARE_CHUNKS_MAX = 32
/** Swarms that one peer has open with us. */
export const SWARM_CHANNELS_MAX = 1024
/** Names under which a blob may be counted, of one `open`. */
export const SWARM_TERMS_MAX = 8
/** Receipts that were not answered yet, in one message, or one with the second signature. */
export const SWARM_RECEIPT_BYTES_MAX = 40_000
/** Peers named by one `peers`. */
export const SWARM_PEERS_MAX = 32
/** Addresses of one of them, and the characters of one. */
export const SWARM_ADDRESSES_MAX = 4
export const SWARM_ADDRESS_BYTES_MAX = 160
/** A message fits one frame of any line. */
export const SWARM_MESSAGE_BYTES_MAX = FRAME_BYTES_MAX

/** Peers that are asked for one blob; further sources wait until one of them goes. */
export const SWARM_SOURCES_MAX = 64
/** Sources remembered of one blob, asked or not. */
export const SWARM_SOURCES_KNOWN_MAX = 1024
/** Messages other than chunks and requests that one peer may send at once, and each second. */
export const SWARM_TALK_BURST = 5000
export const SWARM_TALK_PER_SECOND = 200
/** Requests for what was never offered, or made while choked, before a peer is refused. */
export const SWARM_OFFENCES_MAX = 64
/** How long a peer that lied or broke the protocol is refused. */
export const SWARM_BAN_MS = 10 * MINUTE_MS
/** Peers remembered as refused, oldest first out. */
export const SWARM_BANNED_MAX = 1000

/** What goes unsigned to one peer where no `SwarmAccounts` says otherwise. */
export const SWARM_STEP_BYTES_MIN = MIB
/** The most that may. */
export const SWARM_STEP_BYTES_MAX = 16 * MIB
/** A step that was never signed for is forgiven over so long, as far as anything is: it may have been lost with a connection. */
export const SWARM_FORGIVE_MS = 30 * SECOND_MS
/** What is forgiven at all, whether anything was signed or not: with the first chunk it is the smallest step. */
export const SWARM_FORGIVEN_BYTES = 768 * KIB
/** Beyond it, one byte of so many that were signed. */
export const SWARM_FORGIVEN_PART = 4
/** To whom nothing went for so long, that begins anew. */
export const SWARM_DEBT_MS_MAX = 7 * 24 * 60 * MINUTE_MS
/** Peers with unsigned bytes remembered after they left, oldest first out. */
export const SWARM_DEBTORS_MAX = 10_000

/** A source is waited for at least and at most so long before others are asked for the same. */
export const SWARM_ANSWER_MS_MIN = 3 * SECOND_MS
export const SWARM_ANSWER_MS_MAX = 30 * SECOND_MS
/** Until a hello that was not answered is said again. */
export const SWARM_GREET_MS = 10 * SECOND_MS
/** After so long without any answer a source is left, not refused. */
export const SWARM_SILENT_MS_MAX = 2 * MINUTE_MS
/** Peers that ask at once for the same chunk in the endgame. */
export const SWARM_DUPLICATES_MAX = 3
/** Bytes of a web seed held before its hashes are known: a blob up to this size is read once. */
export const SWARM_UNPROVEN_BYTES_MAX = 32 * MIB
/** Reads of one web seed at once. */
export const SWARM_WEB_READS_MAX = 4
