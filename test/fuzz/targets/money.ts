/** Targets of the calculations of `expenses`: amounts and rates as typed, days. */

import {
  RATE_TERM_MAX,
  civilDateToDays,
  daysToCivilDate,
  evaluateAmount,
  minorToText,
  parseAmount,
  parseCivilDate,
  parseRate,
} from '@hamlet/expenses'
import { bytesToText, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { texts } from '../_material.ts'

const SOURCE = 'packages/features/expenses/src/money'

const amounts: FuzzTarget = {
  name: 'money/amount',
  decoders: [`${SOURCE}/amount-text.ts#parseAmount`],
  form: 'text',
  seeds: texts('12.50', '-1.234,56', '1 234', "1'234.5", '(89,90 - 10) / 3', '2*-3', '12,34,567.8'),
  words: texts('.', ',', '(', ')', '+', '-', '*', '/', '\u00a0', '000', '1'),
  run(input) {
    const text = bytesToText(input)
    const value = evaluateAmount(text, 2)
    const alone = parseAmount(text, 2)
    if (!alone.ok) return value.ok ? 'accepted' : 'refused'
    require(value.ok && value.value === alone.value, 'an amount alone is another as a calculation')
    const again = parseAmount(minorToText(alone.value, 2), 2)
    require(again.ok && again.value === alone.value, 'an amount changes when written and read')
    return 'accepted'
  },
}

const days: FuzzTarget = {
  name: 'money/day',
  decoders: [`${SOURCE}/civil-date.ts#parseCivilDate`],
  form: 'text',
  seeds: texts('2024-02-29', '1900-01-01', '2199-12-31'),
  words: texts('-', '02', '29', '2100'),
  run(input) {
    const text = bytesToText(input)
    const date = parseCivilDate(text)
    if (date === undefined) return 'refused'
    require(date === text, 'a day is read as another text')
    require(daysToCivilDate(civilDateToDays(date)) === date, 'a day has the number of another')
    return 'accepted'
  },
}

const rates: FuzzTarget = {
  name: 'money/rate',
  decoders: [`${SOURCE}/rates.ts#parseRate`],
  form: 'text',
  seeds: texts('1.0825', '0,92', '1 234,5', '25.3000'),
  words: texts('.', ',', '0', '000', ' '),
  run(input) {
    const rate = parseRate(bytesToText(input))
    if (!rate.ok) return 'refused'
    const { numerator, denominator } = rate.value
    require(numerator >= 1 && numerator <= RATE_TERM_MAX, 'a numerator that is none')
    require(denominator >= 1 && denominator <= RATE_TERM_MAX, 'a denominator that is none')
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [amounts, days, rates]
