/** Limits of entries about shares; they are part of the format. */

/** Shares that one entry says how much of it is held. */
export const HOLDINGS_MAX = 500
