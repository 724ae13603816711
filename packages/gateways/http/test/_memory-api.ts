/**
 * A second implementation of `HamletApi`, with arrays: people who share one memory instead of logs and a network.
 *
 * It exists so that the HTTP gateway and the command line can be tested against something that really keeps what it
 * is told: what one person does, the others see at once. Nothing is stored, signed or encrypted, so what only those
 * can tell is constant: every message is on all devices, there is one epoch, nothing is ever pending.
 */

import { HamletError } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'
import {
  byId,
  found,
  indexOf,
  MemoryStore,
  RANKS,
  textOf,
  validName,
  validText,
} from './_memory-store.ts'
import type { StoredInvite, StoredMessage, StoredRequest, StoredSpace } from './_memory-store.ts'
import { MemoryDevices } from './_memory-devices.ts'
import { MemoryAttachments } from './_memory-attachments.ts'
import * as views from './_memory-views.ts'

type Listener = (event: api.HamletEvent) => void

export class MemoryWorld extends MemoryStore<MemoryApi> {
  constructor(nowMs: () => number = Date.now) {
    super(nowMs)
  }

  addPerson(name: string): MemoryApi {
    const person = new MemoryApi(this, name)
    this.people.push(person)
    return person
  }
}

export class MemoryApi
  extends MemoryAttachments
  implements api.HamletApi, api.FilesApi, api.AttachmentsApi, api.LedgerApi
{
  /** Whether this device wrote two histories in every space. */
  halted = false
  id: string
  readonly device: string
  name: string
  readonly world: MemoryWorld
  refused: readonly api.RefusedPeer[] = []
  /** What the inspection of every space says that newer versions have written. */
  newer: api.NewerContent = { count: 0, latest: [] }
  readonly #listeners = new Set<Listener>()
  readonly #joins: { space: StoredSpace; request: StoredRequest; startedAtMs: number }[] = []
  readonly #startedAtMs: number
  readonly #devices = new MemoryDevices(this)

  constructor(world: MemoryWorld, name: string) {
    super()
    this.world = world
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
      deviceName: this.#devices.name,
      startedAtMs: this.#startedAtMs,
      addresses: [],
      connectedPeers: this.world.people.length - 1,
      spaces: this.spacesHere().length,
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

  async setDeviceName(name: string): Promise<api.PeerStatus> {
    this.#devices.name = validName(name)
    this.emit({ type: 'status' })
    return this.status()
  }

  async devices(): Promise<readonly api.OwnDevice[]> {
    const own = this.world.people.filter(({ id }) => id === this.id)
    const listed = own.map((person) => ({
      id: person.device,
      name: person.#devices.name,
      thisDevice: person === this,
      online: true,
      spaces: this.spacesHere().length,
      halted: person.halted ? this.spacesHere().length : 0,
    }))
    return listed.sort((a, b) => Number(b.thisDevice) - Number(a.thisDevice))
  }

  async revokeDevice(device: string): Promise<api.DeviceRevocation> {
    const revoked = this.world.people.find((each) => each !== this && each.device === device)
    if (revoked?.id !== this.id) throw new HamletError('DEVICE_NOT_FOUND', 'no such device')
    const spaces = this.spacesHere().length
    revoked.id = this.world.newId()
    return { device, spaces, failed: 0 }
  }

  async resetDevice(device: string): Promise<api.DeviceReset> {
    const reset = this.world.people.find((each) => each !== this && each.device === device)
    if (reset?.id !== this.id) throw new HamletError('DEVICE_NOT_FOUND', 'no such device')
    if (!reset.halted) throw new HamletError('SPACE_NOT_FORKED', 'it wrote one history')
    reset.halted = false
    return { device, spaces: this.spacesHere().length, failed: 0 }
  }

  async startLink(): Promise<api.DeviceLink> {
    return this.#devices.start()
  }

  async useLinkCode(code: string): Promise<api.DeviceLink> {
    return this.#devices.use(code)
  }

  async deviceLink(): Promise<api.DeviceLink> {
    return this.#devices.link
  }

  async confirmLink(): Promise<api.DeviceLink> {
    return this.#devices.confirm()
  }

  async cancelLink(): Promise<void> {
    this.#devices.cancel()
  }

  async recover(words: string): Promise<api.Recovery> {
    return this.#devices.recover(words)
  }

  async recovery(): Promise<api.Recovery> {
    return this.#devices.recovery
  }

  async endRecovery(): Promise<void> {
    this.#devices.recovery = { state: 'none', helpers: 0, arriving: 0 }
  }

  async peers(): Promise<readonly api.PeerInfo[]> {
    const others = this.world.people.filter((person) => person !== this)
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

  async refusedPeers(): Promise<readonly api.RefusedPeer[]> {
    return this.refused
  }

  async forgivePeer(device: string): Promise<void> {
    this.refused = this.refused.filter((peer) => peer.device !== device)
    this.emit({ type: 'peers' })
  }

  async spaces(): Promise<readonly api.SpaceSummary[]> {
    return this.spacesHere().map((space) => views.viewSummary(this, space))
  }

  async createSpace(name: string, options: api.SpaceOptions = {}): Promise<api.SpaceDetail> {
    const createdAtMs = this.world.nowMs()
    const space: StoredSpace = {
      id: this.world.newId(),
      name: validName(name),
      founder: this.id,
      createdAtMs,
      history: options.disappearAfterMs === undefined ? (options.history ?? 'all') : 'from-join',
      disappearAfterMs: options.disappearAfterMs,
      releaseAfterAcks: '0',
      members: new Map([[this.id, { role: 'owner', joinedAtMs: createdAtMs, incarnation: 0 }]]),
      former: new Map(),
      log: [],
      votes: new Map(),
      unconfirmed: new Set(),
      rooms: [{ id: this.world.newId(), name: 'general', createdAtMs }],
      messages: [],
      invites: [],
      requests: [],
      read: new Map(),
    }
    this.world.spaces.push(space)
    this.note(space, { kind: 'founded', person: this.id, role: 'owner' })
    this.emit({ type: 'spaces' })
    return views.viewDetail(this, space)
  }

  async space(space: string): Promise<api.SpaceDetail> {
    return views.viewDetail(this, this.spaceOf(space))
  }

  async inspect(id: string): Promise<api.SpaceInspection> {
    const space = this.spaceOf(id)
    const entries = views.entriesOf(space)
    const devices = [...space.members.keys()].map((person) => {
      const own = space.messages.filter((message) => message.author === person).length
      return {
        device: views.deviceOf(this, person),
        person,
        name: this.world.nameOf(person),
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
      newer: this.newer,
    }
  }

  async createInvite(id: string, options: api.InviteOptions = {}): Promise<api.Invite> {
    const space = this.spaceAs(id, 'admin')
    const createdAtMs = this.world.nowMs()
    const invite: StoredInvite = {
      id: this.world.newId(),
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
    this.world.tell(space, 'invites')
    return views.viewInvite(this, invite)
  }

  async invites(id: string): Promise<readonly api.Invite[]> {
    return this.spaceOf(id).invites.map((invite) => views.viewInvite(this, invite))
  }

  async revokeInvite(id: string, inviteId: string): Promise<api.Invite> {
    const space = this.spaceAs(id, 'admin')
    const invite = found(byId(space.invites, inviteId), 'INVITE_NOT_FOUND')
    invite.revoked = true
    this.world.tell(space, 'invites')
    return views.viewInvite(this, invite)
  }

  async previewInvite(link: string): Promise<api.InvitePreview> {
    const [space, invite] = this.#followLink(link)
    return {
      space: space.id,
      spaceName: space.name,
      inviter: invite.createdBy,
      inviterName: this.world.nameOf(invite.createdBy),
      role: invite.role,
      mode: invite.mode,
      expiresAtMs: invite.expiresAtMs,
      expired: invite.expiresAtMs <= this.world.nowMs(),
      alreadyMember: space.members.has(this.id),
    }
  }

  async join(link: string, name?: string): Promise<api.Join> {
    const [space, invite] = this.#followLink(link)
    if (name !== undefined) await this.setName(name)
    const { state } = views.viewInvite(this, invite)
    if (state !== 'open') throw new HamletError('INVITE_EXPIRED', `the invitation is ${state}`)
    if (space.members.has(this.id)) {
      throw new HamletError('ALREADY_MEMBER', 'you are a member of this space')
    }
    const atMs = this.world.nowMs()
    const id = this.world.newId()
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
    else this.world.tell(space, 'requests')
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
    const space = this.spaceOf(id)
    return space.requests.map((request) => views.viewRequest(this, space, request))
  }

  async approve(id: string, requestId: string): Promise<api.JoinRequest> {
    const space = this.spaceAs(id, 'admin')
    const request = found(byId(space.requests, requestId), 'REQUEST_NOT_FOUND')
    if (request.state === 'declined') {
      throw new HamletError('REQUEST_CONFLICT', 'the request was declined')
    }
    if (request.state === 'waiting') this.#admit(space, request)
    return views.viewRequest(this, space, request)
  }

  async decline(id: string, requestId: string): Promise<api.JoinRequest> {
    const space = this.spaceAs(id, 'admin')
    const request = found(byId(space.requests, requestId), 'REQUEST_NOT_FOUND')
    if (request.state === 'approved') {
      throw new HamletError('REQUEST_CONFLICT', 'the request was approved')
    }
    request.state = 'declined'
    this.world.tell(space, 'requests')
    return views.viewRequest(this, space, request)
  }

  async rooms(id: string): Promise<readonly api.Room[]> {
    const space = this.spaceOf(id)
    return space.rooms.map((room) => views.viewRoom(this, space, room))
  }

  async createRoom(id: string, name: string): Promise<api.Room> {
    const space = this.spaceAs(id, 'writer')
    const room = {
      id: this.world.newId(),
      name: validName(name),
      createdAtMs: this.world.nowMs(),
    }
    space.rooms.push(room)
    this.world.tell(space, 'rooms')
    return views.viewRoom(this, space, room)
  }

  async messages(id: string, query: api.MessageQuery = {}): Promise<api.MessagePage> {
    const space = this.spaceOf(id)
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
    const unread = room === undefined ? undefined : views.unreadOf(this, space, room)[0]
    return {
      messages: all.slice(from, to).map((message) => views.viewMessage(this, space, message)),
      hasOlder: from > 0,
      hasNewer: to < all.length,
      ...(unread === undefined ? {} : { firstUnread: unread.id }),
    }
  }

  async message(id: string, messageId: string): Promise<api.MessageDetail> {
    const space = this.spaceOf(id)
    const message = found(byId(space.messages, messageId), 'MESSAGE_NOT_FOUND')
    return views.viewMessageDetail(this, space, message)
  }

  async send(
    id: string,
    { room, text, replyTo, key, files = [] }: api.SendMessage,
  ): Promise<api.Message> {
    const space = this.spaceAs(id, 'writer')
    if (space.unconfirmed.has(this.id)) {
      throw new HamletError('SPACE_UNCONFIRMED', 'nobody has confirmed what this device has')
    }
    const written = space.messages.find(({ author, key: given }) => {
      return key !== undefined && author === this.id && given === key
    })
    if (written !== undefined) return views.viewMessage(this, space, written)
    const target = room === undefined ? space.rooms[0] : byId(space.rooms, room)
    if (replyTo !== undefined) found(byId(space.messages, replyTo), 'MESSAGE_NOT_FOUND')
    const atMs = this.world.nowMs()
    const message: StoredMessage = {
      id: this.world.newId(),
      room: found(target, 'ROOM_NOT_FOUND').id,
      author: this.id,
      atMs,
      replyTo,
      key,
      versions: [{ text: files.length > 0 ? text : validText(text), atMs }],
      reactions: new Map(),
      deleted: false,
      ...(files.length > 0 ? { files: this.takePrepared(files) } : {}),
    }
    space.messages.push(message)
    return this.#changed(space, message)
  }

  async edit(id: string, messageId: string, text: string): Promise<api.Message> {
    const [space, message] = this.#ownMessage(id, messageId)
    message.versions.push({ text: validText(text), atMs: this.world.nowMs() })
    return this.#changed(space, message)
  }

  async delete(id: string, messageId: string): Promise<api.Message> {
    const [space, message] = this.#ownMessage(id, messageId)
    message.deleted = true
    return this.#changed(space, message)
  }

  async react(id: string, messageId: string, emoji: string, on: boolean): Promise<api.Message> {
    const space = this.spaceAs(id, 'writer')
    const message = found(byId(space.messages, messageId), 'MESSAGE_NOT_FOUND')
    const people = message.reactions.get(emoji) ?? new Set()
    if (on) people.add(this.id)
    else people.delete(this.id)
    if (people.size > 0) message.reactions.set(emoji, people)
    else message.reactions.delete(emoji)
    return this.#changed(space, message)
  }

  async markRead(id: string, roomId: string, messageId: string): Promise<void> {
    const space = this.spaceOf(id)
    found(byId(space.rooms, roomId), 'ROOM_NOT_FOUND')
    const inRoom = space.messages.filter(({ room }) => room === roomId)
    const count = indexOf(inRoom, messageId) + 1
    const mark = space.read.get(this.id + roomId)
    if (mark !== undefined && mark.count >= count) return
    space.read.set(this.id + roomId, { count, atMs: this.world.nowMs() })
    this.world.tell(space, 'delivery')
  }

  async *exportMessages(
    id: string,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<string, void, undefined> {
    const space = this.spaceOf(id)
    for (const message of space.messages) {
      options.signal?.throwIfAborted()
      yield JSON.stringify(views.viewMessageDetail(this, space, message))
    }
  }

  async *events(
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<api.HamletEvent, void, undefined> {
    const { signal } = options
    const queue: api.HamletEvent[] = []
    let wake: (() => void) | undefined
    const onAbort = (): void => wake?.()
    const listener: Listener = (event) => {
      queue.push(event)
      wake?.()
    }
    this.#listeners.add(listener)
    signal?.addEventListener('abort', onAbort)
    try {
      for (;;) {
        if (signal?.aborted === true) return
        const event = queue.shift()
        if (event !== undefined) yield event
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.#listeners.delete(listener)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  protected spaceAs(id: string, role: api.Role): StoredSpace {
    const space = this.spaceOf(id)
    if (!space.members.has(this.id)) throw new HamletError('SPACE_NOT_MEMBER', 'not a member')
    if (RANKS[views.roleOf(this, space)] >= RANKS[role]) return space
    throw new HamletError('SPACE_FORBIDDEN', `this needs the role ${role}`)
  }

  #ownMessage(id: string, messageId: string): readonly [StoredSpace, StoredMessage] {
    const space = this.spaceAs(id, 'writer')
    const message = found(byId(space.messages, messageId), 'MESSAGE_NOT_FOUND')
    if (message.author !== this.id) throw new HamletError('NOT_AUTHOR', 'someone else wrote this')
    if (message.deleted) throw new HamletError('MESSAGE_DELETED', 'the message was deleted')
    return [space, message]
  }

  protected forgetJoins(space: StoredSpace): void {
    const kept = this.#joins.filter((join) => join.space !== space)
    this.#joins.splice(0, this.#joins.length, ...kept)
  }

  #admit(space: StoredSpace, request: StoredRequest): void {
    request.state = 'approved'
    const invite = byId(space.invites, request.invite)
    if (invite !== undefined) invite.uses++
    const { person, role } = request
    const before = space.former.get(person)
    const incarnation = before === undefined ? 0 : before.incarnation + 1
    space.members.set(person, { role, joinedAtMs: this.world.nowMs(), incarnation })
    space.former.delete(person)
    const by = invite?.mode === 'auto' ? invite.createdBy : this.id
    const kind = before === undefined ? 'joined' : 'returned'
    this.note(space, { kind, person, role, by, byName: this.world.nameOf(by) })
    for (const type of ['requests', 'members', 'invites'] as const) this.world.tell(space, type)
    const joiner = this.world.people.find(({ id }) => id === request.person)
    joiner?.emit({ type: 'joins' })
    joiner?.emit({ type: 'spaces' })
  }

  #followLink(link: string): readonly [StoredSpace, StoredInvite] {
    const [, spaceId, inviteId] = /^hamlet:join#([0-9a-f]{64})\.([0-9a-f]{64})$/.exec(link) ?? []
    const space = this.world.spaces.find(({ id }) => id === spaceId)
    const invite = space === undefined ? undefined : byId(space.invites, inviteId ?? '')
    if (space !== undefined && invite !== undefined) return [space, invite]
    throw new HamletError('INVITE_BAD_LINK', 'this is not an invitation link')
  }

  async #join(space: string): Promise<api.Join | undefined> {
    return (await this.joins()).findLast((join) => join.space === space)
  }

  #changed(space: StoredSpace, message: StoredMessage): api.Message {
    for (const person of this.world.people) {
      if (!space.members.has(person.id)) continue
      const messages = [views.viewMessage(person, space, message)]
      person.emit({ type: 'messages', space: space.id, room: message.room, messages })
    }
    return views.viewMessage(this, space, message)
  }
}
