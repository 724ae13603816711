/**
 * One space on one connection: the state machine that makes both sides hold the same logs.
 *
 * The idea, in steps, each skipped when the one before shows there is nothing to do:
 * 1. *Frontier.* Both sides send a 32-byte hash of what they hold. Equal: done.
 * 2. *Vector.* Otherwise each sends how many entries it has of every device's log.
 * 3. *Ranges.* Whoever has less of a log asks for what is missing, one request per log at a time; the answer is a
 *    verifiable range of at most `RANGE_BYTES_MAX`, and the next request leaves before the last answer is stored.
 * 4. *Branches.* Entries may build on a history of some device that is another than the one here: that one is asked for by
 *    the entry they name. Of a device that signed two histories nothing else is asked for beyond where they part.
 * 5. *Live.* From then on new own entries are pushed at once to a peer that has everything before them; for entries
 *    that came from others a `have` is enough, and the peer asks if it lacks them.
 *
 * A tick repeats step 1, so that a lost message delays and never prevents agreement (anti-entropy).
 *
 * The machine reads no clock and sends nothing: `step(event)` returns effects for the driver ({@link PeerLink}).
 * Messages: `docs/formats/sync.md`.
 *
 * Invariants:
 * 1. What the peer claims only decides what is asked for; what is stored has been verified by `accept`.
 * 2. At most one request per log and `WANTS_MAX` in all are outstanding, so unread answers are bounded.
 * 3. A request is forgotten after `WANT_TIMEOUT_MS` in which nothing of the space arrived, and after
 *    `WANT_MS_MAX` in any case; the log may then be asked of another peer first.
 * 4. At most `VECTOR_DEVICES_MAX` of a peer's claims are remembered.
 * 5. Of a peer's frontiers that differ from ours at most `SYNC_ROUNDS_MAX` in `SYNC_ROUNDS_MS` are answered; ours goes
 *    out all the same, so that agreement is delayed and not prevented.
 */

import { bytesToHex, SYNC_ROUNDS_MAX } from '@hamlet/core'
import type { DeviceId, EntryId } from '@hamlet/core'
import type { LogRange } from '@hamlet/log'
import type { BranchWant } from '../branch-receiver.ts'
import type { FetchPlan, FetchSource } from './fetch-plan.ts'
import { VECTOR_DEVICES_MAX } from './sync-message.ts'
import type { SpaceMessageBody, VectorItem } from './sync-message.ts'
import type { SyncSpace } from './sync-space.ts'
import { WorkBudget } from '../work-budget.ts'

/** Bytes of entries in one answer; with proof and framing it stays under the frame limit. */
export const RANGE_BYTES_MAX = 768 * 1024
/** Logs being fetched from one peer at a time. */
export const WANTS_MAX = 8
export const WANT_TIMEOUT_MS = 10_000
/** Even a peer that sends something else all the time must answer within this. */
export const WANT_MS_MAX = 60_000
/** A log that one peer did not send in time is left to the others for this long. */
export const TIMEOUT_PAUSE_MS = 3_000
/** A peer that does not answer in time is asked for half as much at a time, down to this. */
export const RANGE_BYTES_MIN = 64 * 1024
/** Own entries up to this size are pushed without being asked for; the peer asks for the rest. */
export const PUSH_BYTES_MAX = 128 * 1024
/** Frontiers are compared again after this long. */
export const FRONTIER_INTERVAL_MS = 10_000
/** `SYNC_ROUNDS_MAX` rounds are answered in this time. */
export const SYNC_ROUNDS_MS = 60_000
/** A log whose range was refused is not asked of the same peer again for this long. */
export const REFUSED_INTERVAL_MS = 60_000
/** Answers waiting to be sent; requests beyond that are dropped, and time out at the peer. */
export const ANSWERS_MAX = 4 * WANTS_MAX

/** Codes of ranges that do not continue our copy of the log. */
const PARTING_CODES: ReadonlySet<string> = new Set(['SPACE_ENTRY_MISPLACED', 'LOG_CONFLICT'])

