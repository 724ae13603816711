/** Who paid, on one line, with names to tap below it; what was understood is said. */

import { useId } from 'react'
import { useTexts } from '../../app-context.tsx'
import styles from './bill-dialog.module.css'
import { useBillWords } from './bill-words.ts'
import { AddNamed } from './add-person.tsx'
import { PersonChips } from './person-chips.tsx'
import { useEntry } from './use-bill-entry.ts'

export function PayersField() {
  const { billForm } = useTexts()
  const { form, dispatch, reading, people, isTried } = useEntry()
  const { beside, money, nameOf } = useBillWords()
  const id = useId()
  const error = beside('payers')
  const { parts, problem } = reading.payers
  const understood = parts
    .map(({ party, amountMinor }) =>
      amountMinor === undefined ? nameOf(party) : `${nameOf(party)} ${money(amountMinor)}`,
    )
    .join(', ')
  const set = (payers: string) => dispatch({ type: 'set', change: { payers } })
  const toggle = (party: string) => {
    const isNamed = form.payers.trim() !== '' && parts.some((part) => part.party === party)
    const kept = isNamed ? parts.filter((part) => part.party !== party) : parts
    const former = form.payers.trim() === '' ? [] : kept
    const line = former.map((part) => {
      const token = people.tokenOf(part.party)
      return `${token} ${part.text}`.trim()
    })
    set((isNamed ? line : [...line, people.tokenOf(party)]).join(' '))
  }
  const isUnderstood = problem === undefined || (problem.isMissing === true && !isTried)
  return (
    <div className={styles.block}>
      <label className={styles.label} htmlFor={id}>
        {billForm.payers[form.kind]}
      </label>
      <input
        id={id}
        className={styles.line}
        value={form.payers}
        placeholder={billForm.payersHint}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        onChange={(event) => set(event.target.value)}
      />
      <p
        id={`${id}-note`}
        className={error === undefined ? styles.understood : styles.wrong}
        aria-live="polite"
      >
        {error ?? (isUnderstood ? understood : '')}
      </p>
      {problem?.what === 'personUnknown' && <AddNamed name={problem.text ?? ''} />}
      <PersonChips
        label={billForm.namesToTap}
        isOn={(party) => parts.some((part) => part.party === party)}
        onToggle={toggle}
        disabled={parts.length === 0 && form.payers.trim() !== ''}
      />
    </div>
  )
}
