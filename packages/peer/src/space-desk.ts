/** What the API says of one space as a whole: its summary, and what every device has of it. */

import type { DeviceId, PersonId } from '@hamlet/core'
import type {
  DeviceProgress,
  ForgetPreview,
  Room,
  NewerContent,
  SpaceDetail,
  SpaceInspection,
  SpaceSummary,
} from '@hamlet/http/api'
import type { DeviceSync, Space, SpaceProgress, SyncEngine } from '@hamlet/space'
import { bytesToHex } from '@hamlet/core'
import type { ChatDesk } from './chat-desk.ts'
import type { InviteDesk } from './invite-desk.ts'
import { UNKNOWN_NAME } from './message-mapper.ts'
import type { PeopleDesk } from './people-desk.ts'
import type { NamesByPerson, SpaceRuntime } from './space-runtime.ts'
import { ownStanding } from './standing.ts'

/** Of what a newer version has written, so much is listed. */
const NEWER_SHOWN_MAX = 20
/** What types are called; of another one the name is not shown, because it may hold anything. */
const PLAIN_TYPE = /^[a-z0-9.-]+$/
const UNNAMED_TYPE = 'unknown'

const NO_PROGRESS: SpaceProgress = {
  connectedDevices: [],
  fetching: false,
  agreed: true,
  devices: [],
}

export interface SpaceDeskParts {
  readonly chat: ChatDesk
  readonly invites: InviteDesk
  readonly people: PeopleDesk
}

export class SpaceDesk {
  readonly #runtime: SpaceRuntime
  readonly #sync: SyncEngine
  readonly #chat: ChatDesk
  readonly #invites: InviteDesk
  readonly #people: PeopleDesk

  constructor(runtime: SpaceRuntime, sync: SyncEngine, desks: SpaceDeskParts) {
    this.#runtime = runtime
    this.#sync = sync
    this.#chat = desks.chat
    this.#invites = desks.invites
    this.#people = desks.people
  }

