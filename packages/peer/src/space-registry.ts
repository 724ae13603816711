/**
 * The spaces of this peer: opened at the start, founded, joined, and found again by id, each with the desks that answer
 * the API's questions about it and the wires that turn its changes into events.
 */

import { errorCode, parseId, scopedDisk, utf8 } from '@hamlet/core'
import type { Cancel, Disk, EntryId, Kv, PersonId, SpaceId } from '@hamlet/core'
import type { ChatChange } from '@hamlet/chat'
import { draftRoom, DEFAULT_ROOM_NAME } from '@hamlet/chat'
import type { SpaceOptions } from '@hamlet/http/api'
import { ephemeralFor, profileDraft, Space } from '@hamlet/space'
import type { SpacePorts, SyncEngine } from '@hamlet/space'
import type { ViewEvent } from '@hamlet/space/view'
import { prefixedKv } from '@hamlet/store'
import { ChatDesk } from './chat-desk.ts'
import type { MessageFiles } from './chat-desk.ts'
import type { Doubts } from './doubts.ts'
import { PeerError } from './errors.ts'
import type { EventHub } from './event-hub.ts'
import { finishForgetting, forgetSpace } from './forget-space.ts'
import { InviteDesk } from './invite-desk.ts'
import { LedgerDesk } from './ledger/ledger-desk.ts'
import { OwnerDesk } from './owner-desk.ts'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import { PeopleDesk } from './people-desk.ts'
import type { PeerStateFile } from './peer-state.ts'
import type { ReachGoal } from './reach.ts'
import { SetAsideDesk } from './set-aside-desk.ts'
import { SpaceDesk } from './space-desk.ts'
import { SpaceRuntime } from './space-runtime.ts'

/** Messages told in full in one event; of more, a face is told to ask for all it shows. */
const EVENT_MESSAGES_MAX = 100
/** Roles whose devices may write what is kept, names included. */
const WRITING_ROLES: ReadonlySet<string | undefined> = new Set(['owner', 'admin', 'writer'])
const NAMELESS_ROLES: ReadonlySet<string | undefined> = new Set([undefined, 'relay'])

export interface OpenSpace {
  readonly runtime: SpaceRuntime
  readonly chat: ChatDesk
  readonly ledger: LedgerDesk
  readonly desk: SpaceDesk
  readonly invites: InviteDesk
  readonly people: PeopleDesk
  readonly owners: OwnerDesk
  readonly aside: SetAsideDesk
  readonly cancels: readonly Cancel[]
  /** Members this device has told its names, or who could read them anyway. */
  readonly greeted: Set<PersonId>
}

/** What is shared in spaces, and what messages and bills carry, see `files/peer-files.ts`. */
export interface SpaceFiles {
  /** The space is open, or its shares, their holders or its members changed. */
  changed(open: OpenSpace): Promise<void>
  /** The space is closed; with `isForgotten`, what was shared in it goes too. */
  spaceClosed(id: SpaceId, isForgotten: boolean): Promise<void>
  forMessages(id: SpaceId): MessageFiles
}

export interface RegistryParts {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly state: PeerStateFile
  readonly doubts: Doubts
  readonly sync: SyncEngine
  readonly events: EventHub
  /** Members, epochs or invitations of some space changed. */
  reachChanged(): void
  /** Profile backups in some space changed. */
  backupsChanged(): void
  files(): SpaceFiles
  /** A recovered person was found to have a name. */
  nameFound(name: string): Promise<void>
}

export class SpaceRegistry {
  readonly #parts: RegistryParts
  readonly #spaces = new Map<SpaceId, OpenSpace>()
  readonly #unusable = new Map<SpaceId, string>()
  /** Spaces that are being deleted from here. */
  readonly #forgetting = new Map<SpaceId, Promise<void>>()

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /** A space that cannot be opened is left as it is on the disk and costs nobody the others. */
  async openAll(): Promise<void> {
    for (const id of this.#parts.state.value.spaces) {
      try {
        if (await this.#finishForgetting(id)) continue
        const space = await Space.open(this.spacePorts(id), this.#parts.identity.forSpaces, id)
        this.#parts.doubts.opened(space)
        const open = await this.#adopt(space)
        await this.addToSync(space)
        this.#inBackground(this.#greetNewcomers(open))
      } catch (error) {
        const code = errorCode(error) ?? 'INTERNAL'
        this.#unusable.set(id, code)
        this.#parts.ports.logger.error('a space cannot be opened', {
          ...{ space: id, code, reason: String(error) },
        })
      }
    }
  }

