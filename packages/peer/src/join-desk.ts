/**
 * Joining: from a link to a space.
 *
 * A join is kept on disk from the first moment, with the signed request itself, so that closing the laptop does not ask
 * twice. It opens an empty copy of the space, lets the sync engine look for any member through the invitation's
 * meeting key, and ends when the history that arrives makes this device a member's, or a member says no.
 *
 * Invariants:
 * 1. At most one join per space; the same link again is the same join. Joins are begun and given up one after the other, so
 *    that two requests at once do not open two copies, which would write into the same files.
 * 2. Only an answer about the invitation itself ends a join: a member that merely cannot help does not.
 * 3. Coming back to a space that is still here, left or removed from, uses the copy there is.
 */

import { errorCode, utf8 } from '@hamlet/core'
import type { Cancel, Kv, SpaceId } from '@hamlet/core'
import type { Join } from '@hamlet/http/api'
import { createJoinRequest, decodeLink, deriveInviteKeys, Space } from '@hamlet/space'
import type { InviteLink, SpacePorts, SyncChange, SyncEngine } from '@hamlet/space'
import { prefixedKv } from '@hamlet/store'
import type { Doubts } from './doubts.ts'
import { PeerError } from './errors.ts'
import { hintsByDevice } from './link-hints.ts'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { PeerStateFile, SavedJoin } from './peer-state.ts'
import type { ReachGoal } from './reach.ts'

/** Codes by which a member says that the invitation or the request is of no use. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  'SPACE_INVITE_UNKNOWN',
  'SPACE_INVITE_REVOKED',
  'SPACE_INVITE_EXPIRED',
  'SPACE_INVITE_USED',
  'SPACE_REQUEST_FORGED',
  'SPACE_REQUEST_MALFORMED',
])

const WORDS_BY_CODE: Readonly<Record<string, string>> = {
  SPACE_INVITE_UNKNOWN: 'The members do not know this invitation.',
  SPACE_INVITE_REVOKED: 'The invitation was taken back.',
  SPACE_INVITE_EXPIRED: 'The invitation has expired.',
  SPACE_INVITE_USED: 'The invitation was used already.',
}

/** The addresses in the link are tried again while nobody has answered. */
const DIAL_INTERVAL_MS = 10_000

const PENDING_STATES: ReadonlySet<Join['state']> = new Set(['connecting', 'asked', 'admitted'])

interface ActiveJoin {
  readonly link: InviteLink
  readonly space: Space
  readonly meetKey: Uint8Array
  readonly unsubscribe: Cancel
  dialTimer: Cancel | undefined
  /** While the space is being handed over to the spaces of this peer. */
  handover: Promise<void> | undefined
  /** Whether it is a space of this peer already: one that was left, or from which this person was removed. */
  readonly isOpen: boolean
}

export interface JoinHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly state: PeerStateFile
  readonly doubts: Doubts
  readonly sync: SyncEngine
  spacePorts(id: SpaceId): SpacePorts
  spaceKv(id: SpaceId): Kv
  /** The space, when it is one of this peer's already; it is synced. */
  openSpace(id: SpaceId): Space | undefined
  /** Before a copy of it is made anew. */
  prepare(id: SpaceId): Promise<void>
  /** Syncs a space of this peer again as it was. */
  resync(space: Space): Promise<void>
  /** The space is this person's now; it is synced already. */
  joined(space: Space): Promise<void>
  changed(): void
}

export class JoinDesk {
  readonly #host: JoinHost
  readonly #active = new Map<SpaceId, ActiveJoin>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(host: JoinHost) {
    this.#host = host
    host.sync.subscribe((change) => this.#syncChanged(change))
  }

  /** Takes up the joins that were under way when the peer last stopped. */
  async resume(): Promise<void> {
    for (const join of this.#host.state.value.joins) {
      if (!PENDING_STATES.has(join.state)) continue
      try {
        await this.#begin(linkOf(join), join.request)
      } catch (error) {
        const code = errorCode(error)
        this.#host.ports.logger.error('a join cannot be taken up', { code, reason: String(error) })
      }
    }
  }

