/** One world, from number or options to report, with the cryptography of production. */

import { createNodeCrypto } from '@hamlet/identity/node'
import { People } from './people.ts'
import { shareCrypto } from './shared-crypto.ts'
import { runWorld } from './world.ts'
import type { WorldReport } from './world.ts'
import { drawOptions } from './world-options.ts'
import type { Profile, WorldOptions } from './world-options.ts'

const crypto = shareCrypto(createNodeCrypto())
const people = new People(crypto)

export interface RunSeedOptions {
  /** @default full */
  readonly profile?: Profile | undefined
  readonly verbose?: boolean
  /** Runs the world again: another trace is a broken promise too. */
  readonly twice?: boolean
  /** Instead of what the seed draws. */
  readonly change?: Partial<WorldOptions> | undefined
}

export async function runSeed(seed: number, options: RunSeedOptions = {}): Promise<WorldReport> {
  const { profile, change, verbose, twice } = options
  const world = { ...drawOptions(seed, profile), ...change }
  const report = await runOptions(world, verbose)
  if (twice !== true || report.problem !== undefined) return report
  const again = await runOptions(world)
  if (again.traceHash === report.traceHash) return { ...report, ranTwice: true }
  const detail = `the trace was ${report.traceHash} and then ${again.traceHash}`
  return { ...report, problem: { oracle: 'determinism', detail } }
}

export function runOptions(options: WorldOptions, verbose = false): Promise<WorldReport> {
  return runWorld(options, { crypto, people }, verbose)
}
