/** What a copy of a space holds, as views and locks see it. */

import type { AppliedLog } from '@hamlet/expenses'
import type { ContentEntry, Space } from '@hamlet/space'
import { entriesOf } from '../oracles/causality.ts'

/** What counts and can be read. */
export function contentsOf(space: Space): ContentEntry[] {
  return [...entriesOf(space)].flatMap((entry) => {
    const opened = entry.epoch === undefined ? undefined : space.openContent(entry)
    return opened?.kind === 'content' ? [opened.content] : []
  })
}

/** Nothing is void, and nothing written under keys that this device was not given. */
export function readsEverything(space: Space): boolean {
  for (const entry of entriesOf(space)) {
    if (entry.epoch !== undefined && space.openContent(entry).kind !== 'content') return false
  }
  return true
}

/** How much of each log is here, in the order that a lock has. */
export function frontierOf(space: Space): readonly AppliedLog[] {
  const parts = space.historyParts()
  return parts.map(({ name, device, length }) => ({ device: name, of: device, count: length }))
}
