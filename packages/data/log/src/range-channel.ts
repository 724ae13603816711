/**
 * One complete log between two peers: drives the state machine of replication.ts with the log, the clock and the line.
 *
 * Of several peers that offer blocks one is read from at a time ({@link RangeSourceBook}): ranges come in order, so a second source
 * would send the same again. When it has no more, or is given up, the next one's turn comes.
 */

import type { Cancel, Clock, Result } from '@hamlet/core'
import type { LogRangeError } from './errors.ts'
import type { EncodedMessage } from './exchange-message.ts'
import type { LogHead } from './head.ts'
import type { Log } from './log.ts'
import { copyOfRange } from './range.ts'
import type { LogRange } from './range.ts'
import {
  Replication,
  decodeReplicationMessage,
  encodeReplicationMessage,
  rangeMessageParts,
} from './replication.ts'
import type { ReplicationEffect, ReplicationMessage, Want } from './replication.ts'

export interface RangeLine {
  /** What stands before each message. */
  readonly prefix: Uint8Array
  send(bytes: Uint8Array): void
  /** When the line takes more: answers are made one at a time, prefix included. */
  answerSoon(answer: () => EncodedMessage | undefined): void
  /** Memory for the blocks of the answer that is being made. */
  answerMemory(): Uint8Array | undefined
  giveUp(error: LogRangeError): void
  /** What came could not be stored here. */
  failed(error: unknown): void
}

/** Which peer a log is copied from at the moment. */
export class RangeSourceBook {
  #current: RangeChannel | undefined
  readonly #waiting = new Set<RangeChannel>()

  /** Whether it is this channel's turn. */
  claim(channel: RangeChannel): boolean {
    this.#waiting.add(channel)
    this.#current ??= channel
    return this.#current === channel
  }

  /** It has no more for now. */
  release(channel: RangeChannel, isGone: boolean): void {
    this.#waiting.delete(channel)
    if (!isGone) this.#waiting.add(channel)
    if (this.#current !== channel) return
    this.#current = undefined
    for (const other of this.#waiting) {
      if (other !== channel && other.resume()) return
    }
  }
}

type HeadMessage = Extract<ReplicationMessage, { readonly type: 'head' }>

export class RangeChannel {
  readonly #log: Log
  readonly #clock: Clock
  readonly #line: RangeLine
  readonly #book: RangeSourceBook
  readonly #machine: Replication
  readonly #fork: number
  readonly #timers = new Set<Cancel>()
  #effects: ReplicationEffect[] = []
  #isPerforming = false
  #offer: HeadMessage | undefined
  #isClosed = false

  constructor(log: Log, clock: Clock, line: RangeLine, book: RangeSourceBook) {
    this.#log = log
    this.#clock = clock
    this.#line = line
    this.#book = book
    this.#machine = new Replication(log, clock.monotonic())
    this.#fork = log.fork
  }

  /** Blocks the peer can give: what it says, as far as its head proves them. */
  get offered(): number {
    return this.#offer ? Math.min(this.#offer.available, this.#offer.head.length) : 0
  }

  start(): void {
    this.#perform(this.#machine.start())
  }

  /** `bytes` may be used again after the call. */
  receive(bytes: Uint8Array): void {
    const message = decodeReplicationMessage(bytes)
    if (!message.ok) {
      this.#line.giveUp(message.error)
      return
    }
    if (message.value.type === 'head') {
      if (!this.#isSound(message.value.head)) return
      this.#offer = message.value
      this.resume()
      return
    }
    this.#perform(this.#machine.step({ type: 'message', message: message.value }))
  }

  /** Whether the head may be of our history; if the author signed another one, this is where it shows. */
  #isSound(head: LogHead): boolean {
    try {
      const judged = this.#log.judgeHead(head)
      // Of an older fork: a truncation is being adopted at this moment.
      if (!judged.ok && judged.error.code !== 'LOG_OLD_FORK') this.#line.giveUp(judged.error)
      return judged.ok
    } catch (error) {
      this.#line.failed(error)
      return false
    }
  }

  /** Reads from this peer if it has more and nobody else's turn it is; says whether it does. */
  resume(): boolean {
    const offer = this.#offer
    if (this.#isClosed || !offer || this.#log.length >= this.offered) return false
    // In the turn of a truncation: it is closed as soon as it hears of it.
    if (this.#log.fork !== this.#fork) return false
    if (!this.#book.claim(this)) return false
    this.#perform(this.#machine.step({ type: 'message', message: offer }))
    return true
  }

  /** The log grew by itself or by others. */
  changed(): void {
    const { length, head } = this.#log
    this.#perform(this.#machine.step({ type: 'local', length, head }))
  }

  close(): void {
    this.#isClosed = true
    for (const cancel of this.#timers) cancel()
    this.#book.release(this, true)
  }

  /** In order: what follows from an effect comes after those that are there. */
  #perform(effects: readonly ReplicationEffect[]): void {
    this.#effects.push(...effects)
    if (this.#isPerforming) return
    this.#isPerforming = true
    try {
      for (let next = this.#effects.shift(); next; next = this.#effects.shift()) {
        if (!this.#isClosed) this.#performOne(next)
      }
    } finally {
      this.#isPerforming = false
      this.#effects = []
    }
  }

  #performOne(effect: ReplicationEffect): void {
    switch (effect.type) {
      case 'send':
        this.#line.send(encodeReplicationMessage(effect.message))
        return
      case 'serve':
        this.#line.answerSoon(() => this.#answer(effect.want))
        return
      case 'accept':
        this.#accept(effect.range)
        return
      case 'timer':
        this.#setTimer(effect.delayMs)
        return
      case 'idle':
        void this.#log.sync().catch(() => undefined)
        this.#book.release(this, false)
        return
      case 'giveUp':
        this.#line.giveUp(effect.error ?? { code: 'LOG_GAP', message: 'does not answer' })
    }
  }

  #answer({ from, blocksMax, bytesMax }: Want): EncodedMessage | undefined {
    if (this.#isClosed || from >= this.#log.length) return undefined
    const into = this.#line.answerMemory()
    const range = this.#log.rangeFrom(from, { blocksMax, bytesMax, ...(into && { into }) })
    return range && { type: 'encoded', parts: rangeMessageParts(this.#line.prefix, range) }
  }

  #accept(range: LogRange): void {
    try {
      const judged = this.#log.acceptNow(range)
      if (judged) this.#onJudged(judged)
      else void this.#acceptLater(copyOfRange(range))
    } catch (error) {
      this.#onFailure(error)
    }
  }

  async #acceptLater(range: LogRange): Promise<void> {
    try {
      this.#onJudged(await this.#log.accept(range, { sync: false }))
    } catch (error) {
      this.#onFailure(error)
    }
  }

  #onJudged(judged: Result<unknown, LogRangeError>): void {
    const { length, head } = this.#log
    const event = judged.ok
      ? ({ type: 'accepted', length, head } as const)
      : ({ type: 'refused', error: judged.error } as const)
    this.#perform(this.#machine.step(event))
  }

  /** The disk: nothing the peer could mend. */
  #onFailure(error: unknown): void {
    if (!this.#isClosed) this.#line.failed(error)
  }

  #setTimer(delayMs: number): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel)
      this.#perform(this.#machine.step({ type: 'tick', nowMs: this.#clock.monotonic() }))
    })
    this.#timers.add(cancel)
  }
}
