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
import { isBeyond } from './control-cut.ts'
import type { Cut, EntryPlace } from './control-cut.ts'
import { examineOperation } from './control-examine.ts'
import { isPassage, knowsWhoIsOut } from './control-passage.ts'
import { includesControl, PastTable } from './control-past.ts'
import type { ControlNode, ControlRecord, Verdict } from './control-node.ts'
import type { ControlOperation } from './control-operation.ts'
import type { ControlPast } from './control-past.ts'
import { extendState } from './control-extend.ts'
import { fallOf } from './control-falls.ts'
import type { Fall } from './control-falls.ts'
import { judgeOperation } from './control-rules.ts'
import { findStanding } from './control-standing.ts'
import type { Standing } from './control-standing.ts'
import { foldOperations } from './control-state.ts'
import type { ControlState } from './control-state.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Role } from './types.ts'

export interface Author {
  readonly person: PersonId
  readonly role: Role
}

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
  readonly #knownDevices = new Set<DeviceId>()
  readonly #passages: ControlNode[] = []
  #all: ControlPast
  /** States of pasts with the voids of the whole set taken out; empty whenever those are none. */
  #corrected = new Map<ControlPast, ControlState>()
  #authors = new Map<ControlPast, Map<DeviceId, Author | undefined>>()
  #voidedBefore: ReadonlySet<EntryId> = new Set()
  #areVoidsStale = false

  constructor(crypto: Crypto, space: SpaceId) {
    this.#crypto = crypto
    this.#space = space
    this.#all = this.pasts.empty
  }

  /** The past of an entry that has seen everything here. */
  get all(): ControlPast {
    return this.#all
  }

  get current(): ControlState {
    return this.stateAt(this.#all)
  }

  /** Up to where the logs of those who lost a right count, by all operations here. */
  get cuts(): readonly Cut[] {
    return this.#standingAt(this.#all).standing.cuts
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
    const deviceIndex = this.pasts.indexOf(entry.device)
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
    this.#areVoidsStale ||= node.verdict.authorised
    return node
  }

  /** The state of all operations here, found from nothing: what `current` has to be. */
  evaluateAnew(): ControlState {
    const nodes = this.#authorisedIn(this.#all)
    return foldOperations(nodes, findStanding(nodes))
  }

  node(id: EntryId): ControlNode | undefined {
    return this.#nodeById.get(id)
  }

  /** How many operations of a device are here. */
  countOf(device: DeviceId): number {
    return this.#countOf(this.pasts.indexOf(device))
  }

  /** Whether every operation of a past is here. */
  holds(past: ControlPast): boolean {
    return past.counts.every((count, i) => count <= this.#countOf(i))
  }

  /** All operations, causes before effects. */
  nodes(): Iterable<ControlNode> {
    return this.#nodeById.values()
  }

  /** Whether an operation of a device would count if it were made with this past. */
  wouldCount(device: DeviceId, operation: ControlOperation, past: ControlPast): boolean {
    const id = this.#space as string as EntryId
    const place = { id, device, seq: 0, timeMs: 0, operation, past, deviceIndex: 0, ordinal: 0 }
    const examined = examineOperation(this.#crypto, this.#space, place)
    // What is asked about has not been written yet: its cut is made from what its author has seen.
    const node = { ...place, ...examined, hasSeenBeyond: () => false }
    return judgeOperation(this.#crypto, this.#space, node, this.correctedAt(past)).authorised
  }

  /** Devices whose entries count or not with this operation. */
  devicesAffectedBy(id: EntryId): readonly DeviceId[] {
    const node = this.#nodeById.get(id)
    const { people } = this.#standingAt(this.#all).standing
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

  /** The operation by which a device lost its place; `undefined` while it has one. */
  exitOf(device: DeviceId): ControlNode | undefined {
    const { people, voided } = this.#standingAt(this.#all).standing
    const revocation = people.revocations.get(device)?.find(({ id }) => !voided.has(id))
    return revocation ?? this.fallOf(device)?.cause ?? this.#leftBy(device)
  }

  /** Why the admission of whoever has the device does not count any more, when that is what puts them out. */
  fallOf(device: DeviceId): Fall | undefined {
    if (!this.#knownDevices.has(device) || this.current.owners.has(device)) return undefined
    const { standing } = this.#standingAt(this.#all)
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

  /** The state of the operations in a past. */
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
    this.#followVoids()
    const { voided } = this.current
    if (voided.size === 0 || past === this.#all) return this.stateAt(past)
    const cached = this.#corrected.get(past)
    if (cached !== undefined) return cached
    const nodes = this.#authorisedIn(past)
    const { owners, people, cuts } = this.#standingAt(this.#all).standing
    const within = { voided, cuts, people, owners: owners.filter((node) => nodes.includes(node)) }
    const state = foldOperations(nodes, within)
    if (this.#corrected.size >= STATES_CACHED_MAX) this.#corrected.clear()
    this.#corrected.set(past, state)
    return state
  }

  /** Whose an entry is and in what role it was written, as it stands now. Cheap: what pasts say is kept. */
  authorAt(place: EntryPlace): Author | undefined {
    const author = this.authorBeforeCuts(place)
    if (author === undefined) return undefined
    const beyond = this.cuts.filter((cut) => isBeyond(cut, author.person, place))
    if (beyond.length === 0) return author
    let { role } = author
    for (const cut of beyond) {
      // Nobody below can cut the owner short.
      const isOfOwner = author.role === 'owner' && cut.person !== undefined
      if (isOfOwner && cut.rank <= RANK_BY_ROLE.owner) continue
      if (cut.role === undefined) return undefined
      if (RANK_BY_ROLE[cut.role] < RANK_BY_ROLE[role]) role = cut.role
    }
    return { person: author.person, role }
  }

  /** As `authorAt`, as if nobody had lost a right without the author's knowledge. */
  authorBeforeCuts({ past, device }: EntryPlace): Author | undefined {
    this.#followVoids()
    let authors = this.#authors.get(past)
    if (authors === undefined) {
      authors = new Map<DeviceId, Author | undefined>()
      this.#authors.set(past, authors)
    }
    if (authors.has(device)) return authors.get(device)
    const state = this.correctedAt(past)
    const person = state.owners.get(device)
    const author =
      person === undefined ? undefined : { person, role: state.members.get(person)!.role }
    authors.set(device, author)
    return author
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

  /** Devices let in by an operation that counted in its own past: the set only grows, also when a void follows. */
  get knownDevices(): ReadonlySet<DeviceId> {
    return this.#knownDevices
  }

  #judge(node: Omit<ControlNode, 'verdict'>): Verdict {
    return judgeOperation(this.#crypto, this.#space, node, this.stateAt(node.past))
  }

  #noteDevice(node: ControlNode): void {
    if (!node.verdict.authorised) return
    const { operation } = node
    const source = operation.name === 'admit' ? this.#nodeById.get(operation.request) : node
    const lets = operation.name === 'admit' || operation.name === 'genesis'
    if (!lets && operation.name !== 'device-add') return
    if (source?.certificate !== undefined) this.#knownDevices.add(source.certificate.device)
  }

  /** What was answered about pasts holds until the voids of the whole set change. */
  #followVoids(): void {
    if (!this.#areVoidsStale) return
    this.#areVoidsStale = false
    const { voided } = this.current
    const before = this.#voidedBefore
    this.#voidedBefore = voided
    if (voided.size === before.size && [...voided].every((id) => before.has(id))) return
    this.#corrected = new Map()
    this.#authors = new Map()
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

interface StandingState {
  readonly standing: Standing
  readonly state: ControlState
}
