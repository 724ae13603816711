/** What oracles judge, and what they find. */

import type { Crypto, DeviceId, PersonId } from '@hamlet/core'
import type { Space, VersionVector } from '@hamlet/space'
import type { SimNode } from '../sim-node.ts'
import type { SimSpace } from '../sim-space.ts'
import type { PlantedBug } from '../world-options.ts'

export interface Problem {
  readonly oracle: string
  /** Names the nodes and entries concerned. */
  readonly detail: string
}

/** An honest device's copy of a space. */
export interface Replica {
  readonly node: SimNode
  readonly name: string
  readonly device: DeviceId
  readonly copy: SimSpace
  /** How much of every log was here when the software was upgraded; nothing where it was not. */
  readonly heldAtUpgrade: VersionVector
}

export interface PersonKeys {
  readonly person: PersonId
  readonly device: DeviceId
  readonly name: string
  readonly secrets: readonly Uint8Array[]
  /** Of the person's recovery words. */
  readonly recoveryPrivate: Uint8Array | undefined
}

export interface Judgement {
  readonly crypto: Crypto
  readonly slot: number
  /** Honest devices that should be members by now. */
  readonly replicas: readonly Replica[]
  /** What every device has of the space, the hostile ones too. */
  readonly copies: readonly Space[]
  /** Names of such devices that have not even asked. */
  readonly absent: readonly string[]
  /** Every device that ever wrote is here, with all it wrote. */
  readonly isWhole: boolean
  /** Devices of which a fork or a gap is nobody's fault. */
  readonly excused: ReadonlySet<DeviceId>
  readonly honest: ReadonlySet<DeviceId>
  readonly hostile: ReadonlySet<DeviceId>
  /** Every key that each person who lived in the world was ever given. */
  readonly rings: readonly PersonKeys[]
  /** The space was founded so that messages disappear. */
  readonly disappears: boolean
  /** A bug planted to see whether the oracle notices: what it is given is falsified. */
  readonly planted: PlantedBug | undefined
  /** Devices that some replica holds a fork proof of. */
  readonly forked: ReadonlySet<DeviceId>
}
