/**
 * A worker process: runs one world per message and answers with its report and the processor time it took, until its
 * parent goes away.
 */

import { runLogSeed } from './logs/run-log-seed.ts'
import { runSeed } from './run-seed.ts'
import type { WorldSum } from './campaign.ts'
import type { SeedAnswer, SeedTask, WorkerOptions } from './run-worlds.ts'
import { runSwarmSeed } from './swarms/run-swarm-seed.ts'

function runWorld(
  seed: number,
  profile: WorkerOptions['profile'],
  rest: Omit<WorkerOptions, 'profile'>,
): Promise<WorldSum> {
  if (profile === 'logs') return runLogSeed(seed, rest)
  return profile === 'swarms' ? runSwarmSeed(seed, rest) : runSeed(seed, { ...rest, profile })
}

process.on('message', ({ seed, options }: SeedTask) => {
  const before = process.cpuUsage()
  const { profile, ...rest } = options
  const run = runWorld(seed, profile, rest)
  run.then(
    (report) => {
      const { user, system } = process.cpuUsage(before)
      process.send!({ report, processorMs: (user + system) / 1_000 } satisfies SeedAnswer)
    },
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})
// Interrupted at the keyboard together with its parent, which waits for the world under way.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit(0))
