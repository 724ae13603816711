/**
 * Questions to a chat: rooms, pages, one message, unread counts, search.
 *
 * Costs: a page is O(its messages); unread is a constant number of reads plus the messages within 65 seconds of the
 * read mark; the list of rooms is O(rooms). Everything is answered from what is stored, nothing is kept in memory.
 */

import { checkName, shortId } from '@hamlet/core'
import { compareHybridTimes } from '@hamlet/crdt'
import { previewText, readDetail, readMessages, readOwnDots, readRecords } from './chat-messages.ts'
import { countAfter, nextLeafMs } from './count-tree.ts'
import { ChatError } from './errors.ts'
import { exportChat } from './json-lines.ts'
import { POSITION_END, orderPrefix, readPrefix } from './keys.ts'
import { CHAT_PAGE_MAX, CHAT_SEARCH_LENGTH_MAX } from './limits.ts'
import { decodeRead } from './records.ts'
import { readRoom, readRooms } from './rooms.ts'
import { searchMessages } from './search.ts'
import { parseSearch } from './words.ts'
import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { Dot } from '@hamlet/crdt'
import { keyId, positionText, timeText } from '@hamlet/space/entry-position'
import type { ChatMessage, ChatMessageDetail, ChatReader } from './chat-messages.ts'
import type { ChatPosition } from './content.ts'
import type { ChatExportOptions } from './json-lines.ts'
import type { KnownRoom } from './rooms.ts'

export interface ChatRoom {
  readonly id: EntryId
  readonly name: string
  /** `undefined` when its own entry cannot be read here. */
  readonly creator: PersonId | undefined
  readonly createdAtMs: number
  /** The newest message that is not deleted; its text cut short. */
  readonly lastMessage:
    | { readonly text: string; readonly author: PersonId; readonly atMs: number }
    | undefined
}

export interface ChatRoomForPerson extends ChatRoom {
  readonly unread: number
  /** Unread messages that mention the person. */
  readonly mentions: number
}

export interface ChatQuery {
  /** @default the room of a cursor, else the first room; with `search` every room */
  readonly room?: EntryId
  /** 1 to 500. @default 50 */
  readonly limit?: number
  /** Only messages before this one. */
  readonly before?: EntryId
  /** Only messages after this one; the first of them unless `before` or `search` is given too. */
  readonly after?: EntryId
  /** Words that must all occur; the last may be a beginning. */
  readonly search?: string
}

export interface ChatPage {
  /** Oldest first. */
  readonly messages: readonly ChatMessage[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** First message of the room that the person has not read; `undefined` in a search. */
  readonly firstUnread: EntryId | undefined
}

const PAGE_DEFAULT = 50
/** Deleted messages skipped to find the last one that says something. */
const LAST_MESSAGE_READ_MAX = 50
/** Messages after a read mark looked at first: nearly always one of them is unread. */
const UNREAD_READ_FIRST = 16

interface Bounds {
  readonly room: EntryId
  readonly limit: number
  readonly after: string | undefined
  readonly before: string | undefined
}

export class Chat {
  readonly #view: ChatReader
  readonly #historyBeforeMs: number

  /** `view`: of {@link chatView}, from the runner, with the same `historyBeforeMs`: history is never unread. */
  constructor(view: ChatReader, options: { readonly historyBeforeMs?: number } = {}) {
    this.#view = view
    this.#historyBeforeMs = options.historyBeforeMs ?? 0
  }

