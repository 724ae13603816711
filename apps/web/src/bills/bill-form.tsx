/** Opens the dialog that enters or edits a bill, once it is known what the ledger has to choose from. */

import type { Expense, ExpenseDetail, ExpenseInput } from '@hamlet/http/api'
import { useEffect } from 'react'
import { useApp } from '../app-context.tsx'
import { BillDialog } from './entry/bill-dialog.tsx'
import { useBillContext } from './use-bills.ts'

interface BillFormProps {
  readonly space: string
  readonly expense?: ExpenseDetail
  readonly draft?: ExpenseInput
}

export function BillForm({ space, expense, draft }: BillFormProps) {
  const { store, show } = useApp()
  const ledger = useBillContext(space)
  useEffect(() => store.bills.ask(space, ['parties', 'settings', 'extras']), [store, space])
  if (ledger === undefined) return null
  // Who edits a bill came from its drawer, and goes back there.
  const after = () =>
    show(expense === undefined ? { kind: 'none' } : { kind: 'bill', space, bill: expense.id })
  const saved = (bill: Expense) => {
    store.bills.saved(space, bill)
    after()
  }
  return (
    <BillDialog
      space={space}
      ledger={ledger}
      onClose={after}
      onSaved={saved}
      {...(expense === undefined ? {} : { expense })}
      {...(draft === undefined ? {} : { draft })}
    />
  )
}
