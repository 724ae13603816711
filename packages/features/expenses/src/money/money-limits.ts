/** Limits of what is typed and computed here. None of them is part of a format. */

/** Characters of an amount, or of a calculation in its place. */
export const AMOUNT_TEXT_LENGTH_MAX = 200
/** Parentheses within each other. */
export const AMOUNT_DEPTH_MAX = 16
/** Due days of a series in one answer. */
export const DUE_DATES_MAX = 400
/** People a plan of fewest transfers is found for exactly, opposite balances aside; 2^16 subsets. */
export const SETTLE_EXACT_MAX = 16
/** The same in a ledger of more than SETTLE_CURRENCIES_MAX currencies, where each takes its time. */
export const SETTLE_EXACT_FEW_MAX = 8
export const SETTLE_CURRENCIES_MAX = 32
/** Debts between pairs that a plan along existing debts is computed for. */
export const SETTLE_FLOW_DEBTS_MAX = 2000
/** How old a rate of the table may be on the day of an expense: no bank publishes any over long holidays. */
export const RATE_AGE_DAYS_MAX = 7
/** Detours found for payments past a plan; later ones of one plan remain refunds. */
export const DETOURS_MAX = 1000
/** Steps on either side among which a payment past the plan finds its detour. */
export const DETOUR_STEPS_MAX = 32
/** Pairs of people an expense makes debts of in proportion. */
export const EXPENSE_PAIRS_MAX = 2500
