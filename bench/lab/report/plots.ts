/** The plots of a world. */

import { CURVE_MS } from '../measure.ts'
import type { Bin, Curve } from '../measure.ts'
import type { LabWorld } from '../results.ts'
import { barPlot, linePlot } from './charts.ts'
import type { LinePlot, Series, Tick } from './charts.ts'
import { formatBytes, formatDuration, formatShare } from './format.ts'
import { readKinds } from './tables.ts'
import { bytesByPurpose, PURPOSES, totalTraffic } from './traffic.ts'

const SHARE_TICKS: readonly Tick[] = [0, 0.25, 0.5, 0.75, 1].map((at) => ({
  at,
  label: `${at * 100} %`,
}))
const DURATIONS: readonly (readonly [ms: number, label: string])[] = [
  [1, '1 ms'],
  [100, '0.1 s'],
  [10_000, '10 s'],
  [600_000, '10 min'],
  [36_000_000, '10 h'],
]
const CURVE_DECADES = Math.log10(CURVE_MS.at(-1)!)

export function plotsOf(world: LabWorld): string[] {
  return [
    linePlot(timePlot(world, 'writes')),
    linePlot(timePlot(world, 'reads')),
    linePlot(acknowledgementPlot(world)),
    linePlot(visibilityPlot(world)),
    linePlot(stalenessPlot(world)),
    trafficPlot(world),
  ]
}

function timePlot({ facts, plays }: LabWorld, kind: 'writes' | 'reads'): LinePlot {
  const { playMs, phases } = facts
  const hours = playMs / 3_600_000
  const stepHours = [0.25, 0.5, 1, 2, 4].find((step) => hours / step <= 8) ?? 4
  const ticks = Array.from({ length: Math.floor(hours / stepHours) + 1 }, (_, i) => i * stepHours)
  const shares = plays.map(({ label, measures }) => {
    return `${label} ${formatShare(measures.bins.length === 0 ? 0 : shareOf(measures.bins, kind))}`
  })
  const shaded = phases.map(({ label, fromMs, toMs }) => {
    return `${label} (${formatDuration(fromMs)} to ${formatDuration(toMs)})`
  })
  const verb = kind === 'writes' ? 'acknowledged' : 'answered'
  return {
    title: `${kind === 'writes' ? 'Writes' : 'Reads'} ${verb} within 10 s, hour by hour`,
    description: `Worst stretch: ${shares.join('; ')}.${shaded.length > 0 ? ` Parts: ${shaded.join(', ')}.` : ''}`,
    xTicks: ticks.map((hour) => ({ at: hour / hours, label: `${hour} h` })),
    yTicks: SHARE_TICKS,
    shades: shadesOf(facts),
    series: plays.map(({ label, measures }, style) => ({
      ...{ label, style },
      points: measures.bins.flatMap((bin) => {
        const ends = [bin.fromMs / playMs, bin.toMs / playMs] as const
        return ends.map((x) => [x, bin[kind]] as const)
      }),
    })),
  }
}

/** Phases of different people at one time are one shade; neighbours are told apart by leaving every second one out. */
function shadesOf({ phases, playMs }: LabWorld['facts']): (readonly [number, number])[] {
  const shades: (readonly [number, number])[] = []
  let endMs = -1
  for (const { fromMs, toMs } of phases) {
    if (fromMs <= endMs) continue
    shades.push([fromMs / playMs, toMs / playMs])
    endMs = toMs
  }
  return shades
}

/** Of the worst bin. */
function shareOf(bins: readonly Bin[], kind: 'writes' | 'reads'): number {
  return Math.min(...bins.map((bin) => bin[kind] ?? 1))
}

function acknowledgementPlot({ plays }: LabWorld): LinePlot {
  const medians = plays.map(({ label, measures }) => {
    return `${label} ${formatDuration(measures.acknowledgedMs.p50)}`
  })
  return curvePlot(
    'Time to the acknowledgement of a write',
    `Share of all writes acknowledged after at most so long. Medians: ${medians.join('; ')}.`,
    plays.map(({ label, measures }) => [label, measures.acknowledgedCurve]),
  )
}

function visibilityPlot({ plays }: LabWorld): LinePlot {
  const medians = plays.map(({ label, measures }) => {
    return `${label} ${formatDuration(measures.visibleMs.p50)}`
  })
  return curvePlot(
    'Time until the others can read it',
    `Share of all pairs of a message and another member after at most so long. Medians: ${medians.join('; ')}.`,
    plays.map(({ label, measures }) => [label, measures.visibleCurve]),
  )
}

function stalenessPlot({ plays }: LabWorld): LinePlot {
  const kinds = plays.flatMap(({ label, measures }) =>
    readKinds(measures).map(([kind, reads]) => [`${label}${kind}`, reads] as const),
  )
  const complete = kinds.map(([label, { fresh, availability }]) => {
    return `${label} ${formatShare(fresh)} of the ${formatShare(availability.withinPlay)} answered`
  })
  return curvePlot(
    'What answers lack',
    'Share of the answered reads whose oldest lacking message is at most so old. Complete: ' +
      `${complete.join('; ')}.`,
    kinds.map(([label, { staleCurve }]) => [label, staleCurve]),
  )
}

function curvePlot(
  title: string,
  description: string,
  curves: readonly (readonly [label: string, curve: Curve])[],
): LinePlot {
  return {
    ...{ title, description },
    xTicks: DURATIONS.map(([ms, label]) => ({ at: Math.log10(ms) / CURVE_DECADES, label })),
    yTicks: SHARE_TICKS,
    shades: [],
    series: curves.map(([label, curve], style): Series => {
      const points = curve.map((share, i) => [i / (CURVE_MS.length - 1), share] as const)
      return { label, style, points }
    }),
  }
}

function trafficPlot({ plays }: LabWorld): string {
  const perWrite = plays.map(({ measures }) => totalTraffic(measures).bytes / measures.allWrites)
  const most = Math.max(...perWrite)
  const words = plays.map(({ label }, i) => `${label} ${formatBytes(perWrite[i]!)}`)
  return barPlot({
    title: 'Bytes on the network per write',
    description: `Everything all devices sent, divided by the writes: ${words.join('; ')}.`,
    parts: PURPOSES,
    bars: plays.map(({ label, measures }, i) => {
      const byPurpose = bytesByPurpose(measures)
      return {
        label,
        value: formatBytes(perWrite[i]!),
        parts: PURPOSES.map((purpose) => (byPurpose.get(purpose) ?? 0) / measures.allWrites / most),
      }
    }),
  })
}
