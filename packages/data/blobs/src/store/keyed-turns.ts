/** Lets the tasks of one key run one after the other, and those of different keys beside each other. */

export class KeyedTurns {
  readonly #last = new Map<string, Promise<void>>()

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const result = before.then(task)
    const done = result.then(
      () => undefined,
      () => undefined,
    )
    this.#last.set(key, done)
    try {
      return await result
    } finally {
      if (this.#last.get(key) === done) this.#last.delete(key)
    }
  }
}
