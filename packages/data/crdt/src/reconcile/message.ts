/**
 * Messages of Negentropy, version 1 (frozen there): one byte 0x61, then ranges that cover everything in order.
 *
 *     FIELD     FORM
 *     bound     varint (0: without end; otherwise 1 + time - time of the bound before), varint length, so many bytes of
 *               the beginning of an id: where the range ends (excluded) and the next one begins
 *     mode      varint: 0 skip, 1 fingerprint, 2 ids
 *     payload   skip: none; fingerprint: 16 bytes; ids: varint count, so many ids of 32 bytes
 *
 * A varint has its most significant seven bits first, and the high bit set in all bytes but the last. What lies behind
 * the last range is skipped. Example: `61 00 00 02 01 <id>` says "all I have is this id".
 *
 * Source: https://github.com/hoytech/negentropy, docs/negentropy-protocol-v1.md.
 */

import { compareBytes, concatBytes } from '@hamlet/core'
import { CrdtError } from '../errors.ts'

export const MESSAGE_VERSION = 0x61
export const MODE_SKIP = 0
export const MODE_FINGERPRINT = 1
export const MODE_IDS = 2
const ID_BYTES = 32
const FINGERPRINT_BYTES = 16

export interface Bound {
  /** Infinity: behind everything. */
  readonly time: number
  /** The beginning of an id; what is left out counts as zeros. */
  readonly id: Uint8Array
}

export const START: Bound = { time: 0, id: new Uint8Array(0) }
export const END: Bound = { time: Infinity, id: new Uint8Array(0) }

export type Range =
  | { readonly mode: 'skip'; readonly end: Bound }
  | { readonly mode: 'fingerprint'; readonly end: Bound; readonly fingerprint: Uint8Array }
  | { readonly mode: 'ids'; readonly end: Bound; readonly ids: readonly Uint8Array[] }

export function encodeVarint(value: number): readonly number[] {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) + 128)
  }
  return digits
}

/** Where a writer stood. */
export interface Mark {
  readonly parts: number
  readonly length: number
  readonly time: number
  readonly skipped: Bound | undefined
}

/** Skips before the end and between each other are written as one. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [Uint8Array.of(MESSAGE_VERSION)]
  #length = 1
  #time = 0
  #skipped: Bound | undefined

  get length(): number {
    return this.#length
  }

  /** Whether nothing but skips was written. */
  get isEmpty(): boolean {
    return this.#parts.length === 1
  }

  skip(end: Bound): void {
    this.#skipped = end
  }

  fingerprint(end: Bound, fingerprint: Uint8Array): void {
    this.#writeHead(end, MODE_FINGERPRINT)
    this.#push(fingerprint)
  }

  ids(end: Bound, ids: readonly Uint8Array[]): void {
    this.#writeHead(end, MODE_IDS)
    this.#push(Uint8Array.from(encodeVarint(ids.length)))
    for (const id of ids) this.#push(id)
  }

  mark(): Mark {
    return {
      parts: this.#parts.length,
      length: this.#length,
      time: this.#time,
      skipped: this.#skipped,
    }
  }

  /** Takes back what was written since. */
  reset({ parts, length, time, skipped }: Mark): void {
    this.#parts.length = parts
    this.#length = length
    this.#time = time
    this.#skipped = skipped
  }

  toBytes(): Uint8Array {
    return concatBytes(...this.#parts)
  }

  #writeHead(end: Bound, mode: number): void {
    if (this.#skipped !== undefined) this.#writeBound(this.#skipped, MODE_SKIP)
    this.#skipped = undefined
    this.#writeBound(end, mode)
  }

  #writeBound({ time, id }: Bound, mode: number): void {
    const step = time === Infinity ? 0 : time - this.#time + 1
    this.#time = time
    const { length } = id
    this.#push(Uint8Array.from([...encodeVarint(step), ...encodeVarint(length), ...id, mode]))
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part)
    this.#length += part.length
  }
}

/** The version of a message, if it is of this protocol at all. */
export function readVersion(message: Uint8Array): number {
  const version = message[0]
  if (version === undefined || version < 0x60 || version > 0x6f) {
    throw badMessage('expected a version from 0x60 to 0x6f')
  }
  return version
}

/** The ranges of a message of version 1. @throws CrdtError `CRDT_BAD_RECONCILE_MESSAGE` */
export function* readRanges(message: Uint8Array): Generator<Range> {
  const reader = new MessageReader(message)
  let start = START
  while (!reader.isAtEnd) {
    const range = reader.range()
    if (compareBounds(range.end, start) < 0) throw badMessage('expected ranges in order')
    start = range.end
    yield range
  }
}

export function compareBounds(a: Bound, b: Bound): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1
  return compareBytes(a.id, b.id)
}

export function badMessage(reason: string): CrdtError {
  return new CrdtError('CRDT_BAD_RECONCILE_MESSAGE', reason)
}

class MessageReader {
  readonly #bytes: Uint8Array
  #offset = 1
  #time = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  range(): Range {
    const end = this.#bound()
    const mode = this.#varint()
    if (mode === MODE_SKIP) return { mode: 'skip', end }
    if (mode === MODE_FINGERPRINT) {
      return { mode: 'fingerprint', end, fingerprint: this.#take(FINGERPRINT_BYTES) }
    }
    if (mode !== MODE_IDS) throw badMessage(`expected a mode from 0 to 2, got ${mode}`)
    const count = this.#varint()
    if (count * ID_BYTES > this.#bytes.length - this.#offset) throw badMessage('ids past the end')
    return { mode: 'ids', end, ids: Array.from({ length: count }, () => this.#take(ID_BYTES)) }
  }

  #bound(): Bound {
    const step = this.#varint()
    this.#time = step === 0 ? Infinity : this.#time + step - 1
    // Sums of two safe integers are exact as far as this is asked.
    if (step > 0 && !(this.#time <= Number.MAX_SAFE_INTEGER)) throw badMessage('a time above 2^53')
    const length = this.#varint()
    if (length > ID_BYTES) throw badMessage(`expected at most 32 bytes of an id, got ${length}`)
    return { time: this.#time, id: this.#take(length) }
  }

  #varint(): number {
    let value = 0
    for (;;) {
      const byte = this.#bytes[this.#offset++]
      if (byte === undefined) throw badMessage('a number past the end')
      if (value === 0 && byte === 0x80) throw badMessage('a number that begins with zeros')
      value = value * 128 + (byte & 127)
      if (value > Number.MAX_SAFE_INTEGER) throw badMessage('a number above 2^53')
      if (byte < 128) return value
    }
  }

  /** A copy. */
  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#offset) throw badMessage('bytes past the end')
    const start = this.#offset
    this.#offset += length
    return Uint8Array.prototype.slice.call(this.#bytes, start, this.#offset)
  }
}
