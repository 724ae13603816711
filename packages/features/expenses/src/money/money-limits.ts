/** Limits of what is typed and computed here. None of them is part of a format. */

/** Characters of an amount, or of a calculation in its place. */
export const AMOUNT_TEXT_LENGTH_MAX = 200
/** Parentheses within each other. */
export const AMOUNT_DEPTH_MAX = 16
/** Due days of a series in one answer. */
export const DUE_DATES_MAX = 400
