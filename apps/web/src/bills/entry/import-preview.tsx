/** What would come of a file: how many bills, who is who, sums that do not match, remarks with their place, a sample. */

import { CURRENCIES } from '@hamlet/expenses'
import { useState } from 'react'
import type { Dispatch } from 'react'
import type { ImportPreview } from '@hamlet/http/api'
import { useApp, useTexts } from '../../app-context.tsx'
import { joinNames, nameOr } from '../../format/people.ts'
import { Button } from '../../ui/button.tsx'
import { Field, SelectField } from '../../ui/field.tsx'
import type { BillContext } from '../bill-context.ts'
import { shortDay } from '../bill-days.ts'
import { moneyText } from '../money-text.ts'
import { peopleOf } from './form-start.ts'
import { unweighted } from './import-form.ts'
import type { ImportAction, ImportForm, ImportSayings } from './import-form.ts'
import styles from './import.module.css'

type Read = (sayings: Partial<ImportSayings>) => void

interface ImportPreviewProps {
  readonly ledger: BillContext
  readonly preview: ImportPreview
  readonly form: ImportForm
  readonly dispatch: Dispatch<ImportAction>
  readonly onRead: Read
}

const SAMPLE_ROWS = 8
const WARNING_ROWS = 20

export function ImportPreviewPart(props: ImportPreviewProps) {
  const { billImport } = useTexts()
  const { preview, form, onRead } = props
  const { source, newExpenses, knownExpenses } = preview
  const kind = billImport.kinds[source] ?? source
  const names = unweighted(preview)
  return (
    <>
      <div>
        <h3>
          {newExpenses === 0 ? billImport.nothingNew : billImport.newBills(newExpenses)}
          {preview.groupName !== undefined && ` · ${preview.groupName}`}
        </h3>
        <p className={styles.quiet}>{billImport.from(kind, form.file?.name ?? '')}</p>
        {knownExpenses > 0 && newExpenses > 0 && (
          <p className={styles.quiet}>{billImport.knownBills(knownExpenses)}</p>
        )}
      </div>
      <WrongTotals {...props} />
      <People {...props} />
      {names.length > 0 && <Weights names={names} form={form} onRead={onRead} />}
      {preview.currency === undefined && form.sayings.currency !== '' && (
        <CurrencyOfFile form={form} onRead={onRead} />
      )}
      <Warnings preview={preview} />
      <Sample {...props} />
    </>
  )
}

function People({ ledger, preview, form, dispatch }: ImportPreviewProps) {
  const { words } = useApp()
  const { texts } = words
  const { billImport } = texts
  const known = new Set(Object.values(form.people))
  const people = peopleOf(ledger.parties, ledger.self, known).people
  const options = people.map(({ id, name }) => {
    const label = nameOr(name, texts)
    return { value: id, label: id === ledger.self ? texts.billForm.you(label) : label }
  })
  return (
    <section className={styles.part} aria-label={billImport.people}>
      <h3>{billImport.people}</h3>
      <p className={styles.quiet}>{billImport.peopleHint}</p>
      <div className={styles.people}>
        {preview.parties.map(({ id, name, removed }) => (
          <SelectField
            key={id}
            label={`${billImport.who(name)}${removed ? ` (${billImport.left})` : ''}`}
            value={form.people[id] ?? ''}
            options={[{ value: '', label: billImport.nobodyHere }, ...options]}
            onChange={(is) => dispatch({ type: 'person', id, is })}
          />
        ))}
      </div>
    </section>
  )
}

function WrongTotals({ preview }: ImportPreviewProps) {
  const { words } = useApp()
  const { billImport } = words.texts
  if (preview.wrongTotals.length === 0) return null
  const nameOf = (party: string) => preview.parties.find(({ id }) => id === party)?.name ?? party
  return (
    <section className={styles.warning} aria-label={billImport.totals}>
      <h3>{billImport.totals}</h3>
      <p>{billImport.totalsHint}</p>
      <ul>
        {preview.wrongTotals.map(({ party, currency, expectedMinor, actualMinor, line }) => (
          <li key={`${party} ${currency.code}`}>
            {billImport.total(nameOf(party), moneyText(expectedMinor, currency, words.locale))},{' '}
            {billImport.totalIs(moneyText(actualMinor, currency, words.locale))} (
            {billImport.line(line)})
          </li>
        ))}
      </ul>
    </section>
  )
}

