/** What it was and how much: the amount is calculated while it is typed, and may be left to the items or the payers. */

import { CURRENCIES } from '@hamlet/expenses'
import { useId, useRef } from 'react'
import { useApp, useTexts } from '../../app-context.tsx'
import { Field } from '../../ui/field.tsx'
import { shortDay } from '../bill-days.ts'
import { isCalculation } from './amount-reading.ts'
import styles from './bill-dialog.module.css'
import { useBillWords } from './bill-words.ts'
import { useEntry } from './use-bill-entry.ts'

const OPERATORS = ['+', '−', '×', '÷'] as const

export function AmountFields() {
  const { billForm } = useTexts()
  const { form, dispatch } = useEntry()
  const { beside } = useBillWords()
  return (
    <>
      <Field
        label={billForm.what[form.kind]}
        placeholder={billForm.whatPlaceholder}
        value={form.title}
        error={beside('title')}
        enterKeyHint="next"
        onChange={(event) => dispatch({ type: 'set', change: { title: event.target.value } })}
      />
      <div className={styles.amountRow}>
        <AmountField />
        <CurrencyField />
      </div>
      <RateField />
    </>
  )
}

function AmountField() {
  const { billForm } = useTexts()
  const { form, dispatch, reading } = useEntry()
  const { beside, money } = useBillWords()
  const row = useRef<HTMLDivElement>(null)
  const { amountMinor, isAmountTyped, split } = reading
  const hint = (() => {
    if (amountMinor === undefined) return billForm.amountHint
    const sum = money(amountMinor)
    if (isAmountTyped) return isCalculation(form.amount) ? billForm.amountIs(sum) : undefined
    return split.totalMinor === undefined
      ? billForm.amountOfPayers(sum)
      : billForm.amountOfParts(sum)
  })()
  const set = (amount: string) => dispatch({ type: 'set', change: { amount } })
  return (
    <div ref={row} className={styles.amount}>
      <Field
        label={billForm.amount}
        value={form.amount}
        inputMode="decimal"
        hint={hint}
        error={beside('amount')}
        onChange={(event) => set(event.target.value)}
      />
      <div className={styles.operators} role="group" aria-label={billForm.operators}>
        {OPERATORS.map((sign) => (
          <button
            key={sign}
            type="button"
            tabIndex={-1}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => {
              set(`${form.amount}${sign}`)
              row.current?.querySelector('input')?.focus()
            }}
          >
            {sign}
          </button>
        ))}
      </div>
    </div>
  )
}

function CurrencyField() {
  const { billForm } = useTexts()
  const { form, dispatch, ledger } = useEntry()
  const id = useId()
  const own = [ledger.settings.currency, form.currency].filter((each) => each !== undefined)
  const all = [...new Map([...own, ...CURRENCIES].map((each) => [each.code, each])).values()]
  return (
    <div className={styles.currency}>
      <label htmlFor={id}>{billForm.currency}</label>
      <select
        id={id}
        value={form.currency.code}
        onChange={(event) => {
          const currency = all.find(({ code }) => code === event.target.value)
          if (currency !== undefined) {
            dispatch({ type: 'set', change: { currency, rate: '', knownRate: null } })
          }
        }}
      >
        {all.map(({ code }) => (
          <option key={code} value={code}>
            {code}
          </option>
        ))}
      </select>
    </div>
  )
}

/** Only for a currency that is not the ledger's. */
function RateField() {
  const { words } = useApp()
  const { billForm } = words.texts
  const { form, dispatch, reading, ledger } = useEntry()
  const { beside, moneyIn } = useBillWords()
  const to = ledger.settings.currency
  if (to === undefined || to.code === form.currency.code) return null
  const rate = reading.input?.rate ?? form.knownRate
  const known = form.knownRate
  const knownText =
    known === null
      ? billForm.rateNone
      : billForm.rateKnown(
          decimal(known.numerator / known.denominator, words.locale),
          shortDay(known.asOf, words.locale),
        )
  const converted =
    rate && reading.amountMinor !== undefined
      ? billForm.rateIs(
          moneyIn(
            Math.round(
              (reading.amountMinor *
                rate.numerator *
                10 ** (to.exponent - form.currency.exponent)) /
                rate.denominator,
            ),
            to,
          ),
        )
      : ''
  return (
    <Field
      label={billForm.rate(form.currency.code, to.code)}
      value={form.rate}
      inputMode="decimal"
      hint={form.rate.trim() === '' ? `${knownText} ${converted}` : converted}
      error={beside('rate')}
      onChange={(event) => dispatch({ type: 'set', change: { rate: event.target.value } })}
    />
  )
}

function decimal(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 8 }).format(value)
}
