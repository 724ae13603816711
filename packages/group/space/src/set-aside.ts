/**
 * What lies beyond a cut: written by somebody who, unknown to them or not, had lost the right to write it.
 *
 * It counts for nobody and stays in the logs. Most of it is honest work of a device that was offline when its person was
 * removed or demoted, so it is shown as set aside, and any current writer can take it over under their own name.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import { isReaderType } from './content-reader.ts'
import { isBeyond } from './control-cut.ts'
import type { ControlGraph } from './control-graph.ts'
import type { Author } from './control-view.ts'
import type { DeviceTrack } from './device-track.ts'
import { coreOf } from './entry.ts'
import type { EncodedEntry } from './entry.ts'
import type { EpochKeys } from './epoch-keys.ts'
import { openContent } from './payload.ts'
import type { SpacePorts } from './space-ports.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { ContentDraft } from './types.ts'

/** So many are listed. */
export const SET_ASIDE_MAX = 1000

export interface SetAside {
  readonly id: EntryId
  readonly device: DeviceId
  readonly person: PersonId
  readonly seq: number
  readonly atMs: number
  /** The operation whose cut it lies beyond. */
  readonly by: EntryId
  /** Absent while this device lacks the key. */
  readonly content: ContentDraft | undefined
}

export interface SetAsideParts {
  readonly crypto: SpacePorts['crypto']
  readonly graph: ControlGraph
  readonly keys: EpochKeys
  readonly tracks: ReadonlyMap<DeviceId, DeviceTrack>
}

/** Content entries set aside, by device and sequence; the first `SET_ASIDE_MAX`. */
export function listSetAside(parts: SetAsideParts): SetAside[] {
  const listed: SetAside[] = []
  for (const [device, from] of cutDevices(parts)) {
    const track = parts.tracks.get(device)!
    for (const entry of track.entries(from, track.applied)) {
      if (listed.length >= SET_ASIDE_MAX) return listed
      const found = setAsideOf(parts, track, entry)
      if (found !== undefined) listed.push(found)
    }
  }
  return listed
}

/** Each device of which a log goes on beyond a cut, with the lowest cut. */
function cutDevices({ graph, tracks }: SetAsideParts): [DeviceId, number][] {
  const lowest = new Map<DeviceId, number>()
  for (const cut of graph.cuts) {
    for (const device of graph.devicesAffectedBy(cut.id)) {
      const length = cut.lengths.get(device) ?? 0
      const isBehind = (tracks.get(device)?.applied ?? 0) > length
      if (isBehind) lowest.set(device, Math.min(length, lowest.get(device) ?? length))
    }
  }
  return [...lowest].sort(([a], [b]) => (a < b ? -1 : 1))
}

function setAsideOf(
  { crypto, graph, keys }: SetAsideParts,
  track: DeviceTrack,
  entry: EncodedEntry,
): SetAside | undefined {
  const { epoch, device, seq, id } = entry
  const past = track.pastAt(seq)
  if (epoch === undefined || past === undefined) return undefined
  const place = { device, seq, past }
  const author = graph.authorBeforeCuts(place)
  const cut = author && graph.cuts.find((each) => isBeyond(each, author.person, place))
  if (author === undefined || cut === undefined) return undefined
  const secret = keys.secret(epoch)
  const opened = secret && openContent(crypto, secret, coreOf(entry), entry.payload)
  const content = opened?.ok === true ? opened.value : undefined
  if (countsStill(graph.authorAt(place), content)) return undefined
  const { person } = author
  return { id, device, person, seq, atMs: entry.time.milliseconds, by: cut.id, content }
}

/** A cut may leave its person a lower role, in which some of what lies beyond it counts (`content-reader.ts`). */
function countsStill(author: Author | undefined, content: ContentDraft | undefined): boolean {
  const rank = author === undefined ? -1 : RANK_BY_ROLE[author.role]
  if (rank >= RANK_BY_ROLE.writer) return true
  return rank >= RANK_BY_ROLE.reader && content !== undefined && isReaderType(content.type)
}