  /** Spaces that could not be opened, each with the code of the reason. */
  unusable(): ReadonlyMap<SpaceId, string> {
    return this.#unusable
  }

  all(): readonly OpenSpace[] {
    return [...this.#spaces.values()]
  }

  has(id: SpaceId): boolean {
    return this.#spaces.has(id) || this.#unusable.has(id)
  }

  /** @throws PeerError `SPACE_NOT_FOUND`, `SPACE_UNUSABLE` */
  get(text: string): OpenSpace {
    const id = parseId<SpaceId>(text)
    const open = id === undefined ? undefined : this.#spaces.get(id)
    if (open !== undefined) return open
    const reason = id === undefined ? undefined : this.#unusable.get(id)
    if (reason !== undefined) {
      throw new PeerError('SPACE_UNUSABLE', 'The files of this space are damaged.', {
        fields: { reason },
      })
    }
    throw new PeerError('SPACE_NOT_FOUND', 'There is no such space on this device.')
  }

  async found(
    name: string,
    { disappearAfterMs, ...options }: SpaceOptions = {},
  ): Promise<OpenSpace> {
    const { identity, ports } = this.#parts
    const isLasting = disappearAfterMs === undefined
    const space = await Space.create(ports, identity.forSpaces, {
      ...options,
      ...(isLasting ? {} : { ephemeral: ephemeralFor(disappearAfterMs) }),
      name,
      storageFor: (id) => this.spacePorts(id),
    })
    await this.#remember(space.id)
    const open = await this.#adopt(space)
    await this.addToSync(space)
    await open.runtime.write(draftRoom(DEFAULT_ROOM_NAME), this.#profile())
    this.#parts.reachChanged()
    return open
  }

  /** Takes over a space that was joined; the sync engine has it already. */
  async join(space: Space): Promise<void> {
    await this.#remember(space.id)
    const open = this.#spaces.get(space.id) ?? (await this.#adopt(space))
    await this.#findName(open.runtime)
    await this.#introduce(open)
    for (const { person } of space.members()) open.greeted.add(person)
    this.#parts.events.emit({ type: 'spaces' })
    this.#parts.reachChanged()
  }

  /** The space when it is open here, whether this person is still a member or not. */
  find(id: SpaceId): OpenSpace | undefined {
    return this.#spaces.get(id)
  }

  /** Deletes a space that was left from this device. */
  async forget(id: SpaceId): Promise<void> {
    const open = this.#spaces.get(id)
    if (open === undefined) return
    const forgetting = this.#forget(id, open)
    this.#forgetting.set(id, forgetting)
    try {
      await forgetting
    } finally {
      this.#forgetting.delete(id)
    }
    this.#parts.reachChanged()
  }

  /** Before a copy is made anew: what is left of an earlier one goes first, whether it is being deleted or that was cut short. */
  async prepare(id: SpaceId): Promise<void> {
    await this.#forgetting.get(id)?.catch(() => undefined)
    await this.#finishForgetting(id)
  }

  async #forget(id: SpaceId, open: OpenSpace): Promise<void> {
    const { space } = open.runtime
    const ownLength = space.lengths().get(space.identity.device) ?? 0
    this.#spaces.delete(id)
    this.#parts.sync.remove(id)
    await this.#parts.files().spaceClosed(id, true)
    await closeSpace(open)
    const [disk, kv] = [this.#diskOf(id), this.spaceKv(id)]
    await forgetSpace(disk, kv, ownLength, () => this.#disremember(id))
  }

  /** Ends a deletion that was cut short. */
  #finishForgetting(id: SpaceId): Promise<boolean> {
    return finishForgetting(this.#diskOf(id), this.spaceKv(id), () => this.#disremember(id))
  }

  /** Tells every space what this person and this device are called now. */
  async introduceAll(): Promise<void> {
    for (const open of this.#spaces.values()) await this.#tryIntroduce(open)
  }

  goals(): readonly ReachGoal[] {
    return this.all().map(({ runtime: { space } }) => ({
      devices: space.memberDevices(),
      secrets: [...space.discoverySecrets(), ...space.rendezvousKeys()],
    }))
  }

  spacePorts(id: SpaceId): SpacePorts {
    const { ports } = this.#parts
    return {
      ...ports,
      disk: this.#diskOf(id),
      kv: prefixedKv(this.spaceKv(id), utf8('space/')),
    }
  }

  spaceKv(id: SpaceId): Kv {
    return prefixedKv(this.#parts.ports.kv, utf8(`space/${id}/`))
  }

  async close(): Promise<void> {
    for (const open of this.#spaces.values()) await closeSpace(open)
    this.#spaces.clear()
  }

  async #remember(id: SpaceId): Promise<void> {
    await this.#parts.state.update(({ spaces }) => ({
      spaces: spaces.includes(id) ? spaces : [...spaces, id],
    }))
  }

  async addToSync(space: Space): Promise<void> {
    const { sync, identity } = this.#parts
    const kv = prefixedKv(this.spaceKv(space.id), utf8('holdings/'))
    await sync.add(space, identity.current.deviceSigner, kv)
  }

  async #adopt(space: Space): Promise<OpenSpace> {
    const { ports, sync, state, doubts } = this.#parts
    const runtime = await SpaceRuntime.open(ports, this.spaceKv(space.id), space)
    const chat = new ChatDesk(runtime, sync, this.#parts.files().forMessages(space.id))
    const invites = new InviteDesk(runtime, ports, state)
    let telling: Promise<void> = Promise.resolve()
    const people = new PeopleDesk(runtime, sync, invites)
    const owners = new OwnerDesk(runtime, ports)
    const ledger = new LedgerDesk(runtime, ports)
    const open: OpenSpace = {
      ...{ runtime, chat, ledger, invites, people, owners },
      desk: new SpaceDesk(runtime, sync, { chat, invites, people }),
      aside: new SetAsideDesk(runtime),
      greeted: greetedBefore(space, await runtime.ownNamesAtMs()),
      cancels: [
        doubts.watch(space),
        space.subscribe((change) => {
          if (change.kind === 'trusted') this.#trusted(open)
          if (change.kind !== 'control') return
          this.#controlChanged(space.id)
          this.#inBackground(this.#parts.files().changed(open))
          this.#inBackground(this.#greetNewcomers(open))
          owners.changed()
        }),
        runtime.onPeople(() => {
          this.#parts.events.emitSoon({ type: 'members', space: space.id })
          owners.changed()
        }),
        runtime.onNames((event) => {
          this.#namesChanged(space.id)
          this.#inBackground(this.#findName(runtime))
          if (event.kind === 'rebuilt' || event.changes.includes('space')) {
            this.#inBackground(this.#prepareWelcome(open))
          }
        }),
        runtime.onLedger((event) => {
          this.#parts.events.emitSoon({ type: 'ledger', space: space.id })
          ledger.changed(event)
        }),
        runtime.onFiles(() => this.#inBackground(this.#parts.files().changed(open))),
        runtime.onBackups(() => this.#parts.backupsChanged()),
        runtime.onChat((event) => {
          // One after the other: what was read for an earlier change must not be told after what was read for a later.
          const turn = telling.then(() => this.#chatChanged(open, event))
          telling = turn.catch(() => undefined)
          this.#inBackground(turn)
        }),
      ],
    }
    this.#spaces.set(space.id, open)
    owners.changed()
    ledger.series.start()
    this.#inBackground(this.#parts.files().changed(open))
    await this.#prepareWelcome(open)
    return open
  }

  #diskOf(id: SpaceId): Disk {
    return scopedDisk(this.#parts.ports.disk, `spaces/${id}`)
  }

  async #disremember(id: SpaceId): Promise<void> {
    await this.#parts.state.update(({ spaces, links }) => ({
      spaces: spaces.filter((each) => each !== id),
      links: links.filter(({ space }) => space !== id),
    }))
  }

  /** Kept ready, because it is written in the same commit as an admission. */
  async #prepareWelcome({ runtime }: OpenSpace): Promise<void> {
    runtime.space.setWelcome(await runtime.welcome())
  }

