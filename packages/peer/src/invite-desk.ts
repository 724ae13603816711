/** Invitations and join requests of one space, as the API shows them. */

import { parseId, shortId } from '@hamlet/core'
import type { InviteId, RequestId } from '@hamlet/core'
import type { Invite, InviteOptions, JoinRequest } from '@hamlet/http/api'
import type { SpaceInvite, SpaceRequest } from '@hamlet/space'
import { RANK_BY_ROLE } from '@hamlet/space'
import { PeerError } from './errors.ts'
import { linkHints } from './link-hints.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { PeerStateFile } from './peer-state.ts'
import type { SpaceRuntime } from './space-runtime.ts'

const EXPIRES_IN_SECONDS_DEFAULT = 7 * 24 * 3600

export class InviteDesk {
  readonly #runtime: SpaceRuntime
  readonly #ports: PeerPorts
  readonly #state: PeerStateFile

  constructor(runtime: SpaceRuntime, ports: PeerPorts, state: PeerStateFile) {
    this.#runtime = runtime
    this.#ports = ports
    this.#state = state
  }

  /** `forStrangers`: everybody may read the link, so it tells no addresses but this device's. */
  async create(
    options: InviteOptions,
    { forStrangers = false }: { readonly forStrangers?: boolean } = {},
  ): Promise<Invite> {
    const { space } = this.#runtime
    const expiresInSeconds = options.expiresInSeconds ?? EXPIRES_IN_SECONDS_DEFAULT
    const expiresAtMs = this.#ports.clock.wall() + expiresInSeconds * 1000
    const { invite, link } = await space.createInvite({
      role: options.role ?? 'writer',
      mode: options.mode ?? 'approve',
      maxUses: options.maxUses ?? 1,
      expiresAtMs,
      hints: linkHints(this.#ports.network, new Set(forStrangers ? [] : space.memberDevices())),
      spaceName: await this.#runtime.name(),
      inviterName: this.#state.value.name,
    })
    const saved = { invite: invite.id, space: space.id, link, expiresAtMs }
    await this.#state.update(({ links }) => ({
      links: [...links.filter((each) => !this.#isExpired(each)), saved],
    }))
    return this.#toInvite(invite)
  }

  list(): readonly Invite[] {
    return this.#runtime.space.invites().map((invite) => this.#toInvite(invite))
  }

  async revoke(text: string): Promise<Invite> {
    const id = parseId<InviteId>(text)
    if (id === undefined || this.#find(id) === undefined) {
      throw new PeerError('INVITE_NOT_FOUND', 'There is no such invitation in this space.')
    }
    await this.#runtime.space.revokeInvite(id)
    return this.#toInvite(this.#find(id)!)
  }

  requests(): readonly JoinRequest[] {
    return this.#runtime.space.requests().map((request) => this.#toRequest(request))
  }

  async approve(text: string): Promise<JoinRequest> {
    const id = this.#requestId(text)
    await this.#runtime.space.approve(id)
    return this.#request(id)
  }

  async decline(text: string): Promise<JoinRequest> {
    const id = this.#requestId(text)
    await this.#runtime.space.decline(id)
    return this.#request(id)
  }

  /** Whether this person's rank lets them decide the request. */
  canSettle({ state, role }: SpaceRequest): boolean {
    const own = this.#runtime.space.ownRole
    if (own === undefined || state !== 'waiting') return false
    const rank = RANK_BY_ROLE[own]
    return rank >= RANK_BY_ROLE.admin && rank > RANK_BY_ROLE[role]
  }

  /** Requests that wait for this person. */
  get waitingCount(): number {
    return this.#runtime.space.requests().filter((request) => this.canSettle(request)).length
  }

  #find(id: InviteId): SpaceInvite | undefined {
    return this.#runtime.space.invites().find((invite) => invite.id === id)
  }

  #requestId(text: string): RequestId {
    const id = parseId<RequestId>(text)
    if (id !== undefined && this.#runtime.space.requests().some((each) => each.id === id)) return id
    throw new PeerError('REQUEST_NOT_FOUND', 'There is no such request in this space.')
  }

  #request(id: RequestId): JoinRequest {
    return this.#toRequest(this.#runtime.space.requests().find((request) => request.id === id)!)
  }

  #toInvite(invite: SpaceInvite): Invite {
    const { id, role, mode, createdAtMs, createdBy, expiresAtMs, maxUses, uses } = invite
    const state = this.#stateOf(invite)
    const saved = this.#state.value.links.find((each) => each.invite === id)
    return {
      ...{ id, role, mode, createdAtMs, createdBy, expiresAtMs, maxUses, uses, state },
      ...(state === 'open' && saved !== undefined ? { link: saved.link } : {}),
    }
  }

  #stateOf(invite: SpaceInvite): Invite['state'] {
    if (invite.revoked) return 'revoked'
    if (invite.uses >= invite.maxUses) return 'used'
    return this.#isExpired(invite) ? 'expired' : 'open'
  }

  #isExpired({ expiresAtMs }: { readonly expiresAtMs: number }): boolean {
    return expiresAtMs <= this.#ports.clock.wall()
  }

  #toRequest(request: SpaceRequest): JoinRequest {
    const { id, invite, person, name, device, role, atMs, state } = request
    return {
      ...{ id, invite, person, device, role, atMs },
      name: name === '' ? `Someone (${shortId(person)})` : name,
      canApprove: this.canSettle(request),
      state: state === 'admitted' ? 'approved' : state,
    }
  }
}
