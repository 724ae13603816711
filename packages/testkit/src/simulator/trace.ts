/**
 * The trace of a run: every event of the world, folded into one rolling hash (FNV-1a, 64 bits in two halves).
 *
 * Two runs of a seed must give the same hash; when they do not, something read a clock, drew from chance or followed
 * an order that was not the world's. With `keep` the lines themselves are kept to find the first that differs.
 */

export class Trace {
  #high = 0xcbf29ce4
  #low = 0x84222325
  readonly #keep: boolean
  readonly lines: string[] = []

  constructor(keep: boolean) {
    this.#keep = keep
  }

  add(line: string): void {
    for (let i = 0; i < line.length; i++) this.#mix(line.charCodeAt(i))
    this.#mix(10)
    if (this.#keep) this.lines.push(line)
  }

  digest(): string {
    return hex32(this.#high) + hex32(this.#low)
  }

  #mix(code: number): void {
    this.#low = Math.imul(this.#low ^ code, 0x01000193) >>> 0
    this.#high = (Math.imul(this.#high ^ this.#low, 0x01000193) + code) >>> 0
  }
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0')
}