function Warnings({ preview }: { readonly preview: ImportPreview }) {
  const { billImport } = useTexts()
  const { warnings, warningCount } = preview
  if (warningCount === 0) return null
  const shown = warnings.slice(0, WARNING_ROWS)
  return (
    <details className={styles.part}>
      <summary>{billImport.warnings(warningCount)}</summary>
      <ul className={styles.warnings}>
        {shown.map(({ code, message, line, column }, place) => (
          // oxlint-disable-next-line react/no-array-index-key -- a list that never changes its order
          <li key={place}>
            <span className={styles.place}>{billImport.place(line, column)}</span>{' '}
            {billImport.warningKinds[code] ?? ''}{' '}
            <span className={styles.quiet}>{message.replace(/^line \d+, column \d+: /u, '')}</span>
          </li>
        ))}
      </ul>
      {warningCount > shown.length && (
        <p className={styles.quiet}>{billImport.moreWarnings(warningCount - shown.length)}</p>
      )}
    </details>
  )
}

function Sample({ preview }: ImportPreviewProps) {
  const { words } = useApp()
  const { billImport, bill: texts } = words.texts
  const rows = preview.sample.slice(0, SAMPLE_ROWS)
  if (rows.length === 0) return null
  const nameOf = (party: string) => preview.parties.find(({ id }) => id === party)?.name ?? ''
  return (
    <section className={styles.part} aria-label={billImport.sample}>
      <h3>{billImport.sample}</h3>
      <ul className={styles.sample}>
        {rows.map(({ id, title, date, kind, currency, amountMinor, paid, line }) => (
          <li key={id}>
            <span className={styles.sampleTitle}>
              <strong>{title}</strong>
              <span className={styles.quiet}>
                {[
                  shortDay(date, words.locale),
                  ...(kind === 'expense' ? [] : [texts.kinds[kind]]),
                  joinNames(
                    paid.map(({ party }) => nameOf(party)),
                    words.locale,
                  ),
                  billImport.line(line),
                ].join(' · ')}
              </span>
            </span>
            <span className={styles.sum}>{moneyText(amountMinor, currency, words.locale)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface SayingProps {
  readonly form: ImportForm
  readonly onRead: Read
}

export function CurrencyOfFile({ form, onRead }: SayingProps) {
  const { billImport } = useTexts()
  return (
    <SelectField
      label={billImport.currency}
      value={form.sayings.currency}
      options={[
        { value: '', label: billImport.currencyNone },
        ...CURRENCIES.map(({ code }) => ({ value: code, label: code })),
      ]}
      onChange={(currency) => onRead({ currency })}
    />
  )
}

export function PayerOfLine({ line, form, onRead }: SayingProps & { readonly line: number }) {
  const { billImport } = useTexts()
  const [name, setName] = useState('')
  return (
    <form
      className={styles.say}
      onSubmit={(event) => {
        event.preventDefault()
        onRead({ payers: { ...form.sayings.payers, [line]: name } })
      }}
    >
      <Field
        label={billImport.payerOf(line)}
        hint={billImport.payerHint}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit">{billImport.again}</Button>
    </form>
  )
}

function Weights({ names, form, onRead }: SayingProps & { readonly names: readonly string[] }) {
  const { billImport } = useTexts()
  const [weights, setWeights] = useState(form.sayings.weights)
  return (
    <form
      className={styles.part}
      aria-label={billImport.weights}
      onSubmit={(event) => {
        event.preventDefault()
        onRead({ weights })
      }}
    >
      <h3>{billImport.weights}</h3>
      <div className={styles.people}>
        {names.map((name) => (
          <Field
            key={name}
            label={billImport.weightOf(name)}
            inputMode="numeric"
            placeholder="1"
            value={weights[name] ?? ''}
            onChange={(event) => setWeights({ ...weights, [name]: event.target.value })}
          />
        ))}
      </div>
      <Button type="submit" className={styles.again}>
        {billImport.again}
      </Button>
    </form>
  )
}
