/** Bytes passed on over a span of time, with what they come to in words. */

import { useMemo } from 'react'
import { shortTime, sizeText } from '../format/figures.ts'
import { useNow, usePage } from '../page-context.tsx'
import type { Span, Throughput } from '../state/board-client.ts'
import { useLoaded } from '../state/use-loaded.ts'
import { Failure, Loading } from '../ui/pieces.tsx'
import { TimeChart } from '../ui/time-chart.tsx'
import styles from './throughput.module.css'

export function ThroughputFigure({
  span,
  heightPx,
}: {
  readonly span: Span
  readonly heightPx: number
}) {
  const { value, error, retry } = useThroughput(span)
  if (value === undefined) {
    return error === undefined ? <Loading /> : <Failure error={error} retry={retry} />
  }
  return <BytesChart throughput={value} heightPx={heightPx} />
}

/** Looked at again every minute or so: there is no newer figure before. */
export function useThroughput(span: Span) {
  const minute = Math.floor(useNow() / 60_000)
  return useLoaded<Throughput>('throughput', { span }, minute)
}

function BytesChart({
  throughput,
  heightPx,
}: {
  readonly throughput: Throughput
  readonly heightPx: number
}) {
  const { texts, locale } = usePage()
  const summary = summaryOf(throughput, texts, locale)
  const series = useMemo(
    () => [
      {
        label: texts.throughput.bytes,
        values: perSecond(throughput),
        colour: '--accent',
        isFilled: true,
      },
    ],
    [throughput, texts],
  )
  const valueText = useMemo(() => (value: number) => `${sizeText(value, locale)}/s`, [locale])
  return (
    <figure className={styles.figure}>
      <TimeChart
        label={`${texts.throughput.bytes}: ${summary}`}
        atMs={throughput.atMs}
        series={series}
        locale={locale}
        valueText={valueText}
        heightPx={heightPx}
      />
      <figcaption>{summary}</figcaption>
    </figure>
  )
}

export function perSecond({ series, stepMs }: Throughput): readonly number[] {
  return series['receipt-bytes'].map((bytes) => (bytes * 1000) / stepMs)
}

function summaryOf(
  throughput: Throughput,
  texts: ReturnType<typeof usePage>['texts'],
  locale: string,
): string {
  const bytes = throughput.series['receipt-bytes']
  const total = bytes.reduce((sum, each) => sum + each, 0)
  if (total === 0) return texts.throughput.nothing
  const peak = bytes.indexOf(Math.max(...bytes))
  return texts.throughput.summary(
    sizeText(total, locale),
    sizeText(perSecond(throughput)[peak] ?? 0, locale),
    shortTime(throughput.atMs[peak] ?? 0, locale),
  )
}
