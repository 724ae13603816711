/** Many plays over worker processes, one per core; the results come in the order of the tasks. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { PlayResult, PlayTask } from './worlds.ts'

const WORKER = fileURLToPath(new URL('task-worker.ts', import.meta.url))

/** A worker that dies rejects, naming the play. */
export async function runTasks(
  tasks: readonly PlayTask[],
  onResult: (result: PlayResult) => void = () => undefined,
): Promise<readonly PlayResult[]> {
  const results = new Map<PlayTask, PlayResult>()
  const left = tasks.values()
  const count = Math.min(availableParallelism(), tasks.length)
  await Promise.all(
    Array.from({ length: count }, async () => {
      const worker = fork(WORKER)
      try {
        for (const task of left) {
          const result = await ask(worker, task)
          results.set(task, result)
          onResult(result)
        }
      } finally {
        if (worker.connected) worker.disconnect()
      }
    }),
  )
  return tasks.map((task) => results.get(task)!)
}

function ask(worker: ChildProcess, task: PlayTask): Promise<PlayResult> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error(`the worker died in ${task.world}, ${task.label}`))
    worker.once('exit', onExit)
    worker.once('message', (result) => {
      worker.off('exit', onExit)
      resolve(result as PlayResult)
    })
    worker.send(task)
  })
}
