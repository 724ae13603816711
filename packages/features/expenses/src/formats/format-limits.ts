/** Limits of files that are imported. None of them is part of a format. */

/** Bytes of one file. */
export const IMPORT_FILE_BYTES_MAX = 32 * 1024 * 1024
/** Rows of a CSV file: as many expenses as one import has, and some lines around them. */
export const CSV_ROWS_MAX = 110_000
/** Columns of one row: two for each person, and those that all rows have. */
export const CSV_COLUMNS_MAX = 1100
/** Cells of all rows together. */
export const CSV_CELLS_MAX = 4_000_000
/** One cell, in UTF-16 units. */
export const CSV_CELL_LENGTH_MAX = 20_000
/** People of one file. */
export const IMPORT_PARTIES_MAX = 500
/** Categories of one file that are none of the built-in ones. */
export const IMPORT_CATEGORIES_MAX = 1000
/** Warnings that are kept; of more, how many there were. */
export const IMPORT_WARNINGS_MAX = 1000
/** Arrays and objects within each other in a JSON file. */
export const JSON_DEPTH_MAX = 32
/** Values in a JSON file. */
export const JSON_VALUES_MAX = 4_000_000
/** Decimals, and digits in all, of a number in a file; a float of eight bytes has fewer. */
export const NUMBER_DECIMALS_MAX = 30
export const NUMBER_DIGITS_MAX = 60
