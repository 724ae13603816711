/**
 * A peer: keys, spaces, network and sync put together behind `HamletApi`. The same class runs in Node and, given other
 * ports, in a browser tab.
 *
 * Invariants:
 * 1. Every method answers from local state; writes resolve when they are durable on this device.
 * 2. `close` stops timers, sync and views before the disk goes, and is idempotent.
 */

import { parseId } from '@hamlet/core'
import type { Cancel, DeviceId, SpaceId } from '@hamlet/core'
import type {
  DeviceLink,
  DeviceReset,
  DeviceRevocation,
  ForgetPreview,
  FormerMember,
  HamletApi,
  HamletEvent,
  Invite,
  InviteOptions,
  InvitePreview,
  InviteRole,
  Join,
  JoinRequest,
  Member,
  MembershipEvent,
  Message,
  MessageDetail,
  MessagePage,
  MessageQuery,
  OwnDevice,
  OwnerVotes,
  PeerInfo,
  PeerStatus,
  Recovery,
  RefusedPeer,
  RemovalPreview,
  Room,
  SendMessage,
  SetAsideEntry,
  SpaceDetail,
  SpaceInspection,
  SpaceOptions,
  SpacePolicy,
  SpaceSummary,
} from '@hamlet/http/api'
import { decodeLink, SyncEngine } from '@hamlet/space'
import type { InviteLink, SyncChange } from '@hamlet/space'
import { ClientDesk } from './client-desk.ts'
import { UNBROKEN_CUSTODY } from './custody.ts'
import { DeviceDesk } from './device-desk.ts'
import { Doubts } from './doubts.ts'
import { PeerError } from './errors.ts'
import { EventHub } from './event-hub.ts'
import { FilesPeer } from './files/files-peer.ts'
import { PeerFiles } from './files/peer-files.ts'
import { toName } from './given-name.ts'
import { JoinDesk } from './join-desk.ts'
import type { LedgerDesk } from './ledger/ledger-desk.ts'
import { PeerIdentity } from './peer-identity.ts'
import type { PeerOptions, PeerPorts } from './peer-ports.ts'
import { PeerDesk } from './peer-desk.ts'
import type { KnownMember } from './peer-desk.ts'
import { PeerStateFile } from './peer-state.ts'
import { peerWarnings } from './peer-warnings.ts'
import { ListingDesk } from './listing-desk.ts'
import { NameKeeper } from './name-keeper.ts'
import { PrekeyKeeper } from './prekey-keeper.ts'
import { Reach } from './reach.ts'
import { SpaceRegistry } from './space-registry.ts'
import type { OpenSpace } from './space-registry.ts'

/** A page that knows the form finds the link in any address. */
const WEB_ADDRESS_UNKNOWN = 'http://localhost/'

export class Peer extends FilesPeer implements HamletApi {
  readonly #ports: PeerPorts
  readonly #options: PeerOptions
  readonly #identity: PeerIdentity
  readonly #state: PeerStateFile
  readonly #events: EventHub
  readonly #sync: SyncEngine
  readonly #spaces: SpaceRegistry
  readonly #joins: JoinDesk
  readonly #peers: PeerDesk
  readonly #devices: DeviceDesk
  protected readonly clientDesk: ClientDesk
  protected readonly listingDesk: ListingDesk
  protected readonly files: PeerFiles
  readonly #reach: Reach
  readonly #prekeys: PrekeyKeeper
  readonly #names: NameKeeper
  readonly #startedAtMs: number
  readonly #unsubscribes: readonly Cancel[]
  #closed = false

