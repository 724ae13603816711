/**
 * The rooms of a chat as this device knows them: by their own entries, or, where those cannot be read, by what others
 * say of them again, or else by the messages in them.
 *
 * The last is a room whose own entry does not count, because whoever made it had lost the right to without knowing: what
 * others wrote there before they heard of it counts all the same, and must not be out of sight.
 */

import { decodeRoom, decodeRoomAgain } from './records.ts'
import { NEWEST_PREFIX, newestKey, orderPrefix, roomAgainKey, roomKey } from './keys.ts'
import type { CborValue, EntryId, PersonId } from '@hamlet/core'
import type { HybridTime } from '@hamlet/crdt'
import { comparePositions, keyId, keyPosition } from '@hamlet/space/entry-position'
import type { ChatReader } from './chat-messages.ts'

export interface KnownRoom {
  /** Empty when only messages tell of the room. */
  readonly name: string
  /** `undefined` when only others tell of the room. */
  readonly creator: PersonId | undefined
  readonly time: HybridTime
}

export async function readRoom(view: ChatReader, id: EntryId): Promise<KnownRoom | undefined> {
  const own = await view.get(roomKey(id))
  if (own !== undefined) return decodeRoom(own)
  const told = toldRoom(await view.get(roomAgainKey(id)))
  if (told !== undefined) return told
  return (await view.get(newestKey(id))) === undefined ? undefined : await roomOfMessages(view, id)
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
  for await (const [key] of view.range(NEWEST_PREFIX)) {
    const id = keyId(key)
    if (!rooms.has(id)) rooms.set(id, await roomOfMessages(view, id))
  }
  return [...rooms].sort(([a, x], [b, y]) =>
    comparePositions({ time: x.time, id: a }, { time: y.time, id: b }),
  )
}

/** As old as its first message; an admin may have given it a name. */
async function roomOfMessages(view: ChatReader, id: EntryId): Promise<KnownRoom> {
  const told = await view.get(roomAgainKey(id))
  const name = told === undefined ? '' : decodeRoomAgain(told).name
  for await (const [key] of view.range(orderPrefix(id), { limit: 1 })) {
    return { name, creator: undefined, time: keyPosition(key).time }
  }
  // What is newest in a room is one of its messages, and none of them is ever taken out of the order.
  throw new Error(`the room ${id} has a newest message and none`)
}

function toldRoom(value: CborValue | undefined): KnownRoom | undefined {
  if (value === undefined) return undefined
  const { name, made } = decodeRoomAgain(value)
  return made === undefined
    ? undefined
    : { name, creator: undefined, time: { milliseconds: made.atMs, counter: 0 } }
}
