/**
 * Where the view of backups keeps what.
 *
 *     p/<from>/<to>                    what one person pledged to another last
 *     a/<pledge>/<person>              that the person accepted the pledge
 *     o/<object>/<person>              an object as the person announced it
 *     t/<object>/<shard>/<person>      who is asked to hold a shard, by the person's newest word
 *     h/<object>/<device>              what a device said last that it holds of an object
 *     r/<object>/<person>              the person's newest word on whether it is removed
 *     c/<object>/<shard>/<device>      until when a device means to make a shard again
 *     x/<object>/<shard>/<device>/<by> a wrong answer, by the person who got it
 *     l/<person>                       until when somebody leaves
 *     n/<person>                       until when somebody's objects are to be kept
 *     g/<person>                       what others may do for them
 *     v/<device>/<holder>              when a device last had proof of a holder
 *     k/<person>/<entry>               sealed keys of a catalog
 *     y/<position>                     operations of this person's own catalog, in the order of entries
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { ObjectId } from '../objects/object-manifest.ts'

export const PLEDGE_PREFIX = 'p/'
export const ACCEPT_PREFIX = 'a/'
export const OBJECT_PREFIX = 'o/'
export const TARGET_PREFIX = 't/'
export const HELD_PREFIX = 'h/'
export const REMOVED_PREFIX = 'r/'
export const CLAIM_PREFIX = 'c/'
export const FAULT_PREFIX = 'x/'
export const LEAVE_PREFIX = 'l/'
export const RENEW_PREFIX = 'n/'
export const GRANT_PREFIX = 'g/'
export const PROVEN_PREFIX = 'v/'
export const KEY_PREFIX = 'k/'
export const CATALOG_PREFIX = 'y/'

const ID_DIGITS = 64

export function pledgeKey(from: PersonId, to: PersonId): string {
  return `${PLEDGE_PREFIX}${from}/${to}`
}

export function acceptKey(pledge: EntryId, person: PersonId): string {
  return `${ACCEPT_PREFIX}${pledge}/${person}`
}

/** Of `o/`, `h/` and `r/`. */
export function objectKey(prefix: string, object: ObjectId, end: PersonId | DeviceId): string {
  return `${prefix}${object}/${end}`
}

/** Of `t/` and `c/`. */
export function shardKey(
  prefix: string,
  object: ObjectId,
  shard: number,
  end: PersonId | DeviceId,
): string {
  return `${prefix}${object}/${shard.toString(16).padStart(2, '0')}/${end}`
}

export function faultKey(object: ObjectId, shard: number, device: DeviceId, by: PersonId): string {
  return `${shardKey(FAULT_PREFIX, object, shard, device)}/${by}`
}

export function provenKey(auditor: DeviceId, holder: DeviceId): string {
  return `${PROVEN_PREFIX}${auditor}/${holder}`
}

/** The object that a key is about. */
export function keyObject(key: string): ObjectId {
  return key.slice(2, 2 + ID_DIGITS) as string as ObjectId
}

/** Of a key of {@link shardKey} or {@link faultKey}. */
export function keyShard(key: string): number {
  return Number.parseInt(key.slice(3 + ID_DIGITS, 5 + ID_DIGITS), 16)
}

/** The id that begins `at` ids after the prefix. */
export function keyPart<Id extends PersonId | DeviceId | EntryId>(key: string, at: number): Id {
  const start = 2 + at * (ID_DIGITS + 1)
  return key.slice(start, start + ID_DIGITS) as Id
}

/** The id a key ends with. */
export function keyEnd<Id extends PersonId | DeviceId | EntryId>(key: string): Id {
  return key.slice(-ID_DIGITS) as Id
}
