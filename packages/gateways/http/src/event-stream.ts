/**
 * Server-Sent Events for one listener, with a bounded queue.
 *
 * The idea: the peer emits at its own pace, the listener reads at its own. Between them stands a queue; when it is
 * full the listener is too slow to follow, and since every event only says "ask again", the honest thing is to drop
 * what waits and say `resync`. The memory one listener can hold is therefore `EVENT_BYTES_QUEUED_MAX` plus one event.
 *
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 *     data: {"type":"resync"}\n\n          first of every stream, and after a drop
 *     data: {"type":"messages",…}\n\n      one line of JSON per event; no `event`, no `id`
 *     :\n\n                                a comment every 15 s, so that neither side takes silence for death
 *
 * Invariants:
 * 1. Chunks are only encoded when the listener asks for more.
 * 2. When the listener goes away, the subscription at the peer ends; when the peer's ends, so does the stream.
 */

import { utf8 } from '@hamlet/core'
import type { Cancel, Clock } from '@hamlet/core'
import type { HamletEvent } from './hamlet-api.ts'
import { EVENT_BYTES_QUEUED_MAX, EVENTS_QUEUED_MAX, HEARTBEAT_MS } from './limits.ts'

export interface EventStreamOptions {
  readonly clock: Clock
  /** Subscribes; must end when the signal aborts. */
  readonly subscribe: (signal: AbortSignal) => AsyncIterable<HamletEvent>
  /** Ends the stream, beside the listener going away. */
  readonly signal: AbortSignal
  readonly onDropped: () => void
  readonly onFailed: (error: unknown) => void
  /** @default HEARTBEAT_MS */
  readonly heartbeatMs?: number
}

const HEARTBEAT = utf8(':\n\n')

export function createEventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const queue = new EventQueue(options)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await queue.next()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
      cancel: () => queue.close(),
    },
    { highWaterMark: 0 },
  )
}

class EventQueue {
  readonly #options: EventStreamOptions
  readonly #abort = new AbortController()
  readonly #waiting: string[] = []
  #waitingLength = 0
  #heartbeatDue = false
  #wake: (() => void) | undefined
  #timer: Cancel = () => {}

  constructor(options: EventStreamOptions) {
    this.#options = options
    options.signal.addEventListener('abort', this.close, { once: true })
    this.#abort.signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    if (options.signal.aborted) this.close()
    // Subscribed before `resync` can be read, so nothing falls between the two.
    void this.#pump()
    this.#push({ type: 'resync' })
    this.#scheduleHeartbeat()
  }

  /** The next bytes to send, or `undefined` when the stream is over. */
  async next(): Promise<Uint8Array | undefined> {
    while (!this.#abort.signal.aborted) {
      const text = this.#waiting.shift()
      if (text !== undefined) {
        this.#waitingLength -= text.length
        return utf8(text)
      }
      if (this.#heartbeatDue) {
        this.#heartbeatDue = false
        return HEARTBEAT
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return undefined
  }

  readonly close = (): void => {
    this.#timer()
    this.#options.signal.removeEventListener('abort', this.close)
    this.#abort.abort()
  }

  async #pump(): Promise<void> {
    try {
      for await (const event of this.#options.subscribe(this.#abort.signal)) this.#push(event)
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#options.onFailed(error)
    }
    this.close()
  }

  #push(event: HamletEvent): void {
    const text = `data: ${JSON.stringify(event)}\n\n`
    if (
      this.#waiting.length >= EVENTS_QUEUED_MAX ||
      this.#waitingLength + text.length > EVENT_BYTES_QUEUED_MAX
    ) {
      this.#waiting.length = 0
      this.#waitingLength = 0
      this.#options.onDropped()
      if (event.type !== 'resync') this.#push({ type: 'resync' })
      return
    }
    this.#waiting.push(text)
    this.#waitingLength += text.length
    this.#wake?.()
  }

  #scheduleHeartbeat(): void {
    this.#timer = this.#options.clock.after(this.#options.heartbeatMs ?? HEARTBEAT_MS, () => {
      if (this.#abort.signal.aborted) return
      this.#heartbeatDue = true
      this.#wake?.()
      this.#scheduleHeartbeat()
    })
  }
}
