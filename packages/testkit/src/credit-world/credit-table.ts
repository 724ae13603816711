/** The table of `docs/credits.md`: what each way to cheat came to, in a run that repeats from its seed. */

import type { Crypto } from '@hamlet/core'
import { runScenario, SCENARIOS } from './credit-scenarios.ts'
import type { ScenarioReport, ScenarioSize } from './credit-scenarios.ts'
import { MIB } from './credit-world.ts'

/** Small enough to run with every `npm test`. */
export const TABLE_SIZE: ScenarioSize = { honest: 6, days: 3 }
export const TABLE_SEED = 6

const BEGIN = '<!-- credits: begin, written by `npm run credits -- --write-docs` -->'
const END = '<!-- credits: end -->'

export async function runAll(
  crypto: Crypto,
  seed: number,
  size: ScenarioSize,
): Promise<readonly ScenarioReport[]> {
  const reports: ScenarioReport[] = []
  for (const scenario of SCENARIOS) reports.push(await runScenario(crypto, scenario, seed, size))
  return reports
}

export function creditTable(reports: readonly ScenarioReport[]): string {
  const head = [
    'Who',
    'What they do',
    'Service',
    'Count for',
    'Really gave',
    'Lost to one',
    'What came of it',
  ]
  const rows = reports.map((report) => [
    report.name,
    report.about,
    report.service === undefined ? '' : `${Math.round(report.service * 100)} %`,
    mebibytes(report.gainBytes),
    mebibytes(report.boundBytes),
    mebibytes(report.lossBytes),
    report.caught,
  ])
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** The page with this table between its marks; `undefined` when it has none. */
export function withTable(page: string, table: string): string | undefined {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) return undefined
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`
}
