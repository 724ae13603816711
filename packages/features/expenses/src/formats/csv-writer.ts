/**
 * Tables as RFC 4180 has them: CR LF at the end of each line, quotes where they are needed.
 *
 * A text that begins with `= + - @`, a tab or a carriage return is a formula to a spreadsheet, and may do harm on the
 * computer of whoever opens the file. It gets an apostrophe in front, and so does what already has one in front of such a
 * beginning, so that taking one off gives every text back as it was. Numbers are written without it.
 */

const NEEDS_QUOTES = /[",;\t\r\n]/
const FORMULA = /^'*[=+\-@\t\r]/
const GUARDED = /^'+[=+\-@\t\r]/

/** A text of people, as opposed to a number or a date; guarded. */
export function guardFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}

/** The inverse of `guardFormula`. */
export function unguardFormula(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text
}

export function csvRowsToText(
  rows: readonly (readonly string[])[],
  lineEnd: '\r\n' | '\n' = '\r\n',
): string {
  return rows.map((row) => row.map(quoteCell).join(',') + lineEnd).join('')
}

function quoteCell(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
