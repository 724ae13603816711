/** Parts of bodies in our own files, as JSON has them. */

import type { Currency, ExpenseKind, ExpenseOrigin, FrozenRate } from '../expense-body.ts'
import { RATE_TERM_MAX, VERSION_DEPTH_MAX } from '../limits.ts'
import { parseCivilDate } from '../money/civil-date.ts'
import { CURRENCY_EXPONENT_MAX, isWellFormedCurrency } from '../money/currency-table.ts'
import { parseLedgerId } from '../party.ts'
import type { VersionId } from '../party.ts'
import type { JsonValue } from './json-reader.ts'

const KINDS: readonly ExpenseKind[] = ['expense', 'income', 'transfer']
const VERSION_PATTERN = /^[0-9a-f]{64}$/

export function jsonToKind(value: JsonValue): ExpenseKind {
  const kind = KINDS.find((each) => each === value.text())
  if (kind === undefined) throw value.refuse('expected expense, income or transfer')
  return kind
}

export function jsonToDay(value: JsonValue): string {
  const day = parseCivilDate(value.text())
  if (day === undefined) throw value.refuse('expected a day, YYYY-MM-DD')
  return day
}

export function jsonToCurrency(value: JsonValue): Currency {
  const code = value.get('code').text()
  const currency = { code, exponent: value.get('exponent').integer(0, CURRENCY_EXPONENT_MAX) }
  if (isWellFormedCurrency(currency)) return currency
  throw value.refuse('expected a currency of three capital letters')
}

export function jsonToRate(value: JsonValue): FrozenRate {
  return {
    to: jsonToCurrency(value.get('to')),
    numerator: value.get('numerator').integer(1, RATE_TERM_MAX),
    denominator: value.get('denominator').integer(1, RATE_TERM_MAX),
    source: value.get('source').text(),
    asOf: jsonToDay(value.get('asOf')),
  }
}

export function jsonToOrigin(value: JsonValue): ExpenseOrigin {
  const kind = value.get('kind').text()
  if (kind === 'import') {
    return {
      kind,
      source: value.get('source').text(),
      line: value.get('line').text(),
      reconstructed: value.get('reconstructed').boolean(),
    }
  }
  const series = parseLedgerId(value.get('series').text())
  const version = value.get('version').text()
  if (kind !== 'series' || series === undefined || !VERSION_PATTERN.test(version)) {
    throw value.refuse('expected where the expense came from')
  }
  return {
    kind,
    series,
    version: version as VersionId,
    depth: value.get('depth').integer(0, VERSION_DEPTH_MAX),
    due: jsonToDay(value.get('due')),
  }
}
