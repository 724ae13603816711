/** One connection of an exchange: who says what of which log. */

import { concatBytes, equalBytes } from '@hamlet/core'
import type { Cancel, Clock, Crypto } from '@hamlet/core'
import type { AskNumbers } from './exchange-asks.ts'
import type { LogRangeError } from './errors.ts'
import { ExchangeChannel } from './exchange-channel.ts'
import type { SharedEntry } from './exchange-entry.ts'
import { decodeExchangeMessage, encodeExchangeMessage, isFullMessage } from './exchange-message.ts'
import type { EncodedMessage, ExchangeMessage, OpenMessage } from './exchange-message.ts'
import { CHANNELS_MAX, WANTS_QUEUED_MAX } from './limits.ts'

/** A connection that carries frames of at most `FRAME_BYTES_MAX`, in order, as the exchange sees it. */
export interface ExchangeLine {
  /** Of the peer, for reports. */
  readonly name: string
  /** `false`: sent, but wait for `ExchangePeer.drained` before large answers. */
  send(frame: Uint8Array): boolean
  /** As {@link send} of the parts joined; without it they are. */
  sendParts?(parts: readonly Uint8Array[]): boolean
  /** Memory for large parts of what is sent next, if the line knows when they are written. */
  answerMemory?(): Uint8Array | undefined
  /** Ends the connection. */
  close(reason: string): void
}

export interface ExchangePeerOptions {
  readonly line: ExchangeLine
  readonly crypto: Crypto
  readonly clock: Clock
  readonly nonce: Uint8Array
  entryOf(key: Uint8Array): SharedEntry | undefined
  entries(): readonly SharedEntry[]
  /** `error`: why we ended it. */
  onClosed(error: LogRangeError | undefined): void
}

type Answer = () => ExchangeMessage | EncodedMessage | undefined

/** A disk that failed is tried again. */
const RETRY_MS = 10_000

export class ExchangePeer {
  readonly #options: ExchangePeerOptions
  /** By our numbers. */
  readonly #channels = new Map<number, ExchangeChannel>()
  readonly #byEntry = new Map<SharedEntry, ExchangeChannel>()
  /** By the peer's numbers. */
  readonly #remote = new Map<number, ExchangeChannel>()
  readonly #askNumbers: AskNumbers = { next: 0 }
  #answers: { readonly entry: SharedEntry; readonly answer: Answer }[] = []
  /** How many of them are of each log. */
  readonly #queued = new Map<SharedEntry, number>()
  readonly #timers = new Set<Cancel>()
  #nonce: Uint8Array | undefined
  #nextChannel = 0
  #isFull = false
  #isClosed = false

  constructor(options: ExchangePeerOptions) {
    this.#options = options
  }

  start(): void {
    this.#send({ type: 'hello', nonce: this.#options.nonce })
  }

