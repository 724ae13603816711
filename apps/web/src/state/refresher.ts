/**
 * Runs loads one at a time per name: asked again while one is under way, it runs once more afterwards. So a burst of
 * events costs two requests, and the last answer is always newer than the last question.
 */

export class Refresher {
  readonly #running = new Map<string, Promise<void>>()
  readonly #again = new Set<string>()

  /** Resolves when what was known at the time of the call has been loaded. */
  refresh(name: string, load: () => Promise<void>): Promise<void> {
    const running = this.#running.get(name)
    if (running !== undefined) {
      this.#again.add(name)
      return running
    }
    const done = this.#run(name, load)
    this.#running.set(name, done)
    return done
  }

  async #run(name: string, load: () => Promise<void>): Promise<void> {
    // The caller registers the run before the first load begins.
    await Promise.resolve()
    try {
      for (;;) {
        this.#again.delete(name)
        await load()
        if (!this.#again.has(name)) return
      }
    } finally {
      this.#running.delete(name)
      this.#again.delete(name)
    }
  }
}
