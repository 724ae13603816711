/** Asks the ledger what it knows of the rate of a bill in another currency, whenever currency or day change. */

import type { Dispatch } from 'react'
import { useEffect, useRef } from 'react'
import type { Currency } from '@hamlet/http/api'
import { useApp } from '../../app-context.tsx'
import type { BillAction, BillForm } from './bill-form.ts'

export function useKnownRate(
  space: string,
  { currency, date, knownRate }: BillForm,
  ledgerCurrency: Currency | undefined,
  dispatch: Dispatch<BillAction>,
): void {
  const { store } = useApp()
  const from = currency.code
  const to = ledgerCurrency?.code
  const question = `${from} ${date}`
  // The rate a bill came with stays until its currency or day are changed.
  const answered = useRef(knownRate === null ? '' : question)
  useEffect(() => {
    if (to === undefined || from === to || answered.current === question) return
    answered.current = question
    let isCurrent = true
    const keep = (rate: BillForm['knownRate']) => {
      if (isCurrent) dispatch({ type: 'set', change: { knownRate: rate } })
    }
    store.api.knownRate(space, { from, to, date }).then(
      ({ rate }) => keep(rate ?? null),
      // No rate is known then: it can be typed.
      () => keep(null),
    )
    return () => {
      isCurrent = false
    }
  }, [store, space, from, to, date, question, dispatch])
}
