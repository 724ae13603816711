/**
 * Reading applied entries: whether they count, and what they say.
 *
 * An entry counts if its author could write it in its own causal past, minus what has fallen since, and within the cuts
 * of those who took the author's rights away. Writers
 * and above may write any content; readers only what says something about themselves (`isReaderType`). What a type
 * demands beyond that is the business of the view that folds it.
 */

import type { ControlGraph } from './control-graph.ts'
import type { DeviceTrack } from './device-track.ts'
import { coreOf } from './entry.ts'
import type { EpochKeys } from './epoch-keys.ts'
import { openContent } from './payload.ts'
import type { SpacePorts } from './space-ports.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Entry, OpenedEntry, VoidReason } from './types.ts'

/** What a reader may write: a profile, and how far they have read. */
export function isReaderType(type: string): boolean {
  return type === 'space.profile' || type.endsWith('.read')
}

export function openEntry(
  crypto: SpacePorts['crypto'],
  graph: ControlGraph,
  keys: EpochKeys,
  track: DeviceTrack,
  entry: Entry,
): OpenedEntry {
  const { epoch, device } = entry
  if (epoch === undefined) return { kind: 'control' }
  const past = track.pastAt(entry.seq)
  if (past === undefined) return isVoid('not-member')
  const place = { device, seq: entry.seq, past }
  const author = graph.authorAt(place)
  if (author === undefined) {
    return isVoid(graph.authorBeforeCuts(place) === undefined ? 'not-member' : 'cut')
  }
  const rank = RANK_BY_ROLE[author.role]
  if (rank < RANK_BY_ROLE.reader) return isVoid('read-only')
  if (!graph.hasEpoch(past, epoch)) return isVoid('epoch')
  const secret = keys.secret(epoch)
  if (secret === undefined) return { kind: 'locked', epoch }
  const opened = openContent(crypto, secret, coreOf(entry), entry.payload)
  if (!opened.ok) return isVoid('unreadable')
  const { type, value } = opened.value
  if (rank < RANK_BY_ROLE.writer && !isReaderType(type)) return isVoid('read-only')
  const { id, seq, time } = entry
  return { kind: 'content', content: { id, device, ...author, seq, time, epoch, type, value } }
}

function isVoid(reason: VoidReason): OpenedEntry {
  return { kind: 'void', reason }
}
