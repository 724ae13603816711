/** How fast something goes and how long it takes, in words; and amounts of bytes as people type them. */

import { CliError } from '../errors.ts'
import { sizeOf } from '../text.ts'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1000,
  m: 1_000_000,
  mb: 1_000_000,
  g: 1_000_000_000,
  gb: 1_000_000_000,
  t: 1_000_000_000_000,
  tb: 1_000_000_000_000,
}
/** How far back a speed looks. */
const WINDOW_MS = 3000

/** `500kB`, `2.5 MB`, `20G` or plain bytes; `off` is 0: no limit. @throws CliError `USAGE` */
export function parseBytes(text: string): number {
  if (text === 'off' || text === '0') return 0
  const [, digits, unit = ''] = /^(\d{1,15}(?:[.,]\d{1,3})?) ?([a-z]{0,2})$/i.exec(text) ?? []
  const factor = UNITS[unit.toLowerCase()]
  const bytes = Math.round(Number((digits ?? '').replace(',', '.')) * (factor ?? 0))
  if (digits !== undefined && bytes > 0 && Number.isSafeInteger(bytes)) return bytes
  throw new CliError('USAGE', `expected a size such as 500kB, 2MB or off, got "${text}"`)
}

/** `2.1 MB/s` */
export function rateWords(bytesPerSecond: number): string {
  return `${sizeOf(Math.round(bytesPerSecond))}/s`
}

/** `8 s left`, `12 min left`, `3 h left`. */
export function timeLeftWords(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s left`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 100 ? `${minutes} min left` : `${Math.ceil(minutes / 60)} h left`
}

/** Bytes per second over the last seconds. */
export class Speed {
  readonly #nowMs: () => number
  #marks: { readonly atMs: number; readonly bytes: number }[] = []

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** `bytes`: in all, so far. */
  note(bytes: number): void {
    const atMs = this.#nowMs()
    this.#marks.push({ atMs, bytes })
    this.#marks = this.#marks.filter((mark) => atMs - mark.atMs <= WINDOW_MS)
  }

  get bytesPerSecond(): number {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)]
    if (first === undefined || last === undefined || last.atMs === first.atMs) return 0
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs)
  }
}

/** `12.3 MB of 30.0 MB, 2.1 MB/s, 8 s left` */
export function wayWords(done: number, total: number, bytesPerSecond: number): string {
  const way = `${sizeOf(done)} of ${sizeOf(total)}`
  if (bytesPerSecond <= 0) return way
  return `${way}, ${rateWords(bytesPerSecond)}, ${timeLeftWords((total - done) / bytesPerSecond)}`
}
