/** Limits of the ledger. Those of bodies decide whether an entry counts and are therefore part of the format. */

/** One amount, in minor units: ten billion euros, forty million dollars in dong. A sum of amounts is a bigint. */
export const AMOUNT_MINOR_MAX = 1_000_000_000_000
/** People of one expense, counted once for each place they are named in. */
export const EXPENSE_PARTIES_MAX = 500
/** Items of one bill. */
export const EXPENSE_ITEMS_MAX = 200
/** Shares of all items together. */
export const ITEM_SHARES_MAX = 1000
/** Weight of one share; a face that takes decimals multiplies them all. */
export const WEIGHT_MAX = 1_000_000
/** Title of an expense or an item, in UTF-8. */
export const TITLE_BYTES_MAX = 200
/** Note of an expense, or a comment, in UTF-8. */
export const NOTE_BYTES_MAX = 4096
/** Tags of one expense. */
export const TAGS_MAX = 16
/** One tag, in UTF-8. */
export const TAG_BYTES_MAX = 50
/** Versions one version replaces. */
export const REPLACED_MAX = 16
/** Numerator and denominator of an exchange rate. */
export const RATE_TERM_MAX = 1_000_000_000_000
/** Where a rate or an imported line comes from, in UTF-8. */
export const SOURCE_BYTES_MAX = 100
/** The line of the file an expense was imported from, in UTF-8; a longer one is cut. */
export const ORIGIN_LINE_BYTES_MAX = 1000
