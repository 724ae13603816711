/** Limits of entries about shares; they are part of the format. */

/** Shares that one entry says how much of it is held. */
export const HOLDINGS_MAX = 500
/** Web seeds that one entry names for a share, and the address of one. */
export const ENTRY_WEB_SEEDS_MAX = 8
export const ENTRY_WEB_SEED_BYTES_MAX = 300
