/**
 * Replication of one log between two peers, as a state machine without input or output: `step(event)` returns effects.
 *
 * The idea: the downloader keeps a window of wants for stretches that follow one another, so that the line is never idle; the
 * uploader answers each want with as much as fits one range. The first want shows how many blocks that are; the others ask for as
 * many, so that each is answered whole and they continue one another. Ranges may arrive in any order, twice or never: those that
 * come early wait, what is missing is asked for again after a timeout. Nothing has to be remembered between connections: where to
 * resume is the log's length.
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
 * 1. Wants that are outstanding and ranges that wait are `windowWants` together, and one more for what continues the log; each is
 *    bounded in blocks and bytes.
 * 2. Blocks are stored in order; a range is handed to the driver only when it begins at or before the length.
 * 3. Blocks of a message are looked at only in the step it comes in, and by the driver in the effects of that step: what waits is a
 *    copy.
 * 4. A want that is not answered in time is repeated at most `RETRIES_MAX` times, then the peer is given up.
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
import { PROOF_HASHES_MAX, RANGE_BLOCKS_MAX } from './limits.ts'
import {
  copyOfRange,
  decodeLogRange,
  logRangeBytes,
  logRangeParts,
  rangeOverheadBytes,
  writeLogRange,
} from './range.ts'
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
  /** At most; of large blocks as many as come in one answer. @default 1,024 */
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
  /** Blocks that one answer holds, as far as is known. */
  #answerBlocks: number
  #isMeasured = false
  #outstanding: readonly Outstanding[] = []
  #early: readonly LogRange[] = []
  #accepting: LogRange | undefined
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
    this.#answerBlocks = this.#wantBlocks
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
        this.#accepting = undefined
        return this.#onLength(event.length, event.head)
      case 'refused':
        this.#accepting = undefined
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
    const want = this.#outstanding.find(({ from }) => from === range.from)
    // Late answers to wants that were repeated are normal; they are dropped like anything unasked.
    if (!want || range.blocks.length === 0) return []
    this.#outstanding = this.#outstanding.filter((other) => other !== want)
    this.#measure(range, want)
    // Asked for before it was known how large the blocks are: nearer ones need its place.
    const reach = this.#front + 2 * this.#windowWants * this.#answerBlocks
    if (range.from <= reach) this.#early = [...this.#early, range]
    const delivered = this.#deliver()
    this.#early = this.#early.map((other) => (other === range ? copyOfRange(range) : other))
    return [...delivered, ...this.#fill()]
  }

  #measure(range: LogRange, want: Outstanding): void {
    const { length } = range.blocks
    this.#isMeasured = true
    if (range.from + length < want.to) {
      this.#answerBlocks = length
      return
    }
    const bytes = range.blocks.reduce((sum, block) => sum + BLOCK_LENGTH_BYTES + block.length, 0)
    const room = this.#wantBytes - rangeOverheadBytes(PROOF_HASHES_MAX)
    const fitting = Math.floor((length * room) / bytes)
    const most = Math.min(fitting, 2 * this.#answerBlocks, this.#wantBlocks)
    this.#answerBlocks = Math.max(this.#answerBlocks, most)
  }

  #onLength(length: number, head: LogHead | undefined): readonly ReplicationEffect[] {
    this.#length = Math.max(this.#length, length)
    this.#head = head
    this.#outstanding = this.#outstanding.filter(({ to }) => to > this.#length)
    return [...this.#announce(), ...this.#deliver(), ...this.#fill()]
  }

  /** Hands the driver one range at a time, the one that continues the log. */
  #deliver(): readonly ReplicationEffect[] {
    this.#early = this.#early.filter((range) => endOf(range) > this.#length)
    if (this.#accepting) return []
    const range = this.#early.find(({ from }) => from <= this.#length)
    if (!range) return []
    this.#early = this.#early.filter((other) => other !== range)
    this.#accepting = range
    return [{ type: 'accept', range }]
  }

  #fill(): readonly ReplicationEffect[] {
    for (let gap = this.#nextGap(); gap; gap = this.#nextGap()) {
      const window = this.#isMeasured ? this.#windowWants : 1
      if (this.#busy >= window && gap.from > this.#front) break
      const to = Math.min(gap.from + this.#answerBlocks, gap.to)
      this.#outstanding = [...this.#outstanding, { from: gap.from, to, sentMs: UNSENT, tries: 0 }]
    }
    const isIdle = this.#busy === 0 && !this.#accepting && this.#remote > 0
    const effects = this.#sendUnsent()
    if (isIdle && this.#length >= this.#remote) return [...effects, { type: 'idle' }]
    return [...effects, ...this.#setTimer()]
  }

  get #busy(): number {
    return this.#outstanding.length + this.#early.length
  }

  /** Where the log ends once the range that is being stored is. */
  get #front(): number {
    return Math.max(this.#length, this.#accepting ? endOf(this.#accepting) : 0)
  }

  /** The first stretch that is neither here nor asked for. */
  #nextGap(): { readonly from: number; readonly to: number } | undefined {
    const waiting = this.#early.map((range) => ({ from: range.from, to: endOf(range) }))
    const covered = [...this.#outstanding, ...waiting].sort((a, b) => a.from - b.from)
    let from = this.#front
    for (const stretch of covered) {
      if (stretch.from > from) return { from, to: Math.min(stretch.from, this.#remote) }
      from = Math.max(from, stretch.to)
    }
    return from < this.#remote ? { from, to: this.#remote } : undefined
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

function endOf(range: LogRange): number {
  return range.from + range.blocks.length
}

const UNSENT = Number.NEGATIVE_INFINITY
/** Of each block in a range. */
const BLOCK_LENGTH_BYTES = 4

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

/** `prefix` and the message with a range, as parts: see {@link logRangeParts}. */
export function rangeMessageParts(prefix: Uint8Array, range: LogRange): readonly Uint8Array[] {
  const before = new Uint8Array(prefix.length + 1)
  before.set(prefix)
  before[prefix.length] = RANGE
  return logRangeParts(before, range)
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
