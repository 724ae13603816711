/**
 * Bytes that are written as parts: what is small is joined in one array, what is large stays where it is and becomes a part of its
 * own.
 */

/** From here on one more part costs less than a copy. */
export const LARGE_PART_BYTES = 8192

export class PartWriter {
  /** Where the small bytes go: they may be written in place, below {@link used}. */
  readonly buffer: Uint8Array
  readonly #parts: Uint8Array[] = []
  /** Bytes of the buffer that are in the parts. */
  #taken = 0
  #used = 0
  #outsideBytes = 0

  /** `buffer`: as long as all small bytes together, at least. */
  constructor(buffer: Uint8Array) {
    this.buffer = buffer
  }

  /** Bytes of the buffer that are used. */
  get used(): number {
    return this.#used
  }

  /** Of everything so far. */
  get sizeBytes(): number {
    return this.#used + this.#outsideBytes
  }

  /** Makes room for `bytes`, which the caller writes; where they begin in the buffer. */
  skip(bytes: number): number {
    this.#used += bytes
    return this.#used - bytes
  }

  copy(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.skip(bytes.length))
  }

  /** What is not to change before the parts are used. */
  refer(bytes: Uint8Array): void {
    this.#endPart()
    this.#parts.push(bytes)
    this.#outsideBytes += bytes.length
  }

  finish(): readonly Uint8Array[] {
    this.#endPart()
    return this.#parts
  }

  #endPart(): void {
    if (this.#used > this.#taken) this.#parts.push(this.buffer.subarray(this.#taken, this.#used))
    this.#taken = this.#used
  }
}

export function isLargePart(bytes: Uint8Array): boolean {
  return bytes.length >= LARGE_PART_BYTES
}
