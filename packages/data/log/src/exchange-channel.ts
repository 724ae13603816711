/** One log between us and one peer. */

import type { Cancel, Clock } from '@hamlet/core'
import type { BlockEvent } from './block-source.ts'
import type { LogRangeError } from './errors.ts'
import { ExchangeAsks } from './exchange-asks.ts'
import type { AskNumbers } from './exchange-asks.ts'
import type { EntryChannel, LogOffer, SharedEntry } from './exchange-entry.ts'
import { encodeExchangeMessage } from './exchange-message.ts'
import type {
  AnswerMessage,
  AskMessage,
  EncodedMessage,
  ExchangeMessage,
  HaveMessage,
  OpenMessage,
} from './exchange-message.ts'
import { ExchangeNews } from './exchange-news.ts'
import { neededBetween } from './head-upgrade.ts'
import type { HeadUpgrade } from './head-upgrade.ts'
import { pieceFor } from './known-nodes.ts'
import { ANSWER_BLOCK_BYTES_MAX, HAVE_RANGES_MAX, HELD_RANGES_MAX } from './limits.ts'
import type { PieceProvider } from './piece-download.ts'
import { answerWant, upgradeOf } from './piece-source.ts'
import { runsOf } from './piece.ts'
import type { Piece, PieceWant } from './piece.ts'
import { RangeChannel } from './range-channel.ts'
import { RangeSet } from './range-set.ts'
import type { Truncation } from './types.ts'

export interface ChannelLine {
  /** Of the peer. */
  readonly name: string
  readonly clock: Clock
  readonly askNumbers: AskNumbers
  send(message: ExchangeMessage): void
  /** When the line takes more; `undefined` is nothing to send. */
  answerSoon(answer: () => ExchangeMessage | EncodedMessage | undefined): void
  /** Memory for the blocks of the answer that is being made. */
  answerMemory(): Uint8Array | undefined
  refuse(error: LogRangeError): void
  closed(channel: ExchangeChannel): void
  /** Opens the log again after a while: what stood against it was here, and may pass. */
  retry(entry: SharedEntry): void
}

type FullMessage = Extract<ExchangeMessage, { readonly type: 'full' }>

/** The peer goes on after a truncation with its head alone, then waits for wants. */
const EARLY_MAX = 16
/** A disk that could not be read may be now. */
const UNPROVEN_RETRY_MS = 10_000

export class ExchangeChannel implements PieceProvider, EntryChannel {
  readonly entry: SharedEntry
  /** Our number for it. */
  readonly number: number
  readonly asks: ExchangeAsks
  readonly #line: ChannelLine
  readonly #news: ExchangeNews
  readonly #held = new RangeSet()
  /** Blocks that went with answers: the peer holds them soon, if it takes them. */
  readonly #given = new RangeSet()
  /** Blocks that the peer holds and could not prove the last time. */
  readonly #unproven = new RangeSet()
  readonly #early: FullMessage[] = []
  #ranges: RangeChannel | undefined
  #isOpen = false
  #isFull = false
  #stopWaiting: Cancel | undefined
  #isFetchingProof = false
  #lacksProof = false
  #isClosed = false
  /** The fork the peer is at, with what it was told. */
  #fork = 0
  /** Length of the newest head of that fork that both know. */
  #sharedLength = 0
  #offer: LogOffer = { fork: 0, length: 0 }

  constructor(entry: SharedEntry, number: number, line: ChannelLine) {
    this.entry = entry
    this.number = number
    this.#line = line
    this.#news = new ExchangeNews(line.clock, (ranges) => this.#sendHave(true, ranges))
    this.asks = new ExchangeAsks(line.askNumbers, (request, name, bytes) =>
      line.send({ type: 'ask', channel: number, request, name, bytes }),
    )
    entry.attach(this)
  }

  get fork(): number {
    return this.#fork
  }

