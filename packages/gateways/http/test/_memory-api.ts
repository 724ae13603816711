/**
 * A second implementation of `HamletApi`, with arrays: people who share one memory instead of logs and a network.
 *
 * It exists so that the HTTP gateway and the command line can be tested against something that really keeps what it
 * is told: what one person does, the others see at once. Nothing is stored, signed or encrypted, so what only those
 * can tell is constant: every message is on all devices, there is one epoch, nothing is ever pending.
 */

import { createHash } from 'node:crypto'
import { checkName, HamletError, utf8 } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'

interface StoredMessage {
  readonly id: string
  readonly room: string
  readonly author: string
  readonly atMs: number
  readonly replyTo: string | undefined
  readonly versions: { text: string; atMs: number }[]
  readonly reactions: Map<string, Set<string>>
  deleted: boolean
}

interface StoredInvite {
  readonly id: string
  readonly role: api.InviteRole
  readonly mode: api.InviteMode
  readonly createdAtMs: number
  readonly createdBy: string
  readonly expiresAtMs: number
  readonly maxUses: number
  uses: number
  revoked: boolean
}

interface StoredRequest {
  readonly id: string
  readonly invite: string
  readonly person: string
  readonly role: api.InviteRole
  readonly atMs: number
  state: api.JoinRequest['state']
}

interface StoredSpace {
  readonly id: string
  readonly name: string
  readonly founder: string
  readonly createdAtMs: number
  readonly members: Map<string, { readonly role: api.Role; readonly joinedAtMs: number }>
  readonly rooms: { readonly id: string; readonly name: string; readonly createdAtMs: number }[]
  readonly messages: StoredMessage[]
  readonly invites: StoredInvite[]
  readonly requests: StoredRequest[]
  /** Per person and room: how many messages of the room are read, and when. */
  readonly read: Map<string, { count: number; atMs: number }>
}

type Listener = (event: api.HamletEvent) => void
type EventOfSpace = 'space' | 'members' | 'requests' | 'invites' | 'rooms' | 'delivery'

const RANKS: Readonly<Record<api.Role, number>> = {
  owner: 3,
  admin: 2,
  writer: 1,
  reader: 0,
  relay: -1,
}
const MESSAGE_BYTES_MAX = 16_384

/** What the people share. */
export class MemoryWorld {
  readonly people: MemoryApi[] = []
  readonly spaces: StoredSpace[] = []
  readonly #nowMs: () => number
  #ids = 0

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
  }

  addPerson(name: string): MemoryApi {
    const person = new MemoryApi(this, name)
    this.people.push(person)
    return person
  }

  nowMs(): number {
    return this.#nowMs()
  }

  newId(): string {
    return createHash('sha256')
      .update(`memory ${++this.#ids}`)
      .digest('hex')
  }

  nameOf(person: string): string {
    return this.people.find(({ id }) => id === person)?.name ?? ''
  }

  tell(space: StoredSpace, type: EventOfSpace): void {
    this.tellAll(space, { type, space: space.id })
  }

  tellAll(space: StoredSpace, event: api.HamletEvent): void {
    for (const person of this.people) if (space.members.has(person.id)) person.emit(event)
  }
}

export class MemoryApi implements api.HamletApi {
  readonly id: string
  readonly device: string
  name: string
  readonly #world: MemoryWorld
  readonly #listeners = new Set<Listener>()
  readonly #joins: { space: StoredSpace; request: StoredRequest; startedAtMs: number }[] = []
  readonly #startedAtMs: number

  constructor(world: MemoryWorld, name: string) {
    this.#world = world
    this.id = world.newId()
    this.device = world.newId()
    this.name = name
    this.#startedAtMs = world.nowMs()
  }

