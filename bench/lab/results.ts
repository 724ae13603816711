/** What one run of the lab comes to: plain JSON from which every report is made. */

import type { Measures } from './measure.ts'
import type { StudyStep } from './world/study.ts'
import type { ScriptFacts, WorldName } from './worlds.ts'

export interface LabPlay {
  readonly label: string
  readonly measures: Measures
}

export interface LabWorld {
  readonly name: WorldName
  readonly facts: ScriptFacts
  readonly plays: readonly LabPlay[]
  /** In the world of the hostile admin: days told step by step. */
  readonly removal?: readonly StudyStep[]
  readonly ownership?: readonly StudyStep[]
}

export interface LabResults {
  readonly seed: number
  readonly quick: boolean
  readonly worlds: readonly LabWorld[]
}
