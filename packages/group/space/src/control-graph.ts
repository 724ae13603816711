/**
 * The control graph: all control operations with their causal pasts, and the state at any of them.
 *
 * Each operation is judged once, in the state of its own causal past (`control-rules.ts`), and that verdict never
 * changes: it is what "validity depends only on the causal past" means. The state of a set is then the fold of the
 * authorised operations in it (`control-state.ts`) minus those that concurrency made void (`control-voids.ts`).
 *
 * Invariants:
 * 1. The state is a function of the set: insertion order does not matter, as long as causes come before effects.
 * 2. Memory grows with control operations; states are cached by past, at most `STATES_CACHED_MAX` of them.
 */

import { assert } from '@hamlet/core'
import type { Crypto, DeviceId, EntryId, PersonId, SpaceId } from '@hamlet/core'
import type { DeviceCertificate } from '@hamlet/identity'
import type { Cut, EntryPlace } from './control-cut.ts'
import { examineOperation } from './control-examine.ts'
import { isPassage, knowsWhoIsOut } from './control-passage.ts'
import { includesControl, PastTable } from './control-past.ts'
import type { ControlNode, ControlRecord, Verdict } from './control-node.ts'
import type { ControlOperation } from './control-operation.ts'
import type { ControlPast } from './control-past.ts'
import { extendState } from './control-extend.ts'
import { farewellOf } from './control-farewell.ts'
import type { Farewell } from './control-farewell.ts'
import { fallOf } from './control-falls.ts'
import type { Fall } from './control-falls.ts'
import { judgeOperation } from './control-rules.ts'
import { findStanding } from './control-standing.ts'
import { foldOperations } from './control-state.ts'
import type { ControlState } from './control-state.ts'
import { ControlView } from './control-view.ts'
import type { Author, ControlSource, Present, StandingState } from './control-view.ts'
import { recipientsOf } from './recipients.ts'

const STATES_CACHED_MAX = 256

/** The state of a set of control operations, given in any order. */
export function evaluateControl(
  crypto: Crypto,
  space: SpaceId,
  records: readonly ControlRecord[],
): ControlState {
  const graph = new ControlGraph(crypto, space)
  const causal = [...records].sort((a, b) => sizeOf(a) - sizeOf(b) || (a.id < b.id ? -1 : 1))
  for (const record of causal) {
    const counts: number[] = []
    for (const [device, count] of record.past) counts[graph.pasts.indexOf(device)] = count
    graph.add({ ...record, past: graph.pasts.intern(Array.from(counts, (count) => count ?? 0)) })
  }
  return graph.current
}

function sizeOf({ past }: ControlRecord): number {
  return [...past.values()].reduce((sum, count) => sum + count, 0)
}

export class ControlGraph {
  readonly pasts = new PastTable()
  readonly #crypto: Crypto
  readonly #space: SpaceId
  readonly #nodesByDevice: ControlNode[][] = []
  readonly #nodeById = new Map<EntryId, ControlNode>()
  readonly #states = new Map<ControlPast, StandingState>()
  readonly #passages: ControlNode[] = []
  readonly #resets = new Map<DeviceId, ControlNode[]>()
  readonly #personByDevice = new Map<DeviceId, PersonId>()
  #all: ControlPast
  readonly #source: ControlSource
  #suspended: ReadonlySet<EntryId> = new Set()
  #view: ControlView | undefined
  #isViewStale = true
  #reached: Set<DeviceId> | undefined
  readonly #farewells = new Map<DeviceId, Farewell | undefined>()

