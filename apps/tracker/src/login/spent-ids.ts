/** Ids that work once, with a memory in front of the table, since every request asks for one. */

import type { Clock } from '@hamlet/core'

import type { LoginStore } from '../data/login-store.ts'
import { SPENT_REMEMBERED_MAX, SPENT_STALE_MS_MAX } from '../limits.ts'

export class SpentIds {
  readonly #store: LoginStore
  readonly #clock: Clock
  /** Until when the table need not be asked; endless for what is spent. Oldest first. */
  readonly #known = new Map<string, { readonly isSpent: boolean; readonly untilMs: number }>()

  constructor(store: LoginStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async isSpent(id: string): Promise<boolean> {
    const nowMs = this.#clock.monotonic()
    const known = this.#known.get(id)
    if (known !== undefined && known.untilMs > nowMs) return known.isSpent
    const isSpent = await this.#store.isSpent(id)
    this.#remember(id, isSpent, isSpent ? Number.POSITIVE_INFINITY : nowMs + SPENT_STALE_MS_MAX)
    return isSpent
  }

  /** Whether it was not spent before. */
  async spend(id: string, expiresAtMs: number): Promise<boolean> {
    const isFirst = await this.#store.spend(id, expiresAtMs)
    this.#remember(id, true, Number.POSITIVE_INFINITY)
    return isFirst
  }

  #remember(id: string, isSpent: boolean, untilMs: number): void {
    this.#known.delete(id)
    this.#known.set(id, { isSpent, untilMs })
    if (this.#known.size <= SPENT_REMEMBERED_MAX) return
    const [oldest] = this.#known.keys()
    this.#known.delete(oldest!)
  }
}
