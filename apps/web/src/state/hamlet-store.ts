/**
 * The page's copy of what the peer knows, and every action on it.
 *
 * The idea: state is one immutable value; actions change it at once and tell the peer; events of the peer name what has
 * changed and it is asked for again. Only what has been shown once is kept fresh. A watchdog asks for the status every
 * few seconds, because a stream that is silent looks the same as one that is dead.
 *
 * Invariants:
 * 1. `connection` is `online` only while the last question was answered.
 * 2. After a break everything on the screen is loaded again before it is called fresh.
 */

import type {
  AttachmentsApi,
  DeviceLink,
  DeviceReset,
  DeviceRevocation,
  FilesApi,
  HamletApi,
  HamletEvent,
  InviteOptions,
  Invite,
  Join,
  LedgerApi,
  SpaceOptions,
} from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'
import { initialState, withSpace } from './app-state.ts'
import type { AppState, Connection, SpaceState } from './app-state.ts'
import { AttachmentCache } from './attachment-cache.ts'
import { AttachWork } from './attach-work.ts'
import { BillsWork } from './bills-work.ts'
import { codeOf, errorToWords, isUnreachable } from './error-words.ts'
import { BY_LINK } from './files-state.ts'
import { FilesWork } from './files-work.ts'
import type { LocalNotes } from './local-notes.ts'
import { NoticeBoard } from './notice-board.ts'
import { Observed } from './observable.ts'
import type { Observable } from './observable.ts'
import { memoryFiles } from './page-files.ts'
import type { PageFiles } from './page-files.ts'
import { PeopleWork } from './people-work.ts'
import { LEDGER_GAP_MS, Refresher } from './refresher.ts'
import { RoomWork } from './room-work.ts'
import { spaceOf } from './route.ts'
import type { Route } from './route.ts'

/** What the page asks of the peer. */
export type PageApi = HamletApi & LedgerApi & FilesApi & AttachmentsApi

export interface HamletStoreOptions {
  readonly api: PageApi
  /** How bytes get there and back. @default as streams in one memory */
  readonly files?: PageFiles
  readonly notes: LocalNotes
  /** The catalogue in use, for notices. */
  readonly texts: () => Texts
  readonly route: Route
  /** @default 4,000 */
  readonly watchMs?: number
}

const WATCH_MS = 4000

export class HamletStore implements Observable<AppState> {
  readonly api: PageApi
  readonly notes: LocalNotes
  readonly notices: NoticeBoard
  readonly rooms: RoomWork
  readonly people: PeopleWork
  readonly bills: BillsWork
  readonly files: FilesWork
  readonly pageFiles: PageFiles
  readonly attachments: AttachWork
  readonly attachmentCache: AttachmentCache
  readonly #state: Observed<AppState>
  readonly #texts: () => Texts
  readonly #refresher = new Refresher()
  readonly #watchMs: number
  readonly get: () => AppState
  readonly subscribe: (listener: () => void) => () => void

