/** What a fuzzing campaign did, as lines for a terminal and as the table of `docs/testing.md`. */

import { readFileSync, writeFileSync } from 'node:fs'
import type { TargetReport } from '@hamlet/testkit/fuzz'

const NAME_WIDTH = 28
const NUMBER_WIDTH = 13
const START = '<!-- fuzzing: begin -->'
const END = '<!-- fuzzing: end -->'
const HEADINGS = ['inputs', 'inputs/s', 'accepted', 'corpus', 'blocks', 'crashers']

export function formatHeading(): string {
  return line('target', HEADINGS)
}

export function formatReport(report: TargetReport): string {
  return line(report.name, cells(report))
}

export function formatSum(reports: readonly TargetReport[]): string {
  return line(`${reports.length} targets`, sumCells(reports))
}

/** Replaces the table between the two comments of the document. */
export function writeTable(path: string, seed: number, reports: readonly TargetReport[]): void {
  const document = readFileSync(path, 'utf8')
  const [start, end] = [document.indexOf(START), document.indexOf(END)]
  if (start < 0 || end < start) throw new Error(`expected ${START} and ${END} in ${path}`)
  const before = document.slice(0, start + START.length)
  writeFileSync(path, `${before}\n\n${toTable(seed, reports)}\n${document.slice(end)}`)
}

function toTable(seed: number, reports: readonly TargetReport[]): string {
  const rows = [
    ['Target', ...HEADINGS],
    ['---', ...HEADINGS.map(() => '--:')],
    ...reports.map((report) => [report.name, ...cells(report)]),
    ['sum', ...sumCells(reports)],
  ]
  const table = rows.map((row) => `| ${row.join(' | ')} |\n`).join('')
  return `Seed ${seed}:\n\n${table}`
}

function cells(report: TargetReport): readonly string[] {
  const { inputs, durationMs, accepted, corpus, blocks, crashers } = report
  return [
    count(inputs),
    count(Math.round((1000 * inputs) / Math.max(1, durationMs))),
    `${((100 * accepted) / Math.max(1, inputs)).toFixed(1)} %`,
    count(corpus.length),
    count(blocks),
    count(crashers.length),
  ]
}

function sumCells(reports: readonly TargetReport[]): readonly string[] {
  const sum = (of: (report: TargetReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0)
  const inputs = sum((report) => report.inputs)
  return [
    count(inputs),
    count(
      Math.round(
        (1000 * inputs) /
          Math.max(
            1,
            sum((report) => report.durationMs),
          ),
      ),
    ),
    `${((100 * sum((report) => report.accepted)) / Math.max(1, inputs)).toFixed(1)} %`,
    count(sum((report) => report.corpus.length)),
    '',
    count(sum((report) => report.crashers.length)),
  ]
}

/** Thousands apart, the same in every locale. */
function count(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

function line(name: string, row: readonly string[]): string {
  return name.padEnd(NAME_WIDTH) + row.map((cell) => cell.padStart(NUMBER_WIDTH)).join('')
}