export type SessionEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'received'; readonly body: SpaceMessageBody }
  /** A range from the peer was decoded and is about to be stored. */
  | { readonly kind: 'fetched'; readonly device: DeviceId; readonly range: LogRange }
  /** That range was stored, or refused. */
  | { readonly kind: 'accepted'; readonly device: DeviceId }
  | { readonly kind: 'refused'; readonly device: DeviceId; readonly code: string }
  /** A part of another history was stored, or refused. */
  | { readonly kind: 'branch-accepted'; readonly id: EntryId }
  | { readonly kind: 'branch-refused'; readonly id: EntryId; readonly code: string }
  /** It was thrown away unread: too much waits to be stored. */
  | { readonly kind: 'dropped'; readonly device: DeviceId; readonly range: LogRange }
  /** A log grew here. `local`: by this device's own writing. */
  | {
      readonly kind: 'stored'
      readonly device: DeviceId
      readonly from: number
      readonly to: number
      readonly local: boolean
    }
  /** Devices that were strangers may be members now. */
  | { readonly kind: 'members' }
  | { readonly kind: 'tick' }

export type SessionEffect =
  | { readonly kind: 'send'; readonly body: SpaceMessageBody }
  /** Decode, verify and store; report `fetched`, then `accepted` or `refused`. */
  | { readonly kind: 'accept'; readonly device: DeviceId; readonly range: Uint8Array }
  /** The same for another history; report `branch-accepted` or `branch-refused`. */
  | { readonly kind: 'accept-branch'; readonly want: BranchWant; readonly range: Uint8Array }
  /** Answers are waiting: take them with `nextAnswer` while the send queue has room. */
  | { readonly kind: 'answer' }
  /** A request was not answered in time. */
  | { readonly kind: 'silent' }

/** A piece of a log on its way to the peer. */
export interface SessionAnswer {
  readonly device: DeviceId
  readonly range: LogRange
  /** The entry by which the history was asked for, when it was. */
  readonly branch?: EntryId
}

/** What the session is told of the connection and the peer. */
export interface SessionOutlook {
  /** Whether one more answer could be held until it is stored. */
  hasRoom(): boolean
  /** Whether others are to be asked first for what they offer too. */
  isAskedLast(): boolean
}

const OPEN_OUTLOOK: SessionOutlook = { hasRoom: () => true, isAskedLast: () => false }

interface Request {
  readonly device: DeviceId
  readonly from: number
  readonly bytesMax: number
  readonly branch?: { readonly seq: number; readonly id: EntryId }
}

export class SpaceSession implements FetchSource {
  readonly #space: SyncSpace
  readonly #peer: string
  readonly #plan: FetchPlan
  readonly #remote = new Map<DeviceId, number>()
  readonly #wants = new Map<DeviceId, { readonly from: number; readonly sinceMs: number }>()
  /** Logs not to be asked of this peer before a time. */
  readonly #pausedUntilMs = new Map<DeviceId, number>()
  /** How far before the end of our copy a log that does not fit is asked for next, to find where it parts from ours. */
  readonly #overlaps = new Map<DeviceId, number>()
  /** Other histories asked for, by the entry wanted. */
  readonly #branchWants = new Map<
    EntryId,
    { readonly sinceMs: number; readonly want: BranchWant }
  >()
  readonly #requests: Request[] = []
  readonly #outlook: SessionOutlook
  readonly #rounds = new WorkBudget({ capacity: SYNC_ROUNDS_MAX, refillMs: SYNC_ROUNDS_MS })
  #rangeBytes = RANGE_BYTES_MAX
  #rangeAtMs = Number.NEGATIVE_INFINITY
  #founder: DeviceId | undefined
  #isClosed = false
  #nowMs = 0
  #frontierSentAtMs = Number.NEGATIVE_INFINITY
  #doubtedAtMs = Number.NEGATIVE_INFINITY
  #hasToldAll = false
  #agreedHash = ''
  #remoteHash = ''

  constructor(
    space: SyncSpace,
    peer: string,
    plan: FetchPlan,
    outlook: SessionOutlook = OPEN_OUTLOOK,
  ) {
    this.#space = space
    this.#peer = peer
    this.#plan = plan
    this.#outlook = outlook
    plan.addSource(this)
  }

