/**
 * Complains about epochs: says of each whose seal to this device is wrong that it is. Others seal it anew (`seal-giver.ts`),
 * and the next writer makes another. Not beyond what others hear of one device, and not of what has disappeared by now.
 */

import type { EpochId } from '@hamlet/core'
import { COMPLAINTS_HEARD_MAX } from './control-state.ts'
import { forgottenAtMs } from './ephemeral.ts'
import type { SpaceCore } from './space-core.ts'
import type { SpaceWriter } from './space-writer.ts'

/** A device complains so often about its seal of one epoch: again when the seal it was given then is wrong too. */
export const COMPLAINTS_EACH_MAX = 2

export class Complainer {
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter
  /** Epochs about which a complaint is being written. */
  readonly #complaining = new Set<EpochId>()

  constructor(core: SpaceCore, writer: SpaceWriter) {
    this.#core = core
    this.#writer = writer
  }

  /** Epochs or seals changed. */
  changed(): void {
    const { keys, state, graph, identity } = this.#core
    for (const epoch of keys.mismatched) {
      const operation = { name: 'complaint', epoch } as const
      const said = state.complaints.get(epoch)?.get(identity.device)
      const isNews = said === undefined || (said.isAnswered && said.count < COMPLAINTS_EACH_MAX)
      if (!isNews || this.#complaining.has(epoch) || this.#isDue(epoch)) continue
      if (this.#heard() + this.#complaining.size >= COMPLAINTS_HEARD_MAX) return
      if (graph.wouldCount(identity.device, operation, graph.all)) void this.#complain(epoch)
    }
  }

  /** How many of its complaints others have heard, or will. */
  #heard(): number {
    const { state, identity } = this.#core
    const own = [...state.complaints.values()].map((byDevice) => byDevice.get(identity.device))
    return own.reduce((sum, said) => sum + (said?.count ?? 0), 0)
  }

  #isDue(id: EpochId): boolean {
    const { state, ports } = this.#core
    const { ephemeral, epochs } = state
    const epoch = epochs.get(id)
    if (ephemeral === undefined || epoch === undefined) return false
    return ports.clock.wall() >= forgottenAtMs(ephemeral, epoch.madeAtMs)
  }

  async #complain(epoch: EpochId): Promise<void> {
    this.#complaining.add(epoch)
    try {
      const operation = { name: 'complaint', epoch } as const
      await this.#writer.submit(({ past }) => {
        const { graph, identity } = this.#core
        const counts = graph.wouldCount(identity.device, operation, past)
        return counts ? [{ kind: 'control', operation }] : []
      })
    } catch (error) {
      const reason = String(error)
      this.#core.ports.logger.info('could not complain about an epoch', { reason })
    }
    this.#complaining.delete(epoch)
  }
}
