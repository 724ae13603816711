/**
 * Complains about epochs: says of each whose seal to this device is wrong that it is. Others seal it anew (`seal-giver.ts`),
 * and the next writer makes another.
 */

import type { EpochId } from '@hamlet/core'
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
      if (!isNews || this.#complaining.has(epoch)) continue
      if (graph.wouldCount(identity.device, operation, graph.all)) void this.#complain(epoch)
    }
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
