/** Limits of audits; the first two are part of the format. */

/** Leaves that one challenge asks for. */
export const CHALLENGE_LEAVES_MAX = 8
/** Hashes that prove one leaf: a shard has at most 2^12 of them. */
export const LEAF_PATH_MAX = 12
/** How long an answer may take: who has to fetch a shard from others first is later than that. */
export const ANSWER_MS_MAX = 10_000
/** Challenges of one peer that are answered at a time. */
export const ANSWERS_AT_ONCE_MAX = 4
/** Challenges of one peer within an hour. */
export const CHALLENGES_PER_HOUR_MAX = 600
