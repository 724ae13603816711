/** Figures about a space that people and views are shown: what waits, what ended, what lies beyond a cut. */

import type { EntryId } from '@hamlet/core'
import type { Cut } from './control-cut.ts'
import type { ControlGraph } from './control-graph.ts'
import type { Rejection } from './device-track.ts'
import type { SpaceCore } from './space-core.ts'
import type { PendingCounts, VersionVector } from './types.ts'

export function countPending({
  tracks,
  forks,
}: Pick<SpaceCore, 'tracks' | 'forks'>): PendingCounts {
  let [waiting, held] = [0, 0]
  for (const { device, stored, checked, applied } of tracks.values()) {
    // What lies beyond a fork and nothing builds on is waited for by nobody, and nobody else may have it.
    const limit = forks.limitOf(device)
    waiting += Math.max(0, Math.min(stored, limit) - checked)
    held += Math.max(0, Math.min(checked, limit) - applied)
  }
  return { waiting, held }
}

/** Logs that count only up to an entry, by device. */
export function listRejections({ tracks }: Pick<SpaceCore, 'tracks'>): Rejection[] {
  const rejections = [...tracks.values()].map(({ rejection }) => rejection)
  const found = rejections.filter((rejection) => rejection !== undefined)
  return found.sort((a, b) => (a.device < b.device ? -1 : 1))
}

/** Operations with a cut that a vector goes beyond, ascending. */
export function cutsWithin(graph: ControlGraph, within: VersionVector): EntryId[] {
  const isPassed = ({ id, lengths }: Cut): boolean =>
    graph.devicesAffectedBy(id).some((device) => {
      return (within.get(device) ?? 0) > (lengths.get(device) ?? 0)
    })
  return graph.cuts
    .filter(isPassed)
    .map(({ id }) => id)
    .sort()
}