  private constructor(
    ports: PeerPorts,
    options: PeerOptions,
    state: PeerStateFile,
    doubts: Doubts,
  ) {
    super()
    const { network, clock, logger } = ports
    this.#ports = ports
    this.#options = options
    this.#state = state
    this.#startedAtMs = clock.wall()
    this.#events = new EventHub(clock)
    this.#sync = new SyncEngine({
      ...{ ...ports, net: network.net, logger: logger.forComponent('sync') },
      originOf: (device) => network.originOf(device),
    })
    this.#peers = new PeerDesk(network, this.#sync, () => this.#membersByDevice())
    this.#reach = new Reach(network, clock, logger.forComponent('reach'), () => this.#goals())
    const identity = new PeerIdentity(ports.crypto, options.keys)
    this.#identity = identity
    const { sync, events } = { sync: this.#sync, events: this.#events }
    this.#spaces = new SpaceRegistry({
      ...{ ports, identity, state, doubts, sync, events },
      reachChanged: () => {
        this.#reach.changed()
        this.#devices.spacesChanged()
        this.clientDesk.spacesChanged()
      },
      backupsChanged: () => this.#devices.spacesChanged(),
      files: () => this.files,
      nameFound: async (name) => void (await this.setName(name)),
    })
    const webAddress = (): string => options.webAddress?.() ?? WEB_ADDRESS_UNKNOWN
    this.files = new PeerFiles({ ports, identity, spaces: this.#spaces, events, webAddress })
    this.#joins = new JoinDesk({
      ...{ ports, state, doubts, sync, identity },
      spacePorts: (id) => this.#spaces.spacePorts(id),
      spaceKv: (id) => this.#spaces.spaceKv(id),
      openSpace: (id) => this.#spaces.find(id)?.runtime.space,
      prepare: (id) => this.#spaces.prepare(id),
      resync: (space) => this.#spaces.addToSync(space),
      joined: (space) => this.#spaces.join(space),
      changed: () => this.#joinsChanged(),
    })
    this.#devices = new DeviceDesk({
      ...{ ports, identity, state, doubts, sync, spaces: this.#spaces, joins: this.#joins },
      identityChanged: () => this.#events.emit({ type: 'status' }),
      changed: () => this.#events.emitSoon({ type: 'devices' }),
      arrivalsChanged: () => this.#joinsChanged(),
    })
    this.clientDesk = new ClientDesk({ ports, identity, spaces: this.#spaces, api: () => this })
    this.listingDesk = new ListingDesk({ ports, identity, spaces: this.#spaces })
    this.#prekeys = new PrekeyKeeper({
      ...{ ...ports, identity, logger: logger.forComponent('prekeys') },
      spaces: () => this.#spaces.all().map(({ runtime }) => runtime.space),
    })
    this.#names = new NameKeeper({
      ...{ clock, logger: logger.forComponent('names') },
      spaces: () => this.#spaces.all(),
      keepNames: (open, youngMs) => this.#spaces.keepNames(open, youngMs),
    })
    this.#unsubscribes = this.#subscribe()
  }

  #subscribe(): readonly Cancel[] {
    return [
      this.#sync.subscribe((change) => this.#syncChanged(change)),
      this.#ports.network.net.subscribe({
        peerUp: () => this.#events.emitSoon({ type: 'peers' }),
        peerDown: () => this.#events.emitSoon({ type: 'peers' }),
        message: () => undefined,
        drain: () => undefined,
      }),
    ]
  }

  static async open(ports: PeerPorts, options: PeerOptions): Promise<Peer> {
    const state = await PeerStateFile.open(ports.disk)
    if (state.value.deviceName === '') {
      await state.update(() => ({ deviceName: options.defaultDeviceName }))
    }
    const { custody = UNBROKEN_CUSTODY, logger } = ports
    const peer = new Peer(ports, options, state, await Doubts.open(custody, state, logger))
    try {
      await peer.files.open()
      await peer.#spaces.openAll()
      await peer.#joins.resume()
      await peer.#devices.open()
      await peer.listingDesk.open()
      await peer.files.start()
      peer.#reach.changed()
      peer.#prekeys.start()
      peer.#names.start()
      return peer
    } catch (error) {
      await peer.close()
      throw error
    }
  }

  async status(): Promise<PeerStatus> {
    const { network } = this.#ports
    const { version, keysEncrypted } = this.#options
    const { name, deviceName, revoked } = this.#state.value
    const { person, device } = this.#identity.current
    return {
      ...{ version, name, deviceName, keysEncrypted, person, device },
      startedAtMs: this.#startedAtMs,
      addresses: network.addresses(),
      connectedPeers: network.net.peers().length,
      spaces: this.#spaces.all().length,
      warnings: await peerWarnings(this.#spaces.all(), this.#spaces.unusable(), {
        keysEncrypted,
        revoked,
        clock: this.files.clockDoubt,
      }),
    }
  }

  async setName(name: string): Promise<PeerStatus> {
    const checked = toName(name)
    if (checked !== this.#state.value.name) {
      await this.#state.update(() => ({ name: checked }))
      await this.#spaces.introduceAll()
      this.#events.emit({ type: 'status' })
    }
    return await this.status()
  }

  async recoveryWords(): Promise<{ readonly words: readonly string[] }> {
    return { words: this.#identity.recoveryWords }
  }

  async setDeviceName(name: string): Promise<PeerStatus> {
    const checked = toName(name)
    if (checked !== this.#state.value.deviceName) {
      await this.#state.update(() => ({ deviceName: checked }))
      await this.#spaces.introduceAll()
      this.#events.emit({ type: 'status' })
      this.#events.emitSoon({ type: 'devices' })
    }
    return await this.status()
  }

  async devices(): Promise<readonly OwnDevice[]> {
    return await this.#devices.list()
  }

  async revokeDevice(device: string, words?: string): Promise<DeviceRevocation> {
    return await this.#devices.revoke(device, words)
  }

  async resetDevice(device: string, words?: string): Promise<DeviceReset> {
    return await this.#devices.reset(device, words)
  }

  async startLink(): Promise<DeviceLink> {
    return this.#devices.startLink()
  }

  async useLinkCode(code: string): Promise<DeviceLink> {
    return this.#devices.useLinkCode(code)
  }

  async deviceLink(): Promise<DeviceLink> {
    return this.#devices.link
  }

  async confirmLink(words?: string): Promise<DeviceLink> {
    return this.#devices.confirmLink(words)
  }

  async cancelLink(): Promise<void> {
    this.#devices.cancelLink()
  }

  async recover(words: string, addresses: readonly string[] = []): Promise<Recovery> {
    return await this.#devices.recover(words, addresses)
  }

  async recovery(): Promise<Recovery> {
    return this.#devices.recovery
  }

  async endRecovery(): Promise<void> {
    await this.#devices.endRecovery()
  }

  async peers(): Promise<readonly PeerInfo[]> {
    return await this.#peers.peers()
  }

  async refusedPeers(): Promise<readonly RefusedPeer[]> {
    return await this.#peers.refused()
  }

  async forgivePeer(device: string): Promise<void> {
    if (this.#peers.forgive(device)) this.#events.emit({ type: 'peers' })
  }

  async spaces(): Promise<readonly SpaceSummary[]> {
    return await Promise.all(this.#spaces.all().map(({ desk }) => desk.summary()))
  }

  async createSpace(name: string, options: SpaceOptions = {}): Promise<SpaceDetail> {
    const open = await this.#spaces.found(toName(name), options)
    this.#events.emit({ type: 'spaces' })
    return await open.desk.detail()
  }

  async space(space: string): Promise<SpaceDetail> {
    return await this.#spaces.get(space).desk.detail()
  }

  async members(space: string): Promise<readonly Member[]> {
    return await this.#spaces.get(space).people.members()
  }

  async formerMembers(space: string): Promise<readonly FormerMember[]> {
    return await this.#spaces.get(space).people.formerMembers()
  }

  async membershipLog(space: string): Promise<readonly MembershipEvent[]> {
    return await this.#spaces.get(space).people.log()
  }

  async setRole(space: string, person: string, role: InviteRole): Promise<Member> {
    return await this.#spaces.get(space).people.setRole(person, role)
  }

  async previewRemoval(space: string, person: string): Promise<RemovalPreview> {
    return await this.#spaces.get(space).people.previewRemoval(person)
  }

  async removeMember(space: string, person: string): Promise<FormerMember> {
    return await this.#spaces.get(space).people.remove(person)
  }

  async writeAnyway(space: string): Promise<SpaceDetail> {
    const { runtime, desk } = this.#spaces.get(space)
    runtime.space.ownLogDoubt.end()
    return await desk.detail()
  }

  async leaveSpace(space: string): Promise<SpaceDetail> {
    const { people, desk } = this.#spaces.get(space)
    await people.leave()
    return await desk.detail()
  }

  async transferOwnership(space: string, person: string): Promise<Member> {
    return await this.#spaces.get(space).people.transferOwnership(person)
  }

  async ownerVotes(space: string): Promise<OwnerVotes> {
    return await this.#spaces.get(space).owners.votes()
  }

  async voteForOwner(space: string, person: string): Promise<OwnerVotes> {
    return await this.#spaces.get(space).owners.vote(person)
  }

  async setAside(space: string): Promise<readonly SetAsideEntry[]> {
    return await this.#spaces.get(space).aside.list()
  }

  async adopt(space: string, ids: readonly string[]): Promise<readonly SetAsideEntry[]> {
    return await this.#spaces.get(space).aside.adopt(ids)
  }

  async policies(space: string): Promise<readonly SpacePolicy[]> {
    return this.#spaces.get(space).people.policies()
  }

  async setPolicy(space: string, name: string, value: string): Promise<readonly SpacePolicy[]> {
    return await this.#spaces.get(space).people.setPolicy(name, value)
  }

  async previewForget(space: string): Promise<ForgetPreview> {
    return await this.#spaces.get(space).desk.previewForget()
  }

  async forgetSpace(text: string): Promise<void> {
    const { runtime } = this.#spaces.get(text)
    const { id, ownRole } = runtime.space
    if (ownRole !== undefined) {
      throw new PeerError('SPACE_STILL_MEMBER', 'Leave the space before deleting it from here.')
    }
    await this.#joins.cancel(id)
    await this.#spaces.forget(id)
    this.#events.emit({ type: 'spaces' })
  }

  async inspect(space: string): Promise<SpaceInspection> {
    return await this.#spaces.get(space).desk.inspect()
  }

  async createInvite(space: string, options: InviteOptions = {}): Promise<Invite> {
    return await this.#spaces.get(space).invites.create(options)
  }

  async invites(space: string): Promise<readonly Invite[]> {
    return this.#spaces.get(space).invites.list()
  }

  async revokeInvite(space: string, invite: string): Promise<Invite> {
    return await this.#spaces.get(space).invites.revoke(invite)
  }

  async previewInvite(link: string): Promise<InvitePreview> {
    const { space, spaceName, inviter, inviterName, role, mode, expiresAtMs } = toLink(link)
    const expired = expiresAtMs <= this.#ports.clock.wall()
    const alreadyMember = this.#isMember(space)
    return {
      space,
      spaceName,
      inviter,
      inviterName,
      role,
      mode,
      expiresAtMs,
      expired,
      alreadyMember,
    }
  }

  async join(linkText: string, name?: string): Promise<Join> {
    const link = toLink(linkText)
    if (this.#isMember(link.space) || this.#devices.arrivals.has(link.space)) {
      throw new PeerError(
        'JOIN_ALREADY_MEMBER',
        'You are a member of this space already, as far as is known here. If you were removed meanwhile, leave it first.',
      )
    }
    if (name !== undefined) await this.setName(name)
    if (this.#state.value.name === '') {
      throw new PeerError('NAME_MISSING', 'Say what you are called, so that members know who asks.')
    }
    return await this.#joins.start(link, linkText.trim())
  }

  async joins(): Promise<readonly Join[]> {
    return [...this.#joins.list(), ...this.#devices.arrivals.list()]
  }

  async cancelJoin(space: string): Promise<void> {
    const id = parseId<SpaceId>(space)
    if (id === undefined) return
    await this.#joins.cancel(id)
    await this.#devices.arrivals.cancel(id)
  }

  async requests(space: string): Promise<readonly JoinRequest[]> {
    return this.#spaces.get(space).invites.requests()
  }

  async approve(space: string, request: string): Promise<JoinRequest> {
    return await this.#spaces.get(space).invites.approve(request)
  }

  async decline(space: string, request: string): Promise<JoinRequest> {
    return await this.#spaces.get(space).invites.decline(request)
  }

  async rooms(space: string): Promise<readonly Room[]> {
    return await this.#spaces.get(space).chat.rooms()
  }

  async createRoom(space: string, name: string): Promise<Room> {
    return await this.#spaces.get(space).chat.createRoom(toName(name))
  }

  async messages(space: string, query: MessageQuery = {}): Promise<MessagePage> {
    return await this.#spaces.get(space).chat.messages(query)
  }

  async message(space: string, id: string): Promise<MessageDetail> {
    return await this.#spaces.get(space).chat.message(id)
  }

  async send(space: string, message: SendMessage): Promise<Message> {
    return await this.#spaces.get(space).chat.send(message)
  }

  async edit(space: string, id: string, text: string): Promise<Message> {
    return await this.#spaces.get(space).chat.edit(id, text)
  }

  async delete(space: string, id: string): Promise<Message> {
    return await this.#spaces.get(space).chat.delete(id)
  }

  async react(space: string, id: string, emoji: string, on: boolean): Promise<Message> {
    return await this.#spaces.get(space).chat.react(id, emoji, on)
  }

  async markRead(space: string, _room: string, message: string): Promise<void> {
    await this.#spaces.get(space).chat.markRead(message)
  }

  exportMessages(
    space: string,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<string> {
    return this.#spaces.get(space).chat.export(options.signal)
  }

  events(options: { readonly signal?: AbortSignal } = {}): AsyncIterable<HamletEvent> {
    return this.#events.stream(options.signal)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
    this.#reach.close()
    await this.#prekeys.close()
    await this.#names.close()
    await this.clientDesk.close()
    await this.listingDesk.close()
    await this.files.close()
    await this.#devices.close()
    await this.#joins.close()
    this.#sync.close()
    await this.#spaces.close()
    this.#events.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A space whose files are damaged counts: it is not known that this person left it. */
  #isMember(id: SpaceId): boolean {
    const open = this.#spaces.find(id)
    return open === undefined ? this.#spaces.has(id) : open.runtime.space.ownRole !== undefined
  }

  protected override spaceOf(space: string): OpenSpace {
    return this.#spaces.get(space)
  }

  protected override ledgerOf(space: string): LedgerDesk {
    return this.#spaces.get(space).ledger
  }

  #goals() {
    return [...this.#spaces.goals(), ...this.#joins.goals(), ...this.#devices.arrivals.goals()]
  }

  #joinsChanged(): void {
    this.#events.emit({ type: 'joins' })
    this.#reach.changed()
  }

  #syncChanged(change: SyncChange): void {
    if (change.kind === 'join') return
    const { space } = change
    if (!this.#spaces.has(space)) return
    if (change.kind === 'progress') {
      this.#events.emitSoon({ type: 'space', space })
      this.#events.emitSoon({ type: 'members', space })
    }
    this.#events.emitSoon({ type: 'delivery', space })
  }

  async #membersByDevice(): Promise<Map<DeviceId, KnownMember>> {
    const byDevice = new Map<DeviceId, KnownMember>()
    for (const { runtime } of this.#spaces.all()) {
      const names = await runtime.peopleNames()
      for (const { person, devices } of runtime.space.members()) {
        for (const device of devices)
          byDevice.set(device, { person, name: names.get(person) ?? '' })
      }
    }
    return byDevice
  }
}

function toLink(text: string): InviteLink {
  const decoded = decodeLink(text)
  if (decoded.ok) return decoded.value
  throw decoded.error
}
