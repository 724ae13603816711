/** What is measured in this suite, and the rivals that are installed. */

import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Contestant } from './contest.ts'
import { openHamlet } from './hamlet.ts'

/** A thousand operations are an entry, and each entry is signed. */
export const HAMLET = openHamlet({ operationsPerEntry: 1000, entriesPerSignature: 1 })
/** Every operation an entry of its own; a signature for a thousand of them, as a log makes them when it is busy. */
export const HAMLET_ENTRIES = openHamlet({ operationsPerEntry: 1, entriesPerSignature: 1000 })
/** Every operation an entry of its own and signed by itself. */
export const HAMLET_SINGLES = openHamlet({ operationsPerEntry: 1, entriesPerSignature: 1 })

export const RIVALS = { yjs: 'yjs', loro: 'loro-crdt', automerge: '@automerge/automerge' } as const
export type RivalName = keyof typeof RIVALS

/** `undefined` when it is not installed. */
export async function openRival(name: RivalName): Promise<Contestant | undefined> {
  const require = createRequire(join(import.meta.dirname, '../thirdparty/package.json'))
  try {
    require.resolve(RIVALS[name])
  } catch {
    return undefined
  }
  // Not in the type check: rivals have dependencies of their own.
  const module = (await import(`../thirdparty/${name}.mjs`)) as { readonly contestant: Contestant }
  return module.contestant
}
