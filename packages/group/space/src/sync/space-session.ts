/**
 * One space on one connection: the state machine that makes both sides hold the same logs.
 *
 * The idea, in four steps, each skipped when the one before shows there is nothing to do:
 * 1. *Frontier.* Both sides send a 32-byte hash of what they hold. Equal: done.
 * 2. *Vector.* Otherwise each sends how many entries it has of every device's log.
 * 3. *Ranges.* Whoever has less of a log asks for what is missing, one request per log at a time; the answer is a
 *    verifiable range of at most `RANGE_BYTES_MAX`, and the next request leaves before the last answer is stored.
 * 4. *Live.* From then on new own entries are pushed at once to a peer that has everything before them; for entries
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
 * 3. A request that is not answered in `WANT_TIMEOUT_MS` is forgotten and may be asked elsewhere.
 */

import { bytesToHex } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'
import type { LogRange } from '@hamlet/log'
import type { FetchPlan } from './fetch-plan.ts'
import type { SpaceMessageBody, VectorItem } from './sync-message.ts'
import type { SyncSpace } from './sync-space.ts'

/** Bytes of entries in one answer; with proof and framing it stays under the frame limit. */
export const RANGE_BYTES_MAX = 768 * 1024
/** Logs being fetched from one peer at a time. */
export const WANTS_MAX = 8
export const WANT_TIMEOUT_MS = 10_000
/** Own entries up to this size are pushed without being asked for; the peer asks for the rest. */
export const PUSH_BYTES_MAX = 128 * 1024
/** Frontiers are compared again after this long. */
export const FRONTIER_INTERVAL_MS = 10_000
/** A log whose range was refused is not asked of the same peer again for this long. */
export const REFUSED_INTERVAL_MS = 60_000
/** Answers waiting to be sent; requests beyond that are dropped, and time out at the peer. */
export const ANSWERS_MAX = 4 * WANTS_MAX

export type SessionEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'received'; readonly body: SpaceMessageBody }
  /** A range from the peer was decoded and is about to be stored. */
  | { readonly kind: 'fetched'; readonly device: DeviceId; readonly range: LogRange }
  /** That range was stored, or refused. */
  | { readonly kind: 'accepted'; readonly device: DeviceId }
  | { readonly kind: 'refused'; readonly device: DeviceId }
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
  /** Answers are waiting: take them with `nextAnswer` while the send queue has room. */
  | { readonly kind: 'answer' }

/** A piece of a log on its way to the peer. */
export interface SessionAnswer {
  readonly device: DeviceId
  readonly range: LogRange
}

interface Request {
  readonly device: DeviceId
  readonly from: number
  readonly bytesMax: number
}

export class SpaceSession {
  readonly #space: SyncSpace
  readonly #peer: string
  readonly #plan: FetchPlan
  readonly #remote = new Map<DeviceId, number>()
  readonly #wants = new Map<DeviceId, { readonly from: number; readonly sinceMs: number }>()
  readonly #refusedAtMs = new Map<DeviceId, number>()
  readonly #requests: Request[] = []
  #founder: DeviceId | undefined
  #nowMs = 0
  #frontierSentAtMs = Number.NEGATIVE_INFINITY
  #agreedHash = ''

  constructor(space: SyncSpace, peer: string, plan: FetchPlan) {
    this.#space = space
    this.#peer = peer
    this.#plan = plan
  }

  /** Whether both sides were last seen to hold the same, and nothing has grown here since. */
  get agreed(): boolean {
    return this.#agreedHash !== '' && this.#agreedHash === bytesToHex(this.#space.frontierHash())
  }

  /** What the peer says it has. */
  get remoteLengths(): ReadonlyMap<DeviceId, number> {
    return this.#remote
  }

  /** Whether the peer claims entries that this device would store and lacks. */
  get fetching(): boolean {
    return this.#wants.size > 0 || this.#missing().length > 0
  }

