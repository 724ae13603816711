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
/** How many versions deep a record may be. */
export const VERSION_DEPTH_MAX = 2 ** 32 - 1
/** Emoji of a category, in UTF-8. */
export const EMOJI_BYTES_MAX = 32
/** Step that suggested payments in cash are rounded to, in minor units. */
export const CASH_STEP_MAX = 10_000
/** Days, weeks, months… between two occurrences of a series, and occurrences of one that is counted. */
export const RECURRENCE_EVERY_MAX = 1000
export const RECURRENCE_COUNT_MAX = 10_000
/** Devices whose logs a lock names, and entries of one of them. */
export const LOCK_DEVICES_MAX = 1000
export const LOCK_COUNT_MAX = 2 ** 48 - 1
/** Expenses of one import. */
export const IMPORT_COUNT_MAX = 100_000

/** Expenses on one page. */
export const EXPENSE_PAGE_MAX = 500
/** Text of one search, in UTF-16 units, and words of it that are looked for. */
export const SEARCH_LENGTH_MAX = 1000
export const SEARCH_WORDS_MAX = 16
