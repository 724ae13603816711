/** A change of the ledger by its settings dialog: the answer is loaded again, a failure told; success may be said. */

import type { LedgerApi } from '@hamlet/http/api'
import { useApp } from '../../app-context.tsx'

export function useChange(
  space: string,
): (change: (api: LedgerApi) => Promise<unknown>, said?: string) => Promise<boolean> {
  const { store } = useApp()
  return async (change, said) => {
    const done = await store.bills.change(space, change)
    if (done && said !== undefined) store.notices.show({ tone: 'plain', text: said })
    return done
  }
}
