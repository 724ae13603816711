/** The `Kv` in memory: the same adapter as on disk, over memory-level. */

import { MemoryLevel } from 'memory-level'
import { levelToKv } from './level-to-kv.ts'
import type { Kv } from '@hamlet/core'

/** An ordered store that lives as long as the object: for tests, the simulator and indexes cheap to rebuild. */
export function createMemoryKv(): Kv {
  return levelToKv(new MemoryLevel<Uint8Array, Uint8Array>({ storeEncoding: 'view' }))
}
