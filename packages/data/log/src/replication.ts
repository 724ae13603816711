/**
 * Replication of one log between two peers, as a state machine without input or output: `step(event)` returns effects.
 *
 * The idea: the downloader keeps a window of wants for stretches that follow one another, so that the line is never idle; the
 * uploader answers each want with as much as fits one range. Ranges may arrive in any order, twice or never:
 * those that come early wait, what is missing is asked for again after a timeout. Nothing has to be remembered between connections:
 * where to resume is the log's length.
 *
 *     peer announces a head  ──►  head     we want blocks up to its length
 *                            ◄──  want     {from, to, bytes}, several outstanding
 *     it answers from its log ──►  range    verified and stored by the driver, who reports `accepted` or `refused`
 *                            ◄──  cancel   is not needed: answers are bounded by the window
 *
 * The driver owns the log, the clock and the connection: it performs the effects and turns what happens into events. Timeouts are events
 * too: `timer` asks for a `tick` after a delay.
 *
 * Invariants:
 * 1. At most `windowWants` wants are outstanding and at most as many ranges wait; each want is bounded in blocks and bytes.
 * 2. Blocks are stored in order; a range is handed to the driver only when it begins at or before the length.
 * 3. A want that is not answered in time is repeated at most `RETRIES_MAX` times, then the peer is given up.
 *
 * Messages, encoded big-endian (frozen since version 1); the first byte says which:
 *
 *     1 head    104 bytes, see head.ts; 8 bytes: blocks the sender holds and can serve
 *     2 want    8 bytes from, 4 bytes blocks at most, 4 bytes bytes at most
 *     3 range   see range.ts
 */

import { FRAME_BYTES_MAX, bytesToUint64, err, ok } from '@hamlet/core'
import { readUint32, writeUint32, writeUint64 } from './frame.ts'
import { HEAD_BYTES, readHead, writeHead } from './head.ts'
import { RANGE_BLOCKS_MAX } from './limits.ts'
import { decodeLogRange, logRangeBytes, writeLogRange } from './range.ts'
import type { Result } from '@hamlet/core'
import type { LogRangeError } from './errors.ts'
import type { LogHead } from './head.ts'
import type { LogRange } from './range.ts'

export interface Want {
  readonly from: number
  readonly blocksMax: number
  readonly bytesMax: number
}

export type ReplicationMessage =
  | { readonly type: 'head'; readonly head: LogHead; readonly available: number }
  | { readonly type: 'want'; readonly want: Want }
  | { readonly type: 'range'; readonly range: LogRange }

export type ReplicationEvent =
  | { readonly type: 'message'; readonly message: ReplicationMessage }
  /** Our log changed by itself: an append, or ranges of other peers. */
  | { readonly type: 'local'; readonly length: number; readonly head: LogHead | undefined }
  /** The driver stored a range it was given. */
  | { readonly type: 'accepted'; readonly length: number; readonly head: LogHead | undefined }
  /** The log refused it. */
  | { readonly type: 'refused'; readonly error: LogRangeError }
  | { readonly type: 'tick'; readonly nowMs: number }

export type ReplicationEffect =
  | { readonly type: 'send'; readonly message: ReplicationMessage }
  /** Answer from the log: `rangeFrom`, then send. */
  | { readonly type: 'serve'; readonly want: Want }
  /** Give it to `Log.accept`, then report. */
  | { readonly type: 'accept'; readonly range: LogRange }
  /** Wake with `tick` no later than this from now. */
  | { readonly type: 'timer'; readonly delayMs: number }
  /** The peer broke the rules or never answers; `error` says which. */
  | { readonly type: 'giveUp'; readonly error: LogRangeError | undefined }
  /** Everything the peer offers is here. */
  | { readonly type: 'idle' }

export interface ReplicationOptions {
  /** @default 8 */
  readonly windowWants?: number
  /** @default 1,024 */
  readonly wantBlocks?: number
  /** @default 256 KiB */
  readonly wantBytes?: number
  /** @default 10,000 */
  readonly timeoutMs?: number
}

interface Outstanding {
  readonly from: number
  readonly to: number
  readonly sentMs: number
  readonly tries: number
}

export const RETRIES_MAX = 5
export const WANT_BYTES_MAX = FRAME_BYTES_MAX

