/** Closing a period: everybody's word that the balances up to a day are right. */

import { Lock } from 'lucide-react'
import type { LedgerLock } from '@hamlet/http/api'
import { useState } from 'react'
import { useNow, useTexts } from '../../app-context.tsx'
import { joinNames } from '../../format/people.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { shortDay, today } from '../bill-days.ts'
import { monthRange, recentMonths } from '../bill-filter.ts'
import { useMayBill } from '../may-bill.ts'
import { useBills, useLedgerWords } from '../use-bills.ts'
import styles from './ledger.module.css'
import { useChange } from './use-change.ts'

export function PeriodsTab({ space }: { readonly space: string }) {
  const { ledger: texts } = useTexts()
  const { locks } = useBills(space)
  const mayBill = useMayBill(space)
  const sorted = (locks ?? []).toSorted((a, b) => (a.through < b.through ? 1 : -1))
  return (
    <>
      <p className={styles.note}>{texts.periodsHint}</p>
      <ul className={styles.list}>
        {sorted.map((lock) => (
          <Period key={lock.id} space={space} lock={lock} />
        ))}
      </ul>
      {mayBill && <ClosePeriod space={space} />}
    </>
  )
}

function Period({ space, lock }: { readonly space: string; readonly lock: LedgerLock }) {
  const { ledger: texts } = useTexts()
  const { names, locale } = useLedgerWords(space)
  const mayBill = useMayBill(space)
  const change = useChange(space)
  const signers = [lock.by.person, ...lock.signatures.map(({ person }) => person)]
  const distinct = [...new Set(signers.map((person) => names.nameOf(person)))]
  const isSigned = signers.some((person) => names.isSelf(person))
  const state =
    lock.agrees === undefined ? texts.unknownYet : lock.agrees ? texts.agrees : texts.disagrees
  return (
    <li className={styles.row}>
      <div className={styles.rowHead}>
        <Lock />
        <span className={styles.grow}>
          <strong>{texts.closedThrough(shortDay(lock.through, locale))}</strong>{' '}
          <span className={styles.note}>{lock.note}</span>
        </span>
        {mayBill && !isSigned && lock.agrees !== undefined && (
          <Button size="small" onClick={() => void change((api) => api.signLock(space, lock.id))}>
            {texts.sign}
          </Button>
        )}
      </div>
      <p className={lock.agrees === false ? styles.warning : styles.note}>{state}</p>
      <p className={styles.note}>{texts.signedBy(joinNames(distinct, locale))}</p>
    </li>
  )
}

/** Proposes the end of the month before this one. */
function ClosePeriod({ space }: { readonly space: string }) {
  const { ledger: texts } = useTexts()
  const change = useChange(space)
  const [, lastMonth = ''] = recentMonths(today(useNow()), 2)
  const [through, setThrough] = useState(monthRange(lastMonth).to)
  const [note, setNote] = useState('')
  const submit = async () => {
    if (await change((api) => api.lockPeriod(space, through, note.trim()))) setNote('')
  }
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault()
        if (through !== '') void submit()
      }}
    >
      <Field
        label={texts.through}
        type="date"
        value={through}
        onChange={(event) => setThrough(event.target.value)}
      />
      <Field
        label={texts.lockNote}
        value={note}
        maxLength={200}
        onChange={(event) => setNote(event.target.value)}
      />
      <div>
        <Button type="submit" icon={<Lock />} disabled={through === ''}>
          {texts.closePeriod}
        </Button>
      </div>
    </form>
  )
}
