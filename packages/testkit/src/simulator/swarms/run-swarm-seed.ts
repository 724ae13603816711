/** One world of swarms, from number or options to report, with the cryptography of production. */

import { createNodeCrypto } from '@hamlet/identity/node'
import { readKeptFolder } from '../kept-seeds.ts'
import type { KeptSeed } from '../kept-seeds.ts'
import { shareCrypto } from '../shared-crypto.ts'
import { drawSwarmOptions } from './swarm-options.ts'
import type { SwarmWorldOptions } from './swarm-options.ts'
import { runSwarmWorld } from './swarm-world.ts'
import type { SwarmWorldReport } from './swarm-world.ts'

const crypto = shareCrypto(createNodeCrypto())
const KEPT = new URL('../../../kept-swarm-seeds/', import.meta.url)

export interface RunSwarmSeedOptions {
  readonly verbose?: boolean
  /** Runs the world again: another trace is a broken promise too. */
  readonly twice?: boolean
  /** Instead of what the seed draws. */
  readonly change?: Partial<SwarmWorldOptions> | undefined
}

export async function runSwarmSeed(
  seed: number,
  { change, verbose, twice }: RunSwarmSeedOptions = {},
): Promise<SwarmWorldReport> {
  const world = { ...drawSwarmOptions(seed), ...change }
  const report = await runSwarmOptions(world, verbose)
  if (twice !== true || report.problem !== undefined) return report
  const again = await runSwarmOptions(world)
  if (again.traceHash === report.traceHash) return { ...report, ranTwice: true }
  const detail = `the trace was ${report.traceHash} and then ${again.traceHash}`
  return { ...report, problem: { oracle: 'determinism', detail } }
}

export function runSwarmOptions(
  options: SwarmWorldOptions,
  verbose = false,
): Promise<SwarmWorldReport> {
  return runSwarmWorld(options, crypto, verbose)
}

/** Worlds of swarms that found something, or show what is easily broken. */
export function readKeptSwarmSeeds(): KeptSeed<SwarmWorldOptions>[] {
  return readKeptFolder<SwarmWorldOptions>(KEPT, {})
}
