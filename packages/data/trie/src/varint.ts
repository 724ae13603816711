/**
 * Variable-length integers: seven bits a byte, lowest first, the high bit set on all but the last (LEB128), up to
 * 2^53 - 1. Canonical: no more bytes than needed.
 */

export const VARINT_BYTES_MAX = 8

/** Room that grows: what is written stays valid until the next `clear`. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  varint(value: number): void {
    if (this.#length + VARINT_BYTES_MAX > this.#bytes.length) this.#grow(VARINT_BYTES_MAX)
    this.#length = writeVarint(this.#bytes, this.#length, value)
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** What was written is the first `length` of these. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** What was written, copied. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + by))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Returns where the next byte goes. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest > 0x7f) {
    // Bit operations see 32 bits only.
    target[at++] = rest > 0x7fff_ffff ? (rest % 0x80) + 0x80 : (rest & 0x7f) | 0x80
    rest = rest > 0x7fff_ffff ? Math.floor(rest / 0x80) : rest >>> 7
  }
  target[at++] = rest
  return at
}

export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

/** Reads bytes of unknown origin: once something is missing or not canonical, `failed` is true and all reads give nothing. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number
  #failed = false

  constructor(bytes: Uint8Array, from = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.#at = from
    this.#end = end
  }

  get at(): number {
    return this.#at
  }

  get failed(): boolean {
    return this.#failed
  }

  /** Everything was read, and nothing failed. */
  get isComplete(): boolean {
    return !this.#failed && this.#at === this.#end
  }

  fail(): void {
    this.#failed = true
  }

  byte(): number {
    if (this.#failed || this.#at >= this.#end) {
      this.#failed = true
      return 0
    }
    return this.#bytes[this.#at++]!
  }

  /** An integer up to `max`; anything else fails. */
  varint(max: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      const isLast = byte < 0x80
      // A last byte of zero says nothing: there is a shorter form.
      const isLonger = isLast && byte === 0 && scale > 1
      if (this.#failed || value > max || isLonger) {
        this.#failed = true
        return 0
      }
      if (isLast) return value
    }
  }

  /** The next `length` bytes, sharing memory; empty after a failure. */
  take(length: number): Uint8Array {
    const start = this.#at
    if (this.#failed || length > this.#end - start) {
      this.#failed = true
      return this.#bytes.subarray(0, 0)
    }
    this.#at += length
    return this.#bytes.subarray(start, start + length)
  }

  rest(): Uint8Array {
    return this.take(this.#end - this.#at)
  }
}
