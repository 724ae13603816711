/**
 * What a form for a bill has to know about its ledger: who can stand in a bill, and what there is to choose from.
 *
 * Retired parties and categories are in it: bills that name them still have to be shown and edited.
 */

import type { LedgerCategory, LedgerParty, LedgerSettings, LedgerTemplate } from '@hamlet/http/api'

export interface BillContext {
  readonly parties: readonly LedgerParty[]
  readonly categories: readonly LedgerCategory[]
  readonly templates: readonly LedgerTemplate[]
  readonly settings: LedgerSettings
  /** The person at this page, as a party. */
  readonly self: string
}