  /** A frame came. Its memory may be used again after the call. */
  receive(frame: Uint8Array): void {
    if (this.#isClosed) return
    const message = decodeExchangeMessage(isFullMessage(frame) ? frame : frame.slice())
    if (!message.ok) this.refuse(message.error)
    else this.#onMessage(message.value)
  }

  /** The line takes more again. */
  drained(): void {
    this.#isFull = false
    this.#answerMore()
  }

  /** The line is gone. */
  closed(): void {
    this.#end(undefined)
  }

  /** Opens a log, once the peer has said hello. */
  open(entry: SharedEntry): void {
    const theirs = this.#nonce
    if (!theirs || this.#isClosed || this.#byEntry.has(entry)) return
    if (this.#channels.size >= CHANNELS_MAX) return
    const number = this.#freeNumber()
    const channel = new ExchangeChannel(entry, number, {
      name: this.#options.line.name,
      clock: this.#options.clock,
      send: (message) => this.#send(message),
      answerSoon: (answer) => this.#answerSoon(entry, answer),
      answerMemory: () => this.#options.line.answerMemory?.(),
      refuse: (error) => this.refuse(error),
      closed: (closed) => this.#forget(closed),
      askNumbers: this.#askNumbers,
      retry: (failed) => this.#openLater(failed),
    })
    this.#channels.set(number, channel)
    this.#byEntry.set(entry, channel)
    this.#send({
      type: 'open',
      channel: number,
      key: entry.key,
      proof: entry.proofOf(this.#options.nonce, theirs),
      length: entry.log.head?.length ?? 0,
      fork: entry.log.fork,
      isFull: entry.log.complete !== undefined,
    })
  }

  #openLater(entry: SharedEntry): void {
    if (this.#isClosed) return
    const cancel = this.#options.clock.after(RETRY_MS, () => {
      this.#timers.delete(cancel)
      if (this.#options.entries().includes(entry)) this.open(entry)
    })
    this.#timers.add(cancel)
  }

  #onMessage(message: ExchangeMessage): void {
    if (message.type === 'hello') {
      this.#onHello(message.nonce)
      return
    }
    if (!this.#nonce) {
      this.refuse({ code: 'LOG_MALFORMED', message: 'said something before hello' })
      return
    }
    if (message.type === 'open') {
      this.#onOpen(message)
      return
    }
    const isOurs = message.type === 'refuse'
    const channel = (isOurs ? this.#channels : this.#remote).get(message.channel)
    // What crossed our own close on its way is no fault.
    channel?.onMessage(message)
  }

  /** There is one: fewer than `CHANNELS_MAX` are open. */
  #freeNumber(): number {
    let number = this.#nextChannel
    while (this.#channels.has(number)) number = (number + 1) % CHANNELS_MAX
    this.#nextChannel = (number + 1) % CHANNELS_MAX
    return number
  }

  #onHello(nonce: Uint8Array): void {
    const isEcho = equalBytes(nonce, this.#options.nonce)
    if (this.#nonce || isEcho) {
      this.refuse({ code: 'LOG_MALFORMED', message: 'a second hello' })
      return
    }
    this.#nonce = nonce
    for (const entry of this.#options.entries()) this.open(entry)
  }

  #onOpen(message: OpenMessage): void {
    const entry = this.#options.entryOf(message.key)
    const proof = entry?.proofOf(this.#nonce!, this.#options.nonce)
    if (!entry || !proof || !equalBytes(proof, message.proof)) {
      this.#send({ type: 'refuse', channel: message.channel })
      return
    }
    this.open(entry)
    const channel = this.#byEntry.get(entry)
    if (!channel) return
    // Of an earlier opening nothing more will come.
    for (const [number, other] of this.#remote) if (other === channel) this.#remote.delete(number)
    this.#remote.set(message.channel, channel)
    channel.onOpen(message)
  }

  #forget(channel: ExchangeChannel): void {
    this.#channels.delete(channel.number)
    this.#byEntry.delete(channel.entry)
    this.#answers = this.#answers.filter(({ entry }) => entry !== channel.entry)
    this.#queued.delete(channel.entry)
    for (const [number, other] of this.#remote) if (other === channel) this.#remote.delete(number)
  }

  /** Each log has room for what its copy may ask at once: who copies many has many times that much waiting. */
  #answerSoon(entry: SharedEntry, answer: Answer): void {
    const queued = this.#queued.get(entry) ?? 0
    if (queued >= WANTS_QUEUED_MAX) {
      this.refuse({
        code: 'LOG_MALFORMED',
        message: 'asks for more before it took what it asked for',
      })
      return
    }
    this.#queued.set(entry, queued + 1)
    this.#answers.push({ entry, answer })
    this.#answerMore()
  }

  #answerMore(): void {
    while (!this.#isFull && !this.#isClosed) {
      const next = this.#answers.shift()
      if (!next) return
      this.#queued.set(next.entry, this.#queued.get(next.entry)! - 1)
      const message = next.answer()
      if (message) this.#send(message)
    }
  }

  #send(message: ExchangeMessage | EncodedMessage): void {
    if (this.#isClosed) return
    const { line } = this.#options
    const parts = message.type === 'encoded' ? message.parts : [encodeExchangeMessage(message)]
    const hasRoom = line.sendParts ? line.sendParts(parts) : line.send(joined(parts))
    if (!hasRoom) this.#isFull = true
  }

  /** Ends the connection because of what the peer did. */
  refuse(error: LogRangeError): void {
    if (this.#isClosed) return
    this.#end(error)
    this.#options.line.close(error.message)
  }

  #end(error: LogRangeError | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const channel of [...this.#channels.values()]) channel.close(false)
    this.#channels.clear()
    this.#remote.clear()
    this.#byEntry.clear()
    this.#answers = []
    for (const cancel of this.#timers) cancel()
    this.#options.onClosed(error)
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : concatBytes(...parts)
}
