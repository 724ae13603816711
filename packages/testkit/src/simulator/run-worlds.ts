/** Many worlds over worker processes, one per core: every idle worker gets the next seed. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { RunSeedOptions } from './run-seed.ts'
import type { WorldReport } from './world.ts'

export interface SeedTask {
  readonly seed: number
  readonly options: RunSeedOptions
}

const WORKER = fileURLToPath(new URL('seed-worker.ts', import.meta.url))

/** Resolves when every world has been run. A worker that dies rejects, naming the seed. */
export async function runWorlds(
  seeds: Iterable<number>,
  options: RunSeedOptions,
  onReport: (report: WorldReport) => void,
): Promise<void> {
  const left = seeds[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: availableParallelism() }, () => work(left, options, onReport)),
  )
}

async function work(
  left: Iterator<number>,
  options: RunSeedOptions,
  onReport: (report: WorldReport) => void,
): Promise<void> {
  const worker = fork(WORKER, { serialization: 'advanced' })
  try {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      onReport(await ask(worker, { seed: next.value, options }))
    }
  } finally {
    if (worker.connected) worker.disconnect()
  }
}

function ask(worker: ChildProcess, task: SeedTask): Promise<WorldReport> {
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
