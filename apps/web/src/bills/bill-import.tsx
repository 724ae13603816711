/** Opens the dialog that brings bills from files of other apps, once it is known who is in the ledger. */

import { useEffect } from 'react'
import { useApp } from '../app-context.tsx'
import { ImportDialog } from './entry/import-dialog.tsx'
import { useBillContext } from './use-bills.ts'

export function BillImport({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const ledger = useBillContext(space)
  useEffect(() => store.bills.ask(space, ['parties', 'settings', 'extras']), [store, space])
  if (ledger === undefined) return null
  return (
    <ImportDialog
      space={space}
      ledger={ledger}
      onClose={() => show({ kind: 'none' })}
      onImported={() => store.bills.refresh(space)}
    />
  )
}
