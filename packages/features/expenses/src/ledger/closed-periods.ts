/**
 * What a closed period means for an expense: whether it was entered or changed after the period was closed. Of versions that
 * were merged each counts: the one that won may be the older.
 */

import type { DeviceId } from '@hamlet/core'
import type { ViewReader } from '@hamlet/space/view'
import type { CivilDate } from '../expense-body.ts'
import type { Carrier, LedgerCarriers } from './carriers.ts'
import { decodeLedger } from './content.ts'
import type { LockedLog } from './content.ts'
import { LOCK_PREFIX } from './keys.ts'
import { fieldsOf } from './records.ts'
import type { CurrentRecord } from './records.ts'

/** How many entries of each log a lock covers. */
export type LogCounts = ReadonlyMap<DeviceId, number>

export interface ClosedPeriod {
  readonly through: CivilDate
  readonly counts: LogCounts
}

export async function readClosedPeriods(view: ViewReader): Promise<readonly ClosedPeriod[]> {
  const periods: ClosedPeriod[] = []
  for await (const [, stored] of view.range(LOCK_PREFIX)) {
    const lock = decodeLedger('ledger.lock', fieldsOf(stored, 2)[1]!)
    if (lock?.kind !== 'lock') continue
    periods.push({ through: lock.through, counts: toCounts(lock.frontier) })
  }
  return periods
}

/** `carriers`: whoever else wrote versions, which the lock may have covered before they were known to be first. */
export function isCorrection(
  { body: { date }, winner, updated, merged }: CurrentRecord<'expense'>,
  carriers: LedgerCarriers,
  periods: readonly ClosedPeriod[],
): boolean {
  const written = [[updated, ...carriers.of(winner)], ...merged.map((by) => [by])]
  return periods.some(
    ({ through, counts }) => date <= through && written.some((by) => !isWithin(by, counts)),
  )
}

export function toCounts(frontier: readonly LockedLog[]): LogCounts {
  return new Map(frontier.map(({ device, count }) => [device, count]))
}

/**
 * Whether any of these entries is among those of a lock. Whoever closed the period may not have known that a device signed
 * several histories, and named them all by the device.
 */
export function isWithin(carriers: readonly Carrier[], counts: LogCounts): boolean {
  return carriers.some(({ device, log, seq }) => {
    return seq < Math.max(counts.get(log) ?? 0, counts.get(device) ?? 0)
  })
}