  get name(): string {
    return this.#line.name
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get offer(): LogOffer | undefined {
    if (!this.#isOpen) return undefined
    const { fork, length } = this.#offer
    return { fork, length: Math.max(length, this.#ranges?.offered ?? 0) }
  }

  /** The peer opened the log too. */
  onOpen(message: OpenMessage): void {
    if (this.#isOpen) this.#startAnew()
    this.#isOpen = true
    this.#offer = { fork: message.fork, length: message.length }
    const { log, pieces } = this.entry
    this.#fork = message.fork
    this.#sharedLength = message.length
    this.#isFull = message.isFull && log.complete !== undefined
    this.#tellForks()
    if (this.#fork === log.fork) this.#tellAll()
    pieces?.addProvider(this)
  }

  onMessage(message: Exclude<ExchangeMessage, OpenMessage | { type: 'hello' }>): void {
    const { pieces } = this.entry
    switch (message.type) {
      case 'truncation':
        void this.#onTruncation(message.truncation)
        return
      case 'head':
        void this.#onHead(message.fork, message.upgrade)
        return
      case 'want-head':
        this.#sharedLength = message.from
        this.#sendHead()
        return
      case 'have':
        this.#onHave(message)
        return
      case 'want':
        this.#answerSoon(() => this.#answer(message.request, message.want), {
          type: 'unavailable',
          channel: this.number,
          request: message.request,
        })
        return
      case 'piece':
        void this.#guard(async () => pieces?.onPiece(this, message.request, message.piece))
        return
      case 'unavailable':
        pieces?.onUnavailable(this, message.request)
        return
      case 'full':
        this.#onFull(message)
        return
      case 'extension':
        this.entry.onExtension(this.name, message.name, message.bytes)
        return
      case 'ask':
        this.#answerSoon(() => this.#answerAsk(message), undefined)
        return
      case 'answer':
        void this.#onAnswer(message)
        return
      case 'close':
      case 'refuse':
        this.close(false)
    }
  }

  onLogEvent(event: BlockEvent): void {
    if (!this.#isOpen) return
    try {
      this.#tell(event)
    } catch (error) {
      this.#fail(error)
    }
  }

  #tell(event: BlockEvent): void {
    if (event.type === 'truncated') {
      this.#ranges?.close()
      this.#ranges = undefined
      this.#tellForks()
      if (this.#fork === event.fork) this.#tellAll()
      for (const message of this.#early.splice(0)) this.#onFull(message)
    } else if (this.#fork !== this.entry.log.fork) {
      return
    } else if (event.type === 'head') {
      this.#ranges?.changed()
      this.#sendHead()
    } else {
      // Who knew of the head already hears now that there is more of it here.
      if (event.type === 'stored') this.#ranges?.changed()
      // A copy that was behind its head can name the peaks of the whole only now.
      this.#sendHead()
      if (event.type === 'stored') this.#news.stored(event.from, event.to)
      else this.#tellCleared(event.from, event.to)
    }
  }

  #tellCleared(from: number, to: number): void {
    this.#news.flush()
    this.#sendHave(false, [[from, to]])
  }

  /** A peer at another fork holds other blocks. */
  nextHeld(index: number): number | undefined {
    return this.#fork === this.entry.log.fork ? this.#held.next(index) : undefined
  }

  ask(request: number, want: PieceWant): void {
    this.#line.send({ type: 'want', channel: this.number, request, want })
  }

  couldNotProve(blocks: readonly number[]): void {
    for (const [from, to] of runsOf(blocks)) {
      this.#held.remove(from, to)
      this.#unproven.add(from, to)
    }
    this.#stopWaiting ??= this.#line.clock.after(UNPROVEN_RETRY_MS, () => this.mayProve())
  }

  mayProve(): void {
    this.#tryUnproven()
    this.entry.pieces?.pumpSoon()
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
    this.#stopWaiting?.()
    this.#news.stop()
    this.entry.pieces?.removeProvider(this)
    this.entry.detach(this)
    this.asks.close()
    this.#ranges?.close()
    if (tells) this.#line.send({ type: 'close', channel: this.number })
    this.#line.closed(this)
  }

  /** The truncations that the peer does not know. */
  #tellForks(): void {
    for (const truncation of this.entry.log.truncations.slice(this.#fork)) {
      this.#line.send({ type: 'truncation', channel: this.number, truncation })
      this.#fork = truncation.fork
      this.#sharedLength = 0
      this.#forgetHeld()
    }
  }

  /** The peer closed the log before it heard that we had opened it, and opened it again. */
  #startAnew(): void {
    this.entry.pieces?.removeProvider(this)
    this.#ranges?.close()
    this.#ranges = undefined
    this.#early.length = 0
    this.#lacksProof = false
    this.#forgetHeld()
  }

  #forgetHeld(): void {
    this.#held.clear()
    this.#unproven.clear()
    this.#given.clear()
    this.#news.stop()
  }

  /** Everything else that is to be said of a fork both are at. */
  #tellAll(): void {
    if (this.#isFull) this.#startRanges()
    this.#sendHead()
    this.#sendHave(true, this.entry.log.storedRanges())
  }

  /** A sparse copy may never have needed the hashes that lead from the peer's head to its own. */
  async #fetchProof(from: number): Promise<void> {
    const { log, pieces } = this.entry
    if (!pieces || !log.head || this.#isFetchingProof) return
    this.#isFetchingProof = true
    await this.#guard(async () => {
      const isHere = await pieces.fetchNodes(neededBetween(from, log.head!.length))
      this.#isFetchingProof = false
      this.#lacksProof = !isHere
      if (isHere && !this.#isClosed) this.#sendHead()
    })
  }

  async #onTruncation(truncation: Truncation): Promise<void> {
    const { log } = this.entry
    if (truncation.fork > this.#offer.fork) {
      this.#offer = { fork: truncation.fork, length: truncation.kept.length }
    }
    if (truncation.fork > this.#fork) {
      this.#fork = truncation.fork
      this.#sharedLength = 0
      this.#forgetHeld()
    }
    await this.#guard(async () => {
      const judged = await log.acceptTruncation(truncation)
      // One that follows a truncation which we could not take has a gap before it that is no fault of the peer.
      if (!judged.ok && !this.#isClosed) this.#refuse(judged.error)
    })
  }

