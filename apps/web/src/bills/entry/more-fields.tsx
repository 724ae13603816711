/** Kind, day and category, and behind a button what is seldom needed: tags, a note, and whether it comes again. */

import { ChevronDown, ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import type { ExpenseKind } from '@hamlet/http/api'
import { useApp, useTexts } from '../../app-context.tsx'
import { Button, classes } from '../../ui/button.tsx'
import { Field, SelectField } from '../../ui/field.tsx'
import { categoryChoices, categoryName } from '../category-name.ts'
import styles from './bill-dialog.module.css'
import type { RepeatForm } from './bill-form.ts'
import { useBillWords } from './bill-words.ts'
import { useEntry } from './use-bill-entry.ts'

const KINDS: readonly ExpenseKind[] = ['expense', 'income', 'transfer']
const UNITS: readonly RepeatForm['unit'][] = ['never', 'day', 'week', 'half-month', 'month', 'year']

export function MoreFields({ isEdit }: { readonly isEdit: boolean }) {
  const { billForm } = useTexts()
  const { form, dispatch, ledger } = useEntry()
  const { beside } = useBillWords()
  const isFilled = form.tags !== '' || form.note !== '' || form.repeat.unit !== 'never'
  const [isOpen, setOpen] = useState(isFilled)
  const changeKind = (kind: ExpenseKind) => {
    // A payment goes to one person; who that is has to be said.
    const others = form.chosen.filter((party) => party !== ledger.self)
    const chosen = kind === 'transfer' && others.length !== 1 ? [] : form.chosen
    const way = kind === 'transfer' ? 'equal' : form.way
    dispatch({ type: 'set', change: { kind, way, chosen } })
  }
  return (
    <>
      <div className={styles.facts}>
        <SelectField
          label={billForm.kind}
          value={form.kind}
          options={KINDS.map((value) => ({ value, label: billForm.kinds[value] }))}
          onChange={changeKind}
        />
        <Field
          label={billForm.date}
          type="date"
          value={form.date}
          min="1900-01-01"
          max="2199-12-31"
          error={beside('date')}
          onChange={(event) => dispatch({ type: 'set', change: { date: event.target.value } })}
        />
        <CategoryField />
      </div>
      <Button
        tone="quiet"
        size="small"
        className={classes(styles.addNamed, styles.flush)}
        icon={isOpen ? <ChevronDown /> : <ChevronRight />}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {billForm.more}
      </Button>
      {isOpen && <SeldomFields isEdit={isEdit} />}
    </>
  )
}

function CategoryField() {
  const { words } = useApp()
  const { texts, locale } = words
  const { form, dispatch, ledger } = useEntry()
  const choices = categoryChoices(ledger.categories, texts, locale)
  const isListed = form.category === '' || choices.some(({ id }) => id === form.category)
  const kept = { id: form.category, name: categoryName(form.category, ledger.categories, texts) }
  const all = isListed ? choices : [kept, ...choices]
  return (
    <SelectField
      label={texts.billForm.category}
      value={form.category}
      options={[
        { value: '', label: texts.bills.noCategory },
        ...all.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={(category) => dispatch({ type: 'set', change: { category } })}
    />
  )
}

function SeldomFields({ isEdit }: { readonly isEdit: boolean }) {
  const { billForm } = useTexts()
  const { form, dispatch } = useEntry()
  const { beside } = useBillWords()
  const id = useId()
  const noteError = beside('note')
  return (
    <>
      <Field
        label={billForm.tags}
        value={form.tags}
        hint={billForm.tagsHint}
        error={beside('tags')}
        onChange={(event) => dispatch({ type: 'set', change: { tags: event.target.value } })}
      />
      <div className={styles.block}>
        <label className={styles.label} htmlFor={id}>
          {billForm.note}
        </label>
        <textarea
          id={id}
          className={styles.note}
          rows={2}
          value={form.note}
          aria-invalid={noteError !== undefined}
          onChange={(event) => dispatch({ type: 'set', change: { note: event.target.value } })}
        />
        {noteError !== undefined && (
          <p className={styles.wrong} role="alert">
            {noteError}
          </p>
        )}
      </div>
      {!isEdit && <RepeatFields />}
    </>
  )
}

function RepeatFields() {
  const { billForm } = useTexts()
  const { form, dispatch } = useEntry()
  const { beside } = useBillWords()
  const { repeat } = form
  const set = (change: Partial<RepeatForm>) =>
    dispatch({ type: 'set', change: { repeat: { ...repeat, ...change } } })
  return (
    <div className={styles.facts}>
      <SelectField
        label={billForm.repeat}
        value={repeat.unit}
        options={UNITS.map((value) => ({ value, label: billForm.repeats[value] }))}
        onChange={(unit) => set({ unit })}
      />
      {repeat.unit !== 'never' && (
        <>
          <Field
            label={billForm.every}
            value={repeat.every}
            inputMode="numeric"
            onChange={(event) => set({ every: event.target.value })}
          />
          <Field
            label={billForm.until}
            type="date"
            value={repeat.until}
            error={beside('repeat')}
            onChange={(event) => set({ until: event.target.value })}
          />
        </>
      )}
    </div>
  )
}
