/**
 * Locks by name: shared by many or held by one, in the order asked for.
 *
 * Invariants: who waits is served first come, first served, so that nobody starves; a name nobody holds takes no memory.
 */

interface Waiting {
  readonly isExclusive: boolean
  readonly start: () => void
}

interface Held {
  readonly queue: Waiting[]
  shared: number
  isExclusive: boolean
}

export class KeyedLock {
  readonly #held = new Map<string, Held>()

  shared<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#run(name, false, work)
  }

  exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#run(name, true, work)
  }

  async #run<T>(name: string, isExclusive: boolean, work: () => Promise<T>): Promise<T> {
    await this.#take(name, isExclusive)
    try {
      return await work()
    } finally {
      this.#release(name, isExclusive)
    }
  }

  #take(name: string, isExclusive: boolean): Promise<void> {
    const held = this.#held.get(name) ?? { queue: [], shared: 0, isExclusive: false }
    this.#held.set(name, held)
    return new Promise((resolve) => {
      held.queue.push({ isExclusive, start: resolve })
      startNext(held)
    })
  }

  #release(name: string, isExclusive: boolean): void {
    const held = this.#held.get(name)!
    if (isExclusive) held.isExclusive = false
    else held.shared -= 1
    startNext(held)
    if (!held.isExclusive && held.shared === 0) this.#held.delete(name)
  }
}

function startNext(held: Held): void {
  for (let next = held.queue[0]; next !== undefined; next = held.queue[0]) {
    if (held.isExclusive || (next.isExclusive && held.shared > 0)) return
    held.queue.shift()
    if (next.isExclusive) held.isExclusive = true
    else held.shared += 1
    next.start()
  }
}
