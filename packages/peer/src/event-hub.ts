/**
 * The peer's events, to any number of listeners: async streams whose queues are bounded.
 *
 * Invariant: a slow listener never holds back the peer nor grows its memory; when its queue is full, what waits is
 * replaced by one `resync`, upon which a face asks again for what it shows.
 */

import type { Clock } from '@hamlet/core'
import type { HamletEvent } from '@hamlet/http/api'

/** Events waiting for one listener. */
export const EVENT_QUEUE_MAX = 256
/** Equal hints within this time are one. */
export const EVENT_SETTLE_MS = 50

interface Listener {
  queue: HamletEvent[]
  wake: (() => void) | undefined
}

export class EventHub {
  readonly #clock: Clock
  readonly #listeners = new Set<Listener>()
  readonly #soon = new Map<string, HamletEvent>()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** For hints that something changed: several in a row become one. */
  emitSoon(event: HamletEvent): void {
    if (this.#soon.size === 0) {
      this.#clock.after(EVENT_SETTLE_MS, () => {
        const events = [...this.#soon.values()]
        this.#soon.clear()
        for (const each of events) this.emit(each)
      })
    }
    this.#soon.set(`${event.type} ${'space' in event ? event.space : ''}`, event)
  }

  emit(event: HamletEvent): void {
    for (const listener of this.#listeners) {
      listener.queue.push(event)
      if (listener.queue.length > EVENT_QUEUE_MAX) {
        listener.queue = [{ type: 'resync' }]
      }
      listener.wake?.()
    }
  }

  /** Events from now on, until `signal` aborts or the hub closes. */
  async *stream(signal?: AbortSignal): AsyncGenerator<HamletEvent> {
    const listener: Listener = { queue: [], wake: undefined }
    const wake = (): void => listener.wake?.()
    this.#listeners.add(listener)
    signal?.addEventListener('abort', wake)
    try {
      while (!this.#closed && signal?.aborted !== true) {
        const event = listener.queue.shift()
        if (event === undefined) await new Promise<void>((resolve) => (listener.wake = resolve))
        else yield event
      }
    } finally {
      this.#listeners.delete(listener)
      signal?.removeEventListener('abort', wake)
    }
  }

  close(): void {
    this.#closed = true
    for (const listener of this.#listeners) listener.wake?.()
  }
}
