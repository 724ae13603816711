/**
 * Arrivals: spaces that know this device already, because somebody wrote it into them, and that it has yet to fetch.
 *
 * Each begins with a ticket (from linking, or from a recovery), is kept on disk until the history that arrives makes this
 * device a member's, and is then handed over to the spaces of this peer. A better ticket for the same space replaces the
 * one there is: secrets age.
 *
 * Invariant: at most one arrival per space, and none for a space that is here.
 */

import { bytesToHex, errorCode, utf8 } from '@hamlet/core'
import type { Cancel, Kv, SpaceId } from '@hamlet/core'
import type { Join } from '@hamlet/http/api'
import type { MeetingTicket } from '@hamlet/identity/linking'
import { Space } from '@hamlet/space'
import type { SpaceIdentity, SpacePorts, SyncEngine } from '@hamlet/space'
import { prefixedKv } from '@hamlet/store'
import type { Doubts } from './doubts.ts'
import { hintsByDevice } from './link-hints.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { PeerStateFile, SavedArrival } from './peer-state.ts'
import type { ReachGoal } from './reach.ts'

/** The addresses of a ticket are tried again while the space has not arrived. */
const DIAL_INTERVAL_MS = 10_000

interface ActiveArrival {
  readonly ticket: MeetingTicket
  readonly space: Space
  readonly unsubscribe: Cancel
  dialTimer: Cancel | undefined
  /** It is being handed over to the spaces of this peer, until this is settled. */
  handover: Promise<void> | undefined
}

export interface ArrivalHost {
  readonly ports: PeerPorts
  readonly state: PeerStateFile
  readonly doubts: Doubts
  readonly sync: SyncEngine
  spaceIdentity(): SpaceIdentity
  spacePorts(id: SpaceId): SpacePorts
  spaceKv(id: SpaceId): Kv
  hasSpace(id: SpaceId): boolean
  /** A request to join the same space is no longer needed. */
  endJoin(id: SpaceId): Promise<void>
  /** Before a copy of it is made anew. */
  prepare(id: SpaceId): Promise<void>
  /** The space is this person's now; it is synced already. */
  arrived(space: Space): Promise<void>
  changed(): void
}

export class ArrivalDesk {
  readonly #host: ArrivalHost
  readonly #active = new Map<SpaceId, ActiveArrival>()
  /** Tickets are taken one after the other: two for one space must not open its files twice. */
  #taking: Promise<void> = Promise.resolve()

  constructor(host: ArrivalHost) {
    this.#host = host
  }

  /** Takes up what was under way when the peer last stopped. */
  async resume(): Promise<void> {
    for (const { ticket } of this.#host.state.value.arrivals) {
      try {
        await this.#begin(ticket)
      } catch (error) {
        const code = errorCode(error)
        this.#host.ports.logger.error('a space cannot be fetched', { code, reason: String(error) })
      }
    }
  }

