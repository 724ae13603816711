/**
 * `npm run simulate`: runs seeded worlds and says what they found.
 *
 *     --seeds N      run that many worlds (default 200)      --from S   beginning with seed S (default 1)
 *     --minutes M    run until the time is over              --small    worlds of two to five devices
 *     --seed S       replay one world, with its options and everything that happened
 *
 * Worlds are spread over worker processes, one per core. Exit code 1 when a world failed, or when a campaign of 200
 * worlds or more never reached a state it is meant to reach.
 */

import { parseArgs } from 'node:util'
import { Campaign, formatCampaign } from './simulator/campaign.ts'
import { runSeed } from './simulator/run-seed.ts'
import { runWorlds } from './simulator/run-worlds.ts'
import type { WorldReport } from './simulator/world.ts'

/** Fewer worlds may well miss a state. */
const REACHED_SEEDS_MIN = 200

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      small: { type: 'boolean', default: false },
    },
  })
  const smallWorlds = values.small
  if (values.seed !== undefined) return replay(toCount(values.seed), smallWorlds)
  const campaign = new Campaign()
  const from = toCount(values.from)
  const seeds =
    values.minutes === undefined
      ? seedsUpTo(from, from + toCount(values.seeds))
      : seedsUntil(from, performance.now() + Number(values.minutes) * 60_000)
  await runWorlds(seeds, { smallWorlds }, (report) => {
    campaign.add(report)
    if (report.problem !== undefined) console.log(describeFailure(report, smallWorlds))
  })
  console.log(formatCampaign(campaign))
  const missing = campaign.seeds >= REACHED_SEEDS_MIN ? campaign.reached.missing() : []
  if (missing.length > 0) console.log(`never reached: ${missing.join(', ')}`)
  return campaign.failed.length > 0 || missing.length > 0 ? 1 : 0
}

function* seedsUpTo(from: number, to: number): Generator<number> {
  for (let seed = from; seed < to; seed++) yield seed
}

function* seedsUntil(from: number, endMs: number): Generator<number> {
  for (let seed = from; performance.now() < endMs; seed++) yield seed
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 0) return count
  console.error(`expected a whole number, got ${text}`)
  process.exit(2)
}

async function replay(seed: number, smallWorlds: boolean): Promise<number> {
  const { lines, options, problem, ...rest } = await runSeed(seed, { smallWorlds, verbose: true })
  for (const line of lines) console.log(line)
  console.log({ options, ...rest })
  console.log(problem === undefined ? `seed ${seed}: good` : `${problem.oracle}: ${problem.detail}`)
  return problem === undefined ? 0 : 1
}

function describeFailure({ options, problem }: WorldReport, small: boolean): string {
  const command = `npm run simulate -- --seed ${options.seed}${small ? ' --small' : ''}`
  return `FAILED ${problem!.oracle}: ${problem!.detail}\n  replay: ${command}`
}
