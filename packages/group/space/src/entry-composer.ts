/**
 * The entries of one commit in the making: their place in the log, their dependencies, their epoch, their payload.
 *
 * Dependencies are the heads of the other logs' applied entries that the own log has not named yet. An entry names at
 * most 32; what brings new control operations goes first, because it decides what the author may do, the rest follows
 * in the next entries. Heads that are not applied yet are never named, so own times never follow a clock that is far
 * ahead.
 */

import { CLOCK_AHEAD_MS_MAX, DEPS_MAX } from '@hamlet/core'
import type { DeviceId, EpochId } from '@hamlet/core'
import type { ControlOperation } from './control-operation.ts'
import type { ControlPast } from './control-past.ts'
import { encodeOperation, EPOCH_SEALS_MAX } from './control-operation.ts'
import type { ControlState, EpochState, MemberState } from './control-state.ts'
import { isReaderType } from './content-reader.ts'
import type { DeviceTrack } from './device-track.ts'
import { composeEntry, encodeCore } from './entry.ts'
import type { EncodedEntry, EntryCore } from './entry.ts'
import { chooseEpoch } from './epochs.ts'
import type { MadeEpoch } from './epochs.ts'
import { SpaceError } from './errors.ts'
import { SALT_BYTES, sealContent } from './payload.ts'
import type { SpaceCore } from './space-core.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Dependency } from './types.ts'

/** A new epoch is made when the newest is older, or has been used for more entries. */
export const EPOCH_MS_MAX = 30 * 24 * 3_600_000
export const EPOCH_ENTRIES_MAX = 10_000

export interface EpochAtHand {
  readonly id: EpochId
  readonly secret: Uint8Array
}

export type Draft =
  | {
      readonly kind: 'content'
      readonly type: string
      readonly content: Uint8Array
      /** @default random */
      readonly salt?: Uint8Array
    }
  | { readonly kind: 'control'; readonly operation: ControlOperation }
  /** A control operation that needs the epoch in use. */
  | { readonly kind: 'control-with-epoch'; readonly make: (epoch: EpochAtHand) => ControlOperation }
  /** An epoch whose secret the drafts behind it use. */
  | { readonly kind: 'epoch'; readonly made: MadeEpoch }

/** What a job may decide by. */
export interface WriteView {
  /** The state in the causal past of the commit's first entry. */
  readonly state: ControlState
  readonly past: ControlPast
  /** This device's person there. @throws SpaceError `SPACE_NOT_MEMBER`, `SPACE_CLOCK_BEHIND` */
  author(): MemberState
}

interface Mark {
  readonly entries: number
  readonly bytes: number
  readonly epoch: EpochAtHand | undefined
}

export class EntryComposer {
  readonly entries: EncodedEntry[] = []
  readonly blocks: Uint8Array[] = []
  readonly view: WriteView
  readonly #core: SpaceCore
  readonly track: DeviceTrack
  readonly #groups: readonly (readonly Head[])[]
  #epoch: EpochAtHand | undefined
  #bytes = 0

