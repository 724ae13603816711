/** One world of logs, from number or options to report, with the cryptography of production. */

import { createNodeCrypto } from '@hamlet/identity/node'
import { readKeptFolder } from '../kept-seeds.ts'
import type { KeptSeed } from '../kept-seeds.ts'
import { shareCrypto } from '../shared-crypto.ts'
import { drawLogOptions, LOG_OPTIONS_ADDED_LATER } from './log-options.ts'
import type { LogWorldOptions } from './log-options.ts'
import { runLogWorld } from './log-world.ts'
import type { LogWorldReport } from './log-world.ts'

const crypto = shareCrypto(createNodeCrypto())
const KEPT = new URL('../../../kept-log-seeds/', import.meta.url)

export interface RunLogSeedOptions {
  readonly verbose?: boolean
  /** Runs the world again: another trace is a broken promise too. */
  readonly twice?: boolean
  /** Instead of what the seed draws. */
  readonly change?: Partial<LogWorldOptions> | undefined
}

export async function runLogSeed(
  seed: number,
  { change, verbose, twice }: RunLogSeedOptions = {},
): Promise<LogWorldReport> {
  const world = { ...drawLogOptions(seed), ...change }
  const report = await runLogOptions(world, verbose)
  if (twice !== true || report.problem !== undefined) return report
  const again = await runLogOptions(world)
  if (again.traceHash === report.traceHash) return { ...report, ranTwice: true }
  const detail = `the trace was ${report.traceHash} and then ${again.traceHash}`
  return { ...report, problem: { oracle: 'determinism', detail } }
}

export function runLogOptions(options: LogWorldOptions, verbose = false): Promise<LogWorldReport> {
  return runLogWorld(options, crypto, verbose)
}

/** Worlds of logs that found something. */
export function readKeptLogSeeds(): KeptSeed<LogWorldOptions>[] {
  return readKeptFolder<LogWorldOptions>(KEPT, LOG_OPTIONS_ADDED_LATER)
}
