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
import { openDeviceCertificate } from '@hamlet/identity'
import { includesControl, PastTable } from './control-past.ts'
import type { ControlNode, ControlRecord, Verdict } from './control-node.ts'
import type { ControlOperation } from './control-operation.ts'
import type { ControlPast } from './control-past.ts'
import { isAuthorised } from './control-rules.ts'
import { foldOperations } from './control-state.ts'
import type { ControlState } from './control-state.ts'
import { findVoids } from './control-voids.ts'
import { decodeJoinRequest, requestCertificate, verifyJoinRequest } from './join-request.ts'
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
  readonly #states = new Map<ControlPast, ControlState>()
  readonly #knownDevices = new Set<DeviceId>()
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
    const isPastHere = entry.past.counts.every((count, i) => count <= this.#countOf(i))
    assert(isPastHere, 'what an operation has seen is added before it')
    const examined = {
      ...entry,
      ...this.#examine(entry.operation, entry.device, entry.id),
      deviceIndex,
      ordinal: nodes.length,
    }
    const node = { ...examined, verdict: verdict ?? this.#judge(examined) }
    nodes.push(node)
    this.#nodeById.set(node.id, node)
    this.#noteDevice(node)
    this.#all = this.pasts.advance(this.#all, deviceIndex)
    this.#areVoidsStale ||= node.verdict.authorised
    return node
  }

  node(id: EntryId): ControlNode | undefined {
    return this.#nodeById.get(id)
  }

  /** Whether an operation of a device would count if it were made with this past. */
  wouldCount(device: DeviceId, operation: ControlOperation, past: ControlPast): boolean {
    const id = this.#space as string as EntryId
    const place = { id, device, seq: 0, timeMs: 0, operation, past, deviceIndex: 0, ordinal: 0 }
    const examined = this.#examine(operation, device, id)
    return isAuthorised({ ...place, ...examined }, this.correctedAt(past))
  }

  /** Devices whose entries count or not with this operation. */
  devicesAffectedBy(id: EntryId): readonly DeviceId[] {
    const operation = this.#nodeById.get(id)?.operation
    if (operation?.name === 'grant') {
      return this.current.members.get(operation.person)?.devices.map(({ device }) => device) ?? []
    }
    if (operation?.name !== 'admit') return []
    const request = this.#nodeById.get(operation.request)
    return request?.certificate === undefined ? [] : [request.certificate.device]
  }

  /** The state of the operations in a past. */
  stateAt(past: ControlPast): ControlState {
    const cached = this.#states.get(past)
    if (cached !== undefined) return cached
    const nodes = this.#authorisedIn(past)
    const state = foldOperations(nodes, findVoids(nodes))
    if (this.#states.size >= STATES_CACHED_MAX) this.#states.clear()
    this.#states.set(past, state)
    return state
  }

  /** The state in a past as it stands now: without what the whole set has made void. */
  correctedAt(past: ControlPast): ControlState {
    this.#followVoids()
    const { voided } = this.current
    if (voided.size === 0 || past === this.#all) return this.stateAt(past)
    const cached = this.#corrected.get(past)
    if (cached !== undefined) return cached
    const nodes = this.#authorisedIn(past)
    const state = foldOperations(nodes, new Set([...voided, ...findVoids(nodes)]))
    if (this.#corrected.size >= STATES_CACHED_MAX) this.#corrected.clear()
    this.#corrected.set(past, state)
    return state
  }

  /** Whose a device was in a past and in what role, as it stands now. Cheap: the answers are kept. */
  authorAt(past: ControlPast, device: DeviceId): Author | undefined {
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

  /** Devices let in by an operation that counted in its own past: the set only grows, also when a void follows. */
  get knownDevices(): ReadonlySet<DeviceId> {
    return this.#knownDevices
  }

  #judge(node: Omit<ControlNode, 'verdict'>): Verdict {
    const state = this.stateAt(node.past)
    const author = state.owners.get(node.device)
    const authorRole = author === undefined ? undefined : state.members.get(author)?.role
    return { author, authorRole, authorised: isAuthorised(node, state) }
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

  /** What can be checked in an operation without any state. */
  #examine(
    operation: ControlOperation,
    device: DeviceId,
    id: EntryId,
  ): Pick<ControlNode, 'certificate' | 'request' | 'isRequestSignedFor'> {
    const nothing = { certificate: undefined, request: undefined, isRequestSignedFor: () => false }
    if (operation.name === 'genesis') {
      const opened = openDeviceCertificate(this.#crypto, operation.certificate)
      const fits =
        opened.ok &&
        (id as string) === this.#space &&
        opened.value.device === device &&
        opened.value.person === operation.person
      return { ...nothing, certificate: fits ? opened.value : undefined }
    }
    if (operation.name === 'device-add') {
      const opened = openDeviceCertificate(this.#crypto, operation.certificate)
      return { ...nothing, certificate: opened.ok ? opened.value : undefined }
    }
    return operation.name === 'join-request' ? this.#examineRequest(operation.request) : nothing
  }

  #examineRequest(
    bytes: Uint8Array,
  ): Pick<ControlNode, 'certificate' | 'request' | 'isRequestSignedFor'> {
    const decoded = decodeJoinRequest(bytes)
    const request = decoded.ok && decoded.value.space === this.#space ? decoded.value : undefined
    const certificate = request && requestCertificate(this.#crypto, request)
    return {
      request,
      certificate,
      isRequestSignedFor: (publicKey) =>
        request !== undefined &&
        certificate !== undefined &&
        verifyJoinRequest(this.#crypto, request, certificate, publicKey),
    }
  }
}
