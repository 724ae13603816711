/** A payment from one person to another: two choices are all of it. Any other transfer is shown like an expense. */

import { useTexts } from '../../app-context.tsx'
import { SelectField } from '../../ui/field.tsx'
import { AddPerson } from './add-person.tsx'
import styles from './bill-dialog.module.css'
import { useBillWords } from './bill-words.ts'
import { useEntry } from './use-bill-entry.ts'
import type { BillEntry } from './use-bill-entry.ts'

export function isPlainTransfer({ form, reading }: BillEntry): boolean {
  return form.kind === 'transfer' && form.way === 'equal' && reading.payers.parts.length === 1
}

export function TransferFields() {
  const { billForm } = useTexts()
  const { form, dispatch, reading, people } = useEntry()
  const { nameOf, beside } = useBillWords()
  const from = reading.payers.parts[0]?.party ?? people.self
  const to = form.chosen.length === 1 ? form.chosen[0]! : ''
  const options = people.people.map(({ id }) => ({ value: id, label: nameOf(id) }))
  const error = beside('split')
  return (
    <>
      <div className={styles.pair}>
        <SelectField
          label={billForm.payers.transfer}
          value={from}
          options={options}
          onChange={(party) => dispatch({ type: 'set', change: { payers: people.tokenOf(party) } })}
        />
        <SelectField
          label={billForm.split.transfer}
          value={to}
          options={to === '' ? [{ value: '', label: '' }, ...options] : options}
          onChange={(party) => dispatch({ type: 'set', change: { chosen: [party] } })}
        />
      </div>
      {error !== undefined && (
        <p className={styles.wrong} role="alert">
          {error}
        </p>
      )}
      <AddPerson />
    </>
  )
}
