/**
 * A file of any kind we know, told by what is in it: names of files lie, and downloads lose theirs.
 */

import type { Result } from '@hamlet/core'
import { textToCsvRows } from './csv-reader.ts'
import type { CsvRow } from './csv-reader.ts'
import { FILE_START, catchImportError, refuseImport } from './errors.ts'
import type { ImportError } from './errors.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { textToJson } from './json-reader.ts'
import type { JsonValue } from './json-reader.ts'
import { importSnapshotJson, isSnapshotJson } from './snapshot-json.ts'
import { findSplitwiseHeader, importSplitwise } from './splitwise-import.ts'
import { bytesToFileText } from './text-decoding.ts'
import { importWideCsv, isWideCsv } from './wide-csv-import.ts'

/** What the file says, whole, or why nothing of it is imported. */
export function importFile(
  bytes: Uint8Array,
  options: ImportOptions,
): Result<ImportedLedger, ImportError> {
  return catchImportError(() => {
    const text = bytesToFileText(bytes)
    if (/^\s*[[{]/.test(text)) return importJson(textToJson(text), options)
    return importTable(textToCsvRows(text), options)
  })
}

function importJson(file: JsonValue, options: ImportOptions): ImportedLedger {
  if (isSnapshotJson(file)) return importSnapshotJson(file, options)
  throw file.refuse('the fields of no kind of file we know', 'IMPORT_UNKNOWN_KIND')
}

function importTable(rows: readonly CsvRow[], options: ImportOptions): ImportedLedger {
  if (isWideCsv(rows)) return importWideCsv(rows, options)
  if (findSplitwiseHeader(rows) >= 0) return importSplitwise(rows, options)
  throw refuseImport('IMPORT_UNKNOWN_KIND', FILE_START, 'the columns of no kind of file we know')
}