  /** Oldest first: the first is the one made with the space. */
  async rooms(): Promise<readonly ChatRoom[]> {
    const rooms: ChatRoom[] = []
    for (const [id, room] of await readRooms(this.#view)) rooms.push(await this.#room(id, room))
    return rooms
  }

  async roomsFor(person: PersonId): Promise<readonly ChatRoomForPerson[]> {
    const rooms = await this.rooms()
    return Promise.all(
      rooms.map(async (room) => ({ ...room, ...(await this.unread(room.id, person)) })),
    )
  }

  async room(id: EntryId): Promise<ChatRoom | undefined> {
    const room = await readRoom(this.#view, id)
    return room === undefined ? undefined : this.#room(id, room)
  }

  async unread(
    room: EntryId,
    person: PersonId,
  ): Promise<{ readonly unread: number; readonly mentions: number }> {
    const mark = await this.#mark(room, person)
    const fromMs = mark.time.milliseconds
    const series = ['a', `p-${person}`, `m-${person}`] as const
    const [all, own, mentions] = await countAfter(this.#view, room, series, fromMs)
    let unread = all! - own!
    let mentioned = mentions!
    const end = timeText({ milliseconds: nextLeafMs(fromMs), counter: 0 })
    for await (const chunk of this.#unreadRecords(room, person, mark, end)) {
      unread += chunk.length
      mentioned += chunk.filter(({ record }) => record.mentions.includes(person)).length
    }
    return { unread, mentions: mentioned }
  }

  /**
   * @throws ChatError `CHAT_UNKNOWN_ROOM`, `CHAT_UNKNOWN_MESSAGE` for a cursor, `CHAT_BAD_QUERY` for a limit or a search
   * out of range.
   */
  async page(query: ChatQuery, person: PersonId): Promise<ChatPage> {
    const limit = query.limit ?? PAGE_DEFAULT
    if (!Number.isInteger(limit) || limit < 1 || limit > CHAT_PAGE_MAX) {
      throw new ChatError('CHAT_BAD_QUERY', `expected a limit from 1 to ${CHAT_PAGE_MAX}`)
    }
    const before = await this.#cursor(query.before)
    const after = await this.#cursor(query.after)
    const asked = query.room ?? before?.room ?? after?.room
    if (asked !== undefined && (await readRoom(this.#view, asked)) === undefined) {
      throw new ChatError('CHAT_UNKNOWN_ROOM', 'expected a room of this space')
    }
    const bounds = { limit, before: before?.position, after: after?.position }
    if (query.search !== undefined) return this.#search(query.search, query.room, bounds)
    const room = asked ?? (await readRooms(this.#view))[0]?.[0]
    if (room === undefined) return emptyPage()
    if ([before, after].some((cursor) => cursor !== undefined && cursor.room !== room)) {
      throw new ChatError('CHAT_UNKNOWN_MESSAGE', 'expected a message of the room')
    }
    return this.#roomPage({ ...bounds, room }, person)
  }

  /** Messages as they now are, in the order asked. */
  messages(ids: readonly EntryId[]): Promise<readonly (ChatMessage | undefined)[]> {
    return readMessages(this.#view, ids)
  }

  message(id: EntryId): Promise<ChatMessageDetail | undefined> {
    return readDetail(this.#view, id)
  }

  /** Switches of the person's devices that are on, for {@link draftReaction}. */
  ownReactions(
    message: EntryId,
    person: PersonId,
    emoji: string,
  ): Promise<readonly Dot<DeviceId>[]> {
    return readOwnDots(this.#view, message, person, emoji)
  }

  /** JSON Lines without line ends, see {@link exportChat}. */
  exportLines(options: ChatExportOptions = {}): AsyncIterable<string> {
    return exportChat(this.#view, options)
  }

  async #roomPage(bounds: Bounds, person: PersonId): Promise<ChatPage> {
    const { room, limit, before, after } = bounds
    const forward = after !== undefined && before === undefined
    const positions = await this.#positions(bounds, limit + 1, !forward)
    const more = positions.length > limit
    const shown = positions.slice(0, limit)
    if (!forward) shown.reverse()
    const [first, last] = [shown[0], shown.at(-1)]
    const found = await readMessages(this.#view, shown.map(keyId))
    return {
      messages: found.filter((message) => message !== undefined),
      hasOlder: (!forward && more) || (await this.#anyBeyond(room, 'lt', first, after, before)),
      hasNewer: (forward && more) || (await this.#anyBeyond(room, 'gt', last, before, after)),
      firstUnread: await this.#firstUnread(room, person),
    }
  }

  async #search(
    text: string,
    room: EntryId | undefined,
    bounds: Omit<Bounds, 'room'>,
  ): Promise<ChatPage> {
    if (text.length > CHAT_SEARCH_LENGTH_MAX) {
      throw new ChatError(
        'CHAT_BAD_QUERY',
        `expected a search of at most ${CHAT_SEARCH_LENGTH_MAX} characters, got ${text.length}`,
      )
    }
    const { limit, after, before } = bounds
    const rooms = room === undefined ? (await readRooms(this.#view)).map(([id]) => id) : [room]
    const search = { rooms, after, before, limit: limit + 1 }
    const positions = await searchMessages(this.#view, parseSearch(text), search)
    const shown = positions.slice(0, limit).toReversed()
    const found = await readMessages(this.#view, shown.map(keyId))
    return {
      messages: found.filter((message) => message !== undefined),
      hasOlder: positions.length > limit,
      hasNewer: before !== undefined,
      firstUnread: undefined,
    }
  }

  async #positions(bounds: Bounds, limit: number, reverse: boolean): Promise<string[]> {
    const prefix = orderPrefix(bounds.room)
    const range = {
      ...(bounds.after === undefined ? {} : { gt: bounds.after }),
      ...(bounds.before === undefined ? {} : { lt: bounds.before }),
      limit,
      reverse,
    }
    const positions: string[] = []
    for await (const [key] of this.#view.range(prefix, range)) {
      positions.push(key.slice(prefix.length))
    }
    return positions
  }

  /** Whether the room goes on beyond a page's end. An empty page has only its cursors, which are messages themselves. */
  async #anyBeyond(
    room: EntryId,
    side: 'lt' | 'gt',
    end: string | undefined,
    cursorBeyond: string | undefined,
    cursorOpposite: string | undefined,
  ): Promise<boolean> {
    if (end !== undefined) return await this.#any(room, { [side]: end })
    if (cursorBeyond !== undefined) return true
    return cursorOpposite !== undefined && (await this.#any(room, { [side]: cursorOpposite }))
  }

  async #any(
    room: EntryId,
    range: { readonly lt?: string; readonly gt?: string },
  ): Promise<boolean> {
    const prefix = orderPrefix(room)
    for await (const [key] of this.#view.range(prefix, { ...range, limit: 1 })) {
      return key.startsWith(prefix)
    }
    return false
  }

  async #cursor(
    id: EntryId | undefined,
  ): Promise<{ readonly room: EntryId; readonly position: string } | undefined> {
    if (id === undefined) return undefined
    const [record] = await readRecords(this.#view, [id])
    if (record === undefined) throw new ChatError('CHAT_UNKNOWN_MESSAGE', 'no such message here')
    return { room: record.room, position: positionText({ time: record.time, id }) }
  }

  async #room(id: EntryId, room: KnownRoom): Promise<ChatRoom> {
    return {
      id,
      name: checkName(room.name).ok ? room.name : `Room ${shortId(id)}`,
      creator: room.creator,
      createdAtMs: room.time.milliseconds,
      lastMessage: await this.#lastMessage(id),
    }
  }

  async #lastMessage(room: EntryId): Promise<ChatRoom['lastMessage']> {
    for await (const [key] of this.#view.range(orderPrefix(room), {
      reverse: true,
      limit: LAST_MESSAGE_READ_MAX,
    })) {
      const [record] = await readRecords(this.#view, [keyId(key)])
      if (record === undefined || record.deleted || record.newer) continue
      const { author, time } = record
      return { text: previewText(record.text), author, atMs: time.milliseconds }
    }
    return undefined
  }

  async #mark(room: EntryId, person: PersonId): Promise<ChatPosition> {
    const start = { milliseconds: this.#historyBeforeMs, counter: 0 }
    const value = await this.#view.get(readPrefix(room) + person)
    const mark = value === undefined ? undefined : decodeRead(value).upTo
    const isOlder = mark === undefined || compareHybridTimes(mark.time, start) < 0
    return isOlder ? { time: start, id: '' as EntryId } : mark
  }

  async #firstUnread(room: EntryId, person: PersonId): Promise<EntryId | undefined> {
    if ((await this.unread(room, person)).unread === 0) return undefined
    const mark = await this.#mark(room, person)
    for await (const [first] of this.#unreadRecords(room, person, mark, POSITION_END)) {
      if (first !== undefined) return first.id
    }
    return undefined
  }

  /** Messages of others after the mark and before `end` that are not deleted, some at a time. */
  async *#unreadRecords(room: EntryId, person: PersonId, mark: ChatPosition, end: string) {
    const bounds = { gt: positionText(mark), lt: end, limit: UNREAD_READ_FIRST }
    for (;;) {
      const ids: EntryId[] = []
      for await (const [key] of this.#view.range(orderPrefix(room), bounds)) ids.push(keyId(key))
      const records = await readRecords(this.#view, ids)
      yield ids.flatMap((id, i) => {
        const record = records[i]
        return record && !record.deleted && record.author !== person ? [{ id, record }] : []
      })
      const last = records.at(-1)
      if (ids.length < bounds.limit || last === undefined) return
      bounds.gt = positionText({ time: last.time, id: ids.at(-1)! })
      bounds.limit = CHAT_PAGE_MAX
    }
  }
}

function emptyPage(): ChatPage {
  return { messages: [], hasOlder: false, hasNewer: false, firstUnread: undefined }
}
