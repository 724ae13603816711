/** What oracles judge, and what they find. */

import type { Crypto } from '@hamlet/core'
import type { SimSpace } from '../sim-space.ts'

export interface Problem {
  readonly oracle: string
  /** Names the nodes and entries concerned. */
  readonly detail: string
}

/** An honest device's copy of a space. */
export interface Replica {
  readonly name: string
  readonly device: string
  readonly copy: SimSpace
}

export interface Judgement {
  readonly crypto: Crypto
  readonly slot: number
  /** Honest devices that should be members by now. */
  readonly replicas: readonly Replica[]
}
