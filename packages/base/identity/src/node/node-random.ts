/** The `Random` port over the operating system's generator. */

import { randomFillSync } from 'node:crypto'

import type { Random } from '@hamlet/core'

export function createNodeRandom(): Random {
  return { bytes: (count) => randomFillSync(new Uint8Array(count)) }
}