export class Replication {
  readonly #windowWants: number
  readonly #wantBlocks: number
  readonly #wantBytes: number
  readonly #timeoutMs: number
  #length: number
  #head: LogHead | undefined
  #announced = ''
  #remote = 0
  /** The first block nobody was asked for. */
  #next: number
  #outstanding: Outstanding[] = []
  #early: LogRange[] = []
  #accepting = false
  #nowMs: number
  #timerSet = false
  #gaveUp = false

  constructor(
    log: { readonly length: number; readonly head: LogHead | undefined },
    nowMs: number,
    options: ReplicationOptions = {},
  ) {
    this.#windowWants = options.windowWants ?? 8
    this.#wantBlocks = options.wantBlocks ?? 1024
    this.#wantBytes = options.wantBytes ?? 256 * 1024
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#length = log.length
    this.#head = log.head
    this.#next = log.length
    this.#nowMs = nowMs
  }

  /** The first effects: our head, for the peer to want from. */
  start(): readonly ReplicationEffect[] {
    return this.#announce()
  }

  step(event: ReplicationEvent): readonly ReplicationEffect[] {
    if (this.#gaveUp) return []
    switch (event.type) {
      case 'message':
        return this.#onMessage(event.message)
      case 'local':
        return this.#onLength(event.length, event.head)
      case 'accepted':
        this.#accepting = false
        return this.#onLength(event.length, event.head)
      case 'refused':
        this.#accepting = false
        return this.#giveUp(event.error)
      case 'tick':
        return this.#onTick(event.nowMs)
    }
  }

  #onMessage(message: ReplicationMessage): readonly ReplicationEffect[] {
    if (message.type === 'head') {
      this.#remote = Math.max(this.#remote, Math.min(message.available, message.head.length))
      return this.#fill()
    }
    if (message.type === 'want') {
      const { want } = message
      return want.from < this.#length ? [{ type: 'serve', want }] : []
    }
    return this.#onRange(message.range)
  }

  #onRange(range: LogRange): readonly ReplicationEffect[] {
    const isAsked = this.#outstanding.some(({ from }) => from === range.from)
    // Late answers to wants that were repeated are normal; they are dropped like anything unasked.
    if (!isAsked || range.blocks.length === 0) return []
    this.#answered(range)
    this.#early.push(range)
    return [...this.#deliver(), ...this.#fill()]
  }

