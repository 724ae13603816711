/**
 * Devices that signed two histories, and what of them counts.
 *
 * Entries before the place where the histories part stay. One at or after it counts only if it was *witnessed*: if somebody
 * else, who would have their say without any of this, built on it. Whoever is honest builds on neither history once they know
 * of both, so what such a device can add is bounded by what it got others to build on before they met; and it cannot take
 * back what it wrote long ago by signing another history from there. All histories count alike, as concurrent entries.
 *
 * A *reset*, by another device of the person or with their root key, names a history and a length: up to there it
 * counts, and the device goes on behind it with entries that have seen the reset. The first of them names the reset as what
 * it depends on, so that it is not taken for a fork from what the device may have written there before.
 *
 * Sources: `docs/design/007-forks.md`; Bamboo and the blocklace (arXiv 2402.08068) for cutting off, security.md 3.1 for
 * the witness. Invariants:
 * 1. What counts is a function of the entries and proofs known, in whatever order they came.
 * 2. Of several proofs the one with the earliest place decides; behind a reset, the earliest on the history that goes on.
 *    Whether one is, shows when the reset and that history are here: until then it is kept, and told to nobody.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { ForkPoint } from '@hamlet/log'
import type { ControlGraph } from './control-graph.ts'
import type { ControlNode } from './control-node.ts'
import { includesControl } from './control-past.ts'
import type { ControlPast } from './control-past.ts'
import type { ControlView } from './control-view.ts'
import type { DeviceResetOperation } from './control-operation.ts'
import { precedes } from './control-people.ts'
import type { DeviceTrack } from './device-track.ts'
import type { EncodedEntry } from './entry.ts'
import type { ForkEvidence } from './fork-evidence.ts'
import { HistoryNames } from './history-names.ts'
import { KnownEntries } from './known-entries.ts'
import type { LogSet } from './log-set.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { VersionVector } from './types.ts'

/** Proofs kept of one device: those that decide something now, and the latest to come of those that may when more is known. */
export const FORK_PROOFS_MAX = 16

export interface DeviceReset {
  readonly node: ControlNode
  readonly length: number
  readonly id: EntryId | undefined
}

/** An entry that has seen entries of another device's log, up to a length. */
interface Sighting {
  readonly track: DeviceTrack
  readonly seq: number
  readonly of: DeviceTrack
  readonly to: number
}

export class ForkBook {
  readonly #space: { readonly logs: LogSet; readonly graph: ControlGraph }
  /** By device, the earliest place first. */
  readonly #evidence = new Map<DeviceId, readonly ForkEvidence[]>()
  /** What proves that a device forked again behind its reset. */
  #again = new Map<DeviceId, ForkEvidence>()
  /** When each proof came. */
  readonly #order = new WeakMap<ForkEvidence, number>()
  #kept = 0
  readonly #taken = new WeakSet<ForkEvidence>()
  readonly #known = new KnownEntries()
  /** By device, for devices asked about: all that was seen of them. */
  readonly #sightings = new Map<DeviceId, Sighting[]>()
  /** By key of a log: how much of it counts, where that is not all. */
  #lengths = new Map<DeviceId, number>()
  #resets = new Map<DeviceId, DeviceReset>()
  #suspended: ReadonlySet<EntryId> = new Set()
  /** What was last found to count of each forked device. */
  #digestByDevice = new Map<DeviceId, string>()
  #isStale = false
  #doubt:
    | { readonly all: ControlPast; readonly ids: string; readonly view: ControlView }
    | undefined

  /** What the parts of histories are called, where a device has several. */
  readonly names: HistoryNames

  /** `space`: its logs and graph may become others, see `restart`. */
  constructor(space: { readonly logs: LogSet; readonly graph: ControlGraph }) {
    this.#space = space
    this.names = new HistoryNames(space, (track, seq) => this.#countsFrom(track, seq))
  }

  get #logs(): LogSet {
    return this.#space.logs
  }

