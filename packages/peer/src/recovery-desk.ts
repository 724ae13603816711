/**
 * Finding a person's spaces again: asking other devices for them, and answering those who ask.
 *
 * A device asks when it was recovered or linked (a search, kept on disk until it ends), and it goes on asking the
 * person's other devices now and then, so that a space joined on one of them comes to all. It asks at addresses the
 * person gave, and every device that turns up on the local network: a device that does not share a space with the person
 * learns nothing from the question.
 *
 * Invariants:
 * 1. Whoever proves to be a member's certified, unrevoked device is written into that member's spaces and told of them,
 *    by any member. Others are told nothing.
 * 2. One device is asked, and answered, at most once at a time and not again within `ASK_INTERVAL_MS`, `ANSWER_INTERVAL_MS`.
 */

import { errorCode, hexToBytes } from '@hamlet/core'
import type { Cancel, DeviceId } from '@hamlet/core'
import type { Recovery } from '@hamlet/http/api'
import { RECOVER_PROTOCOL, RecoverAsker, RecoverHelper } from '@hamlet/identity/linking'
import type { RecoverEffect } from '@hamlet/identity/linking'
import type { RawStream } from '@hamlet/network'
import type { ArrivalDesk } from './arrival-desk.ts'
import type { DeviceCarrier } from './device-carrier.ts'
import { FrameStream } from './frame-stream.ts'
import { hintsByDevice } from './link-hints.ts'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import { SEARCH_ADDRESSES_MAX } from './peer-state.ts'
import type { PeerStateFile } from './peer-state.ts'

/** One question, answer included. */
export const ASK_MS_MAX = 30_000
/** The same device is not asked again within this. */
export const ASK_INTERVAL_MS = 60_000
/** The same device is not answered again within this. */
export const ANSWER_INTERVAL_MS = 5_000
/** Devices answered at a time. */
export const ANSWERS_AT_ONCE_MAX = 8
/** A search that the person does not end ends by itself. */
export const SEARCH_MS_MAX = 7 * 24 * 3_600_000
const ROUND_MS = 5_000
/** Addresses are tried in every round at first, and after this only every `DIAL_SLOW_MS`. */
const DIAL_FAST_MS = 120_000
const DIAL_SLOW_MS = 60_000
/** Devices whose last question is remembered, on either side. */
const REMEMBERED_MAX = 1_000

export interface RecoveryHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly state: PeerStateFile
  readonly arrivals: ArrivalDesk
  readonly carrier: DeviceCarrier
  /** The person's other devices, as the spaces here know them. */
  ownDevices(): ReadonlySet<DeviceId>
  changed(): void
}

export class RecoveryDesk {
  readonly #host: RecoveryHost
  readonly #askedAtMs = new Map<string, number>()
  readonly #answeredAtMs = new Map<string, number>()
  readonly #streams = new Set<FrameStream>()
  /** Devices that knew the person, since this peer started. */
  readonly #helpers = new Set<string>()
  #answering = 0
  #searchSinceMs = 0
  #dialedAtMs = Number.NEGATIVE_INFINITY
  #unsubscribe: Cancel | undefined
  #unhandle: Cancel | undefined
  #timer: Cancel | undefined
  #closed = false

  constructor(host: RecoveryHost) {
    this.#host = host
  }

