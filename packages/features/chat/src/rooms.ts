/**
 * The rooms of a chat as this device knows them: by their own entries, or, where those cannot be read, by what others
 * say of them again.
 */

import { decodeRoom, decodeRoomAgain } from './records.ts'
import { keyId, roomAgainKey, roomKey } from './keys.ts'
import { comparePositions } from './chat-fold.ts'
import type { CborValue, EntryId, PersonId } from '@hamlet/core'
import type { HybridTime } from '@hamlet/crdt'
import type { ChatReader } from './chat-messages.ts'

export interface KnownRoom {
  readonly name: string
  /** `undefined` when only others tell of the room. */
  readonly creator: PersonId | undefined
  readonly time: HybridTime
}

export async function readRoom(view: ChatReader, id: EntryId): Promise<KnownRoom | undefined> {
  const own = await view.get(roomKey(id))
  return own === undefined ? toldRoom(await view.get(roomAgainKey(id))) : decodeRoom(own)
}

/** Oldest first. */
export async function readRooms(
  view: ChatReader,
): Promise<readonly (readonly [id: EntryId, room: KnownRoom])[]> {
  const rooms = new Map<EntryId, KnownRoom>()
  for await (const [key, value] of view.range('a/')) {
    const told = toldRoom(value)
    if (told !== undefined) rooms.set(keyId(key), told)
  }
  for await (const [key, value] of view.range('r/')) rooms.set(keyId(key), decodeRoom(value))
  return [...rooms].sort(([a, x], [b, y]) =>
    comparePositions({ time: x.time, id: a }, { time: y.time, id: b }),
  )
}

function toldRoom(value: CborValue | undefined): KnownRoom | undefined {
  if (value === undefined) return undefined
  const { name, made } = decodeRoomAgain(value)
  return made === undefined
    ? undefined
    : { name, creator: undefined, time: { milliseconds: made.atMs, counter: 0 } }
}