  /** Resolves when all of them are on the disk and under way. */
  take(tickets: readonly MeetingTicket[]): Promise<void> {
    const taken = this.#taking.then(async () => {
      for (const ticket of tickets) await this.#take(ticket)
    })
    this.#taking = taken.catch(() => undefined)
    return taken
  }

  /** As the API shows them: joins that were admitted before they began. */
  list(): readonly Join[] {
    return this.#host.state.value.arrivals.map(({ ticket, startedAtMs }) => ({
      ...{ space: ticket.space, spaceName: ticket.name, state: 'admitted', startedAtMs },
    }))
  }

  has(id: SpaceId): boolean {
    return this.#active.has(id)
  }

  async cancel(id: SpaceId): Promise<void> {
    await this.#end(id)
    await this.#forget(id)
  }

  /** This device has become another person's. */
  async clear(): Promise<void> {
    for (const { ticket } of this.#host.state.value.arrivals) await this.cancel(ticket.space)
  }

  goals(): readonly ReachGoal[] {
    return [...this.#active.values()].map(({ ticket }) => ({
      devices: ticket.founder === undefined ? [] : [ticket.founder],
      secrets: ticket.secrets,
    }))
  }

  async close(): Promise<void> {
    await this.#taking
    for (const id of [...this.#active.keys()]) await this.#end(id)
  }

  async #take(ticket: MeetingTicket): Promise<void> {
    const { state, ports } = this.#host
    if (this.#host.hasSpace(ticket.space)) return
    const known = this.#active.get(ticket.space)
    // What has begun to arrive finds its way; a newer ticket is for what has not.
    if (
      known !== undefined &&
      (known.space.ownRole !== undefined || isSame(known.ticket, ticket))
    ) {
      return
    }
    await this.#host.endJoin(ticket.space)
    await this.#end(ticket.space)
    // It may have arrived while that was waited for; a second copy would write into the same files.
    if (this.#host.hasSpace(ticket.space)) return
    const saved: SavedArrival = { ticket, startedAtMs: ports.clock.wall() }
    await state.update(({ arrivals }) => ({
      arrivals: [...arrivals.filter((each) => each.ticket.space !== ticket.space), saved],
    }))
    await this.#begin(ticket)
    this.#host.changed()
  }

  async #begin(ticket: MeetingTicket): Promise<void> {
    const { sync } = this.#host
    const identity = this.#host.spaceIdentity()
    await this.#host.prepare(ticket.space)
    const spacePorts = this.#host.spacePorts(ticket.space)
    const space = await Space.openForJoin(spacePorts, identity, ticket.space)
    this.#host.doubts.begun(space)
    const unsubscribe = space.subscribe((change) => {
      if (change.kind !== 'control' && change.kind !== 'trusted') return
      this.#inBackground(this.#finishIfMember(ticket.space))
    })
    const active: ActiveArrival = {
      ...{ ticket, space, unsubscribe },
      dialTimer: undefined,
      handover: undefined,
    }
    this.#active.set(ticket.space, active)
    const kv = prefixedKv(this.#host.spaceKv(ticket.space), utf8('holdings/'))
    const { secrets } = ticket
    await sync.add(space, identity.deviceSigner, kv, undefined, { secrets })
    this.#dial(active)
    await this.#finishIfMember(ticket.space)
  }

  /** The addresses come from a member, or from the person's own device. */
  #dial(active: ActiveArrival): void {
    const { network, clock, logger } = this.#host.ports
    for (const addresses of hintsByDevice(active.ticket.hints).values()) {
      network.dial(addresses).catch((error: unknown) => {
        logger.debug('a member named in a ticket does not answer', { code: errorCode(error) })
      })
    }
    active.dialTimer = clock.after(DIAL_INTERVAL_MS, () => {
      this.#dial(active)
      // What kept an arrival from being finished, a full disk perhaps, may be over.
      this.#inBackground(this.#finishIfMember(active.ticket.space))
    })
  }

  /** It also waits for a secret of its own: after that it finds the members without the ticket. */
  async #finishIfMember(id: SpaceId): Promise<void> {
    const active = this.#active.get(id)
    if (active === undefined || active.handover !== undefined) return
    const { ownRole } = active.space
    if (ownRole === undefined || active.space.ownLogDoubt.isOpen) return
    if (ownRole !== 'relay' && active.space.discoverySecrets().length === 0) return
    active.handover = this.#handOver(id, active)
    try {
      await active.handover
    } finally {
      active.handover = undefined
    }
  }

  async #handOver(id: SpaceId, active: ActiveArrival): Promise<void> {
    await this.#host.arrived(active.space)
    this.#active.delete(id)
    this.#release(active)
    await this.#forget(id)
  }

  async #forget(id: SpaceId): Promise<void> {
    await this.#host.state.update(({ arrivals }) => ({
      arrivals: arrivals.filter(({ ticket }) => ticket.space !== id),
    }))
    this.#host.changed()
  }

  /** For what nobody waits for: it may fail while the peer closes or the disk is full. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#host.ports.logger.warn('an arrival was not noted', {
        ...{ code: errorCode(error), reason: String(error) },
      })
    })
  }

  /** A space that is being handed over is not closed under who takes it. */
  async #end(id: SpaceId): Promise<void> {
    await this.#active.get(id)?.handover?.catch(() => undefined)
    const active = this.#active.get(id)
    if (active === undefined) return
    this.#active.delete(id)
    this.#release(active)
    this.#host.sync.remove(id)
    await active.space.close()
  }

  #release(active: ActiveArrival): void {
    active.unsubscribe()
    active.dialTimer?.()
  }
}

function isSame(a: MeetingTicket, b: MeetingTicket): boolean {
  return wayOf(a) === wayOf(b)
}

function wayOf({ secrets, hints }: MeetingTicket): string {
  return [...secrets.map(bytesToHex), ...hints].join()
}
