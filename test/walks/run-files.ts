/**
 * `npm run walk:files`: what files promise, shown on real processes, one walk after the other.
 *
 *     --bytes N     of the folder and, bounded, of the film (default 3 GiB; 64M and 1G are understood)
 *     --only A,B    of swarm, stranger, tracker, film, odd, disk
 *     --short       with fewer peers and strangers: what `npm run test:slow` runs
 *
 * Each check is a line with its figures; the last line is `N passed, N failed`. Where it is allowed (Linux, as root) all of it runs in a
 * network of its own, so that no other peer of this machine meets these.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readCommandLine } from '@hamlet/testkit/command-line'
import { walkFilm } from './film-walk.ts'
import { walkFullDisk } from './full-disk-walk.ts'
import { walkOddFiles } from './odd-files-walk.ts'
import { walkStranger } from './stranger-walk.ts'
import { walkSwarm } from './swarm-walk.ts'
import { walkTracker } from './tracker-walk.ts'
import { WalkReport } from './walk-report.ts'
import type { WalkOptions } from './walk-report.ts'

const APART = 'HAMLET_WALK_APART'
const DEFAULT_BYTES = 3 * 2 ** 30

const WALKS = {
  swarm: walkSwarm,
  stranger: walkStranger,
  tracker: walkTracker,
  film: walkFilm,
  odd: walkOddFiles,
  disk: walkFullDisk,
} as const satisfies Readonly<
  Record<string, (report: WalkReport, options: WalkOptions) => Promise<void>>
>

const { values } = readCommandLine(import.meta.url, {
  options: {
    bytes: { type: 'string' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
})

process.exitCode = runApart() ?? (await main())

async function main(): Promise<number> {
  const bytes = values.bytes === undefined ? DEFAULT_BYTES : toBytes(values.bytes)
  const chosen = values.only?.split(',') ?? Object.keys(WALKS)
  const report = new WalkReport()
  for (const [name, walk] of Object.entries(WALKS)) {
    if (!chosen.includes(name)) continue
    try {
      await walk(report, { bytes, isShort: values.short })
    } catch (error) {
      report.broken(name, error)
    }
  }
  report.say(`${report.passed} passed, ${report.failed} failed`)
  return report.failed === 0 && report.passed > 0 ? 0 : 1
}

/** The exit code of the same command in a network of its own; `undefined` when this is that, or there can be none. */
function runApart(): number | undefined {
  if (process.env[APART] !== undefined) return undefined
  const mayBe = process.platform === 'linux' && process.getuid?.() === 0
  if (!mayBe || spawnSync('unshare', shell('true')).status !== 0) {
    console.log('REDUCED walk of files: on the network of this machine, where other peers may be')
    return undefined
  }
  const command = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const { status } = spawnSync('unshare', [...shell('exec "$0" "$@"'), ...command], {
    stdio: 'inherit',
    env: { ...process.env, [APART]: '1' },
  })
  return status ?? 1
}

function shell(script: string): readonly string[] {
  return ['--net', 'sh', '-c', `ip link set lo up && ${script}`]
}

function toBytes(text: string): number {
  const match = /^(\d+)([KMG]?)$/.exec(text)
  if (match === null) throw new Error(`--bytes ${text}: expected a number such as 64M`)
  return Number(match[1]) * 1024 ** ' KMG'.indexOf(match[2] === '' ? ' ' : match[2]!)
}
