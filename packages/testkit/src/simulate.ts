/**
 * `npm run simulate`: runs seeded worlds and says what they found.
 *
 *     --seeds N         run that many worlds (default 200)     --from S    beginning with seed S (default 1; with
 *                                                              --record, where no recorded campaign has been)
 *     --minutes M       run until the time is over             --jobs N    worker processes (default one per core)
 *     --small, --quick  smaller worlds                         --twice-every N   run each Nth twice (default 20)
 *     --logs            worlds of logs and exchanges instead of worlds of spaces
 *     --swarms          worlds of swarms
 *     --seed S          replay one world, with its options and everything that happened
 *     --shrink S        make the failing world S smaller, and print what is left as a world to keep
 *     --kept NAME       replay a kept world
 *     --record          keep the campaign on record while it runs; --label TEXT says which it is, --file F where
 *     --write-docs      make the table in docs/testing.md from what is recorded
 *
 * A campaign that is interrupted (Ctrl+C, SIGTERM) finishes the worlds under way, and says what it has come to.
 *
 * Exit code 1 when a world failed, or when a campaign of 1000 worlds or more never reached a state it is meant to reach.
 */

import { execFileSync } from 'node:child_process'
import { readCommandLine } from './command-line.ts'
import { Campaign, formatCampaign } from './simulator/campaign.ts'
import type { CampaignProfile, WorldSum } from './simulator/campaign.ts'
import {
  findOverlap,
  freshSeed,
  readCampaigns,
  RECORD_FILE,
  recordCampaign,
  writeCampaignDocs,
} from './simulator/campaign-record.ts'
import { formatKeptSeed, readKeptSeeds } from './simulator/kept-seeds.ts'
import { drawLogOptions } from './simulator/logs/log-options.ts'
import { SIMPLER_LOGS } from './simulator/logs/log-simpler.ts'
import { readKeptLogSeeds, runLogOptions } from './simulator/logs/run-log-seed.ts'
import { runOptions } from './simulator/run-seed.ts'
import { runWorlds } from './simulator/run-worlds.ts'
import { readKeptSwarmSeeds, runSwarmOptions } from './simulator/swarms/run-swarm-seed.ts'
import { drawSwarmOptions } from './simulator/swarms/swarm-options.ts'
import { SIMPLER_SWARMS } from './simulator/swarms/swarm-simpler.ts'
import { shrinkWorld, SIMPLER } from './simulator/shrink.ts'
import { drawOptions } from './simulator/world-options.ts'
import type { Profile } from './simulator/world-options.ts'

/** Fewer worlds may well miss a state. */
const REACHED_SEEDS_MIN = 1_000
const RARE_SEEDS_MIN = 10_000
const RECORD_EVERY_MS = 60_000

const { values } = readCommandLine(import.meta.url, {
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string' },
    minutes: { type: 'string' },
    jobs: { type: 'string' },
    'twice-every': { type: 'string', default: '20' },
    small: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    logs: { type: 'boolean', default: false },
    swarms: { type: 'boolean', default: false },
    seed: { type: 'string' },
    shrink: { type: 'string' },
    kept: { type: 'string' },
    record: { type: 'boolean', default: false },
    label: { type: 'string', default: 'campaign' },
    file: { type: 'string', default: RECORD_FILE },
    'write-docs': { type: 'boolean', default: false },
  },
})
const size: Profile = values.quick ? 'quick' : values.small ? 'small' : 'full'
const profile: CampaignProfile = values.logs ? 'logs' : values.swarms ? 'swarms' : size

let isEnding = false

process.exitCode = await main()

async function main(): Promise<number> {
  if (values['write-docs']) {
    writeCampaignDocs(values.file)
    return 0
  }
  if (values.seed !== undefined) return replay(await runSeed(toCount(values.seed), true))
  if (values.shrink !== undefined) return shrink(toCount(values.shrink))
  if (values.kept !== undefined) return replayKept(values.kept)
  return runCampaign()
}

async function runCampaign(): Promise<number> {
  const campaign = new Campaign(profile)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isEnding = true))
  const from = firstSeed()
  const seeds =
    values.minutes === undefined
      ? seedsUpTo(from, from + toCount(values.seeds))
      : seedsUntil(from, performance.now() + Number(values.minutes) * 60_000)
  const record = values.record ? recorder(campaign, from) : undefined
  const jobs = values.jobs === undefined ? undefined : Math.max(1, toCount(values.jobs))
  const options = { profile, jobs, twiceEvery: toCount(values['twice-every']) }
  await runWorlds<WorldSum>(seeds, options, {
    report: (report, processorMs) => {
      campaign.add(report, processorMs)
      if (report.problem !== undefined) console.log(describeFailure(report))
      record?.()
    },
    lost: (seed, reason) => {
      campaign.addLost(seed, reason)
      console.log(`FAILED without a report: ${reason}\n  ${replayCommand(seed)}`)
    },
  })
  console.log(formatCampaign(campaign.sum()))
  record?.(true)
  const isLarge = campaign.seeds >= RARE_SEEDS_MIN
  const missing = campaign.seeds >= REACHED_SEEDS_MIN ? campaign.reached.missing(isLarge) : []
  if (missing.length > 0) console.log(`never reached: ${missing.join(', ')}`)
  return campaign.failures.length > 0 || missing.length > 0 ? 1 : 0
}

