/**
 * Where the view of the ledger keeps what.
 *
 *     c/<kind>/<id>              record as it now is
 *     v/<kind>/<id>/<version>    one version, with who wrote it first
 *     h/<kind>/<id>/<rank>       heads: versions nobody replaced, the winner last
 *     q/<kind>/<id>/<version>    versions named as replaced that are not here (yet)
 *     m/<batch>/<expense>        what an import brought
 *     t/<position>               everything that was done, in order
 *     o/<expense>/<position>     comments
 *     w/<expense>/<version>/<log>   other entries than the first that carry a version: see `carriers.ts`
 *     x/<expense>/<comment>/<person>   who took a comment back
 *     f/<expense>/<position>     attachments
 *     g/<expense>/<attachment>/<person>   who took an attachment away
 *     u/<expense>/<person>       newest verdict of a person on a transfer
 *     l/<lock>                   locks
 *     s/<lock>/<person>          countersignatures
 *     i/<batch>                  imports
 *
 * A position is the text of an `EntryPosition`: text order extends causality. A rank is
 * 8 hex digits of the version's depth, 8 of the depth its origin names, and its id.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import { positionText } from '@hamlet/space/entry-position'
import type { EntryPosition } from '@hamlet/space/view'
import type { LedgerId, VersionId } from '../party.ts'
import type { AnyVersion } from './content.ts'
import type { RecordKind } from './record-bodies.ts'

const ID_DIGITS = 64
const DEPTH_DIGITS = 8

export function currentPrefix(kind: RecordKind): string {
  return `c/${kind}/`
}

export function currentKey(kind: RecordKind, id: LedgerId): string {
  return currentPrefix(kind) + id
}

export function versionPrefix(kind: RecordKind, id: LedgerId): string {
  return `v/${kind}/${id}/`
}

export function versionKey(kind: RecordKind, id: LedgerId, version: VersionId): string {
  return versionPrefix(kind, id) + version
}

export function headPrefix(kind: RecordKind, id: LedgerId): string {
  return `h/${kind}/${id}/`
}

export function headKey(version: AnyVersion, id: VersionId): string {
  return headPrefix(version.record, version.id) + rankText(version, id)
}

export function headVersion(key: string): VersionId {
  return key.slice(-ID_DIGITS) as VersionId
}

export function missingKey(kind: RecordKind, id: LedgerId, version: VersionId): string {
  return `q/${kind}/${id}/${version}`
}

export const CARRIERS_PREFIX = 'w/'

export function carrierPrefix(expense: LedgerId): string {
  return `${CARRIERS_PREFIX}${expense}/`
}

export function carrierKey(expense: LedgerId, version: VersionId, log: DeviceId): string {
  return `${carrierPrefix(expense)}${version}/${log}`
}

export function batchPrefix(batch: LedgerId): string {
  return `m/${batch}/`
}

export const ACTIVITY_PREFIX = 't/'

export function activityKey(position: EntryPosition): string {
  return ACTIVITY_PREFIX + positionText(position)
}

export function commentPrefix(expense: LedgerId): string {
  return `o/${expense}/`
}

export function commentBackPrefix(expense: LedgerId, comment: EntryId): string {
  return `x/${expense}/${comment}/`
}

export function attachmentPrefix(expense: LedgerId): string {
  return `f/${expense}/`
}

export function attachmentBackPrefix(expense: LedgerId, attachment: EntryId): string {
  return `g/${expense}/${attachment}/`
}

export function verdictPrefix(expense: LedgerId): string {
  return `u/${expense}/`
}

export function verdictKey(expense: LedgerId, person: PersonId): string {
  return verdictPrefix(expense) + person
}

export const LOCK_PREFIX = 'l/'

export function signaturePrefix(lock: EntryId): string {
  return `s/${lock}/`
}

export const IMPORT_PREFIX = 'i/'

/** Text order is the order of winning. */
export function rankText(version: AnyVersion, id: VersionId): string {
  const depth = version.depth.toString(16).padStart(DEPTH_DIGITS, '0')
  return depth + originDepth(version).toString(16).padStart(DEPTH_DIGITS, '0') + id
}

function originDepth(version: AnyVersion): number {
  const origin = version.record === 'expense' ? version.body.origin : undefined
  return origin?.kind === 'series' ? origin.depth : 0
}
