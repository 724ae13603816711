/**
 * Which day it is where this device is: what a bill is dated by when nobody says, and when one that comes again is due.
 *
 * The day is a port of its own beside the clock, because only the rim knows the time zone. Without one it is the day in
 * Greenwich, so that a simulated world has the same days everywhere. Two devices in different zones enter a due bill some
 * hours apart; it is the same bill, with the same id and the same date.
 */

import { CIVIL_DAYS_MAX, civilDateToDays, daysToCivilDate } from '@hamlet/expenses'
import type { CivilDate } from '@hamlet/expenses'
import type { PeerPorts } from './peer-ports.ts'

const DAY_MS = 86_400_000
const EPOCH_DAYS = civilDateToDays('1970-01-01')

export function today({ clock, dayOf = utcDay }: Pick<PeerPorts, 'clock' | 'dayOf'>): CivilDate {
  return dayOf(clock.wall())
}

/** Within the days a ledger has. */
export function utcDay(atMs: number): CivilDate {
  const days = EPOCH_DAYS + Math.floor(atMs / DAY_MS)
  return daysToCivilDate(Math.min(Math.max(days, 0), CIVIL_DAYS_MAX))
}
