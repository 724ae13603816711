/** The chat part of the API over one space. */

import {
  draftDelete,
  draftEdit,
  draftMessage,
  draftReaction,
  draftRead,
  draftRoom,
  findMentions,
} from '@hamlet/chat'
import type { ChatActor, ChatMessage, ChatRoomForPerson } from '@hamlet/chat'
import type { Attachment } from '@hamlet/blobs'
import type { EntryId } from '@hamlet/core'
import { parseId } from '@hamlet/core'
import type {
  Message,
  MessageDetail,
  MessagePage,
  MessageQuery,
  Room,
  SendMessage,
} from '@hamlet/http/api'
import { SpaceError } from '@hamlet/space'
import type { ContentDraft, SyncEngine } from '@hamlet/space'
import { PeerError } from './errors.ts'
import { MessageMapper } from './message-mapper.ts'
import type { SpaceRuntime } from './space-runtime.ts'

/** Files that were prepared for messages of a space. */
export interface MessageFiles {
  /** A message with it is begun. @throws PeerError `FILE_NOT_FOUND` */
  named(id: string): Promise<Attachment>
  /** They stand in a message now. */
  used(ids: readonly string[]): Promise<void>
}

export class ChatDesk {
  readonly #runtime: SpaceRuntime
  readonly #sync: SyncEngine
  readonly #files: MessageFiles

  constructor(runtime: SpaceRuntime, sync: SyncEngine, files: MessageFiles) {
    this.#runtime = runtime
    this.#sync = sync
    this.#files = files
  }

  async rooms(): Promise<readonly Room[]> {
    const rooms = await this.#runtime.chat.roomsFor(this.#person)
    // Who is no member any more cannot say what they have read: nothing is unread to them.
    if (this.#runtime.space.ownRole !== undefined) return rooms.map(toRoom)
    return rooms.map((room) => ({ ...toRoom(room), unread: 0, mentions: 0 }))
  }

  async createRoom(name: string): Promise<Room> {
    const [entry] = await this.#runtime.write(draftRoom(name))
    const rooms = await this.rooms()
    return rooms.find(({ id }) => id === entry!.id)!
  }

  async messages(query: MessageQuery): Promise<MessagePage> {
    const { room, before, after, limit, search } = query
    const page = await this.#runtime.chat.page(
      {
        ...(room === undefined ? {} : { room: toEntryId(room) }),
        ...(before === undefined ? {} : { before: toEntryId(before) }),
        ...(after === undefined ? {} : { after: toEntryId(after) }),
        ...(limit === undefined ? {} : { limit }),
        ...(search === undefined ? {} : { search }),
      },
      this.#person,
    )
    const mapper = await this.#mapper()
    return {
      messages: page.messages.map((message) => mapper.toMessage(message)),
      hasOlder: page.hasOlder,
      hasNewer: page.hasNewer,
      ...(page.firstUnread === undefined || this.#runtime.space.ownRole === undefined
        ? {}
        : { firstUnread: page.firstUnread }),
    }
  }

  async message(id: string): Promise<MessageDetail> {
    const detail = await this.#runtime.chat.message(toEntryId(id))
    if (detail === undefined) throw notFound()
    return await (await this.#mapper()).toDetail(detail)
  }

  async send(message: SendMessage): Promise<Message> {
    const { key } = message
    const draft = (): Promise<ContentDraft> => this.#draft(message)
    const entry =
      key === undefined
        ? (await this.#runtime.write(await draft()))[0]!
        : await this.#runtime.writeOnce(key, draft)
    await this.#files.used(message.files ?? [])
    return await this.#shown(entry.id)
  }

  async #draft({ room, text, replyTo, files = [] }: SendMessage): Promise<ContentDraft> {
    const rooms = await this.#runtime.chat.rooms()
    const target = room === undefined ? rooms[0] : rooms.find(({ id }) => id === room)
    const reply = replyTo === undefined ? undefined : ((await this.#find(replyTo)) ?? null)
    const mentions = findMentions(text, await this.#members())
    const attachments = await Promise.all(files.map((id) => this.#files.named(id)))
    return draftMessage({ room: target, text, replyTo: reply, mentions, attachments })
  }

  async edit(id: string, text: string): Promise<Message> {
    await this.#runtime.write(draftEdit(await this.#find(id), text, this.#actor()))
    return await this.#shown(id)
  }

  async delete(id: string): Promise<Message> {
    await this.#runtime.write(draftDelete(await this.#find(id), this.#actor()))
    return await this.#shown(id)
  }

  async react(id: string, emoji: string, on: boolean): Promise<Message> {
    const message = await this.#find(id)
    const { person } = this.#actor()
    const observed =
      message === undefined ? [] : await this.#runtime.chat.ownReactions(message.id, person, emoji)
    await this.#runtime.write(draftReaction(message, { emoji, on, observed }))
    return await this.#shown(id)
  }

  async markRead(message: string): Promise<void> {
    // Who is no member any more reads on, and tells nobody.
    if (this.#runtime.space.ownRole === undefined) return
    const found = await this.#find(message)
    const { person } = this.#actor()
    const { unread } =
      found === undefined ? { unread: 1 } : await this.#runtime.chat.unread(found.room, person)
    if (unread > 0) await this.#runtime.write(draftRead(found))
  }

  async *export(signal?: AbortSignal): AsyncGenerator<string> {
    const names = await this.#runtime.peopleNames()
    yield* this.#runtime.chat.exportLines({
      nameOf: (person) => names.get(person),
      ...(signal === undefined ? {} : { signal }),
    })
  }

  /** Messages as they now are, for an event. */
  async current(ids: readonly EntryId[]): Promise<readonly Message[]> {
    const messages = await this.#runtime.chat.messages(ids)
    const mapper = await this.#mapper()
    return messages.flatMap((message) => (message === undefined ? [] : mapper.toMessage(message)))
  }

  async #shown(id: string): Promise<Message> {
    const [message] = await this.current([toEntryId(id)])
    if (message === undefined) throw notFound()
    return message
  }

  async #find(id: string): Promise<ChatMessage | undefined> {
    const [message] = await this.#runtime.chat.messages([toEntryId(id)])
    return message
  }

  async #members(): Promise<{ person: ChatActor['person']; name: string }[]> {
    const names = await this.#runtime.peopleNames()
    return this.#runtime.space
      .members()
      .map(({ person }) => ({ person, name: names.get(person) ?? '' }))
  }

  /** Whoever was removed, or whose device was revoked, still reads what is here. */
  get #person(): ChatActor['person'] {
    return this.#runtime.space.identity.person
  }

  #actor(): ChatActor {
    const { space } = this.#runtime
    const role = space.ownRole
    if (role === undefined) throw new SpaceError('SPACE_NOT_MEMBER', 'not a member of this space')
    return { person: space.identity.person, role }
  }

  #mapper(): Promise<MessageMapper> {
    return MessageMapper.create(this.#runtime, this.#sync)
  }
}

function toRoom(room: ChatRoomForPerson): Room {
  const { id, name, createdAtMs, unread, mentions, lastMessage } = room
  return {
    ...{ id, name, createdAtMs, unread, mentions },
    ...(lastMessage === undefined ? {} : { lastMessage }),
  }
}

function toEntryId(text: string): EntryId {
  const id = parseId<EntryId>(text)
  if (id === undefined) throw notFound()
  return id
}

function notFound(): PeerError {
  return new PeerError('MESSAGE_NOT_FOUND', 'There is no such message or room in this space.')
}
