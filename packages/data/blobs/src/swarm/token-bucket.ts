/**
 * A limit on bytes a second. What is sent may exceed what is in the bucket once, and is owed then: large pieces pass whole, and the
 * mean is kept all the same.
 */

/** Of the rate, what may go at once after a pause. */
const BURST_MS = 1000

export class TokenBucket {
  #bytesPerSecond: number
  #bytes: number
  #atMs: number

  /** An infinite rate is no limit. */
  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerSecond = bytesPerSecond
    this.#bytes = (bytesPerSecond * BURST_MS) / 1000
    this.#atMs = nowMs
  }

  setRate(bytesPerSecond: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#bytesPerSecond = bytesPerSecond
    this.#bytes = Math.min(this.#isUnlimited ? 0 : this.#bytes, this.#bytesMax)
  }

  take(bytes: number): void {
    if (!this.#isUnlimited) this.#bytes -= bytes
  }

  /** 0: something may be taken now. */
  waitMs(nowMs: number): number {
    if (this.#isUnlimited) return 0
    this.#refill(nowMs)
    if (this.#bytes > 0) return 0
    if (this.#bytesPerSecond === 0) return Number.POSITIVE_INFINITY
    return Math.floor((-this.#bytes * 1000) / this.#bytesPerSecond) + 1
  }

  get #isUnlimited(): boolean {
    return this.#bytesPerSecond === Number.POSITIVE_INFINITY
  }

  get #bytesMax(): number {
    return this.#isUnlimited ? 0 : (this.#bytesPerSecond * BURST_MS) / 1000
  }

  #refill(nowMs: number): void {
    if (this.#isUnlimited) {
      this.#atMs = nowMs
      return
    }
    const gained = ((nowMs - this.#atMs) * this.#bytesPerSecond) / 1000
    this.#bytes = Math.min(this.#bytes + gained, this.#bytesMax)
    this.#atMs = nowMs
  }
}