function firstSeed(): number {
  if (!values.record) return toCount(values.from ?? '1')
  const recorded = readCampaigns(values.file)
  if (values.from === undefined) return freshSeed(recorded)
  const from = toCount(values.from)
  const to = values.minutes === undefined ? from + toCount(values.seeds) - 1 : Infinity
  const overlap = findOverlap(recorded, profile, [from, to])
  if (overlap === undefined) return from
  console.error(`seeds ${overlap.from} to ${overlap.to} were those of “${overlap.label}”`)
  process.exit(2)
}

/** Writes the record now, from time to time, and when told to. */
function recorder(campaign: Campaign, from: number): (isLast?: boolean) => void {
  const head = { label: values.label, version: readVersion() }
  let writtenMs = -Infinity
  const record = (isLast = false): void => {
    if (!isLast && performance.now() - writtenMs < RECORD_EVERY_MS) return
    writtenMs = performance.now()
    recordCampaign(values.file, { ...head, to: from, ...campaign.sum(), from })
  }
  record()
  return record
}

function readVersion(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

function* seedsUpTo(from: number, to: number): Generator<number> {
  for (let seed = from; seed < to && !isEnding; seed++) yield seed
}

function* seedsUntil(from: number, endMs: number): Generator<number> {
  for (let seed = from; performance.now() < endMs && !isEnding; seed++) yield seed
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 0) return count
  console.error(`expected a whole number, got ${text}`)
  process.exit(2)
}

function runSeed(seed: number, verbose = false): Promise<WorldSum> {
  if (values.swarms) return runSwarmOptions(drawSwarmOptions(seed), verbose)
  return values.logs
    ? runLogOptions(drawLogOptions(seed), verbose)
    : runOptions(drawOptions(seed, size), verbose)
}

function replay({ lines, options, problem, ...rest }: WorldSum): number {
  for (const line of lines) console.log(line)
  console.log(JSON.stringify({ options, ...rest }, undefined, 2))
  const { seed } = options
  console.log(problem === undefined ? `seed ${seed}: good` : `${problem.oracle}: ${problem.detail}`)
  return problem === undefined ? 0 : 1
}

async function replayKept(name: string): Promise<number> {
  const isIt = (each: { readonly name: string }): boolean => each.name.startsWith(name)
  const ofLogs = values.logs ? readKeptLogSeeds().find(isIt) : undefined
  if (ofLogs !== undefined) return replay(await runLogOptions(ofLogs.options, true))
  const ofSwarms = values.swarms ? readKeptSwarmSeeds().find(isIt) : undefined
  if (ofSwarms !== undefined) return replay(await runSwarmOptions(ofSwarms.options, true))
  const kept = values.logs || values.swarms ? undefined : readKeptSeeds().find(isIt)
  if (kept !== undefined) return replay(await runOptions(kept.options, true))
  console.error(`no kept world begins with ${name}`)
  return 2
}

/** Prints a file for `kept-seeds/`, `kept-log-seeds/` or `kept-swarm-seeds/`. */
async function shrink(seed: number): Promise<number> {
  const failing = await runSeed(seed)
  if (failing.problem === undefined) {
    console.log(`seed ${seed}: good, there is nothing to shrink`)
    return 0
  }
  console.log(describeFailure(failing))
  const { report, runs } = await shrinkSeed(seed)
  console.log(`${runs} worlds later: ${report.problem!.detail}`)
  const { oracle } = report.problem!
  console.log(formatKeptSeed({ found: '', oracle, options: report.options }))
  return 1
}

async function shrinkSeed(
  seed: number,
): Promise<{ readonly report: WorldSum; readonly runs: number }> {
  if (values.swarms) {
    const failing = await runSwarmOptions(drawSwarmOptions(seed))
    return shrinkWorld(failing, runSwarmOptions, print, SIMPLER_SWARMS)
  }
  if (values.logs) {
    const failing = await runLogOptions(drawLogOptions(seed))
    return shrinkWorld(failing, runLogOptions, print, SIMPLER_LOGS)
  }
  return shrinkWorld(await runOptions(drawOptions(seed, size)), runOptions, print, SIMPLER)
}

function print(line: string): void {
  console.log(line)
}

function describeFailure({ options, problem }: WorldSum): string {
  return `FAILED ${problem!.oracle}: ${problem!.detail}\n  ${replayCommand(options.seed)}`
}

function replayCommand(seed: number): string {
  const flag = profile === 'full' ? '' : ` --${profile}`
  return `npm run simulate -- --seed ${seed}${flag}`
}
