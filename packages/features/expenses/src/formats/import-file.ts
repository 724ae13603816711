/**
 * A file of any kind we know, told by what is in it: names of files lie, and downloads lose theirs.
 */

import type { Result } from '@hamlet/core'
import { textToCsvRows } from './csv-reader.ts'
import type { CsvRow } from './csv-reader.ts'
import { FILE_START, catchImportError, refuseImport } from './errors.ts'
import type { ImportError } from './errors.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { findSplitwiseHeader, importSplitwise } from './splitwise-import.ts'
import { bytesToFileText } from './text-decoding.ts'

/** What the file says, whole, or why nothing of it is imported. */
export function importFile(
  bytes: Uint8Array,
  options: ImportOptions,
): Result<ImportedLedger, ImportError> {
  return catchImportError(() => importTable(textToCsvRows(bytesToFileText(bytes)), options))
}

function importTable(rows: readonly CsvRow[], options: ImportOptions): ImportedLedger {
  if (findSplitwiseHeader(rows) >= 0) return importSplitwise(rows, options)
  throw refuseImport('IMPORT_UNKNOWN_KIND', FILE_START, 'the columns of no kind of file we know')
}