  #startRanges(): void {
    const { log, rangeSources } = this.entry
    const channel = this.number
    const { fork } = log
    const line = {
      prefix: encodeExchangeMessage({ type: 'full', channel, fork, bytes: new Uint8Array() }),
      send: (bytes: Uint8Array) => this.#line.send({ type: 'full', channel, fork, bytes }),
      answerSoon: (answer: () => EncodedMessage | undefined) => this.#answerSoon(answer, undefined),
      answerMemory: () => this.#line.answerMemory(),
      giveUp: (error: LogRangeError) => this.#giveUpRanges(error),
      failed: (error: unknown) => this.#fail(error),
    }
    this.#ranges = new RangeChannel(log.complete!, this.#line.clock, line, rangeSources)
    this.#ranges.start()
  }

  /** Who gives no answer has cleared what is asked for, or cannot read it; the line has other logs. Later it may. */
  #giveUpRanges(error: LogRangeError): void {
    if (error.code !== 'LOG_GAP') {
      this.#refuse(error)
      return
    }
    this.close(true)
    this.#line.retry(this.entry)
  }

  /** Two histories are the author's doing, not that of the peer who has the other. */
  #refuse(error: LogRangeError): void {
    if (error.code !== 'LOG_FORKED') {
      this.#line.refuse(error)
      return
    }
    this.entry.onFork(error)
    this.close(true)
  }

  #sendHead(): void {
    if (this.#ranges || (this.entry.log.head?.length ?? 0) <= this.#sharedLength) return
    const upgrade = upgradeOf(this.entry.log, this.#sharedLength)
    if (!upgrade) {
      void this.#fetchProof(this.#sharedLength)
      return
    }
    this.#sharedLength = upgrade.head.length
    const { fork } = this.entry.log
    this.#line.send({ type: 'head', channel: this.number, fork, upgrade })
  }

  #onFull(message: FullMessage): void {
    const { fork } = this.entry.log
    if (message.fork === fork) this.#ranges?.receive(message.bytes)
    // It follows a truncation that is being adopted at this moment.
    else if (message.fork > fork && this.#early.length < EARLY_MAX) {
      this.#early.push({ ...message, bytes: message.bytes.slice() })
    }
  }

  async #onHead(fork: number, upgrade: HeadUpgrade): Promise<void> {
    const { sparse } = this.entry.log
    // Of an older fork: it crossed the truncation on its way. Of a newer one: behind its truncation, under way to us.
    if (!sparse || fork < this.#fork) return
    this.#sharedLength = Math.max(this.#sharedLength, upgrade.head.length)
    this.#tryUnproven()
    if (fork === this.#offer.fork) {
      this.#offer = { fork, length: Math.max(this.#offer.length, upgrade.head.length) }
    }
    await this.#guard(async () => {
      const judged = await sparse.acceptUpgrade(upgrade)
      if (fork !== sparse.fork) return
      if (judged.ok) this.entry.pieces?.pumpSoon()
      // The author did sign this head: of another history, or the hashes are wrong. Nobody here can tell, and the line has other logs.
      else if (judged.error.code === 'LOG_CONFLICT') this.close(true)
      else if (judged.error.code !== 'LOG_GAP') this.#line.refuse(judged.error)
      else if (!this.#isClosed) {
        this.#line.send({ type: 'want-head', channel: this.number, from: sparse.length })
      }
    })
  }

  #onHave({ isHeld, ranges }: HaveMessage): void {
    for (const [from, to] of ranges) {
      if (!isHeld) {
        this.#held.remove(from, to)
        this.#unproven.remove(from, to)
        this.#given.remove(from, to)
      } else if (this.#held.size < HELD_RANGES_MAX) this.#held.add(from, to)
    }
    if (isHeld) this.#tryUnproven()
    this.entry.pieces?.pumpSoon()
    if (isHeld) this.entry.onMoreHeld()
  }

  #tryUnproven(): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
    for (const [from, to] of this.#unproven.ranges) this.#held.add(from, to)
    this.#unproven.clear()
  }

  /** Somebody holds more than before: what could not be proven may be now. */
  onMoreHeld(): void {
    if (this.#lacksProof && this.#isOpen && this.#fork === this.entry.log.fork) this.#sendHead()
  }

  #sendHave(isHeld: boolean, ranges: HaveMessage['ranges']): void {
    if (this.#ranges) return
    const channel = this.number
    for (let at = 0; at < ranges.length; at += HAVE_RANGES_MAX) {
      const part = ranges.slice(at, at + HAVE_RANGES_MAX)
      this.#line.send({ type: 'have', channel, isHeld, ranges: part })
    }
  }

  /** `without`: what is said when the disk does not give what is asked for; perhaps it does the next time. */
  #answerSoon(
    answer: () => ExchangeMessage | EncodedMessage | undefined,
    without: ExchangeMessage | undefined,
  ): void {
    this.#line.answerSoon(() => {
      try {
        return answer()
      } catch (error) {
        this.entry.onFailure(error)
        return without
      }
    })
  }

  #answer(request: number, want: PieceWant): ExchangeMessage | undefined {
    if (this.#isClosed) return undefined
    const channel = this.number
    const piece = answerWant(this.entry.log, want)
    return piece
      ? { type: 'piece', channel, request, piece }
      : { type: 'unavailable', channel, request }
  }

  #answerAsk({ request, name, bytes }: AskMessage): ExchangeMessage | undefined {
    if (this.#isClosed) return undefined
    const { log } = this.entry
    const answer = this.entry.answerTo(name, bytes)
    const piece = this.#pieceWith(answer?.blocks ?? [])
    const said = answer?.bytes ?? new Uint8Array(0)
    const channel = this.number
    return { type: 'answer', channel, request, fork: log.fork, bytes: said, piece }
  }

  /** What the peer lacks of `blocks`, as far as it has the head that proves them. */
  #pieceWith(blocks: readonly number[]): Piece {
    const { log } = this.entry
    const length = this.#fork === log.fork ? this.#sharedLength : 0
    const nextHeld = (index: number): number | undefined =>
      smaller(this.#held.next(index), this.#given.next(index))
    const piece = pieceFor(log, blocks, { length, nextHeld }, ANSWER_BLOCK_BYTES_MAX)
    if (this.#given.size < HELD_RANGES_MAX) {
      const given = runsOf(piece.blocks.map(({ index }) => index))
      for (const [from, to] of given) this.#given.add(from, to)
    }
    return piece
  }

  async #onAnswer({ request, fork, bytes, piece }: AnswerMessage): Promise<void> {
    if (!this.asks.isOpen(request)) {
      if (this.asks.wasAsked(request)) return
      this.#line.refuse({ code: 'LOG_MALFORMED', message: 'an answer nobody asked for' })
      return
    }
    await this.#guard(() => this.#takeGiven(fork, piece))
    this.asks.answered(request, bytes)
  }

  /** What cannot be proven yet, or under our head not at all, is left: it is asked for when it is needed. */
  async #takeGiven(fork: number, piece: Piece): Promise<void> {
    const { sparse } = this.entry.log
    if (!sparse || piece.blocks.length === 0 || fork !== sparse.fork) return
    const judged = await sparse.acceptPiece(piece)
    if (judged.ok || fork !== sparse.fork) return
    if (judged.error.code === 'LOG_CONFLICT') this.#line.refuse(judged.error)
  }

  async #guard(action: () => Promise<unknown>): Promise<void> {
    try {
      await action()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** A disk that does not take what came is no fault of the peer, but there is no use in more of it for now. */
  #fail(error: unknown): void {
    if (this.#isClosed) return
    this.entry.onFailure(error)
    this.close(true)
    this.#line.retry(this.entry)
  }
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}
