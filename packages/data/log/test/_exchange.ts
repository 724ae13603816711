/** Exchanges in one process, over lines that lose nothing unless told to, in a time of their own. */

import { utf8 } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import { LogExchange } from '@hamlet/log'
import type { ExchangePeer, LogRangeError, PieceDownloadOptions } from '@hamlet/log'
import { seededRandom, testCrypto } from './_crypto.ts'

export class TestClock implements Clock {
  #nowMs = 0
  #timers: { readonly atMs: number; readonly run: () => void }[] = []

  wall(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  advance(ms: number): void {
    this.#nowMs += ms
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs)
    for (const { run } of due) run()
  }
}

export interface Refusal {
  readonly by: string
  readonly peer: string
  readonly error: LogRangeError
}

/** A place with an exchange, and what it was told. */
export class Site {
  readonly name: string
  readonly exchange: LogExchange
  readonly refusals: Refusal[] = []
  readonly clock: Clock

  constructor(name: string, clock: Clock, download: PieceDownloadOptions = {}) {
    this.name = name
    this.clock = clock
    this.exchange = new LogExchange({
      crypto: testCrypto,
      clock,
      random: seededRandom(utf8(name).reduce((sum, byte) => 31 * sum + byte, 7)),
      download,
      onRefused: (peer, error) => this.refusals.push({ by: name, peer, error }),
    })
  }
}

/** Bytes on their way between two sites; frames are counted, and may be changed or kept back. */
export class Line {
  readonly frames: { readonly to: 'a' | 'b'; readonly frame: Uint8Array }[] = []
  bytes = 0
  sent = 0
  isCut = false
  /** Says so to whoever sends, until it is drained. */
  isFull = false
  /** Changes what is sent, or withholds it. */
  tamper: (frame: Uint8Array, to: 'a' | 'b') => Uint8Array | undefined = (frame) => frame
  readonly clock: Clock
  readonly #ends: { a?: ExchangePeer; b?: ExchangePeer } = {}

  constructor(a: Site, b: Site) {
    this.clock = a.clock
    const connect = (site: Site, other: Site, to: 'a' | 'b'): ExchangePeer =>
      site.exchange.connect({
        name: other.name,
        send: (frame) => {
          const changed = this.tamper(frame, to)
          this.bytes += frame.length
          this.sent++
          if (changed) this.frames.push({ to, frame: changed })
          return !this.isFull
        },
        close: () => this.cut(),
      })
    this.#ends.a = connect(a, b, 'b')
    this.#ends.b = connect(b, a, 'a')
  }

  cut(): void {
    if (this.isCut) return
    this.isCut = true
    this.frames.length = 0
    this.#ends.a?.closed()
    this.#ends.b?.closed()
  }

  drain(): void {
    this.#ends.a?.drained()
    this.#ends.b?.drained()
  }

  /** Delivers one frame; `false` when there is none. */
  step(): boolean {
    const next = this.frames.shift()
    if (!next) return false
    this.#ends[next.to]?.receive(next.frame)
    return true
  }
}

/** What is gathered to be told together waits less than this. */
const MOMENT_MS = 25

/** Until nothing moves any more, also after a moment. */
export async function settle(lines: readonly Line[]): Promise<void> {
  await settleNow(lines)
  const clocks = new Set(lines.map(({ clock }) => clock))
  for (const clock of clocks) if (clock instanceof TestClock) clock.advance(MOMENT_MS)
  await settleNow(lines)
}

async function settleNow(lines: readonly Line[]): Promise<void> {
  for (let idle = 0; idle < 20;) {
    let moved = false
    for (const line of lines) while (line.step()) moved = true
    await new Promise((resolve) => setImmediate(resolve))
    idle = moved ? 0 : idle + 1
  }
}
