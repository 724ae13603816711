/**
 * Reading applied entries: whether they count, and what they say.
 *
 * An entry counts if its author could write it in its own causal past, minus what has fallen since, and within the cuts
 * of those who took the author's rights away; of a device that signed two histories, only what somebody built on. Writers
 * and above may write any content; readers only what says something about themselves (`isReaderType`). What a type
 * demands beyond that is the business of the view that folds it.
 */

import type { ControlGraph } from './control-graph.ts'
import type { DeviceTrack } from './device-track.ts'
import { coreOf } from './entry.ts'
import type { EpochKeys } from './epoch-keys.ts'
import type { ForkBook } from './fork-book.ts'
import { openContent } from './payload.ts'
import type { SpacePorts } from './space-ports.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Entry, OpenedEntry, VoidReason } from './types.ts'

/** What a reader may write: a profile, and how far they have read. */
export function isReaderType(type: string): boolean {
  return type === 'space.profile' || type.endsWith('.read')
}

/** What of a space decides how its entries read. */
export interface ReadingParts {
  readonly ports: Pick<SpacePorts, 'crypto'>
  readonly graph: ControlGraph
  readonly keys: EpochKeys
  readonly forks: ForkBook
}

export function openEntry(
  { ports, graph, keys, forks }: ReadingParts,
  track: DeviceTrack,
  entry: Entry,
): OpenedEntry {
  const { epoch, device } = entry
  if (epoch === undefined) return { kind: 'control' }
  const past = track.pastAt(entry.seq)
  if (past === undefined) return isVoid('not-member')
  const where = { device, seq: entry.seq, past }
  const author = graph.authorAt(where)
  if (author === undefined) {
    return isVoid(graph.authorBeforeCuts(where) === undefined ? 'not-member' : 'cut')
  }
  if (!forks.counts(track, entry.seq, past)) return isVoid('forked')
  const rank = RANK_BY_ROLE[author.role]
  if (rank < RANK_BY_ROLE.reader) return isVoid('read-only')
  if (!graph.hasEpoch(past, epoch)) return isVoid('epoch')
  const secret = keys.secret(epoch)
  if (secret === undefined) return { kind: 'locked', epoch }
  const opened = openContent(ports.crypto, secret, coreOf(entry), entry.payload)
  if (!opened.ok) return isVoid('unreadable')
  const { type, value } = opened.value
  if (rank < RANK_BY_ROLE.writer && !isReaderType(type)) return isVoid('read-only')
  const { id, seq, time } = entry
  const log = forks.names.nameOf(track, seq)
  const place = log === device ? { device, seq } : { device, seq, log }
  return { kind: 'content', content: { id, ...place, ...author, time, epoch, type, value } }
}

function isVoid(reason: VoidReason): OpenedEntry {
  return { kind: 'void', reason }
}
