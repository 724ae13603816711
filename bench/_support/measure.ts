/** What every benchmark needs: a stopwatch, a check of its results, and numbers that survive a busy machine. */

import { loadavg } from 'node:os'

const flags = new Set(process.argv.slice(2).filter((argument) => argument.startsWith('--')))

/** A smaller workload, to see that a benchmark works; its figures are not compared. */
export const isQuick = flags.has('--quick')
export const isJson = flags.has('--json')
export const isUpdate = flags.has('--update')

export async function secondsOf(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Results are verified outside the timed region: a fast wrong answer ends the benchmark. */
export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`wrong result: ${what}`)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** `fraction`: 0.5 for the median, 0.99 for the 99th percentile. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))
  return sorted[at]!
}

/** Milliseconds of a clock that all processes of this machine share. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Processes that wanted to run during the last minute: above the number of cores, figures suffer. */
export function machineLoad(): number {
  return loadavg()[0]!
}

export async function sleep(delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs))
}

/** Asks again until the answer is true. @throws Error after `timeoutMs` */
export async function until(
  what: string,
  ask: () => Promise<boolean> | boolean,
  { timeoutMs = 120_000, intervalMs = 25 } = {},
): Promise<number> {
  const start = performance.now()
  while (!(await ask())) {
    if (performance.now() - start > timeoutMs)
      throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await sleep(intervalMs)
  }
  return sharedNowMs()
}
