/** Bytes a second of late, for people and for the order of slots: what was counted loses half its weight every few seconds. */

const HALF_LIFE_MS = 4000
const PER_MS = Math.LN2 / HALF_LIFE_MS

export class RateMeter {
  #weight = 0
  #atMs = 0
  #sinceMs: number | undefined

  /** Everything that was ever counted. */
  total = 0

  add(bytes: number, nowMs: number): void {
    this.#sinceMs ??= nowMs
    this.#decay(nowMs)
    this.#weight += bytes
    this.total += bytes
  }

  bytesPerSecond(nowMs: number): number {
    if (this.#sinceMs === undefined) return 0
    this.#decay(nowMs)
    // A constant rate r comes to r (1 - e^-kt) / k: divided by that, young meters are right too.
    const ageMs = Math.max(nowMs - this.#sinceMs, 250)
    return (1000 * this.#weight * PER_MS) / (1 - Math.exp(-PER_MS * ageMs))
  }

  #decay(nowMs: number): void {
    this.#weight *= Math.exp(-PER_MS * Math.max(0, nowMs - this.#atMs))
    this.#atMs = nowMs
  }
}
