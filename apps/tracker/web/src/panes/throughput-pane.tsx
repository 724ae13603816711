/** Throughput over time: bytes and requests, over an hour, a day, a week or a month. */

import { useMemo, useState } from 'react'
import { countText, shortTime, sizeText } from '../format/figures.ts'
import { usePage } from '../page-context.tsx'
import { Block, Pane } from '../shell/pane.tsx'
import type { Span, Throughput } from '../state/board-client.ts'
import { TimeChart } from '../ui/time-chart.tsx'
import { perSecond, ThroughputFigure, useThroughput } from './throughput-figure.tsx'
import styles from './throughput.module.css'

const SPANS: readonly Span[] = ['hour', 'day', 'week', 'month']
const TABLE_ROWS = 12

export function ThroughputPane() {
  const { texts } = usePage()
  const [span, setSpan] = useState<Span>('day')
  const { value } = useThroughput(span)
  return (
    <Pane
      title={texts.sections.throughput}
      detail={texts.throughput.lead}
      tools={<SpanChoice span={span} onChoose={setSpan} />}
    >
      <Block title={texts.throughput.bytes}>
        <ThroughputFigure span={span} heightPx={280} />
      </Block>
      {value !== undefined && (
        <Block title={texts.throughput.requests}>
          <RequestsChart throughput={value} />
        </Block>
      )}
      {value !== undefined && <FigureTable throughput={value} />}
    </Pane>
  )
}

function SpanChoice({
  span,
  onChoose,
}: {
  readonly span: Span
  readonly onChoose: (span: Span) => void
}) {
  const { texts } = usePage()
  return (
    <div className={styles.spans} role="group" aria-label={texts.throughput.span}>
      {SPANS.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === span}
          onClick={() => onChoose(each)}
        >
          {texts.throughput[each]}
        </button>
      ))}
    </div>
  )
}

function RequestsChart({ throughput }: { readonly throughput: Throughput }) {
  const { texts, locale } = usePage()
  const series = useMemo(() => {
    const { announces, lookups, receipts } = throughput.series
    return [
      { label: texts.throughput.announces, values: announces, colour: '--person-8' },
      { label: texts.throughput.lookups, values: lookups, colour: '--person-2' },
      { label: texts.throughput.receipts, values: receipts, colour: '--accent' },
    ]
  }, [throughput, texts])
  const valueText = useMemo(() => (value: number) => countText(Math.round(value), locale), [locale])
  return (
    <figure className={styles.figure}>
      <ul className={styles.legend}>
        {series.map(({ label, colour }) => (
          <li key={label}>
            <span style={{ background: `var(${colour})` }} data-swatch />
            {label}
          </li>
        ))}
      </ul>
      <TimeChart
        label={series
          .map(({ label, values }) => `${label} ${countText(sum(values), locale)}`)
          .join(', ')}
        atMs={throughput.atMs}
        series={series}
        locale={locale}
        valueText={valueText}
        heightPx={200}
      />
    </figure>
  )
}

/** The same figures in a dozen lines, for who cannot see a curve. */
function FigureTable({ throughput }: { readonly throughput: Throughput }) {
  const { texts, locale } = usePage()
  const rates = perSecond(throughput)
  const step = Math.max(1, Math.ceil(rates.length / TABLE_ROWS))
  const rows = throughput.atMs.flatMap((atMs, index) =>
    index % step === 0 ? [{ atMs, index }] : [],
  )
  const total = (values: readonly number[], index: number) => sum(values.slice(index, index + step))
  return (
    <details className={styles.details}>
      <summary>{texts.throughput.table}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.throughput.time}</th>
            <th scope="col">{texts.throughput.perSecond}</th>
            <th scope="col">{texts.throughput.receipts}</th>
            <th scope="col">{texts.throughput.announces}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ atMs, index }) => (
            <tr key={atMs}>
              <th scope="row">{shortTime(atMs, locale)}</th>
              <td>{sizeText(total(rates, index) / step, locale)}</td>
              <td>{countText(total(throughput.series.receipts, index), locale)}</td>
              <td>{countText(total(throughput.series.announces, index), locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0)
}
