/** The ledger's part of what the page can ask of its peer. */

import type { HamletApi, LedgerApi } from '@hamlet/http/api'

export function ledgerOf({ api }: { readonly api: HamletApi }): LedgerApi {
  return api as HamletApi & LedgerApi
}
