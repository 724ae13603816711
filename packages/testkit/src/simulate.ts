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

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Campaign, formatCampaign } from './simulator/campaign.ts'
import { runSeed } from './simulator/run-seed.ts'
import type { WorldReport } from './simulator/world.ts'

/** Fewer worlds may well miss a state. */
const REACHED_SEEDS_MIN = 200
const WORKER_FLAG = '--worker'

interface Task {
  readonly seed: number
  readonly small: boolean
}

if (process.argv.includes(WORKER_FLAG)) serve()
else process.exitCode = await main()

/** A worker: one world per message, until the parent goes away. */
function serve(): void {
  process.on('message', ({ seed, small }: Task) => {
    runSeed(seed, { smallWorlds: small }).then(
      (report) => process.send!(report),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => process.exit(0))
}

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
  if (values.seed !== undefined) return replay(Number(values.seed), values.small)
  const campaign = new Campaign()
  const from = Number(values.from)
  const endMs = performance.now() + Number(values.minutes ?? Number.NaN) * 60_000
  const isTimed = values.minutes !== undefined
  const to = isTimed ? Number.POSITIVE_INFINITY : from + Number(values.seeds)
  const isOver = (): boolean => isTimed && performance.now() >= endMs
  await runWorlds({ from, to, isOver, small: values.small }, (report) => {
    campaign.add(report)
    if (report.problem !== undefined) console.log(describeFailure(report, values.small))
  })
  console.log(formatCampaign(campaign))
  const missing = campaign.seeds >= REACHED_SEEDS_MIN ? campaign.reached.missing() : []
  if (missing.length > 0) console.log(`never reached: ${missing.join(', ')}`)
  return campaign.failed.length > 0 || missing.length > 0 ? 1 : 0
}

interface Worlds {
  readonly from: number
  readonly to: number
  readonly small: boolean
  isOver(): boolean
}

/** Gives every idle worker the next seed; resolves when all have answered. */
async function runWorlds(worlds: Worlds, onReport: (report: WorldReport) => void): Promise<void> {
  let next = worlds.from
  const isLeft = (): boolean => next < worlds.to && !worlds.isOver()
  const count = Math.min(availableParallelism(), worlds.to - worlds.from)
  const work = async (): Promise<void> => {
    const worker = fork(fileURLToPath(import.meta.url), [WORKER_FLAG], {
      serialization: 'advanced',
    })
    try {
      while (isLeft()) onReport(await ask(worker, { seed: next++, small: worlds.small }))
    } finally {
      worker.disconnect()
    }
  }
  await Promise.all(Array.from({ length: count }, work))
}

function ask(worker: ChildProcess, task: Task): Promise<WorldReport> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error(`the worker died in seed ${task.seed}`))
    worker.once('exit', onExit)
    worker.once('message', (report) => {
      worker.off('exit', onExit)
      resolve(report as WorldReport)
    })
    worker.send(task)
  })
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
