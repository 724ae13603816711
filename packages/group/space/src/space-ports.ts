/** What a space is given: the ports, scoped to it, and who is using it. */

import type { Clock, Crypto, DeviceId, Disk, Kv, Logger, Metrics } from '@hamlet/core'
import type { PersonId, Random, Signer, SpaceId } from '@hamlet/core'
import type { HistoryPolicy } from './control-operation.ts'
import type { Ephemeral } from './ephemeral.ts'

export interface SpacePorts {
  /** A directory of this space alone. */
  readonly disk: Disk
  /** A keyspace of this space alone; derived, may be deleted. */
  readonly kv: Kv
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** The newest rules that the software knows; what has none of its own has those here. @default RULES_VERSION */
  readonly rulesKnown?: number
}

export interface SpaceIdentity {
  readonly person: PersonId
  readonly device: DeviceId
  readonly deviceSigner: Signer
  /** X25519 private key of the newest prekey. */
  readonly prekeyPrivate: Uint8Array
  /** Those before it that are still kept, newest first. */
  readonly earlierPrekeys?: readonly Uint8Array[]
  /** X25519 private key that the person's recovery words give, where they are at hand. */
  readonly recoveryPrivate?: Uint8Array
  /** Encoded device certificate. */
  readonly certificate: Uint8Array
}

export interface CreateSpaceInput {
  readonly name: string
  /** @default 'all' */
  readonly history?: HistoryPolicy
  /** What is written disappears. @default it stays */
  readonly ephemeral?: Ephemeral
  /** Where the space is kept, asked when its id is known. @default the given ports' own disk and keyspace */
  readonly storageFor?: (id: SpaceId) => Pick<SpacePorts, 'disk' | 'kv'>
}
