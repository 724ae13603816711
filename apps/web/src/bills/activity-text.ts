/** What was done in a ledger, as one line. */

import type { LedgerActivity } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'

/** What a newer version did is said to be a change. */
export function activityText(
  { what, record, title = '' }: LedgerActivity,
  name: string,
  { activity }: Texts,
): string {
  if (record === 'setting') return activity.settings(name)
  const words = activity.what[what] ?? activity.what['edited']
  return words === undefined ? name : words(name, title)
}