  start(link: InviteLink, linkText: string): Promise<Join> {
    return this.#inTurn(() => this.#start(link, linkText))
  }

  async #start(link: InviteLink, linkText: string): Promise<Join> {
    const { state, ports } = this.#host
    const known = this.#saved(link.space)
    if (known !== undefined && known.link === linkText && PENDING_STATES.has(known.state)) {
      return toJoin(known)
    }
    if (link.expiresAtMs <= ports.clock.wall()) {
      throw new PeerError('JOIN_EXPIRED', 'The invitation has expired. Ask for a new one.')
    }
    await this.#end(link.space)
    const join: SavedJoin = {
      link: linkText,
      request: this.#request(link),
      startedAtMs: ports.clock.wall(),
      state: 'connecting',
      errorCode: '',
      errorMessage: '',
    }
    await state.update(({ joins }) => ({
      joins: [...joins.filter((each) => linkOf(each).space !== link.space), join],
    }))
    await this.#begin(link, join.request)
    this.#host.changed()
    return toJoin(join)
  }

  list(): readonly Join[] {
    return this.#host.state.value.joins.map(toJoin)
  }

  cancel(space: SpaceId): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end(space)
      await this.#host.state.update(({ joins }) => ({
        joins: joins.filter((join) => linkOf(join).space !== space),
      }))
      this.#host.changed()
    })
  }

  /** Whether some join has not ended. */
  get isBusy(): boolean {
    return this.#active.size > 0
  }

  goals(): readonly ReachGoal[] {
    return [...this.#active.values()].map(({ meetKey, link }) => ({
      devices: [link.inviter],
      secrets: [meetKey],
    }))
  }

  async close(): Promise<void> {
    await this.#last
    for (const id of [...this.#active.keys()]) await this.#end(id)
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(run)
    this.#last = mine.catch(() => undefined)
    return mine
  }

  #saved(space: SpaceId): SavedJoin | undefined {
    return this.#host.state.value.joins.find((join) => linkOf(join).space === space)
  }

  #request(link: InviteLink): Uint8Array {
    const { ports, identity, state } = this.#host
    const keys = deriveInviteKeys(ports.crypto, link.secret)
    const { deviceSigner, person, certificateBytes } = identity.current
    return createJoinRequest(
      ports,
      { inviteSigner: keys.signer, requestKey: keys.requestKey, device: deviceSigner },
      {
        space: link.space,
        invite: link.invite,
        person,
        certificate: certificateBytes,
        name: state.value.name,
      },
    )
  }

  async #begin(link: InviteLink, request: Uint8Array): Promise<void> {
    const { ports, identity, sync } = this.#host
    const spaceIdentity = identity.forSpaces
    const { meetKey } = deriveInviteKeys(ports.crypto, link.secret)
    const known = this.#host.openSpace(link.space)
    if (known !== undefined) sync.remove(link.space)
    const space = known ?? (await this.#openAnew(link.space))
    const unsubscribe = space.subscribe((change) => {
      if (change.kind !== 'control' && change.kind !== 'trusted') return
      this.#inBackground(this.#finishIfMember(link.space))
    })
    const active: ActiveJoin = {
      ...{ link, space, meetKey, unsubscribe },
      dialTimer: undefined,
      handover: undefined,
      isOpen: known !== undefined,
    }
    this.#active.set(link.space, active)
    const kv = prefixedKv(this.#host.spaceKv(link.space), utf8('holdings/'))
    await sync.add(space, spaceIdentity.deviceSigner, kv, { meetKey, request })
    this.#dial(active)
    await this.#finishIfMember(link.space)
  }

  async #openAnew(id: SpaceId): Promise<Space> {
    await this.#host.prepare(id)
    const ports = this.#host.spacePorts(id)
    const space = await Space.openForJoin(ports, this.#host.identity.forSpaces, id)
    this.#host.doubts.begun(space)
    return space
  }

  /** Addresses in a link come from the person who made it, so private ones are fine. */
  #dial(active: ActiveJoin): void {
    const { network, clock, logger } = this.#host.ports
    for (const addresses of hintsByDevice(active.link.hints).values()) {
      network.dial(addresses).catch((error: unknown) => {
        logger.debug('a member named in a link does not answer', { code: errorCode(error) })
      })
    }
    active.dialTimer = clock.after(DIAL_INTERVAL_MS, () => {
      this.#dial(active)
      // What kept an admitted join from being finished, a full disk perhaps, may be over.
      this.#inBackground(this.#finishIfMember(active.link.space))
    })
  }

  async #finishIfMember(id: SpaceId): Promise<void> {
    const active = this.#active.get(id)
    if (active === undefined || active.handover !== undefined) return
    if (active.space.ownRole === undefined || active.space.ownLogDoubt.isOpen) return
    active.handover = this.#handOver(id, active)
    try {
      await active.handover
    } finally {
      active.handover = undefined
    }
  }

  async #handOver(id: SpaceId, active: ActiveJoin): Promise<void> {
    await this.#host.joined(active.space)
    this.#active.delete(id)
    this.#release(active)
    await this.#update(id, { state: 'joined' })
  }

  /** For what nobody waits for: it may fail while the peer closes or the disk is full. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#host.ports.logger.warn('a join was not noted', {
        ...{ code: errorCode(error), reason: String(error) },
      })
    })
  }

  #syncChanged(change: SyncChange): void {
    if (change.kind !== 'join') return
    const { space, outcome, code } = change
    // Other members may answer after the join has ended.
    if (!this.#active.has(space)) return
    if (outcome === 'refused' && !FINAL_CODES.has(code)) return
    if (outcome === 'asked' || outcome === 'admitted') {
      this.#inBackground(this.#update(space, { state: outcome }))
    } else {
      this.#inBackground(this.#fail(space, outcome, code))
    }
  }

  async #fail(id: SpaceId, outcome: 'declined' | 'refused', code: string): Promise<void> {
    await this.#end(id)
    const words = WORDS_BY_CODE[code] ?? 'The request was refused.'
    await this.#update(
      id,
      outcome === 'declined'
        ? { state: 'declined' }
        : { state: 'failed', errorCode: code, errorMessage: words },
    )
  }

  async #update(id: SpaceId, change: Partial<SavedJoin>): Promise<void> {
    await this.#host.state.update(({ joins }) => ({
      joins: joins.map((join) => (linkOf(join).space === id ? { ...join, ...change } : join)),
    }))
    this.#host.changed()
  }

  /** A space that is being handed over is not closed under who takes it. */
  async #end(id: SpaceId): Promise<void> {
    await this.#active.get(id)?.handover?.catch(() => undefined)
    const active = this.#active.get(id)
    if (active === undefined) return
    this.#active.delete(id)
    this.#release(active)
    this.#host.sync.remove(id)
    if (active.isOpen) await this.#host.resync(active.space)
    else await active.space.close()
  }

  #release(active: ActiveJoin): void {
    active.unsubscribe()
    active.dialTimer?.()
  }
}

/** @throws PeerError for a link that was saved and cannot be read: only a damaged disk does that. */
function linkOf(join: SavedJoin): InviteLink {
  const decoded = decodeLink(join.link)
  if (decoded.ok) return decoded.value
  throw new PeerError('PEER_STATE_CORRUPT', 'A saved invitation cannot be read.', {
    cause: decoded.error,
  })
}

function toJoin(join: SavedJoin): Join {
  const { space, spaceName } = linkOf(join)
  const { state, startedAtMs, errorCode: code, errorMessage: message } = join
  return {
    ...{ space, spaceName, state, startedAtMs },
    ...(state === 'failed' ? { error: { code, message } } : {}),
  }
}
