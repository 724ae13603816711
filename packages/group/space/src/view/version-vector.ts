/** Arithmetic of version vectors: how many entries of each device's log. An absent device counts as zero. */

import type { DeviceId } from '@hamlet/core'
import { logOf } from '../types.ts'
import type { ContentEntry, VersionVector } from '../types.ts'

export function isCovered(
  entry: Pick<ContentEntry, 'device' | 'log' | 'seq'>,
  by: VersionVector,
): boolean {
  return entry.seq < (by.get(logOf(entry)) ?? 0)
}

export function isWithin(inner: VersionVector, outer: VersionVector): boolean {
  for (const [device, length] of inner) if (length > (outer.get(device) ?? 0)) return false
  return true
}

/** The greatest vector within all of them; itself downward closed when they are. */
export function leastOf(vectors: readonly VersionVector[]): VersionVector {
  const [first, ...rest] = vectors
  const least = new Map<DeviceId, number>()
  for (const [device, length] of first ?? []) {
    const smallest = rest.reduce((min, each) => Math.min(min, each.get(device) ?? 0), length)
    if (smallest > 0) least.set(device, smallest)
  }
  return least
}
