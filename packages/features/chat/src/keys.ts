/**
 * Where the chat view keeps what.
 *
 *     r/<room>                                 room: name, who made it, its newest rename
 *     a/<room>                                 what others say of a room, for when its own entry cannot be read
 *     m/<message>                              message as it now is
 *     t/<room>/<position>                      order of a room's messages, deleted ones included
 *     z/<room>                                 position of its newest message
 *     v/<message>/<position>                   versions of an edited message, the first included
 *     x/<message>/<person>/<device>/<emoji>    one device's switch of a reaction
 *     k/<room>/<person>                        read mark
 *     n/<room>/<series>/<level>/<prefix>       counts of messages, see count-tree.ts
 *     i, i/<chunk>                             search: messages in the order they are indexed, see search-index.ts
 *     b/<position>/<first slot>                search: a block of them, by its newest
 *     w/<first slot>/<group>                   search: words of a block
 *     p/<target>/<position>                    operations on what is not here (yet)
 *     p/<room>                                 there are such; for a message its own key says so
 *
 * A position is the text of one of `EntryPosition`: text order is the order of a room, which extends causality. Local facts: `late/<message>`. What is kept for search depends on the order of arrival, all
 * else on the set of entries only.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'

/** Pages of later blocks come later, which the store likes best. */
const SLOT_DIGITS = 12

export const OPEN_BLOCK_KEY = 'i'
export const BLOCK_PREFIX = 'b/'

/** Greater than every position. */
export const POSITION_END = 'g'

export function roomKey(room: EntryId): string {
  return `r/${room}`
}

export function roomAgainKey(room: EntryId): string {
  return `a/${room}`
}

export function messageKey(message: EntryId): string {
  return `m/${message}`
}

export function orderPrefix(room: EntryId): string {
  return `t/${room}/`
}

export const NEWEST_PREFIX = 'z/'

export function newestKey(room: EntryId): string {
  return NEWEST_PREFIX + room
}

export function versionPrefix(message: EntryId): string {
  return `v/${message}/`
}

export function reactionPrefix(message: EntryId): string {
  return `x/${message}/`
}

export function reactionKey(
  message: EntryId,
  person: PersonId,
  device: DeviceId,
  emoji: string,
): string {
  return `x/${message}/${person}/${device}/${emoji}`
}

export function readPrefix(room: EntryId): string {
  return `k/${room}/`
}

export function chunkKey(chunk: number): string {
  return `i/${chunk.toString(16)}`
}

export function blockKey(newest: string, firstSlot: number): string {
  return `${BLOCK_PREFIX}${newest}/${firstSlot.toString(16)}`
}

export function parseBlockKey(key: string): { readonly newest: string; readonly first: number } {
  const [newest = '', first = ''] = key.slice(BLOCK_PREFIX.length).split('/')
  return { newest, first: Number.parseInt(first, 16) }
}

export function pageKey(firstSlot: number, group: number): string {
  return `w/${firstSlot.toString(16).padStart(SLOT_DIGITS, '0')}/${group.toString(16)}`
}

export function pendingKey(target: EntryId): string {
  return `p/${target}`
}

export function pendingPrefix(target: EntryId): string {
  return `p/${target}/`
}

export function lateKey(message: EntryId): string {
  return `late/${message}`
}
