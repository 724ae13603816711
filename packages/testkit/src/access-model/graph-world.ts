/**
 * One random graph of control operations, as devices that hear of each other by chance would write it.
 *
 * Each device has a log of its own, with content between its operations. Before it acts it may hear from another device,
 * that is, take over all that one has seen. So pasts are closed and logs are chains, as in the real thing, and nothing else
 * is ordered.
 */

import type { DeviceId, EntryId, SpaceId } from '@hamlet/core'
import { ControlGraph, RANK_BY_ROLE } from '@hamlet/space'
import type {
  ControlOperation,
  ControlPast,
  ControlRecord,
  ControlState,
  EntryPlace,
} from '@hamlet/space'
import type { SeededRandom } from '../simulator/seeded-random.ts'
import type { Cast, CastDevice } from './cast.ts'
import { drawOperation, epochOperation, inviteOperation, recipientIds } from './operations.ts'

/** What a device has seen of each log, itself included: entries, and control entries among them. */
interface Knowledge {
  readonly entries: Map<DeviceId, number>
  readonly controls: Map<DeviceId, number>
}

export interface ContentPlace {
  readonly device: DeviceId
  readonly seq: number
  readonly controls: ReadonlyMap<DeviceId, number>
}

/** An operation as it was written, with how much of each log its author had seen. */
export interface WrittenRecord extends ControlRecord {
  readonly seen: ReadonlyMap<DeviceId, number>
}

/** A graph, whoever made it. */
export interface GraphFacts {
  readonly cast: Cast
  readonly space: SpaceId
  readonly graph: ControlGraph
  readonly records: readonly WrittenRecord[]
  readonly contents: readonly ContentPlace[]
}

interface Actor {
  readonly device: CastDevice
  readonly known: Knowledge
}

const HEAR_RATE = 0.45
const CONTENT_RATE = 0.4
const RETURN_RATE = 0.15

export class GraphWorld implements GraphFacts {
  readonly cast: Cast
  readonly space: SpaceId
  readonly records: WrittenRecord[] = []
  readonly contents: ContentPlace[] = []
  readonly graph: ControlGraph
  /** What its ids are made from. */
  readonly series: number
  readonly #random: SeededRandom
  readonly #actors: readonly Actor[]
  readonly #ids = new Map<DeviceId, EntryId[]>()
  #written = 0

  constructor(cast: Cast, random: SeededRandom) {
    this.cast = cast
    this.#random = random
    this.series = random.int(0, 1_000_000)
    this.space = cast.id(this.series, 0) as string as SpaceId
    this.graph = new ControlGraph(cast.crypto, this.space)
    this.#actors = cast.devices.map((device) => ({ device, known: emptyKnowledge() }))
    this.#found()
  }

