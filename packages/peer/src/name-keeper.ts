/**
 * Keeps names readable in spaces whose messages disappear: names are content, and would vanish with the rest.
 *
 * Every few minutes it looks how long ago the space's name, and what this person is called, were said. Before half of the
 * time that things stay is over they are said again. Peers look at different times, so mostly one of them writes.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, Clock, Logger } from '@hamlet/core'
import type { OpenSpace } from './space-registry.ts'

export const NAMES_LOOK_MS = 450_000

export interface NameKeeperParts {
  readonly clock: Clock
  readonly logger: Logger
  spaces(): readonly OpenSpace[]
  /** Says again what was said longer ago than that. */
  keepNames(space: OpenSpace, youngMs: number): Promise<void>
}

export class NameKeeper {
  readonly #parts: NameKeeperParts
  #timer: Cancel | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(parts: NameKeeperParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer = this.#parts.clock.after(NAMES_LOOK_MS, () => {
      this.#looking = this.#looking.then(() => this.#look())
      this.start()
    })
  }

  /** Resolves when the look under way is over. */
  async close(): Promise<void> {
    this.#timer?.()
    await this.#looking
  }

  async #look(): Promise<void> {
    for (const open of this.#parts.spaces()) {
      const { ephemeral } = open.runtime.space.controlState()
      if (ephemeral === undefined || open.runtime.space.ownRole === undefined) continue
      try {
        await this.#parts.keepNames(open, ephemeral.keepMs / 2)
      } catch (error) {
        this.#parts.logger.info('names were not said again', { code: errorCode(error) })
      }
    }
  }
}
