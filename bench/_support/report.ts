/**
 * Prints the figures of a suite as a table or as JSON, beside those of `baselines.json` in the suite's folder.
 *
 *     (nothing)     prints, with the change since the baseline
 *     --json        the same as JSON
 *     --update      writes the figures as the new baseline
 *     --quick       a small workload: nothing is compared or written
 *
 * Figures are worth something beside others of the same run only, so a row carries what it is measured against: a peer
 * (`rival`) or the bare work without Hamlet (`floor`). The baseline names machine, Node and commit.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { isJson, isQuick, isUpdate, machineLoad } from './measure.ts'

export interface Row {
  readonly work: string
  readonly value: number
  /** Of `LESS_IS_BETTER` less is better, of all others more. */
  readonly unit: string
  readonly rival?: number | undefined
  /** The same work with nothing but Node. */
  readonly floor?: number | undefined
  /** Bound of design §13 in the row's unit. */
  readonly budget?: number | undefined
}

interface Baseline {
  readonly machine: string
  readonly node: string
  readonly commit: string
  readonly load: string
  readonly rows: readonly Row[]
}

const LESS_IS_BETTER = new Set(['µs', 'ms', 's', 'B', 'MiB'])
const HEADINGS = [
  'work',
  'hamlet',
  'unit',
  'peer',
  'ratio',
  'floor',
  'of floor',
  'budget',
  'before',
]

/** `folder`: of the suite. `rival`: the name of what stands in the column "peer". */
export function report(folder: string, rows: readonly Row[], rival = 'peer'): void {
  const now = currentBaseline(rows)
  const before = isQuick ? undefined : readBaseline(folder)
  if (isJson) process.stdout.write(`${JSON.stringify(now, null, 2)}\n`)
  else printTable(rows, before, rival, now)
  if (isUpdate && !isQuick) writeFileSync(pathOf(folder), `${JSON.stringify(now, null, 2)}\n`)
}

/** How many times better than `other`. */
export function ratioOf(row: Row, other: number): number {
  return LESS_IS_BETTER.has(row.unit) ? other / row.value : row.value / other
}

function currentBaseline(rows: readonly Row[]): Baseline {
  const [cpu] = cpus()
  const memoryGiB = Math.round(totalmem() / 2 ** 30)
  const rounded = rows.map((row) => ({ ...row, value: Number(row.value.toPrecision(4)) }))
  return {
    machine: `${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${memoryGiB} GiB`,
    node: process.version,
    commit: commit(),
    load: machineLoad().toFixed(1),
    rows: rounded,
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

function pathOf(folder: string): string {
  return join(folder, 'baselines.json')
}

function readBaseline(folder: string): Baseline | undefined {
  const path = pathOf(folder)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Baseline) : undefined
}

function printTable(
  rows: readonly Row[],
  before: Baseline | undefined,
  rival: string,
  now: Baseline,
): void {
  const lines = rows.map((row) => cellsOf(row, before))
  const headings = HEADINGS.map((heading) => (heading === 'peer' ? rival : heading))
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...lines.map((cells) => cells[i]!.length)),
  )
  const toLine = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
  console.log([toLine(headings), ...lines.map(toLine)].join('\n'))
  const since = before ? `; "before" is ${before.commit} on ${before.machine}` : ''
  console.log(`${now.machine}, Node ${now.node}, ${now.commit}, load ${now.load}${since}`)
}

function cellsOf(row: Row, before: Baseline | undefined): readonly string[] {
  const old = before?.rows.find(({ work }) => work === row.work)
  return [
    row.work,
    figure(row.value),
    row.unit,
    figure(row.rival),
    times(row, row.rival),
    figure(row.floor),
    times(row, row.floor),
    row.budget === undefined ? '–' : `${figure(row.budget)} ${isWithin(row) ? 'holds' : 'missed'}`,
    times(row, old?.value),
  ]
}

function isWithin(row: Row): boolean {
  return ratioOf(row, row.budget!) >= 1
}

function times(row: Row, other: number | undefined): string {
  return other === undefined ? '–' : `${ratioOf(row, other).toFixed(2)}x`
}

function figure(value: number | undefined): string {
  if (value === undefined) return '–'
  return value >= 1000
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)))
}
