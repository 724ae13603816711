/** One person of a split: whether they take part or their value, what they carry, and the last cent to take. */

import { Minus, Plus } from 'lucide-react'
import { useId } from 'react'
import { useTexts } from '../../app-context.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { Button, classes, IconButton } from '../../ui/button.tsx'
import styles from './bill-dialog.module.css'
import type { ValueWay } from './bill-form.ts'
import { useBillWords } from './bill-words.ts'
import { Owed } from './owed-list.tsx'
import { shiftedPart } from './split-help.ts'
import { useEntry } from './use-bill-entry.ts'

export function PersonRow({ party }: { readonly party: string }) {
  const { billForm } = useTexts()
  const { form, dispatch, people } = useEntry()
  const { nameOf, beside } = useBillWords()
  const isChosen = form.chosen.includes(party)
  const isChecked = form.way === 'equal' || form.way === 'adjustment'
  const way = form.way === 'equal' || form.way === 'items' || form.way === 'mixed' ? null : form.way
  const error = beside('value', party)
  return (
    <li className={styles.person}>
      <Avatar id={party} name={people.nameOf(party)} size="small" />
      {isChecked ? (
        <label className={classes(styles.name, !isChosen && styles.out)}>
          <span>{nameOf(party)}</span>
          <input
            type="checkbox"
            checked={isChosen}
            aria-label={billForm.takesPart(nameOf(party))}
            onChange={(event) =>
              dispatch({ type: 'choose', party, isChosen: event.target.checked })
            }
          />
        </label>
      ) : (
        <span className={styles.name}>{nameOf(party)}</span>
      )}
      {way !== null && <ValueField party={party} way={way} error={error} />}
      {form.way === 'exact' ? <TakeRest party={party} /> : <Owed party={party} />}
    </li>
  )
}

interface ValueFieldProps {
  readonly party: string
  readonly way: ValueWay
  readonly error: string | undefined
}

function ValueField({ party, way, error }: ValueFieldProps) {
  const { billForm } = useTexts()
  const { form, dispatch } = useEntry()
  const { nameOf } = useBillWords()
  const id = useId()
  const text = form.values[way][party] ?? ''
  const set = (value: string) => dispatch({ type: 'value', way, party, text: value })
  return (
    <span className={classes(styles.value, way === 'shares' && styles.stepped)}>
      {way === 'shares' && <Step text={text} by={-1} onText={set} />}
      <input
        value={text}
        inputMode="decimal"
        autoComplete="off"
        placeholder={way === 'adjustment' ? '±0' : '0'}
        aria-label={billForm.valueOf[way](nameOf(party))}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        onFocus={(event) => event.target.select()}
        onChange={(event) => set(event.target.value)}
      />
      {way === 'percent' && <span aria-hidden="true">%</span>}
      {way === 'shares' && <Step text={text} by={1} onText={set} />}
      {error !== undefined && (
        <span id={`${id}-error`} className={styles.valueWrong} role="alert">
          {error}
        </span>
      )}
    </span>
  )
}

interface StepProps {
  readonly text: string
  readonly by: 1 | -1
  readonly onText: (text: string) => void
}

/** For the thumb: one share fewer or more. */
function Step({ text, by, onText }: StepProps) {
  const { billForm } = useTexts()
  const value = Math.max(0, (Number(text.replace(',', '.')) || 0) + by)
  return (
    <IconButton
      label={by < 0 ? billForm.less : billForm.moreShares}
      tabIndex={-1}
      onClick={() => onText(value === 0 ? '' : String(value))}
    >
      {by < 0 ? <Minus /> : <Plus />}
    </IconButton>
  )
}

/** Exact parts that miss the amount, mostly by a cent: this person carries the difference. */
function TakeRest({ party }: { readonly party: string }) {
  const { billForm } = useTexts()
  const { form, dispatch, reading, people } = useEntry()
  const { money, nameOf } = useBillWords()
  const problem = reading.problems.find(({ where }) => where === 'split')
  // Only the last cents: while parts are still being typed, a button beside each would be in the way of Tab.
  if (problem?.minor === undefined || problem.minor >= people.people.length) return null
  const isMore = problem.what === 'splitMissing'
  const text = shiftedPart(form, party, isMore ? problem.minor : -problem.minor)
  if (text === undefined) return null
  const sum = money(problem.minor)
  return (
    <Button
      size="small"
      aria-label={
        isMore ? billForm.takeRest(nameOf(party), sum) : billForm.giveRest(nameOf(party), sum)
      }
      onClick={() => dispatch({ type: 'value', way: 'exact', party, text })}
    >
      {isMore ? billForm.takeShort(sum) : billForm.giveShort(sum)}
    </Button>
  )
}
