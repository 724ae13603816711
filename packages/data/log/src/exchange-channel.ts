/** One log between us and one peer. */

import type { Clock } from '@hamlet/core'
import type { BlockEvent } from './block-source.ts'
import type { LogRangeError } from './errors.ts'
import type { EntryChannel, SharedEntry } from './exchange-entry.ts'
import type { ExchangeMessage, HaveMessage, OpenMessage } from './exchange-message.ts'
import type { HeadUpgrade } from './head-upgrade.ts'
import { HAVE_RANGES_MAX, HELD_RANGES_MAX } from './limits.ts'
import type { PieceProvider } from './piece-download.ts'
import { answerWant, upgradeOf } from './piece-source.ts'
import type { PieceWant } from './piece.ts'
import { RangeChannel } from './range-channel.ts'
import { RangeSet } from './range-set.ts'

export interface ChannelLine {
  /** Of the peer. */
  readonly name: string
  readonly clock: Clock
  send(message: ExchangeMessage): void
  /** When the line takes more; `undefined` is nothing to send. */
  answerSoon(answer: () => ExchangeMessage | undefined): void
  refuse(error: LogRangeError): void
  closed(channel: ExchangeChannel): void
}

export class ExchangeChannel implements PieceProvider, EntryChannel {
  readonly entry: SharedEntry
  /** Our number for it. */
  readonly number: number
  readonly #line: ChannelLine
  readonly #held = new RangeSet()
  #ranges: RangeChannel | undefined
  #isOpen = false
  #isClosed = false
  /** Length of the newest head that both know. */
  #sharedLength = 0

  constructor(entry: SharedEntry, number: number, line: ChannelLine) {
    this.entry = entry
    this.number = number
    this.#line = line
    entry.attach(this)
  }

  get name(): string {
    return this.#line.name
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The peer opened the log too. */
  onOpen(message: OpenMessage): void {
    if (this.#isOpen) {
      this.#line.refuse({ code: 'LOG_MALFORMED', message: 'a log was opened twice' })
      return
    }
    this.#isOpen = true
    this.#sharedLength = message.length
    const { log, pieces } = this.entry
    if (message.isFull && log.complete) this.#startRanges()
    this.#sendHead()
    this.#sendHave(true, log.storedRanges())
    pieces?.addProvider(this)
  }

  onMessage(message: Exclude<ExchangeMessage, OpenMessage | { type: 'hello' }>): void {
    const { pieces } = this.entry
    switch (message.type) {
      case 'head':
        void this.#onHead(message.upgrade)
        return
      case 'want-head':
        this.#sharedLength = message.from
        this.#sendHead()
        return
      case 'have':
        this.#onHave(message)
        return
      case 'want':
        this.#line.answerSoon(() => this.#answer(message.request, message.want))
        return
      case 'piece':
        void this.#guard(async () => pieces?.onPiece(this, message.request, message.piece))
        return
      case 'unavailable':
        pieces?.onUnavailable(this, message.request)
        return
      case 'full':
        this.#ranges?.receive(message.bytes)
        return
      case 'extension':
        this.entry.onExtension(this.name, message.name, message.bytes)
        return
      case 'close':
      case 'refuse':
        this.close(false)
    }
  }

  onLogEvent(event: BlockEvent): void {
    if (!this.#isOpen) return
    if (event.type === 'head') {
      this.#ranges?.changed()
      this.#sendHead()
    } else if (event.type === 'stored' || event.type === 'cleared') {
      // A copy that was behind its head can name the peaks of the whole only now.
      this.#sendHead()
      this.#sendHave(event.type === 'stored', [[event.from, event.to]])
    }
  }

  nextHeld(index: number): number | undefined {
    return this.#held.next(index)
  }

  ask(request: number, want: PieceWant): void {
    this.#line.send({ type: 'want', channel: this.number, request, want })
  }

  giveUp(error: LogRangeError): void {
    this.#line.refuse(error)
  }

  sendExtension(name: string, bytes: Uint8Array): void {
    if (!this.#isOpen) return
    this.#line.send({ type: 'extension', channel: this.number, name, bytes })
  }

  close(tells: boolean): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isOpen = false
    this.entry.pieces?.removeProvider(this)
    this.entry.detach(this)
    this.#ranges?.close()
    if (tells) this.#line.send({ type: 'close', channel: this.number })
    this.#line.closed(this)
  }

  #startRanges(): void {
    const { log, rangeSources } = this.entry
    const channel = this.number
    const line = {
      send: (bytes: Uint8Array) => this.#line.send({ type: 'full', channel, bytes }),
      answerSoon: (answer: () => Uint8Array | undefined) => {
        this.#line.answerSoon(() => {
          const bytes = answer()
          return bytes && { type: 'full', channel, bytes }
        })
      },
      giveUp: (error: LogRangeError) => this.#line.refuse(error),
    }
    this.#ranges = new RangeChannel(log.complete!, this.#line.clock, line, rangeSources)
    this.#ranges.start()
  }

  #sendHead(): void {
    if (this.#ranges || (this.entry.log.head?.length ?? 0) <= this.#sharedLength) return
    const upgrade = upgradeOf(this.entry.log, this.#sharedLength)
    if (!upgrade) return
    this.#sharedLength = upgrade.head.length
    this.#line.send({ type: 'head', channel: this.number, upgrade })
  }

  async #onHead(upgrade: HeadUpgrade): Promise<void> {
    const { sparse } = this.entry.log
    if (!sparse) return
    this.#sharedLength = Math.max(this.#sharedLength, upgrade.head.length)
    await this.#guard(async () => {
      const judged = await sparse.acceptUpgrade(upgrade)
      if (judged.ok) this.entry.pieces?.pumpSoon()
      else if (judged.error.code !== 'LOG_GAP') this.#line.refuse(judged.error)
      else if (!this.#isClosed) {
        this.#line.send({ type: 'want-head', channel: this.number, from: sparse.length })
      }
    })
  }

  #onHave({ isHeld, ranges }: HaveMessage): void {
    for (const [from, to] of ranges) {
      if (!isHeld) this.#held.remove(from, to)
      else if (this.#held.size < HELD_RANGES_MAX) this.#held.add(from, to)
    }
    this.entry.pieces?.pumpSoon()
  }

  #sendHave(isHeld: boolean, ranges: HaveMessage['ranges']): void {
    if (this.#ranges) return
    const channel = this.number
    for (let at = 0; at < ranges.length; at += HAVE_RANGES_MAX) {
      const part = ranges.slice(at, at + HAVE_RANGES_MAX)
      this.#line.send({ type: 'have', channel, isHeld, ranges: part })
    }
  }

  #answer(request: number, want: PieceWant): ExchangeMessage | undefined {
    if (this.#isClosed) return undefined
    const channel = this.number
    const piece = answerWant(this.entry.log, want)
    return piece
      ? { type: 'piece', channel, request, piece }
      : { type: 'unavailable', channel, request }
  }

  /** A disk that does not take what came is no fault of the peer, but there is no use in more of it. */
  async #guard(action: () => Promise<unknown>): Promise<void> {
    try {
      await action()
    } catch (error) {
      if (this.#isClosed) return
      this.entry.onFailure(error)
      this.close(true)
    }
  }
}