  constructor(options: HamletStoreOptions) {
    this.api = options.api
    this.notes = options.notes
    this.#texts = options.texts
    this.#watchMs = options.watchMs ?? WATCH_MS
    this.#state = new Observed(initialState(options.route))
    this.get = this.#state.get
    this.subscribe = this.#state.subscribe
    this.notices = new NoticeBoard(this.#state)
    this.pageFiles = options.files ?? memoryFiles(options.api)
    this.attachmentCache = new AttachmentCache(options.api)
    this.attachments = new AttachWork({
      api: options.api,
      files: this.pageFiles,
      change: (change) => this.#state.update((state) => ({ ...state, files: change(state.files) })),
      onChanged: (space) => this.bills.refresh(space),
      onError: (error) => this.report(error, 'file'),
    })
    this.rooms = new RoomWork({
      api: options.api,
      notes: options.notes,
      prepare: (space, file) => this.attachments.prepare(space, file),
      state: this.#state,
      notices: this.notices,
      refresher: this.#refresher,
      onError: (error, work) => this.report(error, work),
      onUnreachable: (error) => this.#note(error),
      errorToWords: (error, work) => errorToWords(error, this.#texts(), work),
    })
    this.people = new PeopleWork({
      api: options.api,
      notices: this.notices,
      texts: options.texts,
      act: (action) => this.#act('member', action),
      forgotten: async () => {
        this.#set({ spaces: await this.api.spaces(), joins: await this.api.joins() })
      },
      reload: async (space) => {
        await this.#loadSpace(space, PEOPLE_PARTS)
        this.#set({ spaces: await this.api.spaces() })
      },
    })
    this.bills = new BillsWork({
      api: options.api,
      state: this.#state,
      notices: this.notices,
      texts: options.texts,
      load: (name, load) => this.#load(name, load, undefined, LEDGER_GAP_MS),
      onError: (error) => this.report(error, 'bill'),
    })
    this.files = new FilesWork({
      api: options.api,
      files: this.pageFiles,
      state: this.#state,
      notices: this.notices,
      texts: options.texts,
      load: (name, load, gapMs) => this.#load(name, load, undefined, gapMs),
      onError: (error) => this.report(error, 'file'),
    })
  }

  /** Follows the peer until `signal` aborts. */
  start(signal: AbortSignal): void {
    void this.#follow(signal)
    void this.#watch(signal)
  }

  go(route: Route): void {
    this.#state.update((state) => ({ ...state, route }))
    const space = spaceOf(route)
    if (space !== undefined) this.notes.setValue('last', space)
  }

  /** Tells the person that `work` failed, in words. */
  report(error: unknown, work: Parameters<typeof errorToWords>[2]): void {
    this.#note(error)
    this.notices.show({ tone: 'danger', text: errorToWords(error, this.#texts(), work) })
  }

  /** Loads what a page of the space needs. */
  openSpace(space: string): void {
    void this.#loadSpace(space, ['rooms', 'members', 'requests', 'inspection'])
  }

  openPeople(space: string): void {
    void this.#loadSpace(space, PEOPLE_PARTS)
  }

  openInspector(space: string): void {
    void this.#loadSpace(space, ['inspection', 'members'])
    void this.#load('peers', async () => this.#set({ peers: await this.api.peers() }))
  }

  openDevices(): void {
    void this.#loadDevices()
  }

  async setDeviceName(name: string): Promise<boolean> {
    return this.#act('name', async () => {
      this.#set({ status: await this.api.setDeviceName(name) })
      await this.#loadDevices()
    })
  }

  /** What the devices dialogs do: the answer is shown at once, errors are the caller's to put into words. */
  async changeLink(change: (api: HamletApi) => Promise<DeviceLink>): Promise<void> {
    this.#set({ link: await change(this.api) })
  }

  async cancelLink(): Promise<void> {
    this.#set({ link: { state: 'none' } })
    await this.#act('device', () => this.api.cancelLink())
  }

  async revokeDevice(device: string, words: string | undefined): Promise<DeviceRevocation> {
    const revoked = await this.api.revokeDevice(device, words)
    await this.#loadDevices()
    return revoked
  }

  async resetDevice(device: string, words: string | undefined): Promise<DeviceReset> {
    const reset = await this.api.resetDevice(device, words)
    await this.#loadDevices()
    return reset
  }

  async recover(words: string, addresses: readonly string[]): Promise<void> {
    const recovery = await this.api.recover(words, addresses)
    this.#set({ recovery, status: await this.api.status() })
  }

  async endRecovery(): Promise<void> {
    await this.#act('device', async () => {
      await this.api.endRecovery()
      this.#set({ recovery: await this.api.recovery() })
    })
  }

  async setName(name: string): Promise<boolean> {
    return this.#act('name', async () => this.#set({ status: await this.api.setName(name) }))
  }

  /** The new space's id, or undefined when it failed (and the person was told). */
  async createSpace(name: string, options: SpaceOptions): Promise<string | undefined> {
    let id: string | undefined
    await this.#act('create', async () => {
      id = (await this.api.createSpace(name, options)).id
      this.#set({ spaces: await this.api.spaces() })
    })
    return id
  }

  async createRoom(space: string, name: string): Promise<string | undefined> {
    let id: string | undefined
    await this.#act('create', async () => {
      id = (await this.api.createRoom(space, name)).id
      this.#setSpace(space, { rooms: await this.api.rooms(space) })
    })
    return id
  }

  async createInvite(space: string, options: InviteOptions): Promise<Invite | undefined> {
    let invite: Invite | undefined
    await this.#act('invite', async () => {
      invite = await this.api.createInvite(space, options)
      this.#setSpace(space, { invites: await this.api.invites(space) })
    })
    return invite
  }

  async revokeInvite(space: string, invite: string): Promise<void> {
    await this.#act('invite', async () => {
      await this.api.revokeInvite(space, invite)
      this.#setSpace(space, { invites: await this.api.invites(space) })
      this.notices.show({ tone: 'plain', text: this.#texts().invite.revoked })
    })
  }

  async answerRequest(space: string, request: string, approve: boolean): Promise<void> {
    await this.#act('request', async () => {
      await (approve ? this.api.approve(space, request) : this.api.decline(space, request))
      await this.#loadSpace(space, ['requests', 'members', 'invites'])
      this.#set({ spaces: await this.api.spaces() })
    })
  }

  async join(link: string, name: string | undefined): Promise<Join> {
    const join = await this.api.join(link, name)
    this.#set({ joins: await this.api.joins() })
    if (name !== undefined) this.#set({ status: await this.api.status() })
    return join
  }

  async cancelJoin(space: string): Promise<void> {
    await this.#act('join', async () => {
      await this.api.cancelJoin(space)
      this.#set({ joins: await this.api.joins() })
    })
  }

  /** Asks the peer again at once, as when the page comes back into view. */
  check(): Promise<void> {
    return this.#load('status', async () => {
      const status = await this.api.status()
      const wasLost = this.get().connection !== 'online'
      this.#set({ status, connection: 'online' })
      if (wasLost) await this.#reloadAll()
    })
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.check()
      await new Promise((resolve) => setTimeout(resolve, this.#watchMs))
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.get().connection !== 'refused') {
      try {
        for await (const event of this.api.events({ signal })) this.#apply(event)
      } catch (error) {
        this.#note(error)
      }
      await new Promise((resolve) => setTimeout(resolve, this.#watchMs))
    }
  }

  #apply(event: HamletEvent): void {
    switch (event.type) {
      case 'status':
        void this.check()
        return
      case 'peers':
        if (this.get().peers.length > 0) {
          void this.#load('peers', async () => this.#set({ peers: await this.api.peers() }))
        }
        return
      case 'joins':
        void this.#load('joins', async () => this.#set({ joins: await this.api.joins() }))
        return
      case 'devices':
        void this.#loadRecovery()
        if (this.get().devices !== undefined || this.get().link.state !== 'none') {
          void this.#loadDevices()
        }
        return
      case 'messages':
        this.rooms.applyEvent(event)
        this.#refreshCounts(event.space)
        return
      case 'delivery':
        void this.rooms.refreshShown(event.space)
        this.#refreshCounts(event.space)
        void this.#loadSpace(event.space, ['inspection'], true)
        return
      case 'ledger':
        this.bills.refresh(event.space)
        return
      case 'files':
        this.files.refresh(event.space ?? BY_LINK)
        return
      case 'transfers':
        this.files.refreshTransfers()
        return
      case 'spaces':
      case 'space':
      case 'members':
      case 'requests':
      case 'invites':
      case 'rooms':
        this.#applySpaceEvent(event)
        return
      default:
        // `resync`, and whatever a newer peer may say: ask for everything on the screen again.
        void this.#reloadAll()
    }
  }

  #applySpaceEvent(event: Exclude<HamletEvent, { type: 'messages' }>): void {
    void this.#loadSpaces()
    if (!('space' in event)) return
    const part = event.type
    if (part === 'members') void this.#loadSpace(event.space, MEMBER_PARTS, true)
    else if (part === 'rooms' || part === 'requests' || part === 'invites') {
      void this.#loadSpace(event.space, [part], true)
    } else void this.#loadSpace(event.space, ['inspection', 'members'], true)
  }

  #refreshCounts(space: string): void {
    void this.#loadSpaces()
    void this.#loadSpace(space, ['rooms'], true)
  }

  #loadSpaces(): Promise<void> {
    return this.#load('spaces', async () => {
      const spaces = await this.api.spaces()
      this.#set({ spaces })
      for (const { id, waiting } of spaces) if (waiting === undefined) this.rooms.retryWaiting(id)
    })
  }

  #loadDevices(): Promise<void> {
    return this.#load('devices', async () => {
      const [devices, link] = await Promise.all([this.api.devices(), this.api.deviceLink()])
      this.#set({ devices, link })
    })
  }

  #loadRecovery(): Promise<void> {
    return this.#load('recovery', async () => this.#set({ recovery: await this.api.recovery() }))
  }

  async #reloadAll(): Promise<void> {
    await Promise.all([
      this.#loadSpaces(),
      this.#loadRecovery(),
      this.#load('joins', async () => this.#set({ joins: await this.api.joins() })),
    ])
    const shown = Object.keys(this.get().spaceStates)
    await Promise.all(
      shown.map((space) =>
        this.#loadSpace(space, ['rooms', 'requests', 'invites', ...MEMBER_PARTS], true),
      ),
    )
    this.bills.refreshAll()
    this.files.refreshAll()
    await this.rooms.reloadOpen()
  }

  /** `onlyShown`: leaves out what no page has asked for yet. */
  async #loadSpace(
    space: string,
    parts: readonly (keyof typeof LOADS)[],
    onlyShown = false,
  ): Promise<void> {
    const known = this.get().spaceStates[space]
    const wanted = parts.filter((part) => !onlyShown || known?.[part] !== undefined)
    await Promise.all(
      wanted.map((part) =>
        this.#load(
          `${part} ${space}`,
          async () => {
            this.#setSpace(space, await LOADS[part](this.api, space))
          },
          () => this.#setSpace(space, { missing: true }),
        ),
      ),
    )
  }

  /** A load in the background: it fails silently, except that the connection may be seen to be lost. */
  #load(
    name: string,
    load: () => Promise<void>,
    onMissing?: () => void,
    gapMs?: number,
  ): Promise<void> {
    const quietly = async () => {
      try {
        await load()
      } catch (error) {
        this.#note(error)
        if (codeOf(error).endsWith('SPACE_NOT_FOUND')) onMissing?.()
      }
    }
    return this.#refresher.refresh(name, quietly, gapMs)
  }

  async #act(
    work: Parameters<typeof errorToWords>[2],
    action: () => Promise<void>,
  ): Promise<boolean> {
    try {
      await action()
      return true
    } catch (error) {
      this.report(error, work)
      return false
    }
  }

  #note(error: unknown): void {
    if (isUnreachable(error)) this.#setConnection('lost')
    if (codeOf(error) === 'UNAUTHORIZED') this.#setConnection('refused')
  }

  /** `online` again is said by `check` alone, which also loads what was missed. */
  #setConnection(connection: Connection): void {
    const old = this.get().connection
    if (connection === 'online' || connection === old || old === 'refused') return
    this.#set({ connection })
  }

  #set(patch: Partial<AppState>): void {
    this.#state.update((state) => ({ ...state, ...patch }))
  }

  #setSpace(space: string, patch: Partial<SpaceState>): void {
    this.#state.update((state) => withSpace(state, space, patch))
  }
}

