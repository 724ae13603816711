/**
 * `npm run lab`: plays scripted worlds on Hamlet and on a majority quorum, and writes one HTML report.
 *
 *     --world NAME   only this world (family, club, large, hostile); may be given again
 *     --seed S       another seed (default 1)
 *     --out FILE     the report (default dist/lab.html)
 *     --quick        short plays, to see that all of it works
 *     --phones N     members of the club (default 50)
 *     --json FILE    also keeps the figures; `--from FILE` makes the reports from them again
 *     --stamp TEXT   says when and where; without it the same seed gives the same bytes
 *
 * A run of all worlds in full with the default seed also writes docs/lab.md.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCommandLine } from '@hamlet/testkit/command-line'
import { renderHtml } from './report/html-report.ts'
import { renderMarkdown } from './report/markdown-report.ts'
import type { LabResults } from './results.ts'
import { PHONES } from './world/club.ts'
import { runLab } from './run-lab.ts'
import { WORLD_NAMES } from './worlds.ts'
import type { WorldName } from './worlds.ts'

const DEFAULT_SEED = 1
const DOCS = fileURLToPath(new URL('../../docs/lab.md', import.meta.url))

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = readCommandLine(import.meta.url, {
    options: {
      world: { type: 'string', multiple: true, default: [...WORLD_NAMES] },
      seed: { type: 'string', default: String(DEFAULT_SEED) },
      out: { type: 'string', default: 'dist/lab.html' },
      quick: { type: 'boolean', default: false },
      phones: { type: 'string', default: String(PHONES) },
      json: { type: 'string' },
      from: { type: 'string' },
      stamp: { type: 'string' },
    },
  })
  const unknown = values.world.find((name) => !WORLD_NAMES.includes(name as WorldName))
  const seed = Number(values.seed)
  const phones = Number(values.phones)
  if (unknown !== undefined || !Number.isSafeInteger(seed) || !(phones >= 3 && phones <= 100)) {
    console.error(
      `expected a world of ${WORLD_NAMES.join(', ')}, a whole number as seed, 3 to 100 phones`,
    )
    return 2
  }
  const worlds = WORLD_NAMES.filter((name) => values.world.includes(name))
  const results =
    values.from === undefined
      ? await runLab({ worlds, seed, quick: values.quick, phones }, (line) => console.log(line))
      : (JSON.parse(readFileSync(values.from, 'utf8')) as LabResults)
  if (values.json !== undefined) write(values.json, JSON.stringify(results))
  write(values.out, renderHtml(results, { stamp: values.stamp }))
  const isWhole =
    results.worlds.length === WORLD_NAMES.length && !results.quick && phones === PHONES
  if (isWhole && results.seed === DEFAULT_SEED) write(DOCS, renderMarkdown(results))
  return reportProblems(results)
}

function write(file: string, text: string): void {
  mkdirSync(dirname(resolve(file)), { recursive: true })
  writeFileSync(file, text)
  console.log(`wrote ${file}`)
}

/** A study whose systems lose or disagree is not a result but a bug. */
function reportProblems({ worlds }: LabResults): number {
  const problems = worlds.flatMap(({ name, plays }) =>
    plays.flatMap(({ label, measures: { lost, disagreement } }) => [
      ...(lost > 0 ? [`${name}, ${label}: ${lost} acknowledged writes were lost`] : []),
      ...(disagreement === null ? [] : [`${name}, ${label}: ${disagreement}`]),
    ]),
  )
  for (const problem of problems) console.error(problem)
  return problems.length === 0 ? 0 : 1
}
