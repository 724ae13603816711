/**
 * Telling the members of a space how much this device holds of its shares, seldom and of many at once
 * (`docs/design/018-holdings.md`).
 *
 * Invariants:
 * 1. What is complete, freed, pinned or unpinned is told after `TELL_SOON_MS`; what is loading at most every `TELL_PROGRESS_MS`,
 *    and only when it came forward by a twentieth.
 * 2. Nothing is told that was told before.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, Clock, Logger } from '@hamlet/core'
import type { Holding } from '@hamlet/files'

export const TELL_SOON_MS = 10_000
export const TELL_PROGRESS_MS = 600_000
const PROGRESS_PARTS = 20

/** What this device holds of a share now, and what it said last. */
export interface HoldingNews {
  readonly now: Holding
  readonly told: Pick<Holding, 'heldBytes' | 'isPinned'>
  readonly totalBytes: number
}

export class HoldingsTeller {
  readonly #parts: {
    readonly clock: Clock
    readonly logger: Logger
    readonly news: () => Promise<readonly HoldingNews[]>
    readonly tell: (holdings: readonly Holding[]) => Promise<void>
  }
  #timer: Cancel | undefined
  #dueMs = Number.POSITIVE_INFINITY
  #progressToldMs = Number.NEGATIVE_INFINITY
  #closed = false
  #telling: Promise<void> = Promise.resolve()

  constructor(parts: {
    readonly clock: Clock
    readonly logger: Logger
    readonly news: () => Promise<readonly HoldingNews[]>
    readonly tell: (holdings: readonly Holding[]) => Promise<void>
  }) {
    this.#parts = parts
  }

  /** Something may be told. */
  changed(): void {
    this.#plan(TELL_SOON_MS)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.()
    await this.#telling
  }

  #plan(delayMs: number): void {
    if (this.#closed) return
    const { clock } = this.#parts
    const atMs = clock.monotonic() + delayMs
    if (atMs >= this.#dueMs) return
    this.#timer?.()
    this.#dueMs = atMs
    this.#timer = clock.after(delayMs, () => {
      this.#dueMs = Number.POSITIVE_INFINITY
      this.#telling = this.#telling.then(() => this.#tell())
    })
  }

  async #tell(): Promise<void> {
    if (this.#closed) return
    const { clock, news, tell, logger } = this.#parts
    try {
      const all = await news()
      const mayProgress = clock.monotonic() - this.#progressToldMs >= TELL_PROGRESS_MS
      const due = all.filter((each) => isDue(each, mayProgress))
      if (due.length > 0) await tell(due.map(({ now }) => now))
      if (due.some(isProgress)) this.#progressToldMs = clock.monotonic()
      if (all.some((each) => isProgress(each) && !due.includes(each))) this.#plan(TELL_PROGRESS_MS)
    } catch (error) {
      // It is told with the next change: what was not told counts as not told.
      logger.info('members were not told what is held', { code: errorCode(error) })
    }
  }
}

function isDue(news: HoldingNews, mayProgress: boolean): boolean {
  const { now, told, totalBytes } = news
  if (now.isPinned !== told.isPinned) return true
  if (now.heldBytes === told.heldBytes) return false
  if (!isProgress(news)) return true
  return mayProgress && Math.abs(now.heldBytes - told.heldBytes) * PROGRESS_PARTS >= totalBytes
}

/** Neither nothing nor all of it. */
function isProgress({ now, told, totalBytes }: HoldingNews): boolean {
  if (now.heldBytes === told.heldBytes) return false
  return now.heldBytes > 0 && now.heldBytes < totalBytes
}
