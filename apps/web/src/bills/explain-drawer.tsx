/** Why one owes another: every signed bill that made a debt between the two, and what it came to after each. */

import type { DebtExplanation } from '@hamlet/http/api'
import { useEffect } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { pairKey } from '../state/bills-state.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { shortDay } from './bill-days.ts'
import { moneyText, signedText, sizeText } from './money-text.ts'
import styles from './settle.module.css'
import { useBills, useLedgerWords, useSelf } from './use-bills.ts'
import type { LedgerWords } from './use-bills.ts'

interface ExplainDrawerProps {
  readonly space: string
  readonly from: string
  /** Empty: the person at this page. */
  readonly to: string
}

export function ExplainDrawer({ space, from, to: other }: ExplainDrawerProps) {
  const { store, show } = useApp()
  const { explain: texts } = useTexts()
  const self = useSelf()
  const to = other === '' ? self : other
  const { names } = useLedgerWords(space)
  const { explained } = useBills(space)
  useEffect(() => {
    store.bills.ask(space, ['parties'])
    store.bills.explain(space, from, to)
  }, [store, space, from, to])
  const nameOf = (party: string) => (names.isSelf(party) ? texts.you : names.plainName(party))
  const debts = explained?.pair === pairKey(from, to) ? explained.debts : undefined
  return (
    <Dialog
      shape="drawer"
      title={texts.title(nameOf(from), nameOf(to))}
      lead={texts.lead}
      onClose={() => show({ kind: 'none' })}
    >
      {debts?.length === 0 && <p>{texts.none}</p>}
      {debts?.map((debt) => (
        <Debt key={debt.currency.code} space={space} debt={debt} />
      ))}
      <Button onClick={() => show({ kind: 'settle', space })}>{texts.back}</Button>
    </Dialog>
  )
}

interface DebtProps {
  readonly space: string
  readonly debt: DebtExplanation
}

function Debt({ space, debt }: DebtProps) {
  const { show } = useApp()
  const { explain: texts } = useTexts()
  const words = useLedgerWords(space)
  const { currency, reasons } = debt
  const { names } = words
  const signerOf = (person: string) => (names.isSelf(person) ? texts.you : names.plainName(person))
  // Counted in the direction in which the debt goes.
  const sign = BigInt(debt.minor) < 0n ? -1n : 1n
  return (
    <section>
      <p className={styles.headline}>{debtText(debt, words)}</p>
      <table className={styles.reasons}>
        <thead>
          <tr>
            <th scope="col">{texts.bill}</th>
            <th scope="col">{texts.sum}</th>
            <th scope="col">{texts.running}</th>
          </tr>
        </thead>
        <tbody>
          {reasons.map((reason) => (
            <tr key={reason.expense}>
              <td>
                <button
                  type="button"
                  className={styles.reason}
                  onClick={() => show({ kind: 'bill', space, bill: reason.expense })}
                >
                  {reason.title}
                </button>
                <span className={styles.note}>{shortDay(reason.date, words.locale)}</span>
                <span className={styles.note} title={reason.by.entry}>
                  {texts.signed(signerOf(reason.by.person))}
                </span>
              </td>
              <td>{signedText(sign * BigInt(reason.minor), currency, words.locale)}</td>
              <td>{moneyText(sign * BigInt(reason.runningMinor), currency, words.locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function debtText({ from, to, currency, minor }: DebtExplanation, words: LedgerWords): string {
  const { names, locale, texts } = words
  const value = BigInt(minor)
  if (value === 0n) return texts.explain.even
  const sum = sizeText(value, currency, locale)
  const [debtor, creditor] = value > 0n ? [from, to] : [to, from]
  if (names.isSelf(debtor)) return texts.explain.youOwe(names.plainName(creditor), sum)
  if (names.isSelf(creditor)) return texts.explain.owesYou(names.plainName(debtor), sum)
  return texts.explain.owes(names.plainName(debtor), names.plainName(creditor), sum)
}
