/** One thing of a ledger in a list, with the way to retire it and to bring it back. */

import type { LedgerApi } from '@hamlet/http/api'
import type { ReactNode } from 'react'
import { useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { useMayBill } from '../may-bill.ts'
import styles from './ledger.module.css'
import { useChange } from './use-change.ts'

interface RetirableRowProps {
  readonly space: string
  readonly name: string
  readonly note?: ReactNode
  readonly retired?: boolean
  /** Retires it, or brings it back when it is retired. */
  readonly retire: (api: LedgerApi) => Promise<unknown>
  readonly children?: ReactNode
}

export function RetirableRow(props: RetirableRowProps) {
  const { ledger: texts } = useTexts()
  const { space, name, note, retired = false, retire } = props
  const mayBill = useMayBill(space)
  const change = useChange(space)
  const action = retired ? texts.bringBack : texts.retire
  return (
    <li className={styles.row} data-retired={retired}>
      <div className={styles.rowHead}>
        <span className={styles.grow}>
          <strong>{name}</strong>{' '}
          <span className={styles.note}>{retired ? texts.retired : note}</span>
        </span>
        {props.children}
        {mayBill && (
          <Button
            size="small"
            tone="quiet"
            aria-label={`${action}: ${name}`}
            onClick={() => void change(retire)}
          >
            {action}
          </Button>
        )}
      </div>
    </li>
  )
}
