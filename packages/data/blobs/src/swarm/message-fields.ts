/**
 * Fields of fixed size, big-endian, written and read one after the other. A reader that meets something else has failed for good; its
 * caller looks once, at the end.
 */

import { assert } from '@hamlet/core'

export class FieldWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  uint8(value: number): void {
    assert(value <= 0xff, 'fits one byte')
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  uint16(value: number): void {
    assert(value <= 0xffff, 'fits two bytes')
    this.#reserve(2)
    this.#view.setUint16(this.#length, value)
    this.#length += 2
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#length, value)
    this.#length += 4
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** What was written; nothing more may be. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

export class FieldReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  #hasFailed = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Whether everything was read, and all of it was as asked. */
  get isComplete(): boolean {
    return !this.#hasFailed && this.#at === this.#bytes.length
  }

  get remaining(): number {
    return this.#hasFailed ? 0 : this.#bytes.length - this.#at
  }

  fail(): void {
    this.#hasFailed = true
  }

  uint8(): number {
    return this.#advance(1) ? this.#view.getUint8(this.#at - 1) : 0
  }

  uint16(): number {
    return this.#advance(2) ? this.#view.getUint16(this.#at - 2) : 0
  }

  uint32(): number {
    return this.#advance(4) ? this.#view.getUint32(this.#at - 4) : 0
  }

  /** 1 or 0. */
  flag(): boolean | undefined {
    const value = this.uint8()
    return value > 1 ? undefined : value === 1
  }

  /** A view of the next `length` bytes; empty after a failure. */
  raw(length: number): Uint8Array {
    if (!this.#advance(length)) return new Uint8Array()
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #advance(length: number): boolean {
    if (this.remaining < length) this.#hasFailed = true
    else this.#at += length
    return !this.#hasFailed
  }
}
