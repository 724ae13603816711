/** What a walk found: a line for each check with its figures, and how many passed. */

import { performance } from 'node:perf_hooks'

export interface WalkOptions {
  /** Of what is shared, where it may be large. */
  readonly bytes: number
  /** Fewer peers and strangers. */
  readonly isShort: boolean
}

export class WalkReport {
  passed = 0
  failed = 0

  /** `work` throws when the check fails, and else says in figures what it saw. Whether it passed. */
  async check(title: string, work: () => Promise<string> | string): Promise<boolean> {
    const startedMs = performance.now()
    try {
      const figures = await work()
      this.passed++
      this.say(`ok    ${title}: ${figures} [${secondsSince(startedMs)}]`)
      return true
    } catch (error) {
      this.failed++
      const reason = error instanceof Error ? error.message : String(error)
      this.say(`FAIL  ${title}: ${reason} [${secondsSince(startedMs)}]`)
      return false
    }
  }

  /** A walk did not come to its end. */
  broken(walk: string, error: unknown): void {
    this.failed++
    this.say(
      `FAIL  walk ${walk}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  }

  /** What this machine does not allow in full. */
  reduced(what: string): void {
    this.say(`REDUCED walk of files: ${what}`)
  }

  say(line: string): void {
    console.log(line)
  }
}

export function secondsSince(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
}

export function sizeText(bytes: number): string {
  const [divisor, unit] =
    bytes >= 2 ** 30 ? [2 ** 30, 'GiB'] : bytes >= 2 ** 20 ? [2 ** 20, 'MiB'] : [1024, 'KiB']
  return `${(bytes / divisor).toFixed(bytes >= 2 ** 30 ? 2 : 1)} ${unit}`
}

/** Of so many bytes since then. */
export function rateText(bytes: number, startedMs: number): string {
  const seconds = (performance.now() - startedMs) / 1000
  return `${seconds.toFixed(1)} s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s`
}
