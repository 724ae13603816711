/** For whom it is, in one of six ways, with what each carries beside their name. */

import { minorToText } from '@hamlet/expenses'
import { useId } from 'react'
import { useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { AddPerson } from './add-person.tsx'
import styles from './bill-dialog.module.css'
import type { SplitWay } from './bill-form.ts'
import { useBillWords } from './bill-words.ts'
import { ItemFields } from './item-fields.tsx'
import { OwedList } from './owed-list.tsx'
import { PersonRow } from './person-row.tsx'
import { evenRest } from './split-help.ts'
import { useEntry } from './use-bill-entry.ts'

const WAYS = ['equal', 'shares', 'percent', 'exact', 'adjustment', 'items'] as const

export function SplitFields({ onDone }: { readonly onDone: () => void }) {
  const { billForm } = useTexts()
  const { form, people, reading } = useEntry()
  const { cents } = reading
  const { beside, names } = useBillWords()
  const name = useId()
  const error = beside('split')
  const isByPerson = form.way !== 'items' && form.way !== 'mixed'
  return (
    <fieldset className={styles.block} aria-describedby={error && `${name}-error`}>
      <legend className={styles.label}>{billForm.split[form.kind]}</legend>
      <Ways name={name} />
      {isByPerson && (
        <ul className={styles.people}>
          {people.people.map(({ id }) => (
            <PersonRow key={id} party={id} />
          ))}
        </ul>
      )}
      {form.way === 'items' && <ItemFields onDone={onDone} />}
      {form.way === 'mixed' && <p className={styles.understood}>{billForm.mixedHint}</p>}
      {!isByPerson && <OwedList />}
      {cents.length > 0 && (
        <p className={styles.understood}>
          <span className={styles.cent} /> {billForm.centOf(names(cents))}
        </p>
      )}
      {error !== undefined && (
        <p id={`${name}-error`} className={styles.wrong} role="alert">
          {error}
        </p>
      )}
      <Remedies />
      <AddPerson />
    </fieldset>
  )
}

function Ways({ name }: { readonly name: string }) {
  const { billForm } = useTexts()
  const { form, dispatch } = useEntry()
  const ways: readonly SplitWay[] = form.mixed === null ? WAYS : [...WAYS, 'mixed']
  return (
    <div className={styles.ways}>
      {ways.map((way) => (
        <label key={way} className={styles.way}>
          <input
            type="radio"
            name={name}
            checked={form.way === way}
            onChange={() => dispatch({ type: 'way', way })}
          />
          <span>{billForm.ways[way]}</span>
        </label>
      ))}
    </div>
  )
}

/** What sets right parts that do not come to their whole. */
function Remedies() {
  const { billForm } = useTexts()
  const { form, dispatch, reading, people } = useEntry()
  const { money } = useBillWords()
  const problem = reading.problems.find(({ where }) => where === 'split')
  const { way } = form
  const isEven = people.people.every(({ id }) => form.chosen.includes(id))
  const isMissing = problem?.what === 'splitMissing' || problem?.what === 'percentMissing'
  const { totalMinor } = reading.split
  return (
    <div className={styles.remedies}>
      {(way === 'equal' || way === 'adjustment') && (
        <Button
          size="small"
          tone="quiet"
          className={styles.flush}
          onClick={() => {
            const chosen = isEven ? [] : people.people.map(({ id }) => id)
            dispatch({ type: 'set', change: { chosen } })
          }}
        >
          {isEven ? billForm.nobody : billForm.everybody}
        </Button>
      )}
      {(way === 'exact' || way === 'percent') && isMissing && (
        <Button
          size="small"
          onClick={() =>
            dispatch({ type: 'values', way, texts: evenRest(form, way, reading, people) })
          }
        >
          {billForm.spread}
        </Button>
      )}
      {way === 'items' && problem?.what === 'splitMissing' && form.tip.trim() === '' && (
        <Button
          size="small"
          onClick={() =>
            dispatch({
              type: 'set',
              change: { tip: minorToText(problem.minor ?? 0, form.currency.exponent) },
            })
          }
        >
          {billForm.restAsTip(money(problem.minor ?? 0))}
        </Button>
      )}
      {reading.isAmountTyped && totalMinor !== undefined && problem !== undefined && (
        <Button size="small" onClick={() => dispatch({ type: 'set', change: { amount: '' } })}>
          {billForm.sumAsAmount(money(totalMinor))}
        </Button>
      )}
    </div>
  )
}
