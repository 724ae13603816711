/**
 * What proves that a device signed two histories of a space, and where they part.
 *
 * Two entries for one place in its log, both signed, with the same entry before them: since an entry's id covers the id of the
 * one before it, all before the place is the same in both, and nothing from there on is.
 */

import { bytesToId } from '@hamlet/core'
import type { Crypto, DeviceId, EntryId, SpaceId } from '@hamlet/core'
import { verifyForkPoint } from '@hamlet/log'
import type { ForkPoint } from '@hamlet/log'
import { decodeLeaf } from './entry.ts'
import type { EntryHeader } from './types.ts'

export interface ForkEvidence {
  readonly device: DeviceId
  /** Sequence of the first entries that differ. */
  readonly seq: number
  /** The entry before them; `undefined` when already the first ones differ. */
  readonly previous: EntryId | undefined
  readonly sides: readonly [ForkSide, ForkSide]
  readonly point: ForkPoint
}

export interface ForkSide {
  readonly header: EntryHeader
  readonly id: EntryId
}

/** `undefined` when the point proves nothing about a log of this space. Costs two signature checks. */
export function readForkPoint(
  crypto: Crypto,
  space: SpaceId,
  point: ForkPoint,
): ForkEvidence | undefined {
  if (point.publicKey.length !== 32 || point.namespace.length !== 32) return undefined
  if (bytesToId<SpaceId>(point.namespace) !== space) return undefined
  const device = bytesToId<DeviceId>(point.publicKey)
  const a = decodeLeaf(point.a.leaf, crypto)
  const b = decodeLeaf(point.b.leaf, crypto)
  if (a === undefined || b === undefined || a.id === b.id) return undefined
  // The first entry of the space has no namesake: whatever else stands in its place is no entry.
  const isOfPlace = [a, b].every(({ header }) => {
    return header.device === device && header.seq === point.index && header.space === space
  })
  if (!isOfPlace || a.header.previous !== b.header.previous) return undefined
  if (!verifyForkPoint(crypto, point)) return undefined
  return { device, seq: point.index, previous: a.header.previous, sides: [a, b], point }
}
