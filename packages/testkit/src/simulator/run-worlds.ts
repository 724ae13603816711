/**
 * Many worlds over worker processes: every idle worker gets the next seed.
 *
 * A worker that dies, or whose world takes too long, is replaced; its seed is a failure like any other.
 */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { CampaignProfile, WorldSum } from './campaign.ts'
import type { RunSeedOptions } from './run-seed.ts'
import type { WorldReport } from './world.ts'

export interface SeedTask {
  readonly seed: number
  readonly options: WorkerOptions
}

/** What all worlds of a campaign have in common. */
export interface WorkerOptions extends Pick<RunSeedOptions, 'twice'> {
  /** @default full */
  readonly profile?: CampaignProfile | undefined
}

export interface SeedAnswer {
  readonly report: WorldSum
  /** Of the worker's process: what is behind it on a busy machine does not count. */
  readonly processorMs: number
}

export interface RunWorldsOptions extends WorkerOptions {
  /** Worker processes. @default one per core */
  readonly jobs?: number | undefined
  /** Every so manieth seed is run twice, to compare its traces. 0: none. @default 0 */
  readonly twiceEvery?: number
}

export interface WorldsListener<Report = WorldReport> {
  report(report: Report, processorMs: number): void
  /** No report came: the worker died or was too slow. */
  lost(seed: number, reason: string): void
}

const WORKER = fileURLToPath(new URL('seed-worker.ts', import.meta.url))
/** Worlds take a second or two; those of twelve devices and bad luck half a minute. */
const WORLD_MS_MAX = 10 * 60_000

/** Resolves when every world has been run. Reports are those of the profile's kind of worlds. */
export async function runWorlds<Report extends WorldSum = WorldReport>(
  seeds: Iterable<number>,
  options: RunWorldsOptions,
  listener: WorldsListener<Report>,
): Promise<void> {
  const { jobs = availableParallelism(), twiceEvery = 0, ...rest } = options
  const left = seeds[Symbol.iterator]()
  const taskOf = (seed: number): SeedTask => {
    const twice = twiceEvery > 0 && seed % twiceEvery === 0
    return { seed, options: { ...rest, twice } }
  }
  await Promise.all(Array.from({ length: jobs }, () => work(left, taskOf, listener)))
}

async function work<Report extends WorldSum>(
  left: Iterator<number>,
  taskOf: (seed: number) => SeedTask,
  listener: WorldsListener<Report>,
): Promise<void> {
  let worker: ChildProcess | undefined
  try {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      worker ??= fork(WORKER, { serialization: 'advanced' })
      const answer = await ask(worker, taskOf(next.value))
      if (typeof answer !== 'string') {
        listener.report(answer.report as Report, answer.processorMs)
        continue
      }
      listener.lost(next.value, answer)
      worker.kill('SIGKILL')
      worker = undefined
    }
  } finally {
    if (worker?.connected === true) worker.disconnect()
  }
}

/** The report, or why there is none. */
function ask(worker: ChildProcess, task: SeedTask): Promise<SeedAnswer | string> {
  return new Promise((resolve) => {
    const finish = (answer: SeedAnswer | string): void => {
      clearTimeout(timer)
      worker.off('exit', onExit)
      worker.off('message', onMessage)
      resolve(answer)
    }
    const onExit = (): void => finish('its process died')
    const onMessage = (answer: unknown): void => finish(answer as SeedAnswer)
    const timer = setTimeout(() => finish(`it took longer than ${WORLD_MS_MAX} ms`), WORLD_MS_MAX)
    worker.on('exit', onExit)
    worker.on('message', onMessage)
    worker.send(task)
  })
}
