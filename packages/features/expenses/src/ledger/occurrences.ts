/**
 * Bills that come again. Any device that notices an occurrence is due writes it; the expense's id follows from series and
 * day, and its body from the series' version, so that devices which do the same write the same.
 */

import { concatBytes, hexToBytes, uint32ToBytes, utf8 } from '@hamlet/core'
import type { CivilDate, ExpenseBody } from '../expense-body.ts'
import { addDays, civilDateToDays } from '../money/civil-date.ts'
import { dueDates, nextDueDate } from '../money/recurrence.ts'
import { bytesToLedgerId } from '../party.ts'
import type { LedgerId } from '../party.ts'
import type { RecordVersion } from './content.ts'
import type { LedgerBook } from './ledger-book.ts'
import type { LedgerSeries } from './ledger-model.ts'
import type { Hash } from './version-id.ts'

const DOMAIN = utf8('hamlet/v1/ledger-occurrence\0')

export function occurrenceId(hash: Hash, series: LedgerId, due: CivilDate): LedgerId {
  const day = uint32ToBytes(civilDateToDays(due))
  return bytesToLedgerId(hash(concatBytes(DOMAIN, hexToBytes(series), day)))
}

/** Series by id; `due` until and including `today`, the oldest first, and the `next` after it. Stopped ones have neither. */
export function listSeries(
  hash: Hash,
  book: LedgerBook,
  today: CivilDate,
): readonly LedgerSeries[] {
  return [...book.all('series')]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { body, winner, depth, updated }]) => {
      const isDone = (due: CivilDate) =>
        book.get('expense', occurrenceId(hash, id, due)) !== undefined
      const { rule, stopped } = body
      const due = stopped ? [] : dueDates(rule, rule.start, today, { isDone })
      const tomorrow = addDays(today, 1)
      const next = stopped || tomorrow === undefined ? undefined : nextDueDate(rule, tomorrow)
      return { id, body, version: winner, depth, updated, due, next }
    })
}

/** The version every device writes for this day. */
export function occurrenceOf(
  hash: Hash,
  { id, version, depth, body }: LedgerSeries,
  due: CivilDate,
): RecordVersion<'expense'> {
  const occurrence: ExpenseBody = {
    ...body.template,
    deleted: false,
    date: due,
    origin: { kind: 'series', series: id, version, depth, due },
  }
  return {
    kind: 'version',
    record: 'expense',
    id: occurrenceId(hash, id, due),
    replaces: [],
    depth: 0,
    body: occurrence,
    batch: undefined,
  }
}
