/**
 * Where the view of files keeps what about shares.
 *
 *     s/<share>                    the share as it was added, with who added it
 *     n/<share>/<rank>/<person>    the newest name a person gave it
 *     r/<share>/<rank>/<person>    whether the person's newest word on it is that it is removed
 *     w/<share>/<rank>/<person>    the web seeds that a person named for it last
 *     h/<share>/<device>           how much of it a device said last that it holds
 *
 * A rank is `a` where the entry's own past says that its author was an admin, `w` otherwise. Both are kept, because an admin's
 * word counts for every share and a writer's for their own, and the share may not be here yet.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'

export const SHARE_PREFIX = 's/'
export const NAME_PREFIX = 'n/'
export const REMOVED_PREFIX = 'r/'
export const SEEDS_PREFIX = 'w/'
export const HELD_PREFIX = 'h/'

export type WordRank = 'a' | 'w'
export type WordPrefix = typeof NAME_PREFIX | typeof REMOVED_PREFIX | typeof SEEDS_PREFIX

const ID_DIGITS = 64

export function shareKey(share: EntryId): string {
  return SHARE_PREFIX + share
}

export function wordKey(
  prefix: WordPrefix,
  share: EntryId,
  rank: WordRank,
  person: PersonId,
): string {
  return `${prefix}${share}/${rank}/${person}`
}

export function heldKey(share: EntryId, device: DeviceId): string {
  return `${HELD_PREFIX}${share}/${device}`
}

/** The share that a key is about. */
export function keyShare(key: string): EntryId {
  return key.slice(2, 2 + ID_DIGITS) as EntryId
}

/** The person or device a key ends with. */
export function keyEnd<Id extends PersonId | DeviceId>(key: string): Id {
  return key.slice(-ID_DIGITS) as Id
}

/** Of a key of {@link wordKey}. */
export function keyRank(key: string): WordRank {
  return key[3 + ID_DIGITS] === 'a' ? 'a' : 'w'
}
