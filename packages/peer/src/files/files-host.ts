/** What the files of a peer need of its other parts. */

import type { EventHub } from '../event-hub.ts'
import type { PeerIdentity } from '../peer-identity.ts'
import type { PeerPorts } from '../peer-ports.ts'
import type { SpaceRegistry } from '../space-registry.ts'

export interface FilesHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly spaces: SpaceRegistry
  readonly events: EventHub
  /** Where the web app of this peer is. */
  readonly webAddress: () => string
}
