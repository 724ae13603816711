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
import { importCospend, isCospendCsv } from './cospend.ts'
import {
  importIHateMoneyCsv,
  importIHateMoneyJson,
  isIHateMoneyCsv,
  isIHateMoneyJson,
} from './ihatemoney.ts'
import { importSesterce, isSesterceCsv } from './sesterce-csv.ts'
import { importSpliitCsv, isSpliitCsv } from './spliit-csv.ts'
import { importSpliitJson, isSpliitJson } from './spliit-json.ts'
import { importSplitAmounts, isSplitAmountsCsv } from './split-amounts-csv.ts'
import { importSplitPro, isSplitProCsv } from './splitpro-csv.ts'
import { importSplitwiseJson, isSplitwiseJson } from './splitwise-json.ts'
import { importTricount, isTricountJson } from './tricount-json.ts'
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

interface Kind<File> {
  is(file: File): boolean
  import(file: File, options: ImportOptions): ImportedLedger
}

const JSON_KINDS: readonly Kind<JsonValue>[] = [
  { is: isSnapshotJson, import: importSnapshotJson },
  { is: isSpliitJson, import: importSpliitJson },
  { is: isIHateMoneyJson, import: importIHateMoneyJson },
  { is: isTricountJson, import: importTricount },
  { is: isSplitwiseJson, import: importSplitwiseJson },
]

/** Those with fewer columns of their own come after those that have the same and more. */
const TABLE_KINDS: readonly Kind<readonly CsvRow[]>[] = [
  { is: isWideCsv, import: importWideCsv },
  { is: isSpliitCsv, import: importSpliitCsv },
  { is: isSesterceCsv, import: importSesterce },
  { is: isSplitAmountsCsv, import: importSplitAmounts },
  { is: isSplitProCsv, import: importSplitPro },
  { is: isCospendCsv, import: importCospend },
  { is: isIHateMoneyCsv, import: importIHateMoneyCsv },
  { is: (rows) => findSplitwiseHeader(rows) >= 0, import: importSplitwise },
]

function importJson(file: JsonValue, options: ImportOptions): ImportedLedger {
  const kind = JSON_KINDS.find((each) => each.is(file))
  if (kind !== undefined) return kind.import(file, options)
  throw file.refuse('the fields of no kind of file we know', 'IMPORT_UNKNOWN_KIND')
}

function importTable(rows: readonly CsvRow[], options: ImportOptions): ImportedLedger {
  const kind = TABLE_KINDS.find((each) => each.is(rows))
  if (kind !== undefined) return kind.import(rows, options)
  throw refuseImport('IMPORT_UNKNOWN_KIND', FILE_START, 'the columns of no kind of file we know')
}