  async open(): Promise<void> {
    const { network } = this.#host.ports
    this.#unhandle = await network.handle(RECOVER_PROTOCOL, (stream) => this.#answer(stream))
    this.#unsubscribe = network.net.subscribe({
      peerUp: (peer) => this.#considerAsking(peer),
      peerDown: () => undefined,
      message: () => undefined,
      drain: () => undefined,
    })
    this.#searchSinceMs = this.#nowMs
    this.#round()
  }

  get view(): Recovery {
    const { search, arrivals } = this.#host.state.value
    return {
      state: search === undefined ? 'none' : 'searching',
      helpers: this.#helpers.size,
      arriving: arrivals.length,
      ...(search === undefined ? {} : { startedAtMs: search.startedAtMs }),
    }
  }

  /** Begins a search, or adds addresses to the one there is. */
  async search(addresses: readonly string[]): Promise<void> {
    const startedAtMs = this.#host.ports.clock.wall()
    await this.#host.state.update(({ search }) => ({
      search: {
        startedAtMs,
        addresses: [...new Set([...addresses, ...(search?.addresses ?? [])])].slice(
          0,
          SEARCH_ADDRESSES_MAX,
        ),
      },
    }))
    this.#askedAtMs.clear()
    this.#searchSinceMs = this.#nowMs
    this.#dialedAtMs = Number.NEGATIVE_INFINITY
    this.#host.changed()
    this.#round()
  }

  async endSearch(): Promise<void> {
    await this.#host.state.update(() => ({ search: undefined }))
    this.#host.changed()
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
    this.#unsubscribe?.()
    this.#unhandle?.()
    for (const stream of this.#streams) stream.abort('the peer closes')
  }

  #round(): void {
    if (this.#closed) return
    this.#timer?.()
    this.#timer = this.#host.ports.clock.after(ROUND_MS, () => this.#round())
    const { network, clock } = this.#host.ports
    const { search } = this.#host.state.value
    if (search !== undefined && clock.wall() - search.startedAtMs > SEARCH_MS_MAX) {
      this.#inBackground(this.endSearch())
    } else if (search !== undefined) {
      this.#dial(search.addresses)
    }
    for (const peer of network.net.peers()) this.#considerAsking(peer)
  }

  #dial(addresses: readonly string[]): void {
    const { network, logger } = this.#host.ports
    const nowMs = this.#nowMs
    const isSlow = nowMs - this.#searchSinceMs > DIAL_FAST_MS
    if (nowMs - this.#dialedAtMs < (isSlow ? DIAL_SLOW_MS : 0)) return
    this.#dialedAtMs = nowMs
    for (const each of hintsByDevice(addresses).values()) {
      network
        .dial(each)
        .then((device) => this.#considerAsking(device))
        .catch((error: unknown) => {
          logger.debug('nobody answers at an address', { code: errorCode(error) })
        })
    }
  }

  #considerAsking(peer: string): void {
    const { state } = this.#host
    const isSearching = state.value.search !== undefined
    if (!isSearching && !this.#host.ownDevices().has(peer as DeviceId)) return
    if (this.#closed || !isDue(this.#askedAtMs, peer, ASK_INTERVAL_MS, this.#nowMs)) return
    note(this.#askedAtMs, peer, this.#nowMs)
    this.#ask(peer as DeviceId).catch((error: unknown) => {
      // A device of an older version, or one that went away: the next round asks again.
      this.#host.ports.logger.debug('a device was not asked', { code: errorCode(error) })
    })
  }

  async #ask(device: DeviceId): Promise<void> {
    const { ports, identity } = this.#host
    const { network, clock } = ports
    const stop = new AbortController()
    const cancel = clock.after(ASK_MS_MAX, () => stop.abort())
    try {
      const options = { protocol: RECOVER_PROTOCOL, signal: stop.signal }
      const raw = await network.connect(hexToBytes(device), options)
      const asker = new RecoverAsker(ports, identity.current, device)
      this.#run(raw, (frame) => asker.receive(frame), asker.start())
    } finally {
      cancel()
    }
  }

  #answer(raw: RawStream): void {
    const { ports, carrier } = this.#host
    const isDueNow = isDue(this.#answeredAtMs, raw.peer, ANSWER_INTERVAL_MS, this.#nowMs)
    if (this.#closed || !isDueNow || this.#answering >= ANSWERS_AT_ONCE_MAX) {
      return raw.abort('asked too often')
    }
    note(this.#answeredAtMs, raw.peer, this.#nowMs)
    this.#answering++
    const helper = new RecoverHelper(ports, {
      self: ports.network.net.self as DeviceId,
      asker: raw.peer as DeviceId,
      people: () => carrier.people(),
    })
    this.#run(raw, (frame) => helper.receive(frame), [], {
      proved: async ({ certificate, certificateBytes }) => {
        const tickets = await carrier.carry(certificate, certificateBytes)
        return tickets.length > 0 ? helper.answer(tickets) : helper.decline()
      },
      ended: () => this.#answering--,
    })
  }

  #run(
    raw: RawStream,
    receive: (frame: Uint8Array) => readonly RecoverEffect[],
    first: readonly RecoverEffect[],
    helper?: {
      readonly proved: (
        effect: Extract<RecoverEffect, { kind: 'proved' }>,
      ) => Promise<readonly RecoverEffect[]>
      readonly ended: () => void
    },
  ): void {
    const { clock, logger } = this.#host.ports
    const stream = new FrameStream(raw, clock, logger)
    this.#streams.add(stream)
    stream.limit(ASK_MS_MAX)
    const perform = (effects: readonly RecoverEffect[]): void => {
      for (const effect of effects) {
        if (effect.kind === 'send') stream.send(effect.frame)
        else if (effect.kind === 'proved' && helper !== undefined) {
          helper.proved(effect).then(perform, () => stream.abort('it could not be answered'))
        } else if (effect.kind === 'answered') this.#answered(stream, effect)
        else if (effect.kind === 'done') stream.end()
        else if (effect.kind === 'failed') this.#failed(stream, effect.error.code)
      }
    }
    stream.listen({
      received: (frame) => perform(receive(frame)),
      ended: () => {
        this.#streams.delete(stream)
        helper?.ended()
      },
    })
    perform(first)
  }

  #answered(stream: FrameStream, answer: Extract<RecoverEffect, { kind: 'answered' }>): void {
    stream.end()
    if (!answer.known) return
    this.#helpers.add(stream.peer)
    this.#inBackground(this.#host.arrivals.take(answer.tickets))
    // A linked device has found the one it was linked from: from now on it asks as any device of the person.
    const isLinked = this.#host.identity.current.personKeys === undefined
    if (isLinked && this.#host.state.value.search !== undefined)
      this.#inBackground(this.endSearch())
    this.#host.changed()
  }

  #failed(stream: FrameStream, code: string): void {
    this.#host.ports.logger.warn('a recovery broke off', { peer: stream.peer, code })
    stream.abort(code)
  }

  get #nowMs(): number {
    return this.#host.ports.clock.monotonic()
  }

  /** For what nobody waits for: it may fail while the peer closes or the disk is full; the next round tries again. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#host.ports.logger.warn('a recovery was not noted', {
        ...{ code: errorCode(error), reason: String(error) },
      })
    })
  }
}

function isDue(
  times: ReadonlyMap<string, number>,
  peer: string,
  intervalMs: number,
  nowMs: number,
): boolean {
  const lastMs = times.get(peer)
  return lastMs === undefined || nowMs - lastMs >= intervalMs
}

/** Keeps the newest `REMEMBERED_MAX`. */
function note(times: Map<string, number>, peer: string, nowMs: number): void {
  times.delete(peer)
  times.set(peer, nowMs)
  const [oldest] = times.keys()
  if (times.size > REMEMBERED_MAX) times.delete(oldest!)
}
