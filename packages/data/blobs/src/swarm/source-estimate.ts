/**
 * What is to be expected of one source, from how it has answered so far: its rate while it was busy, its round trip, hence how much to ask
 * of it at once, how long an answer takes, and when one is late.
 *
 * The window is what the source sends in a round trip and a second more. It grows by itself: a window that is too small is answered
 * faster than it was thought to be, which makes the rate, and the next window, larger; by one for each answer, since the first few may be
 * a burst. A source that was late is asked for one
 * thing at a time until it answers.
 */

import { SWARM_ANSWER_MS_MAX, SWARM_ANSWER_MS_MIN, SWARM_WINDOW_MAX } from './swarm-limits.ts'

const WINDOW_FIRST = 4
const WINDOW_MIN = 2
/** Of work that is asked for before it is needed. */
const QUEUE_MS = 1000
/** Weight of what was measured before, at each answer. */
const MEMORY = 0.95
/** Before anything is known. */
const FIRST_ANSWER_MS = 15_000
const LATE_FACTOR = 4

export class SourceEstimate {
  readonly #chunkBytes: number
  #busyMs = 0
  #busyBytes = 0
  #roundTripMs: number | undefined
  #busySinceMs = 0
  #strikes = 0
  /** Since it was late, or began. */
  #answers = 0
  #lastAnswerMs: number | undefined

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes
  }

  /** Times in a row that it was late. */
  get strikes(): number {
    return this.#strikes
  }

  get lastAnswerMs(): number | undefined {
    return this.#lastAnswerMs
  }

  /** Bytes a millisecond while it had something to answer; `undefined` while unknown. */
  get rate(): number | undefined {
    return this.#busyBytes === 0 ? undefined : this.#busyBytes / Math.max(this.#busyMs, 1)
  }

  /** Chunks to be asked for at once. */
  get window(): number {
    if (this.#strikes > 0) return 1
    const { rate } = this
    if (rate === undefined) return WINDOW_FIRST
    const bytes = rate * ((this.#roundTripMs ?? 0) + QUEUE_MS)
    const fitting = Math.ceil(bytes / this.#chunkBytes)
    return Math.max(WINDOW_MIN, Math.min(SWARM_WINDOW_MAX, WINDOW_FIRST + this.#answers, fitting))
  }

  /** It was asked for something, while so many bytes were open already. */
  asked(openBytes: number, nowMs: number): void {
    if (openBytes === 0) this.#busySinceMs = nowMs
  }

  answered(bytes: number, askedMs: number, nowMs: number): void {
    this.#strikes = 0
    this.#answers++
    this.#lastAnswerMs = nowMs
    if (askedMs >= this.#busySinceMs) this.#noteRoundTrip(bytes, nowMs - askedMs)
    this.#busyMs = this.#busyMs * MEMORY + (nowMs - this.#busySinceMs)
    this.#busyBytes = this.#busyBytes * MEMORY + bytes
    this.#busySinceMs = nowMs
  }

  late(): void {
    this.#strikes++
    this.#answers = 0
  }

  /** Until so much more is here, with what is open already. */
  expectedMs(openBytes: number): number {
    const { rate } = this
    if (rate === undefined) return FIRST_ANSWER_MS
    return (this.#roundTripMs ?? 0) + openBytes / rate
  }

  /** How long an answer may take before others are asked. */
  patienceMs(openBytes: number): number {
    if (this.rate === undefined) return FIRST_ANSWER_MS
    const ms = SWARM_ANSWER_MS_MIN + LATE_FACTOR * this.expectedMs(openBytes)
    return Math.min(ms, SWARM_ANSWER_MS_MAX)
  }

  /** Of an answer to a source that was idle: without the time its bytes took. */
  #noteRoundTrip(bytes: number, ms: number): void {
    const { rate } = this
    const transferMs = rate === undefined ? 0 : bytes / rate
    const sample = Math.max(1, ms - transferMs)
    this.#roundTripMs =
      this.#roundTripMs === undefined ? sample : this.#roundTripMs * 0.75 + sample * 0.25
  }
}