  emit(event: api.HamletEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** How many read `events` now. */
  get listeners(): number {
    return this.#listeners.size
  }

  async status(): Promise<api.PeerStatus> {
    return {
      version: '0.1.0',
      person: this.id,
      device: this.device,
      name: this.name,
      deviceName: 'memory',
      startedAtMs: this.#startedAtMs,
      addresses: [],
      connectedPeers: this.#world.people.length - 1,
      spaces: this.#spaces().length,
      keysEncrypted: false,
      warnings: [{ code: 'MEMORY_ONLY', message: 'Nothing is kept when this process ends.' }],
    }
  }

  async setName(name: string): Promise<api.PeerStatus> {
    this.name = validName(name)
    this.emit({ type: 'status' })
    return this.status()
  }

  async recoveryWords(): Promise<{ readonly words: readonly string[] }> {
    return { words: Array.from({ length: 24 }, () => 'abandon') }
  }

  async peers(): Promise<readonly api.PeerInfo[]> {
    const others = this.#world.people.filter((person) => person !== this)
    return others.map(({ id, device, name }) => ({
      device,
      person: id,
      name,
      addresses: [],
      direction: 'out',
      route: 'direct',
      encryption: 'none',
      sinceMs: this.#startedAtMs,
      roundTripMs: 0,
    }))
  }

  async spaces(): Promise<readonly api.SpaceSummary[]> {
    return this.#spaces().map((space) => this.#summary(space))
  }

  async createSpace(name: string): Promise<api.SpaceDetail> {
    const createdAtMs = this.#world.nowMs()
    const space: StoredSpace = {
      id: this.#world.newId(),
      name: validName(name),
      founder: this.id,
      createdAtMs,
      members: new Map([[this.id, { role: 'owner', joinedAtMs: createdAtMs }]]),
      rooms: [{ id: this.#world.newId(), name: 'general', createdAtMs }],
      messages: [],
      invites: [],
      requests: [],
      read: new Map(),
    }
    this.#world.spaces.push(space)
    this.emit({ type: 'spaces' })
    return this.#detail(space)
  }

  async space(space: string): Promise<api.SpaceDetail> {
    return this.#detail(this.#space(space))
  }

  async members(id: string): Promise<readonly api.Member[]> {
    const space = this.#space(id)
    return [...space.members].map(([person, { role, joinedAtMs }]) => ({
      person,
      name: this.#world.nameOf(person),
      role,
      self: person === this.id,
      online: true,
      joinedAtMs,
      devices: [
        { id: this.#deviceOf(person), name: 'memory', own: person === this.id, online: true },
      ],
    }))
  }

  async inspect(id: string): Promise<api.SpaceInspection> {
    const space = this.#space(id)
    const entries = entriesOf(space)
    const devices = [...space.members.keys()].map((person) => {
      const own = space.messages.filter((message) => message.author === person).length
      return {
        device: this.#deviceOf(person),
        person,
        name: this.#world.nameOf(person),
        own: person === this.id,
        online: true,
        entriesHere: own,
        entriesKnown: own,
        entriesHeld: entries,
        note: '',
      }
    })
    const [frontier, epoch] = [space.messages.at(-1)?.id ?? space.id, space.id]
    return {
      frontier,
      entries,
      pending: 0,
      quarantined: 0,
      epoch,
      devices,
      forks: [],
      rejected: [],
    }
  }

  async createInvite(id: string, options: api.InviteOptions = {}): Promise<api.Invite> {
    const space = this.#spaceAs(id, 'admin')
    const createdAtMs = this.#world.nowMs()
    const invite: StoredInvite = {
      id: this.#world.newId(),
      role: options.role ?? 'writer',
      mode: options.mode ?? 'approve',
      createdAtMs,
      createdBy: this.id,
      expiresAtMs: createdAtMs + (options.expiresInSeconds ?? 604_800) * 1000,
      maxUses: options.maxUses ?? 1,
      uses: 0,
      revoked: false,
    }
    space.invites.push(invite)
    this.#world.tell(space, 'invites')
    return this.#invite(invite)
  }

  async invites(id: string): Promise<readonly api.Invite[]> {
    return this.#space(id).invites.map((invite) => this.#invite(invite))
  }

  async revokeInvite(id: string, inviteId: string): Promise<api.Invite> {
    const space = this.#spaceAs(id, 'admin')
    const invite = found(byId(space.invites, inviteId), 'INVITE_NOT_FOUND')
    invite.revoked = true
    this.#world.tell(space, 'invites')
    return this.#invite(invite)
  }

  async previewInvite(link: string): Promise<api.InvitePreview> {
    const [space, invite] = this.#followLink(link)
    return {
      space: space.id,
      spaceName: space.name,
      inviter: invite.createdBy,
      inviterName: this.#world.nameOf(invite.createdBy),
      role: invite.role,
      mode: invite.mode,
      expiresAtMs: invite.expiresAtMs,
      expired: invite.expiresAtMs <= this.#world.nowMs(),
      alreadyMember: space.members.has(this.id),
    }
  }

  async join(link: string, name?: string): Promise<api.Join> {
    const [space, invite] = this.#followLink(link)
    if (name !== undefined) await this.setName(name)
    const { state } = this.#invite(invite)
    if (state !== 'open') throw new HamletError('INVITE_EXPIRED', `the invitation is ${state}`)
    if (space.members.has(this.id)) {
      throw new HamletError('ALREADY_MEMBER', 'you are a member of this space')
    }
    const atMs = this.#world.nowMs()
    const id = this.#world.newId()
    const request: StoredRequest = {
      id,
      invite: invite.id,
      person: this.id,
      role: invite.role,
      atMs,
      state: 'waiting',
    }
    space.requests.push(request)
    this.#joins.push({ space, request, startedAtMs: atMs })
    if (invite.mode === 'auto') this.#admit(space, request)
    else this.#world.tell(space, 'requests')
    this.emit({ type: 'joins' })
    return found(await this.#join(space.id), 'JOIN_NOT_FOUND')
  }

  async joins(): Promise<readonly api.Join[]> {
    return this.#joins.map(({ space, request, startedAtMs }) => ({
      space: space.id,
      spaceName: space.name,
      state: ({ waiting: 'asked', approved: 'joined', declined: 'declined' } as const)[
        request.state
      ],
      startedAtMs,
    }))
  }

  async cancelJoin(id: string): Promise<void> {
    const index = this.#joins.findIndex(({ space }) => space.id === id)
    if (index < 0) throw new HamletError('JOIN_NOT_FOUND', 'there is no such join')
    this.#joins.splice(index, 1)
    this.emit({ type: 'joins' })
  }

  async requests(id: string): Promise<readonly api.JoinRequest[]> {
    const space = this.#space(id)
    return space.requests.map((request) => this.#request(space, request))
  }

  async approve(id: string, requestId: string): Promise<api.JoinRequest> {
    const space = this.#spaceAs(id, 'admin')
    const request = found(byId(space.requests, requestId), 'REQUEST_NOT_FOUND')
    if (request.state === 'declined') {
      throw new HamletError('REQUEST_CONFLICT', 'the request was declined')
    }
    if (request.state === 'waiting') this.#admit(space, request)
    return this.#request(space, request)
  }

  async decline(id: string, requestId: string): Promise<api.JoinRequest> {
    const space = this.#spaceAs(id, 'admin')
    const request = found(byId(space.requests, requestId), 'REQUEST_NOT_FOUND')
    if (request.state === 'approved') {
      throw new HamletError('REQUEST_CONFLICT', 'the request was approved')
    }
    request.state = 'declined'
    this.#world.tell(space, 'requests')
    return this.#request(space, request)
  }

  async rooms(id: string): Promise<readonly api.Room[]> {
    const space = this.#space(id)
    return space.rooms.map((room) => this.#room(space, room))
  }

  async createRoom(id: string, name: string): Promise<api.Room> {
    const space = this.#spaceAs(id, 'writer')
    const room = {
      id: this.#world.newId(),
      name: validName(name),
      createdAtMs: this.#world.nowMs(),
    }
    space.rooms.push(room)
    this.#world.tell(space, 'rooms')
    return this.#room(space, room)
  }

  async messages(id: string, query: api.MessageQuery = {}): Promise<api.MessagePage> {
    const space = this.#space(id)
    const { limit = 50, before, after, search } = query
    const room = query.room ?? (search === undefined ? space.rooms[0]?.id : undefined)
    if (room !== undefined) found(byId(space.rooms, room), 'ROOM_NOT_FOUND')
    const words =
      search
        ?.toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== '') ?? []
    const all = space.messages.filter(
      (message) =>
        (room === undefined || message.room === room) &&
        words.every((word) => textOf(message).toLowerCase().includes(word)),
    )
    const end = before === undefined ? all.length : indexOf(all, before)
    const start = after === undefined ? 0 : indexOf(all, after) + 1
    const from = after === undefined ? Math.max(start, end - limit) : start
    const to = after === undefined ? end : Math.min(end, start + limit)
    const unread = room === undefined ? undefined : this.#unread(space, room)[0]
    return {
      messages: all.slice(from, to).map((message) => this.#message(space, message)),
      hasOlder: from > 0,
      hasNewer: to < all.length,
      ...(unread === undefined ? {} : { firstUnread: unread.id }),
    }
  }

  async message(id: string, messageId: string): Promise<api.MessageDetail> {
    const space = this.#space(id)
    const message = found(byId(space.messages, messageId), 'MESSAGE_NOT_FOUND')
    return this.#messageDetail(space, message)
  }

  async send(id: string, { room, text, replyTo }: api.SendMessage): Promise<api.Message> {
    const space = this.#spaceAs(id, 'writer')
    const target = room === undefined ? space.rooms[0] : byId(space.rooms, room)
    if (replyTo !== undefined) found(byId(space.messages, replyTo), 'MESSAGE_NOT_FOUND')
    const atMs = this.#world.nowMs()
    const message: StoredMessage = {
      id: this.#world.newId(),
      room: found(target, 'ROOM_NOT_FOUND').id,
      author: this.id,
      atMs,
      replyTo,
      versions: [{ text: validText(text), atMs }],
      reactions: new Map(),
      deleted: false,
    }
    space.messages.push(message)
    return this.#changed(space, message)
  }

  async edit(id: string, messageId: string, text: string): Promise<api.Message> {
    const [space, message] = this.#ownMessage(id, messageId)
    message.versions.push({ text: validText(text), atMs: this.#world.nowMs() })
    return this.#changed(space, message)
  }

  async delete(id: string, messageId: string): Promise<api.Message> {
    const [space, message] = this.#ownMessage(id, messageId)
    message.deleted = true
    return this.#changed(space, message)
  }

  async react(id: string, messageId: string, emoji: string, on: boolean): Promise<api.Message> {
    const space = this.#spaceAs(id, 'writer')
    const message = found(byId(space.messages, messageId), 'MESSAGE_NOT_FOUND')
    const people = message.reactions.get(emoji) ?? new Set()
    if (on) people.add(this.id)
    else people.delete(this.id)
    if (people.size > 0) message.reactions.set(emoji, people)
    else message.reactions.delete(emoji)
    return this.#changed(space, message)
  }

  async markRead(id: string, roomId: string, messageId: string): Promise<void> {
    const space = this.#space(id)
    found(byId(space.rooms, roomId), 'ROOM_NOT_FOUND')
    const inRoom = space.messages.filter(({ room }) => room === roomId)
    const count = indexOf(inRoom, messageId) + 1
    const mark = space.read.get(this.id + roomId)
    if (mark !== undefined && mark.count >= count) return
    space.read.set(this.id + roomId, { count, atMs: this.#world.nowMs() })
    this.#world.tell(space, 'delivery')
  }

  async *exportMessages(
    id: string,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<string, void, undefined> {
    const space = this.#space(id)
    for (const message of space.messages) {
      options.signal?.throwIfAborted()
      yield JSON.stringify(this.#messageDetail(space, message))
    }
  }

  async *events(
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<api.HamletEvent, void, undefined> {
    const { signal } = options
    const queue: api.HamletEvent[] = []
    let wake = (): void => {}
    const listener: Listener = (event) => {
      queue.push(event)
      wake()
    }
    const onAbort = (): void => wake()
    this.#listeners.add(listener)
    signal?.addEventListener('abort', onAbort)
    try {
      while (signal?.aborted !== true) {
        const event = queue.shift()
        if (event !== undefined) yield event
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.#listeners.delete(listener)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #spaces(): readonly StoredSpace[] {
    return this.#world.spaces.filter((space) => space.members.has(this.id))
  }

  #space(id: string): StoredSpace {
    return found(byId(this.#spaces(), id), 'SPACE_NOT_FOUND')
  }

  #spaceAs(id: string, role: api.Role): StoredSpace {
    const space = this.#space(id)
    if (RANKS[this.#role(space)] >= RANKS[role]) return space
    throw new HamletError('SPACE_FORBIDDEN', `this needs the role ${role}`)
  }

  #role(space: StoredSpace): api.Role {
    return space.members.get(this.id)?.role ?? 'reader'
  }

  #ownMessage(id: string, messageId: string): readonly [StoredSpace, StoredMessage] {
    const space = this.#spaceAs(id, 'writer')
    const message = found(byId(space.messages, messageId), 'MESSAGE_NOT_FOUND')
    if (message.author !== this.id) throw new HamletError('NOT_AUTHOR', 'someone else wrote this')
    if (message.deleted) throw new HamletError('MESSAGE_DELETED', 'the message was deleted')
    return [space, message]
  }

  #admit(space: StoredSpace, request: StoredRequest): void {
    request.state = 'approved'
    const invite = byId(space.invites, request.invite)
    if (invite !== undefined) invite.uses++
    space.members.set(request.person, { role: request.role, joinedAtMs: this.#world.nowMs() })
    for (const type of ['requests', 'members', 'invites'] as const) this.#world.tell(space, type)
    const joiner = this.#world.people.find(({ id }) => id === request.person)
    joiner?.emit({ type: 'joins' })
    joiner?.emit({ type: 'spaces' })
  }

  #followLink(link: string): readonly [StoredSpace, StoredInvite] {
    const [, spaceId, inviteId] = /^hamlet:join#([0-9a-f]{64})\.([0-9a-f]{64})$/.exec(link) ?? []
    const space = this.#world.spaces.find(({ id }) => id === spaceId)
    const invite = space === undefined ? undefined : byId(space.invites, inviteId ?? '')
    if (space !== undefined && invite !== undefined) return [space, invite]
    throw new HamletError('INVITE_BAD_LINK', 'this is not an invitation link')
  }

  async #join(space: string): Promise<api.Join | undefined> {
    return (await this.joins()).findLast((join) => join.space === space)
  }

  #deviceOf(person: string): string {
    return this.#world.people.find(({ id }) => id === person)?.device ?? person
  }

  #invite(invite: StoredInvite): api.Invite {
    const { revoked, ...fields } = invite
    const expired = invite.expiresAtMs <= this.#world.nowMs()
    const used = invite.uses >= invite.maxUses
    const state = revoked ? 'revoked' : used ? 'used' : expired ? 'expired' : 'open'
    const space = this.#world.spaces.find(({ invites }) => invites.includes(invite))
    const isOwn = state === 'open' && invite.createdBy === this.id && space !== undefined
    return { ...fields, state, ...(isOwn ? { link: `hamlet:join#${space.id}.${invite.id}` } : {}) }
  }

  #request(space: StoredSpace, request: StoredRequest): api.JoinRequest {
    return {
      ...request,
      name: this.#world.nameOf(request.person),
      device: this.#deviceOf(request.person),
      canApprove: RANKS[this.#role(space)] >= RANKS.admin,
    }
  }

  #room(space: StoredSpace, room: StoredSpace['rooms'][number]): api.Room {
    const unread = this.#unread(space, room.id)
    const last = space.messages.findLast((message) => message.room === room.id)
    return {
      ...room,
      unread: unread.length,
      mentions: unread.filter((message) => this.#mentionsMe(message)).length,
      ...(last === undefined ? {} : { lastMessage: preview(last) }),
    }
  }

  #summary(space: StoredSpace): api.SpaceSummary {
    const rooms = space.rooms.map((room) => this.#room(space, room))
    const last = space.messages.at(-1)
    return {
      id: space.id,
      name: space.name,
      role: this.#role(space),
      members: space.members.size,
      unread: rooms.reduce((sum, { unread }) => sum + unread, 0),
      mentions: rooms.reduce((sum, { mentions }) => sum + mentions, 0),
      requests: space.requests.filter(({ state }) => state === 'waiting').length,
      online: space.members.size - 1,
      ...(last === undefined ? {} : { lastMessage: preview(last) }),
      sync: space.members.size === 1 ? 'alone' : 'synced',
    }
  }

  #detail(space: StoredSpace): api.SpaceDetail {
    const { founder, createdAtMs } = space
    const sizeBytes = utf8(space.messages.map(textOf).join('')).length
    const entries = entriesOf(space)
    return { ...this.#summary(space), createdAtMs, founder, history: 'all', entries, sizeBytes }
  }

  #unread(space: StoredSpace, room: string): readonly StoredMessage[] {
    const inRoom = space.messages.filter((message) => message.room === room)
    const count = space.read.get(this.id + room)?.count ?? 0
    return inRoom.slice(count).filter(({ author }) => author !== this.id)
  }

  #readers(
    space: StoredSpace,
    message: StoredMessage,
  ): readonly { person: string; atMs: number }[] {
    const index = space.messages.filter(({ room }) => room === message.room).indexOf(message)
    return [...space.members.keys()].flatMap((person) => {
      const mark = space.read.get(person + message.room)
      const hasRead = mark !== undefined && mark.count > index && person !== message.author
      return hasRead ? [{ person, atMs: mark.atMs }] : []
    })
  }

  #mentionsMe(message: StoredMessage): boolean {
    return this.name !== '' && textOf(message).includes(`@${this.name}`)
  }

  #message(space: StoredSpace, message: StoredMessage): api.Message {
    const text = textOf(message)
    const { id, room, author, atMs, deleted, versions } = message
    const replied =
      message.replyTo === undefined ? undefined : byId(space.messages, message.replyTo)
    const mentioned = this.#world.people.filter(
      ({ name }) => name !== '' && text.includes(`@${name}`),
    )
    return {
      id,
      room,
      author,
      authorName: this.#world.nameOf(author),
      device: this.#deviceOf(author),
      atMs,
      text,
      ...(replied === undefined ? {} : { replyTo: this.#quote(replied) }),
      ...(versions.length > 1 ? { editedAtMs: versions.at(-1)?.atMs ?? atMs } : {}),
      deleted,
      late: false,
      own: author === this.id,
      mentionsMe: this.#mentionsMe(message),
      mentions: mentioned.map((person) => person.id),
      reactions: [...message.reactions].map(([emoji, people]) => ({ emoji, people: [...people] })),
      delivery: {
        heldBy: space.members.size,
        devices: space.members.size,
        readBy: this.#readers(space, message).map(({ person }) => person),
      },
    }
  }

  #quote(message: StoredMessage): { id: string; authorName: string; text: string } {
    const { id, author } = message
    return { id, authorName: this.#world.nameOf(author), text: textOf(message) }
  }

  #messageDetail(space: StoredSpace, message: StoredMessage): api.MessageDetail {
    return {
      ...this.#message(space, message),
      versions: message.deleted ? [] : message.versions,
      holders: [...space.members.keys()].map((person) => ({
        device: this.#deviceOf(person),
        person,
        name: this.#world.nameOf(person),
        holds: true,
      })),
      readers: this.#readers(space, message).map(({ person, atMs }) => ({
        person,
        name: this.#world.nameOf(person),
        atMs,
      })),
      entry: { seq: space.messages.indexOf(message), epoch: space.id, hash: message.id },
    }
  }

  #changed(space: StoredSpace, message: StoredMessage): api.Message {
    for (const person of this.#world.people) {
      if (!space.members.has(person.id)) continue
      const messages = [person.#message(space, message)]
      person.emit({ type: 'messages', space: space.id, room: message.room, messages })
    }
    return this.#message(space, message)
  }
}

function byId<T extends { readonly id: string }>(items: readonly T[], id: string): T | undefined {
  return items.find((item) => item.id === id)
}

function indexOf(messages: readonly StoredMessage[], id: string): number {
  const index = messages.findIndex((message) => message.id === id)
  if (index < 0) throw new HamletError('MESSAGE_NOT_FOUND', 'there is no such message')
  return index
}

function found<T>(value: T | undefined, code: string): T {
  if (value === undefined) throw new HamletError(code, 'there is no such thing')
  return value
}

function textOf(message: StoredMessage): string {
  return message.deleted ? '' : (message.versions.at(-1)?.text ?? '')
}

function preview(message: StoredMessage): { text: string; author: string; atMs: number } {
  return { text: textOf(message), author: message.author, atMs: message.atMs }
}

function entriesOf(space: StoredSpace): number {
  return space.messages.reduce((sum, { versions }) => sum + versions.length, 1)
}

function validName(name: string): string {
  const checked = checkName(name)
  if (!checked.ok) throw checked.error
  return name
}

function validText(text: string): string {
  if (text.trim() === '') throw new HamletError('MESSAGE_EMPTY', 'the message is empty')
  if (utf8(text).length <= MESSAGE_BYTES_MAX) return text
  throw new HamletError('MESSAGE_TOO_LONG', `expected at most ${MESSAGE_BYTES_MAX} bytes`)
}