  get points(): ForkPoint[] {
    return [...this.#evidence.keys()].flatMap((device) => {
      return this.#deciding(device).map(({ point }) => point)
    })
  }

  has(device: DeviceId): boolean {
    return this.#evidence.has(device)
  }

  /** Whether nothing more is taken from the device: it signed two histories and was not reset since. */
  isFrozen(device: DeviceId): boolean {
    return this.has(device) && Number.isFinite(this.limitOf(device))
  }

  /** What proves the first fork of the device. */
  pointOf(device: DeviceId): ForkPoint | undefined {
    return this.#evidence.get(device)?.[0]?.point
  }

  /** Where its histories part first. */
  firstForkOf(device: DeviceId): number | undefined {
    return this.#evidence.get(device)?.[0]?.seq
  }

  /** Keeps evidence. `false`: it is known. */
  keep(evidence: ForkEvidence): boolean {
    const { device } = evidence
    const known = this.#evidence.get(device) ?? []
    if (known.some((each) => isSame(each, evidence))) return false
    this.#order.set(evidence, this.#kept++)
    const all = [...known, evidence].sort((a, b) => a.seq - b.seq)
    this.#evidence.set(device, all)
    const deciding = this.#deciding(device)
    const spare = all.filter((each) => !deciding.includes(each))
    const [oldest] = spare.sort((a, b) => this.#order.get(a)! - this.#order.get(b)!)
    if (all.length > FORK_PROOFS_MAX) {
      this.#evidence.set(
        device,
        all.filter((each) => each !== oldest),
      )
    }
    this.#isStale = true
    return true
  }

  /** Proofs that have come to decide something since the last call: for the disk, and for others. */
  takeNews(): ForkEvidence[] {
    const deciding = [...this.#evidence.keys()].flatMap((device) => this.#deciding(device))
    const news = deciding.filter((evidence) => !this.#taken.has(evidence))
    for (const evidence of news) this.#taken.add(evidence)
    return news
  }

  #deciding(device: DeviceId): readonly ForkEvidence[] {
    const first = this.#evidence.get(device)?.[0]
    const again = this.#again.get(device)
    return [first, again].filter((each) => each !== undefined)
  }

  /** Beyond this sequence entries of the device are not taken in unless another entry builds on them. */
  limitOf(device: DeviceId): number {
    const first = this.#evidence.get(device)?.[0]
    if (first === undefined) return Infinity
    const reset = this.#resets.get(device)
    if (reset === undefined || this.#historyOf(device, reset) === undefined) return first.seq
    return this.#forkSince(device, reset) ?? Infinity
  }

  /** How much of the log of a device is exchanged with others. */
  exchangedLength(device: DeviceId): number {
    const { stored } = this.currentOf(device) ?? { stored: 0 }
    const reset = this.#resets.get(device)
    const isHere = reset !== undefined && this.#historyOf(device, reset) !== undefined
    if (isHere && this.goingOn(device) === undefined) return reset.length
    return Math.min(stored, this.limitOf(device))
  }

  /** The log that the device's peers exchange: its first one, or the one it was reset to. */
  currentOf(device: DeviceId): DeviceTrack | undefined {
    const reset = this.#resets.get(device)
    const first = this.#logs.tracks.get(device)
    if (reset === undefined) return first
    return this.goingOn(device) ?? this.#historyOf(device, reset) ?? first
  }

  /**
   * The log behind the reset; `undefined` when there is no reset, or nothing can follow what is here: of a history that its
   * author went on signing, another end may be stored, or none but be known of.
   */
  goingOn(device: DeviceId): DeviceTrack | undefined {
    const reset = this.#resets.get(device)
    if (reset === undefined) return undefined
    const histories = this.#historiesOf(device, reset)
    const begun = histories.find((track) => {
      return (
        track.stored > reset.length &&
        isSeam({ deps: this.#known.depsAt(track, reset.length) }, reset)
      )
    })
    return begun ?? histories.find((track) => track.stored === reset.length && track.isWhole)
  }

  /** The reset that stands, the latest of the device's. */
  resetOf(device: DeviceId): DeviceReset | undefined {
    return this.#resets.get(device)
  }

  /** Devices whose named history is not here. */
  get resetsWithout(): { readonly device: DeviceId; readonly seq: number; readonly id: EntryId }[] {
    return [...this.#resets].flatMap(([device, reset]) => {
      const isHere = reset.id === undefined || this.#historyOf(device, reset) !== undefined
      return isHere ? [] : [{ device, seq: reset.length - 1, id: reset.id! }]
    })
  }

  /** Whether an entry of a device counts as far as forks go. */
  counts(track: DeviceTrack, seq: number, past: ControlPast): boolean {
    const first = this.#evidence.get(track.device)?.[0]
    if (first === undefined || seq < first.seq) return true
    if (seq < (this.#lengths.get(track.ownerOf(seq).key) ?? 0)) return true
    const reset = this.#resets.get(track.device)
    if (reset === undefined || seq < reset.length) return false
    if (!includesControl(past, reset.node.deviceIndex, reset.node.ordinal)) return false
    return seq < (this.#forkSince(track.device, reset) ?? Infinity)
  }

  /** Whether an entry counts that a history has at `seq` or later. */
  #countsFrom(track: DeviceTrack, seq: number): boolean {
    const reset = this.#resets.get(track.device)
    return [seq, Math.max(seq, reset?.length ?? seq)].some((at) => {
      const past = at < track.checked ? track.pastAt(at) : undefined
      return past !== undefined && this.counts(track, at, past)
    })
  }

  /** A checked entry may change what counts. */
  note(track: DeviceTrack, entry: EncodedEntry): void {
    if (this.#evidence.size === 0) return
    this.#isStale = true
    for (const dep of entry.deps) {
      const known = this.#sightings.get(dep.device)
      const of = known && this.#logs.resolve(dep)
      if (of !== undefined) known!.push({ track, seq: entry.seq, of, to: dep.seq + 1 })
    }
  }

  /** Forgets what was derived, because the logs are followed from the beginning or from a stored place. */
  restart(): void {
    this.#doubt = undefined
    this.#suspended = new Set()
    this.forgetSightings()
  }

  /** What was seen of forked devices is read from the logs again. */
  forgetSightings(): void {
    this.#sightings.clear()
    this.#isStale = this.#evidence.size > 0
  }

  /** Whether what counts has still to be found. */
  get isStale(): boolean {
    return this.#isStale
  }

  /** Finds anew what counts. Returns the devices of which something else counts than before. */
  refresh(): DeviceId[] {
    if (!this.#isStale) return []
    const graph = this.#space.graph
    const forked = [...graph.nodes()].filter((node) => this.#isBehindFork(node))
    const doubted = forked.filter(({ device, past }) => !graph.hasReset(past, device))
    const view = this.#viewInDoubt(
      graph,
      doubted.map(({ id }) => id),
    )
    this.#follow(this.#standingResets(graph, view))
    this.#lengths = this.#countedLengths(view)
    const fallen = forked.filter(({ device, log, seq, past }) => {
      const track = this.#logs.tracks.get(log ?? device)!
      return !this.counts(track, seq, past)
    })
    const suspended = new Set(fallen.map(({ id }) => id))
    if (!areEqual(suspended, this.#suspended)) graph.suspend(suspended)
    this.#suspended = suspended
    this.#isStale = false
    const before = this.#digestByDevice
    this.#digestByDevice = this.#digests()
    const changed = [...this.#digestByDevice].filter(([device, digest]) => {
      return before.get(device) !== digest
    })
    return changed.map(([device]) => device)
  }

  /** What of forked devices counts within a vector; empty when nothing of it is in question. */
  digestWithin(within: VersionVector): string {
    const parts: string[] = []
    for (const [device, [first]] of [...this.#evidence].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const { key } of this.#logs.logsOf(device)) {
        const length = within.get(key) ?? 0
        if (length <= first!.seq) continue
        const counted = Math.min(length, Math.max(first!.seq, this.#lengths.get(key) ?? 0))
        const reset = this.#resets.get(device)
        const since = reset === undefined ? '' : `${reset.node.id} ${this.limitOf(device)}`
        const partings = this.names.partings(this.#logs.tracks.get(key)!)
        const parted = partings.filter((at) => at < length).join()
        parts.push(`${key} ${first!.seq} ${counted} ${since} ${parted}`)
      }
    }
    return parts.join('\n')
  }

  #digests(): Map<DeviceId, string> {
    const everything = new Map([...this.#logs.tracks.keys()].map((key) => [key, Infinity] as const))
    const whole = this.digestWithin(everything)
    return new Map(
      [...this.#evidence.keys()].map((device) => {
        const keys = new Set(this.#logs.logsOf(device).map(({ key }) => key as string))
        const lines = whole.split('\n').filter((line) => keys.has(line.slice(0, line.indexOf(' '))))
        return [device, lines.join('\n')] as const
      }),
    )
  }

  /** What they lead to is read now, or they are not followed yet: afterwards it is asked where nothing may fail. */
  #follow(resets: Map<DeviceId, DeviceReset>): void {
    const before = this.#resets
    this.#resets = resets
    try {
      const again = new Map<DeviceId, ForkEvidence>()
      for (const [device, reset] of resets) {
        this.exchangedLength(device)
        this.limitOf(device)
        const evidence = this.#forkAgain(device, reset)
        if (evidence !== undefined) again.set(device, evidence)
      }
      this.#again = again
    } catch (error) {
      this.#resets = before
      throw error
    }
  }

  #isBehindFork({ device, seq }: ControlNode): boolean {
    return seq >= (this.#evidence.get(device)?.[0]?.seq ?? Infinity)
  }

  /**
   * The latest of the resets that stand; of concurrent ones the lowest. One that leaves out what the histories share is none:
   * that counts in any case, and would be exchanged no more.
   */
  #standingResets(graph: ControlGraph, view: ControlView): Map<DeviceId, DeviceReset> {
    const resets = new Map<DeviceId, DeviceReset>()
    for (const [device, [first]] of this.#evidence) {
      const standing = graph.resetsOf(device).filter(({ id, operation }) => {
        return view.counts(id) && (operation as DeviceResetOperation).length >= first!.seq
      })
      const latest = standing.filter((node) => !standing.some((other) => precedes(node, other)))
      const [node] = latest.sort((a, b) => (a.id < b.id ? -1 : 1))
      if (node === undefined) continue
      const { length, id } = node.operation as DeviceResetOperation
      resets.set(device, { node, length, id })
    }
    return resets
  }

  /** How everything stands without what is in doubt. */
  #viewInDoubt(graph: ControlGraph, doubted: readonly EntryId[]): ControlView {
    const ids = doubted.join()
    if (this.#doubt?.all === graph.all && this.#doubt.ids === ids) return this.#doubt.view
    const view = graph.viewWithout(new Set(doubted))
    this.#doubt = { all: graph.all, ids, view }
    return view
  }

  #countedLengths(view: ControlView): Map<DeviceId, number> {
    const counted = new Map<DeviceId, number>()
    for (const device of this.#evidence.keys()) {
      const witnessed = this.#witnessedLengths(device, view)
      const reset = this.#resets.get(device)
      const history = reset && this.#historyOf(device, reset)
      if (history !== undefined) raise(witnessed, history, reset!.length)
      for (const { key } of this.#logs.logsOf(device)) {
        const length = witnessed.get(key)
        if (length !== undefined) counted.set(key, length)
      }
    }
    return counted
  }

  /**
   * How much of each log lies in the past of an entry of somebody else who has their say without what is in doubt. Only the
   * way to the forked device is followed: from what was seen of it to what was seen of those who saw it.
   */
  #witnessedLengths(device: DeviceId, view: ControlView): Map<DeviceId, number> {
    const person = this.#space.graph.knownDevices.get(device)
    const lengths = new Map<DeviceId, number>()
    const followed = new Set([device])
    const isSeen = (track: DeviceTrack, seq: number): boolean =>
      seq < (lengths.get(track.ownerOf(seq).key) ?? 0) || this.#hasSay(track, seq, person, view)
    for (let isNew = true; isNew;) {
      isNew = false
      for (const { track, seq, of, to } of [...followed].flatMap((each) => this.#seenOf(each))) {
        if (to <= (lengths.get(of.key) ?? 0)) continue
        const isWitness = isSeen(track, seq)
        if (isWitness) raise(lengths, of, to)
        else if (followed.has(track.device)) continue
        else followed.add(track.device)
        isNew = true
      }
    }
    return lengths
  }

  /** Whether an entry, or a later one of its log, is of somebody else who may write. */
  #hasSay(
    track: DeviceTrack,
    seq: number,
    person: PersonId | undefined,
    view: ControlView,
  ): boolean {
    const { device } = track
    const doubtedFrom = this.#evidence.get(device)?.[0]?.seq ?? Infinity
    const later = track.runs.filter(({ from }) => from > seq).map(({ from }) => from)
    return [seq, ...later].some((at) => {
      const past = track.pastAt(at)
      if (past === undefined) return false
      if (at >= doubtedFrom && !this.#space.graph.hasReset(past, device)) return false
      const author = view.authorAt({ device, seq: at, past })
      if (author === undefined || RANK_BY_ROLE[author.role] < RANK_BY_ROLE.reader) return false
      return author.person !== person
    })
  }

  /** Latest first. */
  #seenOf(device: DeviceId): readonly Sighting[] {
    let seen = this.#sightings.get(device)
    if (seen === undefined) {
      seen = []
      this.#sightings.set(device, seen)
      for (const track of this.#logs.tracks.values()) {
        if (track.device === device) continue
        for (const { seq, deps } of track.entries(track.base, track.checked)) {
          const dep = deps.find((each) => each.device === device)
          const of = dep && this.#logs.resolve(dep)
          if (of !== undefined) seen.push({ track, seq, of, to: dep!.seq + 1 })
        }
      }
    }
    return seen.toReversed()
  }

  #historiesOf(device: DeviceId, { length, id }: DeviceReset): DeviceTrack[] {
    return this.#logs.logsOf(device).filter((track) => {
      return (
        id === undefined || (track.stored >= length && this.#known.idAt(track, length - 1) === id)
      )
    })
  }

  #historyOf(device: DeviceId, reset: DeviceReset): DeviceTrack | undefined {
    return this.#historiesOf(device, reset)[0]
  }

  /** Where the device forked again behind its reset. */
  #forkSince(device: DeviceId, reset: DeviceReset): number | undefined {
    return this.#forkAgain(device, reset)?.seq
  }

  #forkAgain(device: DeviceId, reset: DeviceReset): ForkEvidence | undefined {
    const track = this.goingOn(device)
    return this.#evidence.get(device)?.find((evidence) => {
      if (evidence.seq < reset.length || isSeamOf(evidence, reset)) return false
      if (evidence.seq === reset.length)
        return evidence.sides.every((side) => names(side.header, reset))
      if (track === undefined || track.stored < evidence.seq) return false
      return this.#known.idAt(track, evidence.seq - 1) === evidence.previous
    })
  }
}

