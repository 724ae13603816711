/**
 * Runs loads one at a time per name, and each name at most once in `gapMs`: asked again while one is under way or the
 * gap lasts, it runs once more afterwards. The first question is answered at once. So a burst of events costs two
 * requests a name, a steady stream of them stays below what the peer allows a token, and the last answer is always newer
 * than the last question.
 */

/** Some eighteen names can be on the screen; at two a second they stay below the 50 requests that a peer allows. */
export const REFRESH_GAP_MS = 500
/** The ledger has a dozen names more, which change together: at one a second there is room for both. */
export const LEDGER_GAP_MS = 1000

export class Refresher {
  readonly #gapMs: number
  readonly #running = new Map<string, Promise<void>>()
  readonly #again = new Set<string>()
  readonly #freeAtMs = new Map<string, number>()

  constructor(gapMs = REFRESH_GAP_MS) {
    this.#gapMs = gapMs
  }

  /** Resolves when what was known at the time of the call has been loaded. */
  refresh(name: string, load: () => Promise<void>, gapMs = this.#gapMs): Promise<void> {
    const running = this.#running.get(name)
    if (running !== undefined) {
      this.#again.add(name)
      return running
    }
    const done = this.#run(name, load, gapMs)
    this.#running.set(name, done)
    return done
  }

  async #run(name: string, load: () => Promise<void>, gapMs: number): Promise<void> {
    // The caller registers the run before the first load begins.
    await Promise.resolve()
    try {
      do {
        await this.#waitForGap(name)
        this.#again.delete(name)
        await load()
        this.#freeAtMs.set(name, performance.now() + gapMs)
      } while (this.#again.has(name))
    } finally {
      this.#running.delete(name)
      this.#again.delete(name)
    }
  }

  async #waitForGap(name: string): Promise<void> {
    const waitMs = (this.#freeAtMs.get(name) ?? 0) - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
