/** What was spent: by category, by person, by month, and against the budgets. */

import type { BudgetLine } from '@hamlet/http/api'
import { useEffect, useState } from 'react'
import { useApp, useNow, useTexts } from '../app-context.tsx'
import type { StatisticsRequest } from '../state/bills-state.ts'
import { Dialog } from '../ui/dialog.tsx'
import { SelectField } from '../ui/field.tsx'
import { Bars, MonthBars, ShareBar } from './bars.tsx'
import { monthName, today } from './bill-days.ts'
import { monthRange, recentMonths } from './bill-filter.ts'
import { moneyText, partOf, sizeText } from './money-text.ts'
import { barGroups } from './statistics-lines.ts'
import styles from './statistics.module.css'
import { useBills, useLedgerWords } from './use-bills.ts'

type Period = 'month' | 'last' | 'year' | 'all'
const PERIODS: readonly Period[] = ['month', 'last', 'year', 'all']

export function StatisticsDialog({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const { statistics: texts } = useTexts()
  const [period, setPeriod] = useState<Period>('all')
  const [currency, setCurrency] = useState('')
  const nowMs = useNow()
  const day = today(nowMs)
  useEffect(() => {
    store.bills.ask(space, ['parties', 'settings', 'extras', 'balances'])
    store.bills.openStatistics(space, requestOf(period, currency, day))
  }, [store, space, period, currency, day])
  return (
    <Dialog
      shape="wide"
      title={texts.title}
      lead={texts.lead}
      onClose={() => show({ kind: 'none' })}
    >
      <div className={styles.controls}>
        <SelectField
          label={texts.period}
          value={period}
          options={PERIODS.map((value) => ({ value, label: texts.periods[value] }))}
          onChange={setPeriod}
        />
        <CurrencyField space={space} value={currency} onChange={setCurrency} />
      </div>
      <Content space={space} />
    </Dialog>
  )
}

function requestOf(period: Period, currency: string, day: string): StatisticsRequest {
  const range = rangeOf(period, day)
  return currency === '' ? range : { ...range, currency }
}

function rangeOf(period: Period, day: string): StatisticsRequest {
  const [month = '', last = ''] = recentMonths(day, 2)
  switch (period) {
    case 'month':
      return monthRange(month)
    case 'last':
      return monthRange(last)
    case 'year':
      return { from: `${day.slice(0, 4)}-01-01`, to: `${day.slice(0, 4)}-12-31` }
    case 'all':
      return {}
  }
}

interface CurrencyFieldProps {
  readonly space: string
  readonly value: string
  readonly onChange: (code: string) => void
}

/** Only where there is more than one. */
function CurrencyField({ space, value, onChange }: CurrencyFieldProps) {
  const { statistics: texts } = useTexts()
  const { settings, statistics } = useBills(space)
  const [known, setKnown] = useState<readonly string[]>([])
  const seen = [
    ...known,
    ...(settings?.currency === undefined ? [] : [settings.currency.code]),
    ...(statistics?.byMonth ?? []).map(({ currency }) => currency.code),
  ]
  const codes = [...new Set(seen)].toSorted()
  if (codes.length > known.length) setKnown(codes)
  if (codes.length < 2) return null
  return (
    <SelectField
      label={texts.currency}
      value={value}
      options={[
        { value: '', label: texts.eachCurrency },
        ...codes.map((code) => ({ value: code, label: texts.allIn(code) })),
      ]}
      onChange={onChange}
    />
  )
}

function Content({ space }: { readonly space: string }) {
  const { statistics: texts } = useTexts()
  const { statistics } = useBills(space)
  const { names, categoryName } = useLedgerWords(space)
  if (statistics === undefined) return null
  const nameOf = (party: string) => names.nameOf(party)
  const { byCategory, paidBy, shareOf, byMonth, budgets, withoutRate } = statistics
  return (
    <>
      {withoutRate > 0 && <p className={styles.note}>{texts.withoutRate(withoutRate)}</p>}
      {byMonth.length === 0 && <p>{texts.none}</p>}
      <Budgets space={space} lines={budgets} />
      <Bars title={texts.byCategory} groups={barGroups(byCategory, 'size')} label={categoryName} />
      <Bars title={texts.shareOf} groups={barGroups(shareOf, 'size')} label={nameOf} />
      <Bars title={texts.paidBy} groups={barGroups(paidBy, 'size')} label={nameOf} />
      <MonthBars groups={barGroups(byMonth, 'key')} />
    </>
  )
}

const BUDGET_MONTHS = 3

/** The latest months of every budget. */
function Budgets({
  space,
  lines,
}: {
  readonly space: string
  readonly lines: readonly BudgetLine[]
}) {
  const { statistics: texts } = useTexts()
  const { categoryName, locale } = useLedgerWords(space)
  if (lines.length === 0) return null
  const latest = [...Map.groupBy(lines, ({ budget }) => budget.id).values()].flatMap((own) =>
    own.toSorted((a, b) => (a.month < b.month ? 1 : -1)).slice(0, BUDGET_MONTHS),
  )
  return (
    <section className={styles.block}>
      <h3>{texts.budgets}</h3>
      <ul className={styles.bars}>
        {latest.map(({ budget, month, spentMinor }) => {
          const { category, currency, amountMinor } = budget
          const left = BigInt(amountMinor) - BigInt(spentMinor)
          const rest = sizeText(left, currency, locale)
          return (
            <li key={`${budget.id} ${month}`}>
              <span className={styles.label}>
                {category === undefined ? texts.everything : categoryName(category)}
                <small> {monthName(month, locale)}</small>
              </span>
              <span className={styles.figure}>
                {texts.ofBudget(
                  moneyText(spentMinor, currency, locale),
                  moneyText(amountMinor, currency, locale),
                )}
              </span>
              <ShareBar part={partOf(spentMinor, amountMinor)} over={left < 0n} />
              <small className={styles.rest} data-over={left < 0n}>
                {left < 0n ? texts.over(rest) : texts.left(rest)}
              </small>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
