/**
 * The figures of the overview, live: counted once for all who look, and only while somebody looks.
 *
 * The idea: counting 100,000 files takes some milliseconds, so each count serves everybody for `FIGURES_MS`. Each listener
 * gets the newest figures when it asks for more, never a queue of old ones: a slow reader skips, and holds one event.
 *
 * Server-Sent Events, https://html.spec.whatwg.org/multipage/server-sent-events.html, without `event` and `id`:
 *
 *     data: {"type":"overview","overview":{…}}\n\n     at once, then when the figures are new
 *     :\n\n                                            after as long without any: the database does not answer
 */

import { utf8 } from '@hamlet/core'
import type { Cancel, Clock } from '@hamlet/core'

import type { Sql } from '../data/sql.ts'
import { findOverview } from './activity-queries.ts'
import type { Overview } from './activity-queries.ts'
import { BOARD_LISTENERS_MAX } from './limits.ts'

export const FIGURES_MS = 5000

const HEARTBEAT = utf8(':\n\n')

export interface LiveFiguresPorts {
  readonly sql: Sql
  readonly clock: Clock
  /** Ends every stream. */
  readonly signal: AbortSignal
}

export class LiveFigures {
  readonly #ports: LiveFiguresPorts
  readonly #waiting = new Set<() => void>()
  #latest: { readonly overview: Overview; readonly countedAtMs: number } | undefined
  #counting: Promise<Overview> | undefined
  #timer: Cancel | undefined
  #listenerCount = 0

  constructor(ports: LiveFiguresPorts) {
    this.#ports = ports
    ports.signal.addEventListener('abort', () => this.#wakeAll(), { once: true })
  }

  get isFull(): boolean {
    return this.#listenerCount >= BOARD_LISTENERS_MAX
  }

  /** At most `FIGURES_MS` old. @throws TrackerError `DATABASE_UNAVAILABLE` */
  async overview(): Promise<Overview> {
    const nowMs = this.#ports.clock.monotonic()
    const latest = this.#latest
    if (latest !== undefined && nowMs - latest.countedAtMs < FIGURES_MS) return latest.overview
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined
    })
    return this.#counting
  }

  /** The events of one listener, until it goes away. */
  stream(): ReadableStream<Uint8Array> {
    const { signal } = this.#ports
    let sentAtMs: number | undefined
    let isOver = false
    const end = (): void => {
      if (!isOver) this.#leave()
      isOver = true
    }
    this.#listenerCount += 1
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const isFirst = sentAtMs === undefined
          if (!isFirst) await this.#next()
          const event = signal.aborted || isOver ? undefined : await this.#eventAfter(sentAtMs)
          if (event === undefined) {
            end()
            controller.close()
            return
          }
          sentAtMs = event.countedAtMs
          controller.enqueue(event.chunk)
        },
        cancel: () => {
          end()
          this.#wakeAll()
        },
      },
      { highWaterMark: 0 },
    )
  }

  async #count(): Promise<Overview> {
    const { sql, clock } = this.#ports
    const overview = await findOverview(sql, clock.wall())
    this.#latest = { overview, countedAtMs: clock.monotonic() }
    return overview
  }

  async #eventAfter(
    sentAtMs: number | undefined,
  ): Promise<{ readonly chunk: Uint8Array; readonly countedAtMs: number }> {
    const overview = await this.overview().catch(() => undefined)
    const countedAtMs = this.#latest?.countedAtMs ?? 0
    if (overview === undefined || countedAtMs === sentAtMs) {
      return { chunk: HEARTBEAT, countedAtMs: sentAtMs ?? -1 }
    }
    return {
      chunk: utf8(`data: ${JSON.stringify({ type: 'overview', overview })}\n\n`),
      countedAtMs,
    }
  }

  /** Resolves at the next beat, which is the same for all. */
  #next(): Promise<void> {
    this.#timer ??= this.#ports.clock.after(FIGURES_MS, () => this.#wakeAll())
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #wakeAll(): void {
    this.#timer?.()
    this.#timer = undefined
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  #leave(): void {
    this.#listenerCount -= 1
    if (this.#listenerCount > 0) return
    this.#timer?.()
    this.#timer = undefined
  }
}
