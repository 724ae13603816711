/**
 * A value that can be watched, in the shape `useSyncExternalStore` wants. The value is immutable: a change replaces it.
 */

export interface Observable<State> {
  readonly get: () => State
  readonly subscribe: (listener: () => void) => () => void
}

export class Observed<State> implements Observable<State> {
  #state: State
  readonly #listeners = new Set<() => void>()

  constructor(initial: State) {
    this.#state = initial
  }

  readonly get = (): State => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Listeners are told only when the change returned another value. */
  update(change: (state: State) => State): void {
    const next = change(this.#state)
    if (Object.is(next, this.#state)) return
    this.#state = next
    for (const listener of this.#listeners) listener()
  }
}
