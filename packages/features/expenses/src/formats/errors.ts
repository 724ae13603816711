/**
 * Why a file is not imported. `docs/errors.md` says what to do about each.
 *
 * Inside an importer a refusal is thrown, so that reading stays straight; `catchImportError` at its rim gives it back.
 */

import { HamletError, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'

/**
 * `fields.line` and `fields.column`, both from 1, columns in UTF-16 units, say where; `fields.missing` what to say about
 * the file (`currency`, `payer`) so that it can be read.
 */
export type ImportErrorCode =
  /** Of no kind that is known. */
  | 'IMPORT_UNKNOWN_KIND'
  /** More bytes, rows, columns, text, people or expenses than one import takes. */
  | 'IMPORT_TOO_LARGE'
  /** Bytes that are no text, or an encoding without the mark that names it. */
  | 'IMPORT_BAD_TEXT'
  /** No CSV as RFC 4180 has it. */
  | 'IMPORT_BAD_CSV'
  /** No JSON as RFC 8259 has it. */
  | 'IMPORT_BAD_JSON'
  /** A column, a section or a member of an object that this kind of file has is not there. */
  | 'IMPORT_MISSING'
  /** A value of another form than stands in this place. */
  | 'IMPORT_BAD_VALUE'
  /** Parts that do not come to their whole. */
  | 'IMPORT_BAD_SUM'
  /** Somebody who is not among the people of the file. */
  | 'IMPORT_UNKNOWN_PARTY'
  /** Written by a later Hamlet in a form this one does not know. */
  | 'IMPORT_NEWER'
  /** Signed by nobody as it stands. */
  | 'IMPORT_FORGED'

export class ImportError extends HamletError<ImportErrorCode> {
  override readonly name = 'ImportError'
}

/** A place in a text, both counted from 1, columns in UTF-16 units. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

export const FILE_START: TextPosition = { line: 1, column: 1 }

/** `missing`: what the file does not say and whoever imports it can (`ImportOptions`). */
export function refuseImport(
  code: ImportErrorCode,
  { line, column }: TextPosition,
  message: string,
  missing?: 'currency' | 'payer',
): ImportError {
  const text = `line ${line}, column ${column}: ${message}`
  const fields = { line, column, ...(missing === undefined ? {} : { missing }) }
  return new ImportError(code, text, { fields })
}

/** What throws inside, {@link ImportError} alone, is returned. */
export function catchImportError<T>(read: () => T): Result<T, ImportError> {
  try {
    return ok(read())
  } catch (error) {
    if (error instanceof ImportError) return err(error)
    throw error
  }
}
