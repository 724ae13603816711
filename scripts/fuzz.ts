/**
 * `npm run fuzz`: every decoder with inputs that were made to break it.
 *
 *     --minutes M      this long in all, shared among the targets (default 5)
 *     --inputs N       this many inputs for each target instead
 *     --target PART    only targets whose name contains it; may be given more than once
 *     --seed S         another run (default: the time)
 *     --guided SHARE   the part of each target's run under coverage, 0 to 1 (default 0.25)
 *     --write-docs     puts the table into docs/testing.md
 *     --properties     the property tests instead, with fresh seeds, for `--minutes` or until one fails;
 *                      further arguments choose files by a part of their name
 *
 * A crasher is made small and written to `test/fuzz/crashers`, ready to be committed with what mends it. Exit code 1
 * when there was one.
 */

import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCommandLine } from '@hamlet/testkit/command-line'
import { runTarget, writeCrasher } from '@hamlet/testkit/fuzz'
import type { TargetReport } from '@hamlet/testkit/fuzz'
import { loadTargets } from '../test/fuzz/targets/index.ts'
import { formatHeading, formatReport, formatSum, writeTable } from './fuzz-table.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const REGISTRY_URL = new URL('../test/fuzz/targets/index.ts', import.meta.url).href
const CRASHERS = join(root, 'test/fuzz/crashers')
const MINUTE_MS = 60_000

interface Campaign {
  readonly seed: number
  readonly names: readonly string[]
  readonly guidedShare: number
  /** Of each target. */
  readonly inputs?: number
  /** Of each target. */
  readonly durationMs?: number
}

/** Targets side by side, one per core; reports in the order of `names`. `undefined`: the target itself is broken. */
async function runCampaign(campaign: Campaign): Promise<readonly (TargetReport | undefined)[]> {
  const { names, ...options } = campaign
  const reports: (TargetReport | undefined)[] = names.map(() => undefined)
  const queue = [...names.entries()]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, name] = next
      try {
        const report = await runTarget({ registryUrl: REGISTRY_URL, name, ...options })
        reports[index] = report
        tell(report)
      } catch (error) {
        console.log(`  BROKEN ${name}: ${String(error)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return reports
}

function tell(report: TargetReport): void {
  console.log(formatReport(report))
  for (const crasher of report.crashers) {
    const path = relative(root, writeCrasher(CRASHERS, report.name, crasher))
    console.log(`  CRASHER ${crasher.problem}\n  ${path}`)
  }
}

function runProperties(minutes: number, parts: readonly string[]): number {
  const files = globSync('packages/**/test/**/*.prop.test.ts', { cwd: root })
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort()
  if (files.length === 0) return usage('no property test has such a name')
  const end = performance.now() + minutes * MINUTE_MS
  let rounds = 0
  do {
    const args = ['--test', '--test-reporter=dot', ...files]
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
    if (status !== 0) return 1
    rounds += 1
  } while (performance.now() < end)
  console.log(`${rounds} rounds over ${files.length} files, every property held`)
  return 0
}

function usage(problem: string): number {
  console.error(`fuzz: ${problem}; the head of scripts/fuzz.ts lists the options`)
  return 2
}

async function main(): Promise<number> {
  const { values, positionals } = readCommandLine(import.meta.url, {
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '5' },
      inputs: { type: 'string' },
      target: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: String(Date.now() % 0x1_0000_0000) },
      guided: { type: 'string', default: '0.25' },
      'write-docs': { type: 'boolean', default: false },
      properties: { type: 'boolean', default: false },
    },
  })
  const numbers = [values.minutes, values.seed, values.guided, values.inputs ?? '0'].map(Number)
  if (!numbers.every((number) => number >= 0)) return usage('expected numbers')
  const [minutes, seed, guidedShare, inputs] = numbers as [number, number, number, number]
  if (values.properties) return runProperties(minutes, positionals)
  if (positionals.length > 0) return usage(`unexpected ${positionals[0]}`)
  const all = (await loadTargets()).map(({ name }) => name)
  const wanted = values.target
  const names = all.filter(
    (name) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  )
  if (names.length === 0) return usage('no target has such a name')
  const durationMs = (minutes * MINUTE_MS * availableParallelism()) / names.length
  const limit = values.inputs === undefined ? { durationMs } : { inputs }
  console.log(`seed ${seed}, ${names.length} targets\n${formatHeading()}`)
  const results = await runCampaign({ seed, names, guidedShare, ...limit })
  const reports = results.filter((report) => report !== undefined)
  console.log(formatSum(reports))
  if (values['write-docs']) writeTable(join(root, 'docs/testing.md'), seed, reports)
  const isBroken = reports.length < results.length
  return isBroken || reports.some(({ crashers }) => crashers.length > 0) ? 1 : 0
}

process.exitCode = await main()