/** What a change of members may change. */
const MEMBER_PARTS = [
  'members',
  'former',
  'log',
  'aside',
  'votes',
  'policies',
  'inspection',
] as const
/** What the page of a space's people shows. */
const PEOPLE_PARTS = [
  'members',
  'requests',
  'invites',
  'former',
  'log',
  'aside',
  'votes',
  'policies',
] as const

const LOADS = {
  rooms: async (api: HamletApi, space: string) => ({ rooms: await api.rooms(space) }),
  members: async (api: HamletApi, space: string) => ({ members: await api.members(space) }),
  requests: async (api: HamletApi, space: string) => ({ requests: await api.requests(space) }),
  invites: async (api: HamletApi, space: string) => ({ invites: await api.invites(space) }),
  former: async (api: HamletApi, space: string) => ({ former: await api.formerMembers(space) }),
  log: async (api: HamletApi, space: string) => ({ log: await api.membershipLog(space) }),
  aside: async (api: HamletApi, space: string) => ({ aside: await api.setAside(space) }),
  policies: async (api: HamletApi, space: string) => ({ policies: await api.policies(space) }),
  votes: async (api: HamletApi, space: string) => ({ votes: await api.ownerVotes(space) }),
  inspection: async (api: HamletApi, space: string) => ({ inspection: await api.inspect(space) }),
} as const
