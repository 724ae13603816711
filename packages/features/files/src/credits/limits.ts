/** Limits of receipts and credits. Those of encoded objects decide whether they count and are therefore part of the formats. */

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** One receipt with both signatures. */
export const RECEIPT_BYTES_MAX = 512
/** What one device ever receives from another in one group: 256 TiB. */
export const RECEIPT_TOTAL_BYTES_MAX = 2 ** 48
/** Time that one receipt speaks of. */
export const RECEIPT_WINDOW_MS_MAX = DAY_MS
/** The most one chunk of a swarm carries; `CHUNK_BYTES` of the blob store. */
export const PIECE_BYTES_MAX = 256 * KIB
/** Chunks that one receipt covers. */
export const RECEIPT_PIECES_MAX = 4096
/** A receipt with the chunks it covers and the one before it, as the downloader sends it. */
export const CLAIM_BYTES_MAX = 40_000
/** A countersigned receipt with the step, as the uploader sends it back. */
export const ANSWER_BYTES_MAX = 1 * KIB
/** The stored state of one account, all unsigned chunks included. */
export const ACCOUNT_BYTES_MAX = 512 * KIB
/** Chunks of one account that no receipt covers yet; older ones are forgotten. */
export const UNSIGNED_PIECES_MAX = 16_384

/** What may go unsigned to somebody who never signed anything. */
export const STEP_BYTES_MIN = 1 * MIB
/** What may go unsigned to somebody who signed a lot. */
export const STEP_BYTES_MAX = 16 * MIB
/** The step is at most this part of what was signed so far, beyond the smallest. */
export const STEP_SHARE = 16
/** Receipts of one account that were signed and not answered yet; more bytes wait for an answer. */
export const UNANSWERED_MAX = 64
/** Chunks that these cover together, and one of them. */
export const UNANSWERED_PIECES_MAX = 2048
export const SIGNED_PIECES_MAX = 1024
/** Blobs of which an account remembers how much went, and for how long. */
export const SETTLED_SWARMS_MAX = 256
export const SETTLED_MS_MAX = 7 * DAY_MS

/** How fast one device can get bytes from another, ten gigabits a second; a claim beyond it is a lie. */
export const RATE_BYTES_PER_SECOND_MAX = 1_250_000_000
/** Of a blob, how much one device may need twice from another within `SETTLED_MS_MAX`, as a share of its size. */
export const REDOWNLOAD_SHARE = 1

/** One transfer with both signatures. */
export const TRANSFER_BYTES_MAX = 1 * KIB
/** Amount of one transfer. */
export const TRANSFER_AMOUNT_MAX = RECEIPT_TOTAL_BYTES_MAX
/** What a transfer says it is for, in UTF-8. */
export const TRANSFER_NOTE_BYTES_MAX = 200
/** One fraud proof, certificates included. */
export const FRAUD_PROOF_BYTES_MAX = 2 * KIB
/** An admin's word on a proof, in UTF-8. */
export const FRAUD_NOTE_BYTES_MAX = 1000

/** What a member may owe the group once it has been there for `CREDIT_AGE_MS`. */
export const CREDIT_BYTES = 64 * GIB
/** The part of it that a newcomer may owe at once. */
export const CREDIT_NEWCOMER_SHARE = 0.125
export const CREDIT_AGE_MS = 30 * DAY_MS
/** What somebody beyond their credit still gets from each device, in a day and at once. */
export const ALLOWANCE_BYTES_PER_DAY = 256 * MIB
export const ALLOWANCE_BYTES_MAX = 256 * MIB

/** People among whom contribution is found by exact flow; among more, by walks. */
export const FLOW_NODES_MAX = 500
/** Steps from the viewer to somebody. */
export const FLOW_HOPS_MAX = 3
/** Walks from a viewer among more people than that. */
export const WALKS_PER_VIEWER = 10_000
export const WALK_STEPS_MAX = 8
/** A weight of this much reads as one half. */
export const CONTRIBUTION_HALF_BYTES = 1 * GIB
/** One counterparty counts for at most this share of somebody's weight where there are forty or more of them. */
export const PAIR_SHARE_MIN = 0.05
/** After this an outcome counts half. */
export const RELIABILITY_HALF_LIFE_MS = 30 * DAY_MS
/** Share of the upload slots that go by standing; the rest goes round. */
export const SLOT_SHARE_BY_STANDING = 0.75
/** Outcomes of transfers one device keeps about one person. */
export const OUTCOMES_MAX = 1000

/** An exported file of receipts. */
export const EXPORT_BYTES_MAX = 32 * MIB
export const EXPORT_RECEIPTS_MAX = 20_000
