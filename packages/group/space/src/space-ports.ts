/** What a space is given: the ports, scoped to it, and who is using it. */

import type { Clock, Crypto, DeviceId, Disk, Kv, Logger, Metrics } from '@hamlet/core'
import type { PersonId, Random, Signer } from '@hamlet/core'

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
}

export interface SpaceIdentity {
  readonly person: PersonId
  readonly device: DeviceId
  readonly deviceSigner: Signer
  /** X25519 private key of the prekey in the certificate. */
  readonly prekeyPrivate: Uint8Array
  /** Encoded device certificate. */
  readonly certificate: Uint8Array
}
