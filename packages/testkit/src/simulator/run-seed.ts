/** One seed, from number to report, with the cryptography of production. */

import { createNodeCrypto } from '@hamlet/identity/node'
import { shareVerification } from './shared-crypto.ts'
import { runWorld } from './world.ts'
import type { WorldReport } from './world.ts'
import { drawOptions } from './world-options.ts'
import type { WorldOptions } from './world-options.ts'

const crypto = shareVerification(createNodeCrypto())

export interface RunSeedOptions {
  readonly smallWorlds?: boolean
  readonly verbose?: boolean
  /** Instead of what the seed draws. */
  readonly change?: Partial<WorldOptions>
}

export function runSeed(seed: number, options: RunSeedOptions = {}): Promise<WorldReport> {
  const drawn = drawOptions(seed, options.smallWorlds)
  return runWorld({ ...drawn, ...options.change }, crypto, options.verbose)
}
