/** What the desks of one ledger share. */

import type { PeerPorts } from '../peer-ports.ts'
import type { SpaceRuntime } from '../space-runtime.ts'
import type { LedgerPartyDesk } from './ledger-parties.ts'
import type { LedgerWriter } from './ledger-writer.ts'

export interface LedgerDeskParts {
  readonly runtime: SpaceRuntime
  readonly ports: PeerPorts
  readonly writer: LedgerWriter
  readonly parties: LedgerPartyDesk
}