  /** Names given before somebody came cannot be read by them when the history is not theirs, or not yet. */
  async #greetNewcomers(open: OpenSpace): Promise<void> {
    const { space } = open.runtime
    const members = space.members().map(({ person }) => person)
    const newcomers = members.filter((person) => !open.greeted.has(person))
    for (const person of newcomers) open.greeted.add(person)
    const { history, releaseAfterAcks } = space.controlState()
    if (newcomers.length > 0 && (history === 'from-join' || releaseAfterAcks > 0)) {
      await this.#introduce(open)
    }
  }

  /** Where names disappear with the rest they are said again in time: the space's and the rooms' by any writer. */
  async keepNames(open: OpenSpace, youngMs: number): Promise<void> {
    const { runtime } = open
    const sinceMs = this.#parts.ports.clock.wall() - youngMs
    const namedAtMs = await runtime.namedAtMs()
    const mayName = WRITING_ROLES.has(runtime.space.ownRole)
    if (mayName && namedAtMs !== undefined && namedAtMs < sinceMs) {
      await runtime.write(...(await runtime.welcome()))
    }
    if ((await runtime.ownNamesAtMs()) < sinceMs) await this.#introduce(open)
  }

  /** A space that cannot be written now keeps the old name, and the others get the new one. */
  async #tryIntroduce(open: OpenSpace): Promise<void> {
    try {
      await this.#introduce(open)
    } catch (error) {
      const { id } = open.runtime.space
      this.#parts.ports.logger.warn('a name was not told', { space: id, code: errorCode(error) })
    }
  }

  /** For what nobody waits for: it may fail while the peer closes or the disk is full. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#parts.ports.logger.warn('an event was lost', { code: errorCode(error) })
    })
  }

  async #introduce({ runtime }: OpenSpace): Promise<void> {
    if (NAMELESS_ROLES.has(runtime.space.ownRole) || this.#parts.state.value.name === '') return
    await runtime.write(this.#profile())
  }

  /** A person who comes back by their words is called what they were called. */
  async #findName(runtime: SpaceRuntime): Promise<void> {
    const { state, identity } = this.#parts
    if (state.value.name !== '') return
    const name = (await runtime.peopleNames()).get(identity.current.person)
    if (name !== undefined && state.value.name === '') await this.#parts.nameFound(name)
  }

  #profile() {
    const { name, deviceName } = this.#parts.state.value
    return profileDraft(name, deviceName)
  }

  #controlChanged(space: SpaceId): void {
    for (const type of ['members', 'requests', 'invites', 'space'] as const) {
      this.#parts.events.emitSoon({ type, space })
    }
    this.#parts.events.emitSoon({ type: 'spaces' })
    this.#parts.events.emitSoon({ type: 'devices' })
    this.#parts.reachChanged()
  }

  /** This device writes again; what it is called may have changed while it did not. */
  #trusted(open: OpenSpace): void {
    const { events } = this.#parts
    for (const type of ['status', 'spaces'] as const) events.emit({ type })
    events.emit({ type: 'space', space: open.runtime.space.id })
    this.#inBackground(this.#introduceIfRenamed(open))
  }

  async #introduceIfRenamed(open: OpenSpace): Promise<void> {
    const { identity, state } = this.#parts
    const told = (await open.runtime.peopleNames()).get(identity.current.person)
    if (told !== undefined && told !== state.value.name) await this.#tryIntroduce(open)
  }

  #namesChanged(space: SpaceId): void {
    this.#parts.events.emitSoon({ type: 'members', space })
    this.#parts.events.emitSoon({ type: 'space', space })
    this.#parts.events.emitSoon({ type: 'spaces' })
  }

  async #chatChanged(open: OpenSpace, event: ViewEvent<ChatChange>): Promise<void> {
    const { events } = this.#parts
    const space = open.runtime.space.id
    events.emitSoon({ type: 'spaces' })
    if (event.kind === 'rebuilt') {
      events.emitSoon({ type: 'resync' })
      return await this.#prepareWelcome(open)
    }
    if (event.changes.some(({ kind }) => kind === 'room')) await this.#prepareWelcome(open)
    if (event.changes.some(({ kind }) => kind !== 'message')) {
      events.emitSoon({ type: 'rooms', space })
      events.emitSoon({ type: 'delivery', space })
    }
    for (const [room, ids] of messagesByRoom(event.changes)) {
      if (ids.length > EVENT_MESSAGES_MAX) events.emitSoon({ type: 'resync' })
      else events.emit({ type: 'messages', space, room, messages: await open.chat.current(ids) })
    }
  }
}

/** Those who came before this device last gave its names; it had seen their admission, or its clock is ahead. */
function greetedBefore(space: Space, ownNamesAtMs: number): Set<PersonId> {
  const before = space.members().filter(({ joinedAtMs }) => joinedAtMs <= ownNamesAtMs)
  return new Set([space.identity.person, ...before.map(({ person }) => person)])
}

async function closeSpace({ runtime, ledger, owners, cancels }: OpenSpace): Promise<void> {
  for (const cancel of cancels) cancel()
  await owners.close()
  await ledger.series.close()
  await runtime.close()
}

function messagesByRoom(changes: readonly ChatChange[]): Map<EntryId, EntryId[]> {
  const byRoom = new Map<EntryId, Set<EntryId>>()
  for (const change of changes) {
    if (change.kind !== 'message') continue
    const ids = byRoom.get(change.room) ?? new Set()
    byRoom.set(change.room, ids.add(change.message))
  }
  return new Map([...byRoom].map(([room, ids]) => [room, [...ids]]))
}
