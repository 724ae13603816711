/**
 * A byte stream between two simulated peers, made of numbered pieces over a network that loses, repeats and reorders them.
 *
 * As on a socket, bytes come in order or the line breaks: what is missing for too long resets it, in the middle of a message
 * if it so happens. A moment after the last piece its number is sent once more, so that the loss of that piece is noticed too.
 *
 * A process that was paused may go on writing to a line that is long gone, while the next one is up already: every piece
 * carries the number of its stream, and whoever reads keeps to the one whose beginning came.
 */

import { concatBytes, uint32ToBytes } from '@hamlet/core'
import type { Cancel, Clock } from '@hamlet/core'
import type { ByteDuplex } from '@hamlet/log'
import type { NodeNet } from '../sim-net.ts'

export const LINE_PROTOCOL = '/line/1'
/** How long a piece may be missing. */
const GAP_MS = 10_000
const PROBE_MS = 2_000
const HEADER_BYTES = 8

type Listener = (error?: unknown) => void

export interface StreamCounts {
  /** Lines broken because a piece was lost. */
  gaps: number
  /** Most bytes written while the line said that it was full. */
  overfullBytesPeak: number
}

export interface StreamOptions {
  readonly net: NodeNet
  readonly clock: Clock
  readonly peer: string
  /** Of the streams of this process. */
  readonly number: number
  readonly pieceBytes: number
  readonly counts: StreamCounts
}

export class SimStream implements ByteDuplex {
  readonly #options: StreamOptions
  readonly #listeners = new Map<string, Set<Listener>>()
  /** Pieces that came before others, by their stream until it is known which one this is. */
  readonly #early = new Map<number, Map<number, Uint8Array>>()
  #theirs: number | undefined
  readonly #arrived: Uint8Array[] = []
  #wake: (() => void) | undefined
  #nextIn = 0
  #nextOut = 0
  #probe: Cancel | undefined
  #gapTimer: Cancel | undefined
  #isFull = false
  #overfullBytes = 0
  #isEnded = false

  constructor(options: StreamOptions) {
    this.#options = options
  }

  /** What is written is taken at once: its memory may be used again. */
  write(bytes: Uint8Array, written?: (error?: unknown) => void): boolean {
    if (written !== undefined) void Promise.resolve().then(() => written())
    if (this.#isEnded) return true
    this.#noteOverfull(bytes.length)
    const { pieceBytes } = this.#options
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      this.#send(this.#nextOut++, bytes.subarray(at, at + pieceBytes))
    }
    this.#probe ??= this.#options.clock.after(PROBE_MS, () => {
      this.#probe = undefined
      this.probe()
    })
    return !this.#isFull
  }

  /** Tells the other end how far this one is, so that it notices what it has not got. */
  probe(): void {
    if (!this.#isEnded) this.#send(this.#nextOut, new Uint8Array())
  }

  resume(): void {}

  cork(): void {}

  uncork(): void {}

  on(event: 'drain' | 'close' | 'error', listener: Listener): void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
  }

  destroy(): void {
    if (this.#isEnded) return
    this.end()
    this.#options.net.disconnect(this.#options.peer, 'the stream was destroyed')
  }

  /** The line is gone. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#probe?.()
    this.#gapTimer?.()
    this.#emit('close')
    this.#wake?.()
  }

  drained(): void {
    this.#isFull = false
    this.#overfullBytes = 0
    this.#emit('drain')
  }

  receive(message: Uint8Array): void {
    if (this.#isEnded) return
    const view = new DataView(message.buffer, message.byteOffset)
    const [stream, number] = [view.getUint32(0), view.getUint32(4)]
    if (this.#theirs !== undefined && stream !== this.#theirs) {
      // The one at hand was a line long gone.
      if (number === 0 && stream > this.#theirs) this.destroy()
      return
    }
    if (number === 0) this.#theirs = stream
    const early = this.#early.get(stream) ?? new Map<number, Uint8Array>()
    this.#early.set(stream, early)
    const bytes = message.subarray(HEADER_BYTES)
    if (number < this.#nextIn) return
    const isNew = bytes.length > 0 || (number > this.#nextIn && !early.has(number))
    if (isNew) early.set(number, bytes)
    if (this.#theirs !== undefined) this.#takeInOrder(early)
    if (early.size > 0) this.#waitForGap(early)
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const next = this.#arrived.shift()
      if (next !== undefined) {
        yield next
        continue
      }
      if (this.#isEnded) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
  }

  #takeInOrder(early: Map<number, Uint8Array>): void {
    for (;;) {
      const bytes = early.get(this.#nextIn)
      // Only its number: the piece itself is still missing.
      if (bytes === undefined || bytes.length === 0) break
      early.delete(this.#nextIn++)
      this.#arrived.push(bytes)
    }
    const isCaughtUp = [...early.keys()].every((number) => number <= this.#nextIn)
    if (isCaughtUp) early.clear()
  }

  #waitForGap(early: Map<number, Uint8Array>): void {
    if (this.#gapTimer !== undefined) return
    const missing = this.#nextIn
    this.#gapTimer = this.#options.clock.after(GAP_MS, () => {
      this.#gapTimer = undefined
      if (this.#isEnded || early.size === 0) return
      if (this.#nextIn > missing) {
        this.#waitForGap(early)
        return
      }
      this.#options.counts.gaps++
      this.destroy()
    })
  }

  #send(number: number, bytes: Uint8Array): void {
    const { net, peer } = this.#options
    const header = [uint32ToBytes(this.#options.number), uint32ToBytes(number)]
    const hasRoom = net.send(peer, LINE_PROTOCOL, concatBytes(...header, bytes))
    if (!hasRoom) this.#isFull = true
  }

  #noteOverfull(bytes: number): void {
    if (!this.#isFull) return
    const { counts } = this.#options
    this.#overfullBytes += bytes
    counts.overfullBytesPeak = Math.max(counts.overfullBytesPeak, this.#overfullBytes)
  }

  #emit(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener()
  }
}
