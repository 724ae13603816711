/** Limits of the dashboard; `docs/limits.md` lists them. */

/** Rows of one page of a list. */
export const BOARD_PAGE_ROWS_MAX = 100
/** Of a word that more swarms have than this, the first ones are searched. */
export const SEARCH_MATCHES_MAX = 5000
/** Bitfields read for one request; of a larger swarm as many peers are counted as fit. */
export const BITFIELD_BYTES_MAX = 4 * 1024 * 1024
export const BITFIELDS_MAX = 2000
/** Bitfields of each swarm in a list. */
export const LISTED_BITFIELDS_MAX = 30
/** Columns of a pieces bar. */
export const PIECE_COLUMNS_MAX = 160
/** As many people as a picture of flows shows by name. */
export const FLOW_PEOPLE_MAX = 8
/** How far a list of people can be read; who is further down is found by the search. */
export const PEOPLE_SKIPPED_MAX = 100_000
/** People who follow the live figures of one process. */
export const BOARD_LISTENERS_MAX = 200