  /** `referenced`: per device, how many entries the own log has named already. */
  constructor(core: SpaceCore, track: DeviceTrack, referenced: ReadonlyMap<DeviceId, number>) {
    this.#core = core
    this.track = track
    const heads = headsToName(core, track, referenced)
    this.#groups = groupsOf(heads)
    this.view = viewAt(core, pastWith(core, track, this.#groups[0] ?? []))
  }

  /** What the entries so far name, by key of the log. */
  get named(): { readonly log: DeviceId; readonly length: number }[] {
    const heads = this.#groups.slice(0, this.entries.length).flat()
    return heads.map(({ track, seq }) => ({ log: track.key, length: seq + 1 }))
  }

  /** Bytes of the blocks so far. */
  get byteLength(): number {
    return this.#bytes
  }

  mark(): Mark {
    return { entries: this.entries.length, bytes: this.#bytes, epoch: this.#epoch }
  }

  rollback(mark: Mark): void {
    this.entries.length = mark.entries
    this.blocks.length = mark.entries
    this.#bytes = mark.bytes
    this.#epoch = mark.epoch
  }

  add(draft: Draft): void {
    switch (draft.kind) {
      case 'control':
        this.#addControl(draft.operation)
        return
      case 'control-with-epoch':
        this.#addControl(draft.make(this.#epochToUse()))
        return
      case 'epoch':
        this.#epoch = this.#addEpoch(draft.made)
        return
      case 'content':
        this.#addContent(draft.type, draft.content, draft.salt)
    }
  }

  #addControl(operation: ControlOperation): EncodedEntry {
    const isGenesis = operation.name === 'genesis'
    const header = { ...this.#place(), space: isGenesis ? undefined : this.#core.id }
    return this.#push(header, encodeCore(header), encodeOperation(operation))
  }

  #addContent(type: string, content: Uint8Array, given: Uint8Array | undefined): void {
    const { crypto, random } = this.#core.ports
    const isWriter = RANK_BY_ROLE[this.view.author().role] >= RANK_BY_ROLE.writer
    if (!isWriter && !isReaderType(type)) {
      throw new SpaceError('SPACE_READ_ONLY', 'readers cannot write here', { fields: { type } })
    }
    const { id, secret } = this.#epochToUse()
    const header = { ...this.#place(), epoch: id }
    const core = encodeCore(header)
    const salt = given ?? random.bytes(SALT_BYTES)
    this.#push(header, core, sealContent(crypto, secret, salt, core, content))
  }

  #push(header: EntryCore, core: Uint8Array, payload: Uint8Array): EncodedEntry {
    const { entry, block } = composeEntry(this.#core.ports.crypto, header, core, payload)
    this.entries.push(entry)
    this.blocks.push(block)
    this.#bytes += block.length
    return entry
  }

  #place(): EntryCore {
    const seq = this.track.stored + this.entries.length
    const before = this.entries.at(-1) ?? (seq > 0 ? this.track.point(seq - 1) : undefined)
    const time = this.#core.hybridClock.now()
    const deps = (this.#groups[this.entries.length] ?? []).map(dependencyOn)
    const { id: space, identity } = this.#core
    return {
      space,
      device: identity.device,
      seq,
      previous: before?.id,
      deps,
      time,
      epoch: undefined,
    }
  }

  /** The epoch to write under, made now when there is none that fits the members. */
  #epochToUse(): EpochAtHand {
    this.#epoch ??= this.#chooseEpoch()
    if (this.#epoch !== undefined) return this.#epoch
    if (RANK_BY_ROLE[this.view.author().role] < RANK_BY_ROLE.writer) {
      throw new SpaceError('SPACE_EPOCH_LOCKED', 'a writer has to make a new epoch first')
    }
    this.#epoch = this.#addEpoch(this.#core.keys.makeNext(this.view.state))
    return this.#epoch
  }

  /** With the seals it has no room for behind it. @throws SpaceError `SPACE_CLOCK_BEHIND` */
  #addEpoch({ operation, secret, more }: MadeEpoch): EpochAtHand {
    if (!this.#core.graph.mayMakeEpoch(this.view.past)) {
      const message = 'what was decided about members lies ahead of this clock'
      throw new SpaceError('SPACE_CLOCK_BEHIND', message)
    }
    const { id } = this.#addControl(operation)
    for (let i = 0; i < more.length; i += EPOCH_SEALS_MAX) {
      this.#addControl({ name: 'seals', epoch: id, seals: more.slice(i, i + EPOCH_SEALS_MAX) })
    }
    return { id, secret }
  }

  #chooseEpoch(): EpochAtHand | undefined {
    const { keys, graph } = this.#core
    const { state, past } = this.view
    // Who cannot make an epoch takes a worn one.
    const isMaker = RANK_BY_ROLE[this.view.author().role] >= RANK_BY_ROLE.writer
    const isReleased = (member: MemberState): boolean => this.#core.isReleased(state, member)
    const chosen = chooseEpoch(state, keys.isKnown, isReleased, (epoch) => {
      return graph.isForMembersOnly(epoch.id, past) && !(isMaker && this.#isWorn(epoch))
    })
    return chosen && { id: chosen.id, secret: keys.secret(chosen.id)! }
  }

  #isWorn({ id, madeAtMs }: EpochState): boolean {
    const { ports, volumes } = this.#core
    if (this.view.state.complaints.has(id)) return true
    const { ephemeral } = this.view.state
    if (volumes.of(id) >= (ephemeral?.rotateEntries ?? EPOCH_ENTRIES_MAX)) return true
    const ageMs = ports.clock.wall() - madeAtMs
    // Made by a clock that is far ahead, it would be kept too long.
    if (ephemeral !== undefined && ageMs < -CLOCK_AHEAD_MS_MAX) return true
    return ageMs >= (ephemeral?.rotateMs ?? EPOCH_MS_MAX)
  }
}

interface Head {
  readonly track: DeviceTrack
  readonly seq: number
  readonly past: ControlPast
}

/**
 * Applied heads not named yet: those with most control operations first, then by device. Of a device known to have signed two
 * histories, nothing behind the place where they part.
 */
function headsToName(
  core: SpaceCore,
  own: DeviceTrack,
  referenced: ReadonlyMap<DeviceId, number>,
): Head[] {
  const heads: Head[] = []
  const reset = resetToName(core, own)
  for (const first of core.tracks.values()) {
    const { device, parent } = first
    if (parent !== undefined || device === own.device || !core.graph.reaches(device)) continue
    const track = core.forks.currentOf(device)!
    const length = Math.min(track.appliedFromStart, core.forks.limitOf(device))
    if (length <= (referenced.get(track.key) ?? 0)) continue
    const seq = reset?.track === track ? reset.seq : length - 1
    heads.push({ track, seq, past: track.pastAt(seq)! })
  }
  const isFirst = (head: Head): number => Number(head.track === reset?.track)
  return heads.sort((a, b) => {
    const order = isFirst(b) - isFirst(a) || b.past.size - a.past.size
    return order || (a.track.device < b.track.device ? -1 : 1)
  })
}

/** The first entry behind a reset names it, so that nobody takes it for another fork. */
function resetToName(
  core: SpaceCore,
  own: DeviceTrack,
): { readonly track: DeviceTrack; readonly seq: number } | undefined {
  const reset = core.forks.resetOf(own.device)
  if (reset === undefined || own.stored !== reset.length) return undefined
  const { device, log, seq } = reset.node
  return { track: core.tracks.get(log ?? device)!, seq }
}

function groupsOf(heads: readonly Head[]): Head[][] {
  const groups: Head[][] = []
  for (let i = 0; i < heads.length; i += DEPS_MAX) {
    const group = heads.slice(i, i + DEPS_MAX)
    groups.push(group.sort((a, b) => (a.track.device < b.track.device ? -1 : 1)))
  }
  return groups
}

function dependencyOn({ track, seq }: Head): Dependency {
  return { device: track.device, seq, id: track.point(seq).id }
}

function pastWith(core: SpaceCore, own: DeviceTrack, heads: readonly Head[]): ControlPast {
  const { pasts } = core.graph
  return heads.reduce((past, head) => pasts.join(past, head.past), own.lastPast ?? pasts.empty)
}

function viewAt(core: SpaceCore, past: ControlPast): WriteView {
  const state = core.graph.correctedAt(past)
  const { device } = core.identity
  const author = (): MemberState => {
    const person = state.owners.get(device)
    if (person !== undefined) return state.members.get(person)!
    throw core.deviceOwner(device) === undefined
      ? new SpaceError('SPACE_NOT_MEMBER', 'this device is not a member of the space')
      : new SpaceError('SPACE_CLOCK_BEHIND', 'the admission lies ahead of this clock')
  }
  return { state, past, author }
}
