/** The bills on a space's front: where one stands, and what waits for one's word. */

import { Receipt } from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import styles from './bills-block.module.css'
import { standingWords, waitingForSelf } from './standing.ts'
import { useBills, useLedgerWords } from './use-bills.ts'

export function BillsBlock({ space }: { readonly space: string }) {
  const { store, go } = useApp()
  const { bills: texts } = useTexts()
  const words = useLedgerWords(space)
  const { balances, parties, pending } = useBills(space)
  useEffect(() => store.bills.ask(space, ['balances', 'parties', 'pending']), [store, space])
  if (balances === undefined || parties === undefined) return null
  const waiting = waitingForSelf(pending ?? [], words.names).length
  return (
    <section className={styles.block}>
      <h2>{texts.title}</h2>
      <button type="button" className={styles.row} onClick={() => go({ at: 'bills', space })}>
        <Receipt />
        <span>
          <strong>{standingWords(balances, words.names, words)}</strong>
          {waiting > 0 && <span className={styles.waits}>{texts.waitForYou(waiting)}</span>}
        </span>
      </button>
    </section>
  )
}
