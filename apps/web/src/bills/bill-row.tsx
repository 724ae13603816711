/** One bill in the list: what it was, who paid, and what it means to the person who reads. */

import { MessageSquare } from 'lucide-react'
import type { Expense } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { marksOf, needsSomebody } from './bill-marks.ts'
import { ownPartText, payersText } from './bill-words.ts'
import styles from './bills.module.css'
import { CategoryIcon } from './category-icon.tsx'
import { moneyText } from './money-text.ts'
import { ownPart } from './own-part.ts'
import { useBills, useLedgerWords } from './use-bills.ts'

interface BillRowProps {
  readonly space: string
  readonly bill: Expense
}

export function BillRow({ space, bill }: BillRowProps) {
  const { show } = useApp()
  const words = useLedgerWords(space)
  const { extras } = useBills(space)
  return (
    <button
      type="button"
      className={styles.bill}
      data-row=""
      data-deleted={bill.deleted}
      onClick={() => show({ kind: 'bill', space, bill: bill.id })}
    >
      <span className={styles.icon} data-kind={bill.kind}>
        <CategoryIcon bill={bill} categories={extras?.categories ?? []} />
      </span>
      <span className={styles.what}>
        <strong>{bill.title}</strong>
        <span className={styles.payers}>
          {payersText(bill, words)}
          <Marks bill={bill} />
        </span>
      </span>
      <span className={styles.sums}>
        <span className={styles.amount}>
          {moneyText(bill.amountMinor, bill.currency, words.locale)}
        </span>
        <span className={styles.part} data-part={ownPart(bill, words.names).kind}>
          {ownPartText(bill, words)}
        </span>
      </span>
    </button>
  )
}

/** Words, not only colours; those that need somebody stand out. */
export function Marks({ bill }: { readonly bill: Expense }) {
  const { bills: texts } = useTexts()
  return (
    <>
      {marksOf(bill).map((mark) => (
        <span key={mark} className={styles.mark} data-needs={needsSomebody(mark)}>
          {texts.marks[mark]}
        </span>
      ))}
      {bill.comments > 0 && (
        <span className={styles.comments}>
          <MessageSquare aria-hidden="true" />
          <span aria-hidden="true">{bill.comments}</span>
          <span className="visually-hidden">{texts.marks.comments(bill.comments)}</span>
        </span>
      )}
    </>
  )
}
