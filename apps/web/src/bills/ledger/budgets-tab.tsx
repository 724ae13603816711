/** What a month may cost, as a whole or for one category. */

import { evaluateAmount } from '@hamlet/expenses'
import type { Currency } from '@hamlet/http/api'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Field, SelectField } from '../../ui/field.tsx'
import { categoryChoices } from '../category-name.ts'
import { useMayBill } from '../may-bill.ts'
import { moneyText } from '../money-text.ts'
import { useBills, useLedgerWords } from '../use-bills.ts'
import styles from './ledger.module.css'
import { RetirableRow } from './retirable-row.tsx'
import { useChange } from './use-change.ts'

export function BudgetsTab({ space }: { readonly space: string }) {
  const texts = useTexts()
  const { locale, categoryName } = useLedgerWords(space)
  const { extras } = useBills(space)
  const mayBill = useMayBill(space)
  const budgets = (extras?.budgets ?? []).filter(({ retired }) => !retired)
  return (
    <>
      <p className={styles.note}>{texts.ledger.budgetsHint}</p>
      <ul className={styles.list}>
        {budgets.map(({ id, category, currency, amountMinor }) => (
          <RetirableRow
            key={id}
            space={space}
            name={category === undefined ? texts.statistics.everything : categoryName(category)}
            note={moneyText(amountMinor, currency, locale)}
            retire={(api) => api.changeBudget(space, id, { retired: true })}
          />
        ))}
      </ul>
      {mayBill && <AddBudget space={space} />}
    </>
  )
}

const EURO: Currency = { code: 'EUR', exponent: 2 }

function AddBudget({ space }: { readonly space: string }) {
  const texts = useTexts()
  const { locale } = useLedgerWords(space)
  const { extras, settings, found } = useBills(space)
  const change = useChange(space)
  const [category, setCategory] = useState('')
  const [text, setText] = useState('')
  const currency = settings?.currency ?? found?.bills[0]?.currency ?? EURO
  const read = evaluateAmount(text, currency.exponent)
  const amountMinor = read.ok && read.value > 0 ? read.value : undefined
  const submit = async () => {
    const input = { currency, category: category === '' ? null : category }
    if (amountMinor === undefined) return
    if (await change((api) => api.addBudget(space, { ...input, amountMinor }))) setText('')
  }
  const isWrong = text.trim() !== '' && amountMinor === undefined
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <SelectField
        label={texts.bill.category}
        value={category}
        options={[
          { value: '', label: texts.statistics.everything },
          ...categoryChoices(extras?.categories ?? [], texts, locale).map(({ id, name }) => ({
            value: id,
            label: name,
          })),
        ]}
        onChange={setCategory}
      />
      <Field
        label={`${texts.ledger.budgetAmount} (${currency.code})`}
        inputMode="decimal"
        value={text}
        error={isWrong ? texts.ledger.amountWrong : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      <div>
        <Button type="submit" icon={<Plus />} disabled={amountMinor === undefined}>
          {texts.ledger.addBudget}
        </Button>
      </div>
    </form>
  )
}
