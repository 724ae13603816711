/**
 * Items, each on a line of its own: Enter goes to the next line, in an empty line it saves. What was understood stands
 * beneath each; names to tap belong to the line that is being written.
 */

import { X } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { flushSync } from 'react-dom'
import { useTexts } from '../../app-context.tsx'
import { Button, classes, IconButton } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { AddNamed } from './add-person.tsx'
import styles from './bill-dialog.module.css'
import { nextKey, rowAfter, rowBefore } from './bill-form.ts'
import type { ItemRow } from './bill-form.ts'
import { useBillWords } from './bill-words.ts'
import { itemToLine } from './item-line.ts'
import type { ItemReading } from './item-line.ts'
import { everybodyOf } from './split-reading.ts'
import { PersonChips } from './person-chips.tsx'
import { useEntry } from './use-bill-entry.ts'

export function ItemFields({ onDone }: { readonly onDone: () => void }) {
  const { billForm } = useTexts()
  const { form, dispatch, reading } = useEntry()
  const list = useRef<HTMLUListElement>(null)
  const [activeKey, setActive] = useState<number | undefined>(undefined)
  const { items } = form
  const place = Math.max(
    0,
    items.findIndex(({ key }) => key === activeKey),
  )
  const focusRow = (key: number) => {
    const input = list.current?.querySelector<HTMLInputElement>(`[data-item="${key}"]`)
    input?.focus()
  }
  const addAfter = (key: number | undefined) => {
    const added = nextKey(items)
    // At once: letters typed right after Enter belong to the new line.
    flushSync(() => dispatch({ type: 'add-item', after: key }))
    focusRow(added)
  }
  const onKeyDown = (event: KeyboardEvent, row: ItemRow) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return
    const before = rowBefore(items, row.key)
    const after = rowAfter(items, row.key)
    if (event.key === 'Enter') {
      event.preventDefault()
      if (row.line.trim() === '') onDone()
      else if (after !== undefined) focusRow(after.key)
      else addAfter(row.key)
    } else if (event.key === 'ArrowUp' && before !== undefined) {
      event.preventDefault()
      focusRow(before.key)
    } else if (event.key === 'ArrowDown' && after !== undefined) {
      event.preventDefault()
      focusRow(after.key)
    } else if (event.key === 'Backspace' && row.line === '' && before !== undefined) {
      event.preventDefault()
      focusRow(before.key)
      dispatch({ type: 'remove-item', key: row.key })
    }
  }
  return (
    <>
      <p className={styles.understood}>{billForm.itemsHint}</p>
      <ul ref={list} className={styles.items}>
        {items.map((row, at) => (
          <Item
            key={row.key}
            row={row}
            number={at + 1}
            reading={reading.split.items[at]}
            onFocus={() => setActive(row.key)}
            onKeyDown={(event) => onKeyDown(event, row)}
          />
        ))}
      </ul>
      <ItemPeople row={items[place]} reading={reading.split.items[place]} />
      <Button
        tone="quiet"
        size="small"
        className={classes(styles.addNamed, styles.flush)}
        onClick={() => addAfter(items.at(-1)?.key)}
      >
        {billForm.addItem}
      </Button>
      <Extras />
    </>
  )
}

interface ItemProps {
  readonly row: ItemRow
  readonly number: number
  readonly reading: ItemReading | undefined
  readonly onFocus: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

function Item({ row, number, reading, onFocus, onKeyDown }: ItemProps) {
  const { billForm } = useTexts()
  const { form, dispatch } = useEntry()
  const { beside } = useBillWords()
  const id = useId()
  const understood = useUnderstood(row, reading)
  const error = beside('item', String(row.key))
  const unknown = reading?.problem?.what === 'personUnknown' ? reading.problem.text : undefined
  return (
    <li className={styles.item}>
      <div className={styles.itemLine}>
        <input
          data-item={row.key}
          className={styles.line}
          value={row.line}
          placeholder={number === 1 ? billForm.itemPlaceholder : ''}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          enterKeyHint="next"
          aria-label={billForm.item(number)}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-note`}
          onFocus={onFocus}
          onKeyDown={onKeyDown}
          onChange={(event) => dispatch({ type: 'item', key: row.key, line: event.target.value })}
        />
        {form.items.length > 1 && (
          <IconButton
            label={billForm.removeItem(number)}
            tabIndex={-1}
            onClick={() => dispatch({ type: 'remove-item', key: row.key })}
          >
            <X />
          </IconButton>
        )}
      </div>
      <p
        id={`${id}-note`}
        className={error === undefined ? styles.understood : styles.wrong}
        aria-live="polite"
      >
        {error ?? understood}
      </p>
      {unknown !== undefined && <AddNamed name={unknown} />}
    </li>
  )
}

/** `Pizza · 24.00 € · Ann and Ben`. */
function useUnderstood(row: ItemRow, reading: ItemReading | undefined): string {
  const { billForm } = useTexts()
  const { form, people } = useEntry()
  const { money, names, nameOf } = useBillWords()
  if (row.line.trim() === '') return form.items.length > 1 ? billForm.itemEmpty : ''
  if (reading?.amountMinor === undefined || reading.problem !== undefined) return ''
  const { shares } = reading
  const everybody = everybodyOf(form, people)
  const isAlike = shares.every(({ weight }) => weight === shares[0]?.weight)
  const who =
    shares.length === 0
      ? everybody.length === people.people.length
        ? billForm.everybody
        : names(everybody)
      : isAlike
        ? names(shares.map(({ party }) => party))
        : shares.map(({ party, weight }) => `${nameOf(party)} ×${weight}`).join(', ')
  const title = reading.title || form.title.trim() || billForm.unnamedItem
  return [title, money(reading.amountMinor), who].join(' · ')
}

interface ItemPeopleProps {
  readonly row: ItemRow | undefined
  readonly reading: ItemReading | undefined
}

function ItemPeople({ row, reading }: ItemPeopleProps) {
  const { billForm } = useTexts()
  const { dispatch, people } = useEntry()
  const shares = reading?.shares ?? []
  const isReady = reading?.amountMinor !== undefined && reading.problem === undefined
  const toggle = (party: string) => {
    if (row === undefined || reading === undefined) return
    const isOn = shares.some((share) => share.party === party)
    const next = isOn
      ? shares.filter((share) => share.party !== party)
      : [...shares, { party, weight: 1 }]
    const line = itemToLine({ title: reading.title, shares: next }, reading.amount, people)
    dispatch({ type: 'item', key: row.key, line })
  }
  return (
    <PersonChips
      label={billForm.namesToTap}
      isOn={(party) => shares.some((share) => share.party === party)}
      onToggle={toggle}
      disabled={!isReady}
    />
  )
}

function Extras() {
  const { billForm } = useTexts()
  const { form, dispatch, reading } = useEntry()
  const { beside, money } = useBillWords()
  const { totalMinor } = reading.split
  return (
    <div className={styles.extras}>
      {(['tax', 'tip'] as const).map((name) => (
        <Field
          key={name}
          label={billForm[name]}
          value={form[name]}
          placeholder={billForm.extraHint}
          inputMode="decimal"
          error={beside(name)}
          onChange={(event) => dispatch({ type: 'set', change: { [name]: event.target.value } })}
        />
      ))}
      {totalMinor !== undefined && (
        <p className={styles.itemsSum}>{billForm.itemsSum(money(totalMinor))}</p>
      )}
    </div>
  )
}