  async summary(): Promise<SpaceSummary> {
    const { space } = this.#runtime
    const rooms = await this.#chat.rooms()
    const last = newestMessage(rooms)
    const waiting = waitsFor(space)
    return {
      id: space.id,
      name: await this.#runtime.name(),
      ...ownStanding(space, await this.#runtime.peopleNames()),
      members: space.members().length,
      unread: sum(rooms.map(({ unread }) => unread)),
      mentions: sum(rooms.map(({ mentions }) => mentions)),
      requests: this.#invites.waitingCount,
      online: this.#onlinePeople().size,
      sync: this.#syncState(),
      ...(last === undefined ? {} : { lastMessage: last }),
      ...(waiting === undefined ? {} : { waiting }),
    }
  }

  async detail(): Promise<SpaceDetail> {
    const { space } = this.#runtime
    const summary = await this.summary()
    const { history, ephemeral } = space.controlState()
    return {
      ...summary,
      createdAtMs: this.#createdAtMs(),
      founder: space.controlState().founder ?? '',
      history,
      ...(ephemeral === undefined ? {} : { disappearAfterMs: ephemeral.keepMs }),
      entries: sum([...space.lengths().values()]),
      sizeBytes: space.storedBytes,
    }
  }

  /** What deleting the space from this device would lose. */
  async previewForget(): Promise<ForgetPreview> {
    const { space } = this.#runtime
    const { standing } = ownStanding(space, await this.#runtime.peopleNames())
    return {
      ...{ standing, allowed: standing !== 'member' },
      entries: sum([...space.lengths().values()]),
      sizeBytes: space.storedBytes,
      onlyHere: this.#ownContentOnlyHere(),
    }
  }

  async inspect(): Promise<SpaceInspection> {
    const { space } = this.#runtime
    const names = await this.#runtime.peopleNames()
    const progress = this.#progress()
    const connected = new Set(progress.connectedDevices)
    const devices = await Promise.all(
      progress.devices.map((device) => this.#deviceProgress(device, names, connected)),
    )
    return {
      frontier: bytesToHex(space.frontierHash()),
      entries: sum([...space.lengths().values()]),
      pending: space.pendingCounts().waiting,
      quarantined: space.pendingCounts().held,
      epoch: space.epochs()[0]?.id ?? '',
      devices,
      forks: space.forkPoints().map(({ publicKey, index }) => ({
        device: bytesToHex(publicKey),
        length: index,
      })),
      rejected: space.rejected().map(({ device, seq, reason }) => ({ device, seq, reason })),
      newer: await this.#newer(names),
    }
  }

  async #newer(names: NamesByPerson): Promise<NewerContent> {
    const latest = await this.#runtime.latestNewer(NEWER_SHOWN_MAX)
    return {
      count: await this.#runtime.newerCount(),
      latest: latest.map(({ id, type, person: author, atMs }) => {
        const authorName = names.get(author) ?? UNKNOWN_NAME
        return { id, type: PLAIN_TYPE.test(type) ? type : UNNAMED_TYPE, author, authorName, atMs }
      }),
    }
  }

  async #deviceProgress(
    state: DeviceSync,
    names: NamesByPerson,
    connected: ReadonlySet<DeviceId>,
  ): Promise<DeviceProgress> {
    const { space } = this.#runtime
    const { device, lengthHere, lengthKnown } = state
    const person = space.deviceOwner(device) ?? ('' as PersonId)
    const { name, own, online, lastSeenMs } = await this.#people.device(device, connected)
    const held = own ? space.lengths() : state.holds
    return {
      ...{ device, person, own, online },
      name: `${names.get(person) ?? UNKNOWN_NAME}, ${name}`,
      entriesHere: lengthHere,
      entriesKnown: lengthKnown,
      entriesHeld: sum([...held.values()]),
      ...(lastSeenMs === undefined ? {} : { lastSeenMs }),
      note: noteOn(state, { own, online, slowed: space.isSlowed(device) }),
    }
  }

  /** Content of this device that no other has said to hold. */
  #ownContentOnlyHere(): number {
    const { space } = this.#runtime
    const { device } = space.identity
    const held = this.#progress().devices.map(({ device: other, holds }) => {
      return other === device ? 0 : (holds.get(device) ?? 0)
    })
    let count = 0
    for (const { epoch } of space.entries(device, Math.max(0, ...held))) {
      if (epoch !== undefined) count++
    }
    return count
  }

  #createdAtMs(): number {
    const { space } = this.#runtime
    const { founderDevice } = space
    if (founderDevice === undefined) return 0
    return space.entryAt(founderDevice, 0)?.time.milliseconds ?? 0
  }

  #progress(): SpaceProgress {
    return this.#sync.progress(this.#runtime.space.id) ?? NO_PROGRESS
  }

  #onlinePeople(): Set<PersonId> {
    const { space } = this.#runtime
    const owners = this.#progress().connectedDevices.map((device) => space.deviceOwner(device))
    const people = new Set(owners.filter((person) => person !== undefined))
    people.delete(space.identity.person)
    return people
  }

  #syncState(): SpaceSummary['sync'] {
    const { space } = this.#runtime
    const others = space.memberDevices().filter((device) => device !== space.identity.device)
    if (others.length === 0) return 'alone'
    const { connectedDevices, fetching, devices } = this.#progress()
    if (connectedDevices.length === 0) return 'offline'
    const isBehind = devices.some(({ lengthHere, lengthKnown }) => lengthHere < lengthKnown)
    return fetching || isBehind || space.pendingCounts().waiting > 0 ? 'syncing' : 'synced'
  }
}

/** What this device waits for before it writes again. */
function waitsFor(space: Space): SpaceSummary['waiting'] {
  if (space.ownRole === undefined) return undefined
  if (space.needsNewerVersion) return 'update'
  if (space.ownLogDoubt.isOpen) return 'confirmation'
  return space.isFrozen ? 'own-entries' : undefined
}

function newestMessage(rooms: readonly Room[]): Room['lastMessage'] {
  const messages = rooms.flatMap(({ lastMessage }) => lastMessage ?? [])
  return messages.sort((a, b) => b.atMs - a.atMs)[0]
}

interface Circumstances {
  readonly own: boolean
  readonly online: boolean
  readonly slowed: boolean
}

function noteOn(state: DeviceSync, { own, online, slowed }: Circumstances): string {
  const missing = state.lengthKnown - state.lengthHere
  if (slowed) return 'It writes more in a day than this space allows; the rest is taken bit by bit.'
  if (missing > 0) {
    const where = online || own ? 'are on their way here' : 'are not here yet'
    return `${missing} of its entries ${where}.`
  }
  if (!own && state.holds.size === 0) return 'It has not said yet what it holds.'
  return ''
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
