/**
 * Writing and reading the packed messages of this package: bytes, varints (unsigned LEB128, shortest form only, safe integers),
 * and nothing else. A reader that meets something else has failed for good; its caller looks once, at the end.
 */

const VARINT_BYTES_MAX = 8
const LOW_BITS = 0x80

/** Bytes of `value` as a varint. */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest >= LOW_BITS; rest = Math.floor(rest / LOW_BITS)) bytes++
  return bytes
}

export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** A safe integer from 0. */
  varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX)
    let rest = value
    while (rest >= LOW_BITS) {
      this.#bytes[this.#length++] = (rest % LOW_BITS) | LOW_BITS
      rest = Math.floor(rest / LOW_BITS)
    }
    this.#bytes[this.#length++] = rest
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Length and bytes. */
  sized(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.raw(bytes)
  }

  /** What was written; nothing more may be. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array
  #at: number
  #failed = false

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  /** Whether everything was read, and all of it was as asked. */
  get isComplete(): boolean {
    return !this.#failed && this.#at === this.#bytes.length
  }

  get hasFailed(): boolean {
    return this.#failed
  }

  get remaining(): number {
    return this.#failed ? 0 : this.#bytes.length - this.#at
  }

  fail(): void {
    this.#failed = true
  }

  byte(): number {
    if (this.remaining < 1) return this.#failure()
    return this.#bytes[this.#at++]!
  }

  /** From 0 to `max`; 0 after a failure. */
  varint(max: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.byte()
      value += (byte % LOW_BITS) * scale
      if (byte < LOW_BITS) {
        const isShortest = byte > 0 || i === 0
        return isShortest && value <= max ? value : this.#failure()
      }
      scale *= LOW_BITS
    }
    return this.#failure()
  }

  /** A view of the next `length` bytes; empty after a failure. */
  raw(length: number): Uint8Array {
    if (this.remaining < length) {
      this.#failed = true
      return new Uint8Array()
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  sized(lengthMax: number): Uint8Array {
    return this.raw(this.varint(lengthMax))
  }

  #failure(): number {
    this.#failed = true
    return 0
  }
}
