/** What a bill says: who paid, whose part it is and who was rounded up, and everything else that was entered. */

import type { PartyAmount } from '@hamlet/http/api'
import type { ReactNode } from 'react'
import { useTexts } from '../app-context.tsx'
import { LinkedFiles } from '../files/linked-files.tsx'
import { splitLink } from '../files/share-links.ts'
import { Avatar } from '../ui/avatar.tsx'
import { shortDay } from './bill-days.ts'
import styles from './bill-drawer.module.css'
import type { DetailProps } from './detail-props.ts'
import { moneyText } from './money-text.ts'
import { useLedgerWords } from './use-bills.ts'
import { rateText } from './version-changes.ts'

export function BillFacts({ space, detail }: DetailProps) {
  const { bill: texts } = useTexts()
  const isTransfer = detail.kind === 'transfer'
  return (
    <>
      <section className={styles.block}>
        <h3>{detail.kind === 'income' ? texts.whoGot : texts.whoPaid}</h3>
        <Parts space={space} detail={detail} parts={detail.paid} cents={[]} />
      </section>
      <section className={styles.block}>
        <h3>{isTransfer ? texts.toWhom : texts.whoOwes}</h3>
        <Parts space={space} detail={detail} parts={detail.owed} cents={detail.cents} />
        {detail.cents.length > 0 && <p className={styles.note}>{texts.centHint}</p>}
      </section>
      <Items space={space} detail={detail} />
      <Others space={space} detail={detail} />
    </>
  )
}

interface PartsProps extends DetailProps {
  readonly parts: readonly PartyAmount[]
  readonly cents: readonly string[]
}

function Parts({ space, detail, parts, cents }: PartsProps) {
  const { bill: texts } = useTexts()
  const { names, locale } = useLedgerWords(space)
  return (
    <ul className={styles.parts}>
      {parts.map(({ party, amountMinor }) => (
        <li key={party}>
          <Avatar id={names.resolve(party)} name={names.plainName(party)} size="small" />
          <span>
            {names.nameOf(party)}
            {cents.includes(party) && <span className={styles.cent}>{texts.gotCent}</span>}
          </span>
          <span className={styles.figure}>{moneyText(amountMinor, detail.currency, locale)}</span>
        </li>
      ))}
    </ul>
  )
}

function Items({ space, detail }: DetailProps) {
  const { bill: texts } = useTexts()
  const { names, locale } = useLedgerWords(space)
  const { items = [], taxMinor = 0, tipMinor = 0 } = detail.split
  if (items.length === 0) return null
  const money = (minor: number) => moneyText(minor, detail.currency, locale)
  return (
    <section className={styles.block}>
      <h3>{texts.items}</h3>
      <ul className={styles.items}>
        {items.map((item, index) => (
          <li key={`${index} ${item.title}`}>
            <span>
              {item.title}
              <span className={styles.note}>
                {' '}
                {item.shares.map(({ party }) => names.nameOf(party)).join(', ')}
              </span>
            </span>
            <span className={styles.figure}>{money(item.amountMinor)}</span>
          </li>
        ))}
        {taxMinor > 0 && <Extra label={texts.tax} figure={money(taxMinor)} />}
        {tipMinor > 0 && <Extra label={texts.tip} figure={money(tipMinor)} />}
      </ul>
    </section>
  )
}

function Extra({ label, figure }: { readonly label: string; readonly figure: string }) {
  return (
    <li>
      <span>{label}</span>
      <span className={styles.figure}>{figure}</span>
    </li>
  )
}

function Note({ text }: { readonly text: string }) {
  return (
    <>
      {splitLink(text).words}
      <LinkedFiles text={text} />
    </>
  )
}

function Others({ space, detail }: DetailProps) {
  const { bill: texts } = useTexts()
  const words = useLedgerWords(space)
  const { category, tags, note, rate, origin } = detail
  const rows: readonly (readonly [string, ReactNode])[] = [
    ...(category === undefined ? [] : [[texts.category, words.categoryName(category)] as const]),
    ...(tags.length === 0 ? [] : [[texts.tags, tags.join(', ')] as const]),
    ...(note === '' ? [] : [[texts.note, <Note key={texts.note} text={note} />] as const]),
    ...(rate === undefined
      ? []
      : [
          [
            texts.rate,
            `${rateText(detail, words)} (${texts.rateFrom(rate.source, shortDay(rate.asOf, words.locale))})`,
          ] as const,
        ]),
    ...(origin === undefined
      ? []
      : [[texts.from, origin.kind === 'series' ? texts.fromSeries : texts.fromImport] as const]),
  ]
  return (
    <>
      {rows.length > 0 && (
        <dl className={styles.facts}>
          {rows.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {detail.isCorrection && <p className={styles.note}>{texts.correction}</p>}
    </>
  )
}
