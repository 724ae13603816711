/**
 * `npm run blackbox`: worlds of real peers under faults, one after the other, until the time is over.
 *
 *     --minutes M        of faults, in all (default 5)    --hosts N   2 to 10; drawn for each world when not given
 *     --seed S           of the first world (default 1)   --world-minutes W   of faults in one world (default 2)
 *     --out DIR          for data, logs and histories; by default a temporary folder, removed when all went well
 *     --check FILE       only judges a history that was kept
 *     --loopback         plain processes on loopback, as where there are no network namespaces
 *
 * A world's folder is kept when it failed: `run.log` (faults), `<host>.log`, `history.json`, and the data. Exit code 1
 * when a world failed.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkHistory } from './check-history.ts'
import { drawFaultPlan } from './fault-plan.ts'
import type { History } from './history.ts'
import { CampaignReport, describeWorld } from './report.ts'
import { SeededRandom } from './seeded-random.ts'
import { provideSystemParts } from './system-parts.ts'
import type { SystemParts } from './system-parts.ts'
import { abandonWorlds, HOSTS_MAX, runWorld } from './world-run.ts'
import type { WorldOptions, WorldReport } from './world-run.ts'

interface CampaignOptions {
  readonly minutes: number
  readonly hosts: number | undefined
  readonly seed: number
  readonly worldMinutes: number
  readonly folder: string
  readonly system: SystemParts
}

/** The worlds that have ended. */
const campaign = new CampaignReport()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    console.log(`\nended by ${signal} after\n${campaign.toString()}`)
    void abandonWorlds().finally(() => process.exit(130))
  })
}
process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      hosts: { type: 'string' },
      seed: { type: 'string', default: '1' },
      'world-minutes': { type: 'string', default: '2' },
      out: { type: 'string' },
      check: { type: 'string' },
      loopback: { type: 'boolean', default: false },
    },
  })
  if (values.check !== undefined) return await judge(values.check)
  const system = await provideSystemParts()
  const obstacle = values.loopback ? 'asked for by --loopback' : system.obstacle
  if (obstacle !== undefined) console.log(`NO NETWORK FAULTS: loopback only (${obstacle})`)
  if (system.faketime === undefined) console.log('NO WRONG CLOCKS: there is no libfaketime')
  const folder = values.out ?? (await mkdtemp(join(tmpdir(), 'hamlet-blackbox-')))
  await runCampaign({
    minutes: toNumber(values.minutes, 0, 100_000),
    hosts: values.hosts === undefined ? undefined : toNumber(values.hosts, 2, HOSTS_MAX),
    seed: toNumber(values.seed, 0, 2 ** 32 - 1),
    worldMinutes: toNumber(values['world-minutes'], 0, 600),
    folder,
    system: { ...system, obstacle },
  })
  console.log(`\n${campaign.toString()}`)
  if (campaign.failedSeeds.length === 0) {
    if (values.out === undefined) await rm(folder, { recursive: true, force: true })
    return 0
  }
  console.log(`\nfailed seeds: ${campaign.failedSeeds.join(', ')}; all about them in ${folder}`)
  return 1
}

async function runCampaign(options: CampaignOptions): Promise<void> {
  const { minutes, worldMinutes } = options
  let restMs = minutes * 60_000
  for (let seed = options.seed; restMs > 0; seed++) {
    const chaosMs = Math.min(restMs, worldMinutes * 60_000)
    restMs -= chaosMs
    const report = await runSeed(seed, chaosMs, options)
    campaign.add(report)
    console.log(describeWorld(report))
    for (const { kind, detail } of report.anomalies) console.log(`  ${kind}: ${detail}`)
  }
}

async function runSeed(
  seed: number,
  chaosMs: number,
  { hosts, folder, system }: CampaignOptions,
): Promise<WorldReport> {
  const random = new SeededRandom(seed).fork('options')
  const drawnHosts = random.pick([2, 3, 3, 3, 4, 4, 5])
  const worldFolder = join(folder, `seed-${seed}`)
  const report = await runWorld({
    seed,
    hosts: hosts ?? drawnHosts,
    chaosMs,
    plan: drawFaultPlan(random, system.obstacle === undefined, system.faketime !== undefined),
    thinkMs: random.pick([150, 300, 300, 600]),
    ...drawPeople(random),
    system,
    folder: worldFolder,
  })
  if (report.anomalies.length === 0) await rm(worldFolder, { recursive: true, force: true })
  return report
}

/** In most worlds people come and go, in some the first has a phone. */
function drawPeople(random: SeededRandom): Pick<WorldOptions, 'changeMs' | 'hasPhone'> {
  const changeMs = random.pick([4000, 8000, 8000, 15_000, undefined])
  const hasPhone = random.chance(0.4)
  return { ...(changeMs === undefined ? {} : { changeMs }), hasPhone }
}

async function judge(file: string): Promise<number> {
  const anomalies = checkHistory(JSON.parse(await readFile(file, 'utf8')) as History)
  for (const { kind, detail } of anomalies) console.log(`${kind}: ${detail}`)
  console.log(`${anomalies.length} anomalies`)
  return anomalies.length === 0 ? 0 : 1
}

function toNumber(text: string, min: number, max: number): number {
  const value = Number(text)
  if (value >= min && value <= max) return value
  console.error(`expected a number from ${min} to ${max}, got ${text}`)
  process.exit(2)
}