  /** Whether both sides were last seen to hold the same, and nothing has grown here since. */
  get agreed(): boolean {
    return this.#agreedHash !== '' && this.#agreedHash === bytesToHex(this.#space.frontierHash())
  }

  /** What the peer says it has. */
  get remoteLengths(): ReadonlyMap<DeviceId, number> {
    return this.#remote
  }

  /** Whether the peer has said what it holds of every log. */
  get hasToldAll(): boolean {
    return this.#hasToldAll
  }

  /** Requests that are not answered yet. */
  get wantCount(): number {
    return this.#wants.size
  }

  /** Whether the peer claims entries that this device would store and lacks. */
  get fetching(): boolean {
    return this.#wants.size > 0 || this.#missing().length > 0
  }

  /** Of a session that has ended nothing comes: what was on its way to the disk is stored after that, too. */
  step(event: SessionEvent, nowMs: number): SessionEffect[] {
    if (this.#isClosed) return []
    this.#nowMs = nowMs
    switch (event.kind) {
      case 'start':
        return [this.#frontier()]
      case 'received':
        return this.#receive(event.body)
      case 'fetched':
        return this.#fetched(event.device, event.range)
      case 'refused':
        return this.#refused(event.device, event.code)
      case 'branch-accepted':
        this.#endBranchWant(event.id)
        return this.#request()
      case 'branch-refused':
        return this.#branchRefused(event.id, event.code)
      case 'dropped':
        return this.#dropped(event.device, event.range)
      case 'accepted':
        return this.#accepted(event.device)
      case 'members':
        return this.#request()
      case 'stored':
        return this.#stored(event)
      case 'tick':
        return this.#tick()
    }
  }

  /** The next answer to a request of the peer, or `undefined` when all are answered. */
  nextAnswer(): SessionAnswer | undefined {
    for (;;) {
      const request = this.#requests.shift()
      if (request === undefined) return undefined
      const { device, from, bytesMax, branch } = request
      if (branch !== undefined) {
        const answer = this.#branchAnswer(device, { ...branch, device, from }, bytesMax)
        if (answer === undefined) continue
        return answer
      }
      const blocksMax = this.#space.servedLength(this.#peer as DeviceId, device) - from
      if (blocksMax <= 0) continue
      const range = this.#space.rangeFrom(device, from, { bytesMax, blocksMax })
      if (range === undefined || range.blocks.length === 0) continue
      this.#noteRemote(device, from + range.blocks.length)
      return { device, range }
    }
  }

  #branchAnswer(device: DeviceId, want: BranchWant, bytesMax: number): SessionAnswer | undefined {
    if (this.#space.hasLost(this.#peer as DeviceId)) return undefined
    const range = this.#space.branchRange(want, { bytesMax })
    if (range === undefined || range.blocks.length === 0) return undefined
    return { device, range, branch: want.id }
  }

  offers(device: DeviceId, seq: number): boolean {
    if (this.#outlook.isAskedLast() || (this.#remote.get(device) ?? 0) <= seq) return false
    return (this.#pausedUntilMs.get(device) ?? 0) <= this.#nowMs
  }

  /** Ends the session: what it was fetching may be fetched by others. */
  close(): void {
    this.#isClosed = true
    this.#plan.removeSource(this)
    for (const device of this.#wants.keys()) this.#plan.release(device, this.#peer)
    this.#wants.clear()
    for (const id of this.#branchWants.keys()) this.#endBranchWant(id)
  }

  #receive(body: SpaceMessageBody): SessionEffect[] {
    switch (body.kind) {
      case 'frontier':
        this.#founder = body.founder
        return this.#receiveFrontier(bytesToHex(body.hash))
      case 'vector':
        this.#remote.clear()
        this.#hasToldAll = true
        return [...this.#receiveLengths(body.items), ...this.#doubt()]
      case 'have':
        return this.#receiveLengths(body.items)
      case 'want':
        return this.#receiveWant(body)
      case 'range':
        return this.#mayStore(body.device)
          ? [{ kind: 'accept', device: body.device, range: body.range }]
          : []
      case 'want-branch':
        return this.#receiveBranchWant(body)
      case 'branch': {
        const asked = this.#branchWants.get(body.id)
        return asked === undefined
          ? []
          : [{ kind: 'accept-branch', want: asked.want, range: body.range }]
      }
      default:
        return []
    }
  }

  #receiveFrontier(hash: string): SessionEffect[] {
    const own = bytesToHex(this.#space.frontierHash())
    if (hash !== own) {
      if (this.#rounds.isSpent(this.#nowMs)) return []
      this.#rounds.spend(1, this.#nowMs)
      const isNews = hash !== this.#remoteHash
      this.#remoteHash = hash
      // Our own frontier again, since a peer that has only just begun to listen has missed it.
      const vector = { kind: 'send', body: this.#vector() } as const
      return isNews ? [this.#frontier(), vector] : [vector]
    }
    const known = this.#agreedHash === own
    this.#agreedHash = own
    this.#hasToldAll = true
    for (const [device, length] of this.#space.lengths()) this.#remote.set(device, length)
    return known ? [] : [this.#frontier()]
  }

  #receiveLengths(items: readonly VectorItem[]): SessionEffect[] {
    for (const { device, length } of items) {
      if (this.#remote.has(device) || this.#remote.size < VECTOR_DEVICES_MAX) {
        this.#remote.set(device, length)
      }
    }
    return this.#request()
  }

  /**
   * As much of every log on both sides, and not the same: some author signed two histories. The ends of the logs, asked
   * for again, tell whose.
   */
  #doubt(): SessionEffect[] {
    const stored = this.#space.lengths()
    const isSame = [...stored].every(([device, length]) => this.#remote.get(device) === length)
    if (!isSame || this.#remote.size !== stored.size) return []
    const own = bytesToHex(this.#space.frontierHash())
    if (this.#remoteHash === '' || this.#remoteHash === own || this.agreed) return []
    if (this.#nowMs - this.#doubtedAtMs < REFUSED_INTERVAL_MS) return []
    this.#doubtedAtMs = this.#nowMs
    for (const device of stored.keys()) this.#overlaps.set(device, 1)
    return this.#request()
  }

  #receiveWant(want: Request): SessionEffect[] {
    if (this.#requests.length >= ANSWERS_MAX) return []
    const bytesMax = Math.min(want.bytesMax, RANGE_BYTES_MAX)
    this.#requests.push({ device: want.device, from: want.from, bytesMax })
    return [{ kind: 'answer' }]
  }

  #receiveBranchWant(want: BranchWant & { readonly bytesMax: number }): SessionEffect[] {
    if (this.#requests.length >= ANSWERS_MAX) return []
    const { device, seq, id, from } = want
    const bytesMax = Math.min(want.bytesMax, RANGE_BYTES_MAX)
    this.#requests.push({ device, from, bytesMax, branch: { seq, id } })
    return [{ kind: 'answer' }]
  }

  /** What does not fit is asked for again from further back; a peer that has nothing that fits is left alone for a while. */
  #branchRefused(id: EntryId, code: string): SessionEffect[] {
    const asked = this.#branchWants.get(id)
    const canGoBack = asked !== undefined && asked.want.from > 0 && PARTING_CODES.has(code)
    if (!canGoBack) return []
    this.#endBranchWant(id)
    return this.#request()
  }

  #endBranchWant(id: EntryId): void {
    this.#branchWants.delete(id)
    this.#plan.release(planKey(id), this.#peer)
  }

  /** One peer is asked for a history at a time, another when it does not answer. */
  #requestBranches(): SessionEffect[] {
    const wanted = this.#space.wantedBranches()
    for (const [id, { sinceMs }] of this.#branchWants) {
      const isOver = this.#nowMs - sinceMs >= REFUSED_INTERVAL_MS
      if (isOver || wanted.every((want) => want.id !== id)) this.#endBranchWant(id)
      else if (this.#nowMs - sinceMs >= WANT_TIMEOUT_MS) this.#plan.release(planKey(id), this.#peer)
    }
    return wanted.flatMap((want): SessionEffect[] => {
      const { device, seq, id, from } = want
      const isFree = this.#plan.isFree(planKey(id)) && !this.#branchWants.has(id)
      if (!isFree || this.#branchWants.size >= WANTS_MAX) return []
      this.#branchWants.set(id, { want, sinceMs: this.#nowMs })
      this.#plan.claim(planKey(id), this.#peer)
      const bytesMax = this.#rangeBytes
      return [{ kind: 'send', body: { kind: 'want-branch', device, seq, id, from, bytesMax } }]
    })
  }

  #fetched(device: DeviceId, range: LogRange): SessionEffect[] {
    const to = range.from + range.blocks.length
    this.#noteRemote(device, range.head.length)
    this.#rangeAtMs = this.#nowMs
    if (range.from <= this.#next(device)) this.#plan.noteFetched(device, to)
    const want = this.#wants.get(device)
    if (want === undefined || range.from > want.from || to <= want.from) return []
    this.#endWant(device)
    this.#rangeBytes = Math.min(2 * this.#rangeBytes, RANGE_BYTES_MAX)
    // What comes after an overlap depends on what is found in it.
    if (this.#overlaps.has(device)) this.#pause(device, REFUSED_INTERVAL_MS)
    return this.#request()
  }

  #accepted(device: DeviceId): SessionEffect[] {
    if (this.#overlaps.delete(device)) this.#pausedUntilMs.delete(device)
    return this.#request()
  }

  #refused(device: DeviceId, code: string): SessionEffect[] {
    this.#plan.forgetFetched(device)
    this.#endWant(device)
    // A fork of which the place is not known yet is looked for too.
    const isParting =
      PARTING_CODES.has(code) || (code === 'LOG_FORKED' && !this.#space.isForked(device))
    const overlap = isParting ? this.#nextOverlap(device) : undefined
    if (overlap === undefined) {
      this.#overlaps.delete(device)
      this.#pause(device, REFUSED_INTERVAL_MS)
      return []
    }
    this.#overlaps.set(device, overlap)
    this.#pausedUntilMs.delete(device)
    return this.#request()
  }

  /**
   * What does not continue our copy may be another history signed by the author. A range that begins before the two
   * part proves it, so it is asked for, at doubling distances; `undefined` when that has been tried or is known.
   */
  #nextOverlap(device: DeviceId): number | undefined {
    const stored = this.#space.lengths().get(device) ?? 0
    const last = this.#overlaps.get(device) ?? 0
    if (last >= stored) return undefined
    return Math.min(Math.max(1, 2 * last), stored)
  }

  #dropped(device: DeviceId, range: LogRange): SessionEffect[] {
    this.#noteRemote(device, range.head.length)
    this.#endWant(device)
    return []
  }

  #stored(event: SessionEvent & { kind: 'stored' }): SessionEffect[] {
    const { device, from, local } = event
    const remote = this.#remote.get(device) ?? 0
    const to = this.#told(device, event.to)
    if (to <= from || remote >= to || this.#requests.some((request) => request.device === device))
      return []
    if (!local || remote !== from || this.#remote.size === 0) {
      return [{ kind: 'send', body: { kind: 'have', items: [{ device, length: to }] } }]
    }
    this.#requests.push({ device, from, bytesMax: PUSH_BYTES_MAX })
    return [{ kind: 'answer' }]
  }

  /** Who lost their place in the space is told that, and no more. */
  #told(device: DeviceId, to: number): number {
    const peer = this.#peer as DeviceId
    return this.#space.hasLost(peer) ? Math.min(to, this.#space.servedLength(peer, device)) : to
  }

  #tick(): SessionEffect[] {
    for (const [device, untilMs] of this.#pausedUntilMs) {
      if (untilMs <= this.#nowMs) this.#pausedUntilMs.delete(device)
    }
    const overdue = [...this.#wants].filter(([, { sinceMs }]) => this.#isOverdue(sinceMs))
    for (const [device] of overdue) this.#giveUpWant(device)
    const silent = overdue.map(() => ({ kind: 'silent' }) as const)
    const due = this.#nowMs - this.#frontierSentAtMs >= FRONTIER_INTERVAL_MS
    return [...silent, ...(due ? [this.#frontier()] : []), ...this.#request()]
  }

  #isOverdue(sinceMs: number): boolean {
    const silentSinceMs = Math.max(sinceMs, this.#rangeAtMs)
    if (this.#nowMs - silentSinceMs >= WANT_TIMEOUT_MS) return true
    return this.#nowMs - sinceMs >= WANT_MS_MAX
  }

  #giveUpWant(device: DeviceId): void {
    this.#endWant(device)
    this.#rangeBytes = Math.max(this.#rangeBytes / 2, RANGE_BYTES_MIN)
    this.#pause(device, TIMEOUT_PAUSE_MS)
  }

  #pause(device: DeviceId, ms: number): void {
    this.#pausedUntilMs.set(device, this.#nowMs + ms)
  }

  #frontier(): SessionEffect {
    this.#frontierSentAtMs = this.#nowMs
    const hash = this.#space.frontierHash()
    return { kind: 'send', body: { kind: 'frontier', hash, founder: this.#space.founderDevice } }
  }

  #vector(): SpaceMessageBody {
    const peer = this.#peer as DeviceId
    const items = [...this.#space.lengths().keys()].map((device) => {
      return { device, length: this.#space.servedLength(peer, device) }
    })
    const told = items.filter(({ length }) => length > 0)
    return { kind: 'vector', items: told.slice(0, VECTOR_DEVICES_MAX) }
  }

  #request(): SessionEffect[] {
    const effects = this.#requestBranches()
    for (const device of this.#missing()) {
      if (this.#wants.size >= WANTS_MAX || !this.#outlook.hasRoom()) break
      const overlap = this.#overlaps.get(device) ?? 0
      const from = Math.max(0, this.#next(device) - overlap)
      this.#wants.set(device, { from, sinceMs: this.#nowMs })
      this.#plan.claim(device, this.#peer)
      const bytesMax = this.#rangeBytes
      effects.push({ kind: 'send', body: { kind: 'want', device, from, bytesMax } })
    }
    return effects
  }

  /** Logs the peer has more of, that may be stored here and that no session is fetching. */
  #missing(): DeviceId[] {
    const stored = this.#space.lengths()
    return [...this.#remote]
      .filter(([device, length]) => {
        return (
          this.#overlaps.has(device) ||
          Math.min(length, this.#space.forkLimit(device)) >
            this.#plan.next(device, stored.get(device) ?? 0)
        )
      })
      .map(([device]) => device)
      .filter((device) => this.#mayFetch(device))
  }

  #mayFetch(device: DeviceId): boolean {
    if ((this.#pausedUntilMs.get(device) ?? 0) > this.#nowMs) return false
    if (!this.#plan.isFree(device) || !this.#mayStore(device)) return false
    if (this.#space.isSlowed(device)) return false
    return !this.#outlook.isAskedLast() || !this.#plan.isOfferedWell(device, this.#next(device))
  }

  /** Until the genesis entry is here only the log said to begin with it is of use. */
  #mayStore(device: DeviceId): boolean {
    if (this.#space.founderDevice === undefined && device !== this.#founder) return false
    return this.#space.acceptsDevice(device)
  }

  #next(device: DeviceId): number {
    return this.#plan.next(device, this.#space.lengths().get(device) ?? 0)
  }

  #noteRemote(device: DeviceId, length: number): void {
    const known = this.#remote.get(device)
    if (known === undefined && this.#remote.size >= VECTOR_DEVICES_MAX) return
    if (length > (known ?? 0)) this.#remote.set(device, length)
  }

  #endWant(device: DeviceId): void {
    this.#wants.delete(device)
    this.#plan.release(device, this.#peer)
  }
}

/** The plan keeps histories asked for beside logs, by the entry wanted: ids of devices and entries are never the same. */
function planKey(id: EntryId): DeviceId {
  return id as string as DeviceId
}
