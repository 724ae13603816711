/** Bills that come again by themselves, and bills that are kept filled in. */

import type { LedgerSeries, LedgerTemplate } from '@hamlet/http/api'
import { useApp, useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { billToInput } from '../bill-input.ts'
import { shortDay } from '../bill-days.ts'
import { useMayBill } from '../may-bill.ts'
import { moneyText } from '../money-text.ts'
import { useBills, useLedgerWords } from '../use-bills.ts'
import styles from './ledger.module.css'
import { RetirableRow } from './retirable-row.tsx'
import { useChange } from './use-change.ts'

export function SeriesTab({ space }: { readonly space: string }) {
  const { ledger: texts } = useTexts()
  const { series, extras } = useBills(space)
  const templates = (extras?.templates ?? []).filter(({ retired }) => !retired)
  return (
    <>
      <section className={styles.block}>
        <p className={styles.note}>{texts.seriesHint}</p>
        {series?.length === 0 && <p>{texts.noSeries}</p>}
        <ul className={styles.list}>
          {(series ?? []).map((each) => (
            <Series key={each.id} space={space} series={each} />
          ))}
        </ul>
      </section>
      <section className={styles.block}>
        <h3>{texts.templates}</h3>
        <p className={styles.note}>{texts.templatesHint}</p>
        {templates.length === 0 && <p>{texts.noTemplates}</p>}
        <ul className={styles.list}>
          {templates.map((template) => (
            <Template key={template.id} space={space} template={template} />
          ))}
        </ul>
      </section>
    </>
  )
}

function Series({ space, series }: { readonly space: string; readonly series: LedgerSeries }) {
  const { ledger: texts } = useTexts()
  const { locale } = useLedgerWords(space)
  const mayBill = useMayBill(space)
  const change = useChange(space)
  const { expense, rule, stopped, next } = series
  const units = rule.every === 1 ? texts.units : texts.unitsMany
  const notes = [
    moneyText(expense.amountMinor, expense.currency, locale),
    texts.everyUnit(rule.every, units[rule.unit] ?? rule.unit),
    ...(stopped ? [texts.stopped] : next === undefined ? [] : [texts.next(shortDay(next, locale))]),
  ]
  const action = stopped ? texts.goOn : texts.stop
  return (
    <li className={styles.row} data-retired={stopped}>
      <div className={styles.rowHead}>
        <span className={styles.grow}>
          <strong>{expense.title}</strong> <span className={styles.note}>{notes.join(' · ')}</span>
        </span>
        {mayBill && (
          <Button
            size="small"
            tone="quiet"
            aria-label={`${action}: ${expense.title}`}
            onClick={() =>
              void change((api) => api.changeSeries(space, series.id, { stopped: !stopped }))
            }
          >
            {action}
          </Button>
        )}
      </div>
    </li>
  )
}

function Template({
  space,
  template,
}: {
  readonly space: string
  readonly template: LedgerTemplate
}) {
  const { show } = useApp()
  const { ledger: texts } = useTexts()
  const { locale } = useLedgerWords(space)
  const mayBill = useMayBill(space)
  const { expense } = template
  return (
    <RetirableRow
      space={space}
      name={template.name}
      note={moneyText(expense.amountMinor, expense.currency, locale)}
      retire={(api) => api.changeTemplate(space, template.id, { retired: true })}
    >
      {mayBill && (
        <Button
          size="small"
          aria-label={`${texts.use}: ${template.name}`}
          onClick={() => show({ kind: 'bill-form', space, draft: billToInput(expense) })}
        >
          {texts.use}
        </Button>
      )}
    </RetirableRow>
  )
}