  /** Lets some device do something. */
  step(): void {
    const actor = this.#random.pick(this.#actors)
    if (this.#random.chance(HEAR_RATE)) this.#hear(actor, this.#random.pick(this.#actors))
    const state = this.graph.stateAt(this.#pastOf(actor))
    // Who has never heard of the space has nothing to say about it.
    if (state.founder === undefined) return
    if (!state.owners.has(actor.device.device) && this.#random.chance(0.7)) return
    if (this.#random.chance(CONTENT_RATE)) this.#writeContent(actor)
    if (state.former.size > 0 && this.#random.chance(RETURN_RATE)) this.#letReturn(actor, state)
    const operation = this.#draw(actor, true)
    if (operation !== undefined) this.#write(actor, operation)
  }

  /**
   * A device writes on from what it knows, without hearing of anything new, and without what others have signed: that
   * stands whoever carries it.
   */
  writeOn(device: DeviceId, times: number): void {
    const actor = this.#actors.find((each) => each.device.device === device)!
    for (let i = 0; i < times; i++) {
      this.#writeContent(actor)
      const operation = this.#draw(actor, false)
      if (operation !== undefined) this.#write(actor, operation)
    }
  }

  #draw(actor: Actor, hasPapers: boolean): ControlOperation | undefined {
    return drawOperation({
      cast: this.cast,
      random: this.#random,
      space: this.space as string as EntryId,
      state: this.graph.stateAt(this.#pastOf(actor)),
      actor: actor.device,
      hasPapers,
      seen: (device) => actor.known.entries.get(device) ?? 0,
      lastIdOf: (device, length) => this.#ids.get(device)?.[length - 1],
    })
  }

  /** Whether a device has the operation in its past. */
  hasHeardOf(device: DeviceId, id: EntryId): boolean {
    const node = this.graph.node(id)!
    const actor = this.#actors.find((each) => each.device.device === device)!
    return (actor.known.controls.get(node.device) ?? 0) > node.ordinal
  }

  /** The rank of a device's person by what the device knows. */
  rankKnownTo(device: DeviceId): number {
    const actor = this.#actors.find((each) => each.device.device === device)!
    const { members } = this.graph.stateAt(this.#pastOf(actor))
    return RANK_BY_ROLE[members.get(actor.device.person)?.role ?? 'relay']
  }

  #found(): void {
    const founder = this.#actors[0]!
    const { person, certificate } = founder.device
    const nonce = new Uint8Array(16)
    this.#write(founder, { name: 'genesis', person, certificate, history: 'all', nonce })
    const epoch = this.#write(founder, epochOperation(recipientIds(this.graph.current), []))
    for (const [role, mode] of [
      ['admin', 'approve'],
      ['writer', 'auto'],
    ] as const) {
      const invite = this.#write(
        founder,
        inviteOperation(this.cast, { role, mode, maxUses: 3, epoch }),
      )
      this.#admitFirst(founder, invite, role)
    }
    for (const other of this.#actors) {
      if (this.#random.chance(0.7)) this.#hear(other, founder)
    }
  }

  /** A group to begin with: two admins, then a writer. */
  #admitFirst(founder: Actor, invite: EntryId, role: 'admin' | 'writer'): void {
    const firsts = this.#actors.filter(({ device }) => device.isFirst).slice(1)
    for (const { device } of role === 'admin' ? firsts.slice(0, 3) : firsts.slice(3, 4)) {
      const request = this.cast.paper(this.space, invite, device, 0)
      const id = this.#write(founder, { name: 'join-request', request })
      this.#write(founder, { name: 'admit', request: id, role, incarnation: 0, seals: [] })
    }
  }

  /** Invites somebody who was a member, carries the request and lets them in; whether that counts is for the rules. */
  #letReturn(actor: Actor, state: ControlState): void {
    const former = this.#random.pick([...state.former.values()])
    const devices = this.cast.devicesOf(former.person)
    const device = this.#random.pick(devices)
    const [epoch] = state.epochs.keys()
    if (epoch === undefined) return
    const facts = { role: 'writer', mode: 'auto', maxUses: 1, epoch } as const
    const invite = this.#write(actor, inviteOperation(this.cast, facts))
    const request = this.cast.paper(this.space, invite, device, 0)
    const id = this.#write(actor, { name: 'join-request', request })
    const incarnation = former.incarnation + 1
    this.#write(actor, { name: 'admit', request: id, role: 'writer', incarnation, seals: [] })
  }

  #hear(actor: Actor, from: Actor): void {
    if (actor === from) return
    mergeInto(actor.known.entries, from.known.entries)
    mergeInto(actor.known.controls, from.known.controls)
  }

  #writeContent({ device: { device }, known }: Actor): void {
    const seq = this.#advance(device, known)
    this.contents.push({ device, seq, controls: new Map(known.controls) })
  }

  #write(actor: Actor, operation: ControlOperation): EntryId {
    const { device } = actor.device
    const { known } = actor
    const past = new Map(known.controls)
    const seen = new Map(known.entries)
    const seq = this.#advance(device, known)
    known.controls.set(device, (known.controls.get(device) ?? 0) + 1)
    const id = this.#ids.get(device)![seq]!
    const record = writtenRecord({ id, device, seq, timeMs: this.#written, operation, past, seen })
    this.records.push(record)
    addRecord(this.graph, record)
    return id
  }

  /** The next place in a device's log. */
  #advance(device: DeviceId, known: Knowledge): number {
    const seq = known.entries.get(device) ?? 0
    known.entries.set(device, seq + 1)
    const ids = this.#ids.get(device) ?? []
    this.#ids.set(device, ids)
    ids[seq] = this.cast.id(this.series, this.#written++)
    return seq
  }

  #pastOf({ known }: Actor): ControlPast {
    return internPast(this.graph, known.controls)
  }
}

export function writtenRecord(facts: Omit<WrittenRecord, 'hasSeenBeyond'>): WrittenRecord {
  return { ...facts, hasSeenBeyond: (other, length) => (facts.seen.get(other) ?? 0) > length }
}

export function placeOf({ device, seq, controls }: ContentPlace, graph: ControlGraph): EntryPlace {
  return { device, seq, past: internPast(graph, controls) }
}

export function addRecord(graph: ControlGraph, record: ControlRecord): void {
  graph.add({ ...record, past: internPast(graph, record.past) })
}

export function internPast(
  graph: ControlGraph,
  controls: ReadonlyMap<DeviceId, number>,
): ControlPast {
  const counts: number[] = []
  for (const [device, count] of controls) counts[graph.pasts.indexOf(device)] = count
  return graph.pasts.intern(Array.from(counts, (count) => count ?? 0))
}

function emptyKnowledge(): Knowledge {
  return { entries: new Map(), controls: new Map() }
}

function mergeInto(known: Map<DeviceId, number>, other: ReadonlyMap<DeviceId, number>): void {
  for (const [device, count] of other) {
    if (count > (known.get(device) ?? 0)) known.set(device, count)
  }
}