  constructor(crypto: Crypto, space: SpaceId) {
    this.#crypto = crypto
    this.#space = space
    this.#all = this.pasts.empty
    const all = (): ControlPast => this.#all
    this.#source = {
      get all() {
        return all()
      },
      stateAt: (past) => this.stateAt(past),
      authorisedIn: (past) => this.#authorisedIn(past),
    }
  }

  /** The past of an entry that has seen everything here. */
  get all(): ControlPast {
    return this.#all
  }

  get current(): ControlState {
    return this.#present.state
  }

  /** Up to where the logs of those who lost a right count, by all operations here. */
  get cuts(): readonly Cut[] {
    return this.#present.cuts
  }

  get size(): number {
    return this.#all.size
  }

  /**
   * Adds the next control entry of a device. What its past holds must be here. `verdict`: the judgement, when it was
   * reached before and stored.
   */
  add(
    entry: Omit<ControlRecord, 'past'> & { readonly past: ControlPast },
    verdict?: Verdict,
  ): ControlNode {
    const deviceIndex = this.pasts.indexOf(entry.log ?? entry.device)
    const nodes = (this.#nodesByDevice[deviceIndex] ??= [])
    assert(this.holds(entry.past), 'what an operation has seen is added before it')
    const examined = {
      ...entry,
      ...examineOperation(this.#crypto, this.#space, entry),
      deviceIndex,
      ordinal: nodes.length,
    }
    const node = { ...examined, verdict: verdict ?? this.#judge(examined) }
    nodes.push(node)
    this.#nodeById.set(node.id, node)
    this.#noteDevice(node)
    if (isPassage(node)) this.#passages.push(node)
    this.#advance(node)
    this.#isViewStale = true
    this.#farewells.clear()
    this.#reached = undefined
    return node
  }

  /** The state of all operations here, found from nothing: what `current` has to be. */
  evaluateAnew(): ControlState {
    if (this.#suspended.size > 0) return this.#standWithout(this.#suspended).state
    const nodes = this.#authorisedIn(this.#all)
    return foldOperations(nodes, findStanding(nodes))
  }

  node(id: EntryId): ControlNode | undefined {
    return this.#nodeById.get(id)
  }

  /** How many operations of a log are here. */
  countOf(log: DeviceId): number {
    return this.#countOf(this.pasts.indexOf(log))
  }

  /** Whether every operation of a past is here. */
  holds(past: ControlPast): boolean {
    return past.counts.every((count, i) => count <= this.#countOf(i))
  }

  /** All operations, causes before effects. */
  nodes(): Iterable<ControlNode> {
    return this.#nodeById.values()
  }

  /**
   * Whether an operation of a device would count if it were made with this past: by that past alone, as everybody will
   * judge it, and as things stand now. The two differ where what is known here cannot be named yet.
   */
  wouldCount(device: DeviceId, operation: ControlOperation, past: ControlPast): boolean {
    const id = this.#space as string as EntryId
    const place = { id, device, seq: 0, timeMs: 0, operation, past, deviceIndex: 0, ordinal: 0 }
    const examined = examineOperation(this.#crypto, this.#space, place)
    // What is asked about has not been written yet: its cut is made from what its author has seen.
    const node = { ...place, ...examined, hasSeenBeyond: () => false }
    const states = new Set([this.stateAt(past), this.correctedAt(past)])
    return [...states].every((state) => {
      return judgeOperation(this.#crypto, this.#space, node, state).authorised
    })
  }

  /** Whether the recipients of an epoch made with this past are those that it gives by itself: others it would not count with. */
  mayMakeEpoch(past: ControlPast): boolean {
    const [alone, now] = [this.stateAt(past), this.correctedAt(past)]
    if (alone === now) return true
    const [expected, meant] = [recipientsOf(alone), recipientsOf(now)]
    return expected.length === meant.length && expected.every(({ id }, i) => id === meant[i]!.id)
  }

  /** Those by which devices were let in, where the operation counts; of one device perhaps several. */
  *certificates(): Generator<DeviceCertificate, void, undefined> {
    for (const node of this.#nodeById.values()) {
      const certificate = this.#letIn(node)
      if (certificate !== undefined) yield certificate
    }
  }

  /** Devices whose entries count or not with this operation. */
  devicesAffectedBy(id: EntryId): readonly DeviceId[] {
    const node = this.#nodeById.get(id)
    const { people } = this.#present.standing
    const claims = (person: PersonId): DeviceId[] =>
      people.records.get(person)?.claims.map(({ device }) => device) ?? []
    switch (node?.operation.name) {
      case 'grant':
      case 'demote':
      case 'remove':
        return claims(node.operation.person)
      case 'leave':
      case 'owner-transfer':
        return node.verdict.author === undefined ? [] : claims(node.verdict.author)
      case 'device-revoke':
        return [node.operation.device]
      case 'device-add':
        return node.certificate === undefined ? [] : [node.certificate.device]
      case 'admit': {
        const request = this.#nodeById.get(node.operation.request)
        return request?.certificate === undefined ? [] : claims(request.certificate.person)
      }
      default:
        return []
    }
  }

  /** Whether a device was let in and has no place any more. */
  hasLost(device: DeviceId): boolean {
    return this.#personByDevice.has(device) && !this.current.owners.has(device)
  }

  /** What is served to a device that lost its place; `undefined` while it has one. */
  farewellOf(device: DeviceId): Farewell | undefined {
    if (this.#farewells.has(device)) return this.#farewells.get(device)
    const farewell = this.#findFarewell(device)
    this.#farewells.set(device, farewell)
    return farewell
  }

  #findFarewell(device: DeviceId): Farewell | undefined {
    const person = this.#personByDevice.get(device)
    if (person === undefined || !this.hasLost(device)) return undefined
    const { standing, leftOut } = this.#present
    const nodes = this.#authorisedIn(this.#all).filter(({ id }) => !leftOut.has(id))
    return farewellOf({ device, person, standing, nodes })
  }

  /** Why the admission of whoever has the device does not count any more, when that is what puts them out. */
  fallOf(device: DeviceId): Fall | undefined {
    if (!this.hasLost(device)) return undefined
    const { standing } = this.#present
    const parts = {
      standing,
      node: (id: EntryId) => this.#nodeById.get(id),
      nodes: () => this.nodes(),
    }
    return fallOf(parts, device, this.#leftBy(device))
  }

  /** The operation by which a person left or was removed, asked of a device of theirs. */
  #leftBy(device: DeviceId): ControlNode | undefined {
    const former = [...this.current.former.values()].find(({ devices }) => devices.includes(device))
    return former && this.#nodeById.get(former.exit)
  }

  /** The state of the operations in a past, by that past alone. */
  stateAt(past: ControlPast): ControlState {
    return this.#standingAt(past).state
  }

  /** Where the operation has seen everything here, the state with it follows from the one its verdict was found in. */
  #advance(node: ControlNode): void {
    const before = this.#all
    this.#all = this.pasts.advance(before, node.deviceIndex)
    const known = node.past === before ? this.#states.get(before) : undefined
    if (known === undefined) return
    if (!node.verdict.authorised) return void this.#states.set(this.#all, known)
    const state = extendState(known.state, known.standing, node)
    if (state !== undefined) this.#states.set(this.#all, { standing: known.standing, state })
  }

  #standingAt(past: ControlPast): StandingState {
    const cached = this.#states.get(past)
    if (cached !== undefined) return cached
    const nodes = this.#authorisedIn(past)
    const standing = findStanding(nodes)
    const found = { standing, state: foldOperations(nodes, standing) }
    if (this.#states.size >= STATES_CACHED_MAX) this.#states.clear()
    this.#states.set(past, found)
    return found
  }

  /** The state in a past as it stands now: without what the whole set has made void. */
  correctedAt(past: ControlPast): ControlState {
    return this.#present.correctedAt(past)
  }

  /** Whose an entry is and in what role it was written, as it stands now. */
  authorAt(place: EntryPlace): Author | undefined {
    return this.#present.authorAt(place)
  }

  /** As `authorAt`, as if nobody had lost a right without the author's knowledge. */
  authorBeforeCuts(place: EntryPlace): Author | undefined {
    return this.#present.authorBeforeCuts(place)
  }

  /** Whether an operation that counted where it was made still does. */
  counts(id: EntryId): boolean {
    return this.#present.counts(id)
  }

  /** What would stand if these operations had not been made. */
  viewWithout(ids: ReadonlySet<EntryId>): ControlView {
    return new ControlView(this.#source, this.#standWithout(ids))
  }

  /** These operations do not count, though they did where they were made: a forked device's that nobody witnessed. */
  suspend(ids: ReadonlySet<EntryId>): void {
    this.#suspended = ids
    this.#isViewStale = true
    this.#farewells.clear()
    this.#reached = undefined
  }

  /** Whether an epoch was made, by someone who could, in a past. */
  hasEpoch(past: ControlPast, epoch: EntryId): boolean {
    const node = this.#nodeById.get(epoch)
    if (node?.operation.name !== 'epoch' || !node.verdict.authorised) return false
    return includesControl(past, node.deviceIndex, node.ordinal)
  }

  /** Whether whoever made an epoch knew of all who are out in a past, and that they are: nobody gives it to them. */
  isForMembersOnly(epoch: EntryId, past: ControlPast): boolean {
    const made = this.#nodeById.get(epoch)?.past
    return made !== undefined && knowsWhoIsOut(this.#passages, made, past, this.correctedAt(past))
  }

  /** Whether a device was reset in a past, by somebody who could. */
  hasReset(past: ControlPast, device: DeviceId): boolean {
    return this.resetsOf(device).some((node) => {
      return includesControl(past, node.deviceIndex, node.ordinal)
    })
  }

  /** Resets of a device that counted where they were made. */
  resetsOf(device: DeviceId): readonly ControlNode[] {
    return this.#resets.get(device) ?? []
  }

  /** Devices let in by an operation that counted in its own past, and whose: it only grows, also when a void follows. */
  get knownDevices(): ReadonlyMap<DeviceId, PersonId> {
    return this.#personByDevice
  }

  /**
   * Whether a device was let in by an operation that is not suspended, of a device for which the same is true. Also when a
   * void follows, so that everybody holds the same logs; but what nobody witnessed is not held by everybody.
   */
  reaches(device: DeviceId): boolean {
    if (this.#suspended.size === 0) return this.#personByDevice.has(device)
    this.#reached ??= this.#findReached(this.#suspended)
    return this.#reached.has(device)
  }

  #findReached(suspended: ReadonlySet<EntryId>): Set<DeviceId> {
    const reached = new Set<DeviceId>()
    for (const node of this.#nodeById.values()) {
      const entrance = this.#letIn(node)
      const isOfReached = node.operation.name === 'genesis' || reached.has(node.device)
      if (entrance !== undefined && isOfReached && !suspended.has(node.id)) {
        reached.add(entrance.device)
      }
    }
    return reached
  }

  #judge(node: Omit<ControlNode, 'verdict'>): Verdict {
    return judgeOperation(this.#crypto, this.#space, node, this.stateAt(node.past))
  }

  #noteDevice(node: ControlNode): void {
    if (!node.verdict.authorised) return
    const { operation } = node
    if (operation.name === 'device-reset') {
      this.#resets.set(operation.device, [...this.resetsOf(operation.device), node])
    }
    const certificate = this.#letIn(node)
    if (certificate === undefined) return
    const { device, person } = certificate
    if (!this.#personByDevice.has(device)) this.#personByDevice.set(device, person)
  }

  /** The certificate of the device that an operation lets in, where it counts. */
  #letIn(node: ControlNode): DeviceCertificate | undefined {
    const { operation } = node
    if (!node.verdict.authorised) return undefined
    if (operation.name === 'admit') return this.#nodeById.get(operation.request)?.certificate
    const lets = operation.name === 'genesis' || operation.name === 'device-add'
    return lets ? node.certificate : undefined
  }

  /** How everything here stands now. */
  get #present(): ControlView {
    if (!this.#isViewStale && this.#view !== undefined) return this.#view
    this.#isViewStale = false
    const present = this.#standWithout(this.#suspended)
    if (this.#view === undefined) this.#view = new ControlView(this.#source, present)
    else this.#view.follow(present)
    return this.#view
  }

  /** Without these operations, and without what was said by devices that they alone let in. */
  #standWithout(ids: ReadonlySet<EntryId>): Present {
    if (ids.size === 0) return { ...this.#standingAt(this.#all), leftOut: ids }
    const reached = this.#findReached(ids)
    const isLeftOut = ({ id, device, operation }: ControlNode): boolean =>
      ids.has(id) || (operation.name !== 'genesis' && !reached.has(device))
    const all = this.#authorisedIn(this.#all)
    const leftOut = new Set(all.filter(isLeftOut).map(({ id }) => id))
    const nodes = all.filter(({ id }) => !leftOut.has(id))
    const standing = findStanding(nodes)
    return { standing, state: foldOperations(nodes, standing), leftOut }
  }

  #countOf(deviceIndex: number): number {
    return this.#nodesByDevice[deviceIndex]?.length ?? 0
  }

  #authorisedIn(past: ControlPast): ControlNode[] {
    const nodes: ControlNode[] = []
    for (const [deviceIndex, count] of past.counts.entries()) {
      const own = this.#nodesByDevice[deviceIndex] ?? []
      for (let i = 0; i < count; i++) if (own[i]!.verdict.authorised) nodes.push(own[i]!)
    }
    return nodes.sort((a, b) => a.past.size - b.past.size || (a.id < b.id ? -1 : 1))
  }
}