  step(event: SessionEvent, nowMs: number): SessionEffect[] {
    this.#nowMs = nowMs
    switch (event.kind) {
      case 'start':
        return [this.#frontier()]
      case 'received':
        return this.#receive(event.body)
      case 'fetched':
        return this.#fetched(event.device, event.range)
      case 'refused':
        return this.#refused(event.device)
      case 'accepted':
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
      const { device, from, bytesMax } = request
      const range = this.#space.rangeFrom(device, from, { bytesMax })
      if (range === undefined || range.blocks.length === 0) continue
      this.#noteRemote(device, from + range.blocks.length)
      return { device, range }
    }
  }

  /** Ends the session: what it was fetching may be fetched by others. */
  close(): void {
    for (const device of this.#wants.keys()) this.#plan.release(device, this.#peer)
    this.#wants.clear()
  }

  #receive(body: SpaceMessageBody): SessionEffect[] {
    switch (body.kind) {
      case 'frontier':
        this.#founder = body.founder
        return this.#receiveFrontier(bytesToHex(body.hash))
      case 'vector':
      case 'have':
        return this.#receiveLengths(body.items)
      case 'want':
        return this.#receiveWant(body)
      case 'range':
        return this.#mayStore(body.device)
          ? [{ kind: 'accept', device: body.device, range: body.range }]
          : []
      default:
        return []
    }
  }

  #receiveFrontier(hash: string): SessionEffect[] {
    const own = bytesToHex(this.#space.frontierHash())
    if (hash !== own) return [{ kind: 'send', body: this.#vector() }]
    const known = this.#agreedHash === own
    this.#agreedHash = own
    for (const [device, length] of this.#space.lengths()) this.#remote.set(device, length)
    return known ? [] : [this.#frontier()]
  }

  #receiveLengths(items: readonly VectorItem[]): SessionEffect[] {
    for (const { device, length } of items) this.#remote.set(device, length)
    return this.#request()
  }

  #receiveWant(want: Request): SessionEffect[] {
    if (this.#requests.length >= ANSWERS_MAX) return []
    const bytesMax = Math.min(want.bytesMax, RANGE_BYTES_MAX)
    this.#requests.push({ device: want.device, from: want.from, bytesMax })
    return [{ kind: 'answer' }]
  }

  #fetched(device: DeviceId, range: LogRange): SessionEffect[] {
    const to = range.from + range.blocks.length
    this.#noteRemote(device, range.head.length)
    if (range.from <= this.#next(device)) this.#plan.noteFetched(device, to)
    const want = this.#wants.get(device)
    if (want === undefined || range.from > want.from || to <= want.from) return []
    this.#endWant(device)
    return this.#request()
  }

  #refused(device: DeviceId): SessionEffect[] {
    this.#refusedAtMs.set(device, this.#nowMs)
    this.#plan.forgetFetched(device)
    this.#endWant(device)
    return []
  }

  #stored(event: SessionEvent & { kind: 'stored' }): SessionEffect[] {
    const { device, from, to, local } = event
    const remote = this.#remote.get(device) ?? 0
    if (remote >= to || this.#requests.some((request) => request.device === device)) return []
    if (!local || remote !== from || this.#remote.size === 0) {
      return [{ kind: 'send', body: { kind: 'have', items: [{ device, length: to }] } }]
    }
    this.#requests.push({ device, from, bytesMax: PUSH_BYTES_MAX })
    return [{ kind: 'answer' }]
  }

  #tick(): SessionEffect[] {
    for (const [device, want] of this.#wants) {
      if (this.#nowMs - want.sinceMs >= WANT_TIMEOUT_MS) this.#endWant(device)
    }
    const due = this.#nowMs - this.#frontierSentAtMs >= FRONTIER_INTERVAL_MS
    return due ? [this.#frontier(), ...this.#request()] : this.#request()
  }

  #frontier(): SessionEffect {
    this.#frontierSentAtMs = this.#nowMs
    const hash = this.#space.frontierHash()
    return { kind: 'send', body: { kind: 'frontier', hash, founder: this.#space.founderDevice } }
  }

  #vector(): SpaceMessageBody {
    const items = [...this.#space.lengths()].map(([device, length]) => ({ device, length }))
    return { kind: 'vector', items }
  }

  #request(): SessionEffect[] {
    const devices = this.#missing().slice(0, WANTS_MAX - this.#wants.size)
    return devices.map((device) => {
      const from = this.#next(device)
      this.#wants.set(device, { from, sinceMs: this.#nowMs })
      this.#plan.claim(device, this.#peer)
      return { kind: 'send', body: { kind: 'want', device, from, bytesMax: RANGE_BYTES_MAX } }
    })
  }

  /** Logs the peer has more of, that may be stored here and that no session is fetching. */
  #missing(): DeviceId[] {
    const stored = this.#space.lengths()
    return [...this.#remote]
      .filter(([device, length]) => length > this.#plan.next(device, stored.get(device) ?? 0))
      .map(([device]) => device)
      .filter((device) => this.#mayFetch(device))
  }

  #mayFetch(device: DeviceId): boolean {
    const refusedAtMs = this.#refusedAtMs.get(device)
    if (refusedAtMs !== undefined && this.#nowMs - refusedAtMs < REFUSED_INTERVAL_MS) return false
    return this.#plan.isFree(device) && this.#mayStore(device)
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
    if (length > (this.#remote.get(device) ?? 0)) this.#remote.set(device, length)
  }

  #endWant(device: DeviceId): void {
    this.#wants.delete(device)
    this.#plan.release(device, this.#peer)
  }
}
