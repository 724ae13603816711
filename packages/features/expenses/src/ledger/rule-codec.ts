/** Rules of recurrence in CBOR: `[first day, every 1-1,000, unit, last day | null, count 1-10,000 | null]`. */

import type { CborValue, FieldReader } from '@hamlet/core'
import { RECURRENCE_COUNT_MAX, RECURRENCE_EVERY_MAX } from '../limits.ts'
import { civilDateToDays } from '../money/civil-date.ts'
import type { RecurrenceRule, RecurrenceUnit } from '../money/recurrence.ts'
import { readDay } from './body-codec.ts'

const UNITS: readonly RecurrenceUnit[] = ['day', 'week', 'half-month', 'month', 'year']

export function ruleToCbor(rule: RecurrenceRule): CborValue {
  return [
    civilDateToDays(rule.start),
    rule.every,
    UNITS.indexOf(rule.unit),
    rule.until === undefined ? null : civilDateToDays(rule.until),
    rule.count ?? null,
  ]
}

export function readRule(fields: FieldReader): RecurrenceRule {
  return {
    start: readDay(fields),
    every: fields.int(1, RECURRENCE_EVERY_MAX),
    unit: UNITS[fields.uint(UNITS.length - 1)]!,
    until: fields.optional(() => readDay(fields)),
    count: fields.optional(() => fields.int(1, RECURRENCE_COUNT_MAX)),
  }
}
