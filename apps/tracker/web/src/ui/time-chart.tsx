/**
 * Series over time, drawn by uPlot: a canvas, so that a month of points costs no more than an hour. The same figures stand
 * below as a sentence and, on demand, as a table. Colours are read from the tokens again when light turns to dark.
 */

import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { shortTime } from '../format/figures.ts'
import styles from './time-chart.module.css'

export interface ChartSeries {
  readonly label: string
  readonly values: readonly number[]
  /** A token: `--accent`. */
  readonly colour: string
  readonly isFilled?: boolean
}

interface TimeChartProps {
  readonly label: string
  readonly atMs: readonly number[]
  readonly series: readonly ChartSeries[]
  readonly locale: string
  readonly valueText: (value: number) => string
  readonly heightPx: number
}

const AXIS_PX = 78

export function TimeChart(props: TimeChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const readout = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    const element = holder.current
    if (element === null) return undefined
    let chart = draw(element, readout.current, props)
    const resize = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: props.heightPx })
    })
    resize.observe(element)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = () => {
      chart.destroy()
      chart = draw(element, readout.current, props)
    }
    scheme.addEventListener('change', redraw)
    return () => {
      scheme.removeEventListener('change', redraw)
      resize.disconnect()
      chart.destroy()
    }
  }, [props])
  return (
    <div className={styles.chart}>
      <div ref={holder} role="img" aria-label={props.label} style={{ height: props.heightPx }} />
      <p ref={readout} className={styles.readout} aria-hidden="true" />
    </div>
  )
}

function draw(element: HTMLElement, readout: HTMLElement | null, props: TimeChartProps): uPlot {
  const { atMs, series, locale, valueText, heightPx } = props
  const colours = getComputedStyle(element)
  const colour = (token: string) => colours.getPropertyValue(token)
  const axis = {
    stroke: tokenColour(element, '--muted'),
    grid: { stroke: tokenColour(element, '--line'), width: 1 },
    ticks: { show: false },
    font: `12px ${colour('--font')}`,
  }
  return new uPlot(
    {
      width: element.clientWidth,
      height: heightPx,
      ms: 1,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
      axes: [
        { ...axis, size: 34, space: 90, values: (_, splits) => axisTimes(splits, atMs, locale) },
        { ...axis, size: AXIS_PX, space: 44, values: (_, splits) => splits.map(valueText) },
      ],
      series: [
        {},
        ...series.map((each) => ({
          label: each.label,
          stroke: tokenColour(element, each.colour),
          width: 1.6,
          points: { show: false },
          ...(each.isFilled === true ? { fill: faded(tokenColour(element, each.colour)) } : {}),
        })),
      ],
      hooks: { setCursor: [(chart) => tell(readout, chart, props)] },
    },
    [[...atMs], ...series.map(({ values }) => [...values])],
    element,
  )
}

/** What the pointer is at. */
function tell(readout: HTMLElement | null, chart: uPlot, props: TimeChartProps): void {
  if (readout === null) return
  const index = chart.cursor.idx
  if (index === null || index === undefined) {
    readout.textContent = ''
    return
  }
  const parts = props.series.map(
    ({ label, values }) => `${label} ${props.valueText(values[index] ?? 0)}`,
  )
  readout.textContent = [shortTime(props.atMs[index] ?? 0, props.locale), ...parts].join(' · ')
}

/** The clock within two days, beyond that the date. */
function axisTimes(splits: readonly number[], atMs: readonly number[], locale: string): string[] {
  const isShort = (atMs.at(-1) ?? 0) - (atMs[0] ?? 0) < 48 * 3_600_000
  const format = new Intl.DateTimeFormat(
    locale,
    isShort ? { timeStyle: 'short' } : { day: 'numeric', month: 'short' },
  )
  return splits.map((split) => format.format(split))
}

/** A canvas knows no `light-dark()`: the browser is asked for the colour of an element that has it. */
function tokenColour(element: HTMLElement, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function faded(colour: string): string {
  return colour.replace('rgb(', 'rgba(').replace(')', ', 0.14)')
}
