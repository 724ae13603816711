/** Limits of plans; none of them is part of a format. */

/** Text of a goal that somebody types. */
export const GOAL_LENGTH_MAX = 300
/** Losses that a goal may ask to survive. */
export const GOAL_LOSSES_MAX = 63
/** Shards that a plan asks for to read an object: whoever reads has to reach so many at once. */
export const PLAN_NEEDED_MAX = 16
/** Uptime is measured in so many windows, 30 days in all. */
export const UPTIME_WINDOWS_MAX = 60
