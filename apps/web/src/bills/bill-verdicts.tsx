/** Whose word is asked for, and what they said. */

import { CircleAlert, CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { joinNames } from '../format/people.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Time } from '../ui/time.tsx'
import styles from './bill-drawer.module.css'
import type { DetailProps } from './detail-props.ts'
import { useLedgerWords } from './use-bills.ts'

export function BillVerdicts({ space, detail }: DetailProps) {
  const { bill: texts } = useTexts()
  const { names, locale } = useLedgerWords(space)
  if (detail.asked.length === 0 && detail.verdicts.length === 0) return null
  const given = new Set(
    detail.verdicts.filter(({ isOutdated }) => !isOutdated).map(({ person }) => person),
  )
  const open = detail.deleted ? [] : detail.asked.filter((person) => !given.has(person))
  const others = open.filter((person) => !names.isSelf(person)).map((id) => names.nameOf(id))
  const isAsked = detail.asked.some((person) => names.isSelf(person)) && !detail.deleted
  return (
    <section className={styles.block}>
      <h3>{texts.verdicts}</h3>
      <ul className={styles.verdicts}>
        {detail.verdicts.map(({ person, verdict, note, atMs, isOutdated }) => (
          <li key={`${person} ${atMs}`} data-verdict={verdict}>
            {verdict === 'confirmed' ? <CircleCheck /> : <CircleAlert />}
            <div>
              <p>
                {verdict === 'confirmed'
                  ? texts.confirmedBy(names.nameOf(person))
                  : texts.disputedBy(names.nameOf(person))}{' '}
                <span className={styles.note}>
                  <Time atMs={atMs} />
                  {isOutdated && `, ${texts.outdated}`}
                </span>
              </p>
              {note !== '' && <p className={styles.comment}>{note}</p>}
            </div>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <p className={styles.note}>{texts.waitsFor(joinNames(others, locale))}</p>
      )}
      {isAsked && <OwnVerdict space={space} detail={detail} />}
    </section>
  )
}

/** A dispute says what is wrong; both can be changed later. */
export function OwnVerdict({ space, detail }: DetailProps) {
  const { store } = useApp()
  const { bill: texts, common } = useTexts()
  const { names } = useLedgerWords(space)
  const [disputing, setDisputing] = useState(false)
  const [note, setNote] = useState('')
  const own = detail.verdicts.find(({ person, isOutdated }) => names.isSelf(person) && !isOutdated)
  const judge = async (verdict: 'confirmed' | 'disputed') => {
    if (await store.bills.judge(space, detail.id, verdict, note.trim())) setDisputing(false)
  }
  if (disputing) {
    return (
      <form
        className={styles.dispute}
        onSubmit={(event) => {
          event.preventDefault()
          void judge('disputed')
        }}
      >
        <Field
          label={texts.disputeNote}
          value={note}
          maxLength={500}
          autoFocus
          onChange={(event) => setNote(event.target.value)}
        />
        <div className={styles.actions}>
          <Button type="submit">{texts.dispute}</Button>
          <Button tone="quiet" onClick={() => setDisputing(false)}>
            {common.cancel}
          </Button>
        </div>
      </form>
    )
  }
  return (
    <div className={styles.ask}>
      {own === undefined && <p>{texts.waitsForYou}</p>}
      <div className={styles.actions}>
        {own?.verdict !== 'confirmed' && (
          <Button tone="primary" onClick={() => void judge('confirmed')}>
            {texts.confirm}
          </Button>
        )}
        {own?.verdict !== 'disputed' && (
          <Button onClick={() => setDisputing(true)}>{texts.dispute}</Button>
        )}
      </div>
    </div>
  )
}