function isSame(a: ForkEvidence, b: ForkEvidence): boolean {
  return a.seq === b.seq && a.sides.every(({ id }) => b.sides.some((side) => side.id === id))
}

/** Whether the entry with which a device goes on names the reset that lets it. */
export function isSeam(entry: Pick<EncodedEntry, 'deps'>, reset: DeviceReset): boolean {
  return names(entry, reset)
}

/** What was there before the reset and what came of it are no new fork. */
function isSeamOf({ seq, sides: [a, b] }: ForkEvidence, reset: DeviceReset): boolean {
  return seq === reset.length && names(a.header, reset) !== names(b.header, reset)
}

function names({ deps }: Pick<EncodedEntry, 'deps'>, { node }: DeviceReset): boolean {
  return deps.some(({ id }) => id === node.id)
}

/** Counts the beginning of a history, up to a length, in the logs its entries belong to. */
function raise(lengths: Map<DeviceId, number>, history: DeviceTrack, length: number): void {
  if (length === 0) return
  const owner = history.ownerOf(length - 1)
  if (length > (lengths.get(owner.key) ?? 0)) lengths.set(owner.key, length)
  if (owner.parent !== undefined) raise(lengths, owner.parent, owner.base)
}

function areEqual(a: ReadonlySet<EntryId>, b: ReadonlySet<EntryId>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id))
}
