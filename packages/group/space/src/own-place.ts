/** What a space says of the place of this device's person in it, and how it was lost. */

import { describeFall } from './control-falls.ts'
import type { OwnFall } from './control-falls.ts'
import { listRevocations } from './revocations.ts'
import type { OwnRevocation } from './revocations.ts'
import type { SpaceCore } from './space-core.ts'

export class OwnPlace {
  readonly #core: SpaceCore

  constructor(core: SpaceCore) {
    this.#core = core
  }

  /** Why the person's admission does not count any more, when nobody has removed them. */
  fall(): OwnFall | undefined {
    const { graph, identity } = this.#core
    const fall = graph.fallOf(identity.device)
    return fall?.person === identity.person ? describeFall(fall) : undefined
  }

  /** Devices of the person that were revoked here. */
  revocations(): OwnRevocation[] {
    const { graph, identity } = this.#core
    return listRevocations(graph, identity.person)
  }
}
