/** What a copy of a space holds, as views and locks see it. */

import type { DeviceId } from '@hamlet/core'
import type { LockedLog } from '@hamlet/expenses'
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
export function frontierOf(space: Space): readonly LockedLog[] {
  return [...space.appliedLengths()]
    .filter(([, count]) => count > 0)
    .map(([device, count]) => ({ device, count }))
    .sort((a, b) => compareIds(a.device, b.device))
}

function compareIds(a: DeviceId, b: DeviceId): number {
  return a < b ? -1 : a > b ? 1 : 0
}
