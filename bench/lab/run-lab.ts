/** All plays of some worlds, from a seed to results. */

import type { LabResults } from './results.ts'
import { runTasks } from './run-tasks.ts'
import { factsOf, tasksOf } from './worlds.ts'
import { studyOwnership } from './world/ownership.ts'
import { studyRemoval } from './world/removal.ts'
import type { WorldName } from './worlds.ts'

export interface LabOptions {
  readonly worlds: readonly WorldName[]
  readonly seed: number
  readonly quick: boolean
  /** Members of the club, when it is not to be played with all of them. */
  readonly phones?: number | undefined
}

/** `note` is told what has been played. */
export async function runLab(
  { worlds, seed, quick, phones }: LabOptions,
  note: (line: string) => void = () => undefined,
): Promise<LabResults> {
  const tasks = worlds.flatMap((world) => tasksOf(world, seed, quick, phones))
  const hasHostile = worlds.includes('hostile')
  const removal = hasHostile ? await studyRemoval(seed) : []
  const ownership = hasHostile ? await studyOwnership(seed) : []
  const results = await runTasks(tasks, ({ task }) => note(`played ${task.world}: ${task.label}`))
  return {
    ...{ seed, quick },
    worlds: worlds.map((name) => ({
      name,
      facts: factsOf(name, seed, quick, phones),
      plays: results
        .filter(({ task }) => task.world === name)
        .map(({ task, measures }) => ({ label: task.label, measures })),
      ...(name === 'hostile' ? { removal, ownership } : {}),
    })),
  }
}