  /** A range may end before the want did: the rest is asked for at once. */
  #answered(range: LogRange): void {
    const end = range.from + range.blocks.length
    this.#outstanding = this.#outstanding.flatMap((want) => {
      if (want.from !== range.from) return [want]
      return end < want.to ? [{ ...want, from: end, sentMs: UNSENT, tries: 0 }] : []
    })
  }

  #onLength(length: number, head: LogHead | undefined): readonly ReplicationEffect[] {
    this.#length = Math.max(this.#length, length)
    this.#head = head
    this.#next = Math.max(this.#next, this.#length)
    this.#outstanding = this.#outstanding.filter(({ to }) => to > this.#length)
    return [...this.#announce(), ...this.#deliver(), ...this.#fill()]
  }

  /** Hands the driver one range at a time, the one that continues the log. */
  #deliver(): readonly ReplicationEffect[] {
    this.#early = this.#early.filter((range) => range.from + range.blocks.length > this.#length)
    if (this.#accepting) return []
    const range = this.#early.find(({ from }) => from <= this.#length)
    if (!range) return []
    this.#early = this.#early.filter((other) => other !== range)
    this.#accepting = true
    return [{ type: 'accept', range }]
  }

  #fill(): readonly ReplicationEffect[] {
    while (this.#next < this.#remote && this.#busy < this.#windowWants) {
      const to = Math.min(this.#next + this.#wantBlocks, this.#remote)
      this.#outstanding.push({ from: this.#next, to, sentMs: UNSENT, tries: 0 })
      this.#next = to
    }
    const isIdle = this.#busy === 0 && !this.#accepting && this.#remote > 0
    const effects = this.#sendUnsent()
    if (isIdle && this.#length >= this.#remote) return [...effects, { type: 'idle' }]
    return [...effects, ...this.#setTimer()]
  }

  get #busy(): number {
    return this.#outstanding.length + this.#early.length
  }

  #sendUnsent(): readonly ReplicationEffect[] {
    const effects: ReplicationEffect[] = []
    this.#outstanding = this.#outstanding.map((want) => {
      if (want.sentMs !== UNSENT) return want
      const { from, to } = want
      const asked = { from, blocksMax: to - from, bytesMax: this.#wantBytes }
      effects.push({ type: 'send', message: { type: 'want', want: asked } })
      return { ...want, sentMs: this.#nowMs, tries: want.tries + 1 }
    })
    return effects
  }

  #onTick(nowMs: number): readonly ReplicationEffect[] {
    this.#nowMs = Math.max(this.#nowMs, nowMs)
    this.#timerSet = false
    const isLate = (want: Outstanding): boolean => this.#nowMs - want.sentMs >= this.#timeoutMs
    if (this.#outstanding.some((want) => isLate(want) && want.tries > RETRIES_MAX)) {
      return this.#giveUp(undefined)
    }
    this.#outstanding = this.#outstanding.map((want) =>
      isLate(want) ? { ...want, sentMs: UNSENT } : want,
    )
    return [...this.#announce(), ...this.#fill()]
  }

  #setTimer(): readonly ReplicationEffect[] {
    if (this.#timerSet || this.#outstanding.length === 0) return []
    this.#timerSet = true
    return [{ type: 'timer', delayMs: this.#timeoutMs }]
  }

  #announce(): readonly ReplicationEffect[] {
    if (!this.#head) return []
    const state = `${this.#head.length}/${this.#length}`
    if (state === this.#announced) return []
    this.#announced = state
    const message = { type: 'head', head: this.#head, available: this.#length } as const
    return [{ type: 'send', message }]
  }

  #giveUp(error: LogRangeError | undefined): readonly ReplicationEffect[] {
    this.#gaveUp = true
    this.#outstanding = []
    this.#early = []
    return [{ type: 'giveUp', error }]
  }
}

const UNSENT = Number.NEGATIVE_INFINITY

const HEAD = 1
const WANT = 2
const RANGE = 3
const HEAD_MESSAGE_BYTES = 1 + HEAD_BYTES + 8
const WANT_MESSAGE_BYTES = 17

export function encodeReplicationMessage(message: ReplicationMessage): Uint8Array {
  if (message.type === 'range') {
    const bytes = new Uint8Array(1 + logRangeBytes(message.range))
    bytes[0] = RANGE
    writeLogRange(bytes.subarray(1), message.range)
    return bytes
  }
  if (message.type === 'head') {
    const bytes = new Uint8Array(HEAD_MESSAGE_BYTES)
    bytes[0] = HEAD
    writeHead(bytes, 1, message.head)
    writeUint64(bytes, 1 + HEAD_BYTES, message.available)
    return bytes
  }
  const bytes = new Uint8Array(WANT_MESSAGE_BYTES)
  bytes[0] = WANT
  writeUint64(bytes, 1, message.want.from)
  writeUint32(bytes, 9, message.want.blocksMax)
  writeUint32(bytes, 13, message.want.bytesMax)
  return bytes
}

export function decodeReplicationMessage(
  bytes: Uint8Array,
): Result<ReplicationMessage, LogRangeError> {
  if (bytes[0] === RANGE) {
    const range = decodeLogRange(bytes.subarray(1))
    return range.ok ? ok({ type: 'range', range: range.value }) : range
  }
  const message = bytes[0] === HEAD ? decodeHeadMessage(bytes) : decodeWant(bytes)
  if (message) return ok(message)
  return err({ code: 'LOG_MALFORMED', message: 'not a message of log replication' })
}

function decodeHeadMessage(bytes: Uint8Array): ReplicationMessage | undefined {
  if (bytes.length !== HEAD_MESSAGE_BYTES) return undefined
  const head = readHead(bytes, 1)
  const available = bytesToUint64(bytes, 1 + HEAD_BYTES)
  if (!head || available === undefined || available > head.length) return undefined
  return { type: 'head', head, available }
}

function decodeWant(bytes: Uint8Array): ReplicationMessage | undefined {
  if (bytes[0] !== WANT || bytes.length !== WANT_MESSAGE_BYTES) return undefined
  const from = bytesToUint64(bytes, 1)
  const [blocksMax, bytesMax] = [readUint32(bytes, 9), readUint32(bytes, 13)]
  const isBounded = blocksMax > 0 && blocksMax <= RANGE_BLOCKS_MAX && bytesMax <= WANT_BYTES_MAX
  return from !== undefined && isBounded
    ? { type: 'want', want: { from, blocksMax, bytesMax } }
    : undefined
}
