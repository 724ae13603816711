/**
 * Plots as inline SVG, for a phone first: 360 units wide, so that text is as large as it says on a narrow screen.
 *
 * Series are told apart by colour, by dash and by a legend in words; every plot has a title, and a description that
 * says in a sentence what it shows. Colours come from the page's CSS variables.
 */

import { escapeText } from './escape.ts'

export interface Series {
  readonly label: string
  /** Index into the page's colours and dashes. */
  readonly style: number
  /** Places from 0 to 1, left to right and bottom to top; `null` interrupts the line. */
  readonly points: readonly (readonly [x: number, y: number | null])[]
}

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface LinePlot {
  readonly title: string
  readonly description: string
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
  /** Stretches of x, from 0 to 1. */
  readonly shades: readonly (readonly [from: number, to: number])[]
  readonly series: readonly Series[]
}

const WIDTH = 360
const HEIGHT = 190
const LEFT = 42
const RIGHT = 10
const TOP = 10
const BOTTOM = 24

export function linePlot(plot: LinePlot): string {
  const inner = [
    ...plot.shades.map(([from, to]) => {
      const width = round(toX(to) - toX(from))
      return `<rect class="shade" x="${toX(from)}" y="${TOP}" width="${width}" height="${HEIGHT - TOP - BOTTOM}"/>`
    }),
    ...plot.yTicks.map(({ at, label }) => {
      const y = toY(at)
      const text = `<text class="tick" x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${escapeText(label)}</text>`
      return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>${text}`
    }),
    ...plot.xTicks.map(({ at, label }) => {
      const text = `<text class="tick" x="${toX(at)}" y="${HEIGHT - 6}" text-anchor="middle">${escapeText(label)}</text>`
      return `<line class="grid" x1="${toX(at)}" x2="${toX(at)}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM + 4}"/>${text}`
    }),
    ...plot.series.map((series) => `<path class="line s${series.style}" d="${pathOf(series)}"/>`),
  ]
  return figure(plot, svg(HEIGHT, plot, inner), legend(plot.series))
}

export interface Bar {
  readonly label: string
  /** What stands at its end. */
  readonly value: string
  /** Lengths from 0 to 1, in the order of the legend. */
  readonly parts: readonly number[]
}

export interface BarPlot {
  readonly title: string
  readonly description: string
  readonly parts: readonly string[]
  readonly bars: readonly Bar[]
}

const BAR_HEIGHT = 16
const BAR_STEP = 40
const VALUE_WIDTH = 84

export function barPlot(plot: BarPlot): string {
  const full = WIDTH - VALUE_WIDTH
  const inner = plot.bars.flatMap(({ label, value, parts }, i) => {
    const y = i * BAR_STEP + 18
    let x = 0
    const rects = parts.map((part, style) => {
      const width = round(part * full)
      const rect = `<rect class="bar p${style}" x="${round(x)}" y="${y}" width="${width}" height="${BAR_HEIGHT}"/>`
      x += part * full
      return rect
    })
    return [
      `<text class="label" x="0" y="${y - 5}">${escapeText(label)}</text>`,
      ...rects,
      `<text class="value" x="${round(x + 6)}" y="${y + 13}">${escapeText(value)}</text>`,
    ]
  })
  const keys = plot.parts.map(
    (part, style) => `<li><span class="key p${style}"></span>${escapeText(part)}</li>`,
  )
  const height = plot.bars.length * BAR_STEP
  return figure(plot, svg(height, plot, inner), `<ul class="legend">${keys.join('')}</ul>`)
}

interface Described {
  readonly title: string
  readonly description: string
}

function figure({ title, description }: Described, drawing: string, legend: string): string {
  const caption = `<p class="plot-title">${escapeText(title)}</p>`
  const words = `<figcaption>${escapeText(description)}</figcaption>`
  return `<figure>${caption}${legend}${drawing}${words}</figure>`
}

/** Title, legend and caption say what it shows, and the tables give the figures. */
function svg(height: number, { title }: Described, inner: readonly string[]): string {
  const attributes = `viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(`Plot: ${title}`)}"`
  return `<svg ${attributes}>${inner.join('')}</svg>`
}

function legend(series: readonly Series[]): string {
  const items = series.map(({ label, style }) => {
    const line = `<svg class="key-line" viewBox="0 0 28 8" aria-hidden="true"><path class="line s${style}" d="M0 4H28"/></svg>`
    return `<li>${line}${escapeText(label)}</li>`
  })
  return `<ul class="legend">${items.join('')}</ul>`
}

function pathOf({ points }: Series): string {
  let isDrawing = false
  const parts: string[] = []
  for (const [x, y] of points) {
    if (y !== null) parts.push(`${isDrawing ? 'L' : 'M'}${toX(x)} ${toY(y)}`)
    isDrawing = y !== null
  }
  return parts.join('')
}

function toX(share: number): number {
  return round(LEFT + share * (WIDTH - LEFT - RIGHT))
}

function toY(share: number): number {
  return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
