/** The worlds of the lab, and the plays each of them consists of. */

import { clubScript } from './world/club.ts'
import { familyScript } from './world/family.ts'
import { hostileScript } from './world/hostile.ts'
import { largeScript } from './world/large.ts'
import { measure } from './measure.ts'
import type { Measures } from './measure.ts'
import { play } from './world/play.ts'
import type { PlayOptions } from './world/play.ts'
import { deviceCount, isAwake, range } from './world/script.ts'
import type { Phase, Script } from './world/script.ts'

export const WORLD_NAMES = ['family', 'club', 'large', 'hostile'] as const
export type WorldName = (typeof WORLD_NAMES)[number]

/** One run of one system: what a worker process is given. */
export interface PlayTask {
  readonly world: WorldName
  readonly seed: number
  readonly quick: boolean
  /** Members of the club, when it is not played with all of them. */
  readonly phones?: number | undefined
  /** How reports name it. */
  readonly label: string
  readonly options: Omit<PlayOptions, 'seed'>
}

export interface PlayResult {
  readonly task: PlayTask
  readonly measures: Measures
}

/** What is said about a script in a report. */
export interface ScriptFacts extends Pick<
  Script,
  'name' | 'title' | 'story' | 'members' | 'playMs' | 'delayMeanMs' | 'phases' | 'healings'
> {
  readonly devices: number
  /** Devices awake at once, phase by phase. */
  readonly awake: readonly { readonly median: number; readonly max: number }[]
}

const SAMPLE_MS = 30_000

type ScriptMaker = (seed: number, quick: boolean, phones?: number) => Script

const SCRIPTS: Readonly<Record<WorldName, ScriptMaker>> = {
  family: familyScript,
  club: clubScript,
  large: largeScript,
  hostile: hostileScript,
}

const HAMLET = { label: 'Hamlet', options: { system: 'hamlet' } } as const
const QUORUM = { label: 'Quorum', options: { system: 'quorum' } } as const

const PLAYS: Readonly<Record<WorldName, readonly Pick<PlayTask, 'label' | 'options'>[]>> = {
  family: [HAMLET, QUORUM],
  club: [HAMLET, QUORUM],
  large: [
    HAMLET,
    { label: 'Quorum of all members', options: { system: 'quorum' } },
    { label: 'Quorum of those who take part', options: { system: 'quorum', quorumOf: 'devices' } },
  ],
  hostile: [
    { label: 'Hamlet, honest admin', options: { system: 'hamlet' } },
    { label: 'Hamlet, hostile admin', options: { system: 'hamlet', isHostile: true } },
    { label: 'Quorum, honest admin', options: { system: 'quorum' } },
    { label: 'Quorum, hostile admin', options: { system: 'quorum', isHostile: true } },
  ],
}

export function tasksOf(
  world: WorldName,
  seed: number,
  quick: boolean,
  phones?: number,
): PlayTask[] {
  return PLAYS[world].map((each) => ({ world, seed, quick, phones, ...each }))
}

export function factsOf(
  world: WorldName,
  seed: number,
  quick: boolean,
  phones?: number,
): ScriptFacts {
  const script = SCRIPTS[world](seed, quick, phones)
  const { name, title, story, members, playMs, delayMeanMs, phases, healings } = script
  return {
    ...{ name, title, story, members, playMs, delayMeanMs, phases, healings },
    devices: deviceCount(script),
    awake: phases.map((phase) => awakeIn(script, phase)),
  }
}

function awakeIn(script: Script, { fromMs, toMs }: Phase) {
  const counts: number[] = []
  for (let atMs = fromMs; atMs < toMs; atMs += SAMPLE_MS) {
    const awake = range(0, deviceCount(script)).filter((member) => isAwake(script, member, atMs))
    counts.push(awake.length)
  }
  counts.sort((a, b) => a - b)
  return { median: counts[counts.length >> 1]!, max: counts.at(-1)! }
}

export async function runTask(task: PlayTask): Promise<PlayResult> {
  const { world, seed, quick, phones, options } = task
  const result = await play(SCRIPTS[world](seed, quick, phones), { seed, ...options })
  return { task, measures: measure(result) }
}
