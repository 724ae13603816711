/**
 * Membership as people use it: inviting, asking to join, admitting, declining, changing roles.
 *
 * Every action is a job of the writer: it looks at the state its operation will have in its causal past, refuses with
 * a typed error when the operation would not count there, and otherwise writes it. Wall clocks are consulted here
 * (expiry is judged by whoever admits) and nowhere in what makes an operation count.
 */

import { checkName, decodeUtf8, equalBytes, err, errorCode, ok } from '@hamlet/core'
import type { InviteId, RequestId, Result } from '@hamlet/core'
import { mayJudge, nextIncarnation } from './control-rules.ts'
import type { ControlOperation, MemberRole } from './control-operation.ts'
import type { ControlState, InviteState, MemberState, RequestState } from './control-state.ts'
import type { Draft, EpochAtHand, WriteView } from './entry-composer.ts'
import { openRequestKey, sealRequestKey } from './epochs.ts'
import { SpaceError } from './errors.ts'
import type { SpaceErrorCode } from './errors.ts'
import { decodeJoinRequest, openRequestName } from './join-request.ts'
import { requestCertificate, verifyJoinRequest } from './join-request.ts'
import type { JoinRequest } from './join-request.ts'
import { deriveInviteKeys, deriveMeetKey, encodeLink, INVITE_SECRET_BYTES } from './invite-link.ts'
import { LINK_HINT_BYTES_MAX, LINK_HINTS_MAX } from './invite-link.ts'
import { encodeContent } from './payload.ts'
import { recipientsBy } from './recipients.ts'
import type { SpaceCore } from './space-core.ts'
import type { SpaceWriter } from './space-writer.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { ContentDraft, Entry, InviteMode, SpaceInvite, SpaceRequest } from './types.ts'

export interface InviteInput {
  readonly role: MemberRole
  readonly mode: InviteMode
  readonly expiresAtMs: number
  /** 1 to 1,000. */
  readonly maxUses: number
  /** Multiaddrs at which this device or another member may be reached; the first eight are kept. */
  readonly hints: readonly string[]
  readonly spaceName: string
  readonly inviterName: string
}

export interface CreatedInvite {
  readonly invite: SpaceInvite
  readonly link: string
}

/** Invitations whose holders are still answered when they are closed. */
export const CLOSED_INVITES_MET_MAX = 64

/** Requests that wait under one invitation; more are refused until some are decided. */
export const REQUESTS_WAITING_MAX = 64

/** Entries by which whoever admits says again what a newcomer has to know. */
export const WELCOME_DRAFTS_MAX = 256

export class Membership {
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter

  constructor(core: SpaceCore, writer: SpaceWriter) {
    this.#core = core
    this.#writer = writer
  }

  /** By time of making, then id. */
  invites(): SpaceInvite[] {
    const invites = [...this.#core.state.invites.values()].map(toSpaceInvite)
    return invites.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1))
  }

  /** One for each paper handed in under an invitation that counts, whoever carried it; by time of arrival, then id. */
  requests(): SpaceRequest[] {
    const { state } = this.#core
    const byPaper = new Map<string, RequestState>()
    for (const request of state.requests.values()) {
      if (!state.invites.has(request.invite)) continue
      const first = byPaper.get(request.request.paper)
      if (first === undefined || isEarlier(request, first)) {
        byPaper.set(request.request.paper, request)
      }
    }
    const requests = [...byPaper.values()].sort((a, b) => (isEarlier(a, b) ? -1 : 1))
    return requests.flatMap((request) => {
      // The invitation may have fallen with the right of whoever made it.
      const under = state.invites.get(request.invite)
      return under === undefined ? [] : this.#toSpaceRequest(under, request)
    })
  }

  /** Invitations that are open by this device's clock. */
  openInvites(): InviteState[] {
    const { state } = this.#core
    return [...state.invites.values()].filter((invite) => this.#refusal(invite) === undefined)
  }

  /**
   * Of invitations that are open by this device's clock, and of those through which a device was let in that has
   * written nothing yet: until it holds the space's secrets it can be met by the link alone, used up or not.
   */
  rendezvousKeys(): Uint8Array[] {
    return this.#meetKeysOf(new Set([...this.openInvites(), ...this.#awaitedInvites()]))
  }

  /** As `rendezvousKeys`, and of the newest closed ones, so that whoever comes too late is told so. */
  meetKeys(): Uint8Array[] {
    const open = [...this.openInvites(), ...this.#awaitedInvites()]
    return this.#meetKeysOf(new Set([...open, ...this.#newestInvites()]))
  }

  inviteByMeetKey(meetKey: Uint8Array): SpaceInvite | undefined {
    const { crypto } = this.#core.ports
    const found = this.openInvites().find(({ publicKey }) =>
      equalBytes(deriveMeetKey(crypto, publicKey), meetKey),
    )
    return found && toSpaceInvite(found)
  }

  async createInvite(input: InviteInput): Promise<CreatedInvite> {
    const { crypto, random } = this.#core.ports
    const secret = random.bytes(INVITE_SECRET_BYTES)
    const { signer, requestKey } = deriveInviteKeys(crypto, secret)
    const { role, mode, expiresAtMs, maxUses } = input
    const make = (epoch: EpochAtHand): ControlOperation => ({
      name: 'invite',
      publicKey: signer.publicKey,
      role,
      mode,
      expiresAtMs,
      maxUses,
      sealedRequestKey: sealRequestKey(crypto, epoch.secret, signer.publicKey, requestKey),
      epoch: epoch.id,
      sealedSecret: undefined,
    })
    const entries = await this.#writer.submit((view) => {
      const rank = RANK_BY_ROLE[view.author().role]
      if (rank < RANK_BY_ROLE.admin || rank <= RANK_BY_ROLE[role]) throw forbidden('invite')
      return [{ kind: 'control-with-epoch', make }]
    })
    const made = this.#core.state.invites.get(entries.at(-1)!.id)
    // What took the right away may be known already, and dated too far ahead to be seen by what was written.
    if (made === undefined) throw forbidden('invite')
    const invite = toSpaceInvite(made)
    return { invite, link: this.#linkOf(invite, secret, input) }
  }

  async revokeInvite(invite: InviteId): Promise<void> {
    await this.#writer.submit((view) => {
      if (!view.state.invites.has(invite)) throw failure('SPACE_INVITE_UNKNOWN')
      return this.#checked(view, { name: 'invite-revoke', invite })
    })
  }

  /** Takes a joiner's paper in. With an `auto` invitation the joiner is admitted at once. */
  async submitRequest(bytes: Uint8Array): Promise<Result<RequestId, SpaceError>> {
    const decoded = decodeJoinRequest(bytes)
    if (!decoded.ok) return decoded
    try {
      const id = await this.#carry(decoded.value, bytes)
      await this.#admitAtOnce(id)
      return ok(id)
    } catch (error) {
      if (error instanceof SpaceError) return err(error)
      throw error
    }
  }

  setWelcome(drafts: readonly ContentDraft[]): void {
    this.#core.welcome = drafts.slice(0, WELCOME_DRAFTS_MAX).map((draft) => {
      return { kind: 'content', type: draft.type, content: encodeContent(draft) }
    })
  }

  async approve(request: RequestId, role?: MemberRole): Promise<void> {
    await this.#writer.submit((view) => this.#admitDrafts(view, request, role))
  }

  async decline(request: RequestId): Promise<void> {
    await this.#writer.submit((view) => {
      const { state } = this.#waitingRequest(view.state, request)
      if (state === 'declined') return []
      return this.#checked(view, { name: 'join-decline', request })
    })
  }

  /** A new epoch for the members there are, on top of all others. */
  async rotateEpoch(): Promise<void> {
    await this.#writer.submit((view) => {
      if (RANK_BY_ROLE[view.author().role] < RANK_BY_ROLE.writer) throw forbidden('epoch')
      return [{ kind: 'epoch', made: this.#core.keys.makeNext(view.state) }]
    })
  }

  /** Writes operations as they are; each must count on its own in the state there is. */
  appendControl(operations: readonly ControlOperation[]): Promise<readonly Entry[]> {
    return this.#writer.submit((view) =>
      operations.flatMap((operation) => this.#checked(view, operation)),
    )
  }

  #checked(view: WriteView, operation: ControlOperation): Draft[] {
    view.author()
    const { graph, identity } = this.#core
    if (graph.wouldCount(identity.device, operation, view.past)) {
      return [{ kind: 'control', operation }]
    }
    throw forbidden(operation.name)
  }

  #meetKeysOf(invites: Iterable<InviteState>): Uint8Array[] {
    const { crypto } = this.#core.ports
    return [...invites].map(({ publicKey }) => deriveMeetKey(crypto, publicKey))
  }

  #newestInvites(): InviteState[] {
    const invites = [...this.#core.state.invites.values()]
    return invites
      .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1))
      .slice(0, CLOSED_INVITES_MET_MAX)
  }

  #awaitedInvites(): InviteState[] {
    const { state, tracks } = this.#core
    return [...state.requests.values()]
      .filter((request) => request.state === 'admitted')
      .filter(({ device }) => (tracks.get(device)?.stored ?? 0) === 0)
      .flatMap(({ invite }) => state.invites.get(invite) ?? [])
  }

  async #carry(request: JoinRequest, bytes: Uint8Array): Promise<RequestId> {
    let known: RequestId | undefined
    const entries = await this.#writer.submit((view) => {
      known = this.#judgeRequest(view.state, request)
      return known === undefined
        ? this.#checked(view, { name: 'join-request', request: bytes })
        : []
    })
    return known ?? entries.at(-1)!.id
  }

  /** The id under which the same paper is known already. @throws SpaceError when it cannot be taken in */
  #judgeRequest(state: ControlState, request: JoinRequest): RequestId | undefined {
    const { crypto } = this.#core.ports
    if (request.space !== this.#core.id) throw failure('SPACE_WRONG_SPACE')
    const invite = state.invites.get(request.invite)
    if (invite === undefined) throw failure('SPACE_INVITE_UNKNOWN')
    const certificate = requestCertificate(crypto, request)
    const isSigned =
      certificate !== undefined && verifyJoinRequest(crypto, request, certificate, invite.publicKey)
    if (!isSigned) throw failure('SPACE_REQUEST_FORGED')
    const known = this.requests().find(({ id }) => {
      return this.#core.state.requests.get(id)?.request.paper === request.paper
    })
    if (known !== undefined) return known.id
    const refusal = this.#refusal(invite)
    if (refusal !== undefined) throw failure(refusal)
    const isMember = state.members.has(request.person) || state.owners.has(certificate.device)
    if (isMember) throw failure('SPACE_ALREADY_MEMBER')
    if (state.revokedDevices.has(certificate.device)) throw failure('SPACE_DEVICE_REVOKED')
    const waiting = this.requests().filter((other) => {
      return other.invite === invite.id && other.state === 'waiting'
    })
    if (waiting.length >= REQUESTS_WAITING_MAX) throw failure('SPACE_REQUESTS_FULL')
    return undefined
  }

  /** Why an invitation lets nobody in any more, by this device's clock. */
  #refusal(invite: InviteState): SpaceErrorCode | undefined {
    if (invite.revoked) return 'SPACE_INVITE_REVOKED'
    if (invite.uses >= invite.maxUses) return 'SPACE_INVITE_USED'
    return this.#core.ports.clock.wall() > invite.expiresAtMs ? 'SPACE_INVITE_EXPIRED' : undefined
  }

  async #admitAtOnce(id: RequestId): Promise<void> {
    const { state, identity } = this.#core
    const request = state.requests.get(id)
    const invite = request && state.invites.get(request.invite)
    const role = this.#core.graph.current.members.get(identity.person)?.role ?? 'relay'
    if (request?.state !== 'waiting' || invite?.mode !== 'auto') return
    if (RANK_BY_ROLE[role] < RANK_BY_ROLE.writer) return
    try {
      await this.approve(id)
    } catch (error) {
      // The paper is in the log: another member can still admit.
      this.#core.ports.logger.info('could not admit at once', { code: errorCode(error) })
    }
  }

  #admitDrafts(view: WriteView, id: RequestId, roleWanted: MemberRole | undefined): Draft[] {
    const { state } = view
    const request = this.#waitingRequest(state, id)
    const invite = state.invites.get(request.invite)
    if (invite === undefined) throw failure('SPACE_INVITE_UNKNOWN')
    const role = roleWanted ?? invite.role
    if (invite.revoked) throw failure('SPACE_INVITE_REVOKED')
    if (invite.uses >= invite.maxUses) throw failure('SPACE_INVITE_USED')
    if (state.revokedDevices.has(request.device)) throw failure('SPACE_DEVICE_REVOKED')
    if (request.atMs > invite.expiresAtMs) throw failure('SPACE_INVITE_EXPIRED')
    if (!mayJudge(view.author(), invite, role)) throw forbidden('admit')
    const incarnation = nextIncarnation(state, request.person)
    const isWhole = state.history === 'all' && isReleasedAtOnce(state, view.author())
    if (role === 'relay' || isWhole) {
      const seals =
        role === 'relay' ? [] : this.#core.keys.sealHistoryTo(state, recipientsBy(state, request))
      return this.#checked(view, { name: 'admit', request: id, role, incarnation, seals })
    }
    const admit = { name: 'admit', request: id, role, incarnation, seals: [] } as const
    const made = this.#core.keys.makeNext(state, { newcomers: recipientsBy(state, request) })
    return [...this.#checked(view, admit), { kind: 'epoch', made }, ...this.#core.welcome]
  }

  #waitingRequest(state: ControlState, id: RequestId): RequestState {
    const request = state.requests.get(id)
    if (request === undefined) throw failure('SPACE_REQUEST_UNKNOWN')
    if (request.state === 'admitted') throw failure('SPACE_REQUEST_SETTLED')
    return request
  }

  #toSpaceRequest(under: InviteState, request: RequestState): SpaceRequest {
    const { id, invite, person, device, atMs, state: standing } = request
    const name = this.#nameOf(under, request)
    return { id, invite, person, device, name, role: under.role, atMs, state: standing }
  }

  #nameOf(invite: InviteState, { request }: RequestState): string {
    const { crypto } = this.#core.ports
    const secret = this.#core.keys.secret(invite.epoch)
    const key = secret && openRequestKey(crypto, secret, invite.publicKey, invite.sealedRequestKey)
    const bytes = key?.length === 32 ? openRequestName(crypto, key, request) : undefined
    const name = bytes && decodeUtf8(bytes)
    return name !== undefined && checkName(name).ok ? name : ''
  }

  #linkOf(invite: SpaceInvite, secret: Uint8Array, input: InviteInput): string {
    const hints = input.hints.filter(
      (hint) => hint.length > 0 && hint.length <= LINK_HINT_BYTES_MAX,
    )
    return encodeLink({
      space: this.#core.id,
      secret,
      invite: invite.id,
      inviter: this.#core.identity.device,
      expiresAtMs: invite.expiresAtMs,
      hints: hints.slice(0, LINK_HINTS_MAX),
      spaceName: input.spaceName,
      inviterName: input.inviterName,
      role: invite.role,
      mode: invite.mode,
    })
  }
}

function toSpaceInvite(invite: InviteState): SpaceInvite {
  const { id, publicKey, role, mode, createdBy, createdAtMs } = invite
  const { expiresAtMs, maxUses, uses, revoked } = invite
  const facts = { id, publicKey, role, mode, createdBy, createdAtMs }
  return { ...facts, expiresAtMs, maxUses, uses, revoked }
}

/** The owner's own admission needs nobody else's. */
function isReleasedAtOnce(state: ControlState, author: MemberState): boolean {
  return state.releaseAfterAcks === 0 || author.role === 'owner'
}

function isEarlier(a: RequestState, b: RequestState): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.id < b.id
}

const MESSAGES: Partial<Record<SpaceErrorCode, string>> = {
  SPACE_INVITE_UNKNOWN: 'no such invitation here',
  SPACE_INVITE_REVOKED: 'the invitation was revoked',
  SPACE_INVITE_USED: 'the invitation has been used up',
  SPACE_INVITE_EXPIRED: 'the invitation has expired',
  SPACE_REQUEST_UNKNOWN: 'no such request here',
  SPACE_REQUEST_SETTLED: 'the request has been decided',
  SPACE_REQUEST_FORGED: 'a signature on the request is not valid',
  SPACE_REQUESTS_FULL: 'too many requests wait under this invitation',
  SPACE_WRONG_SPACE: 'the request is for another space',
  SPACE_DEVICE_REVOKED: 'the device was revoked by its owner',
  SPACE_ALREADY_MEMBER: 'the person or the device is a member already',
}

function failure(code: SpaceErrorCode): SpaceError {
  return new SpaceError(code, MESSAGES[code] ?? code)
}

function forbidden(operation: string): SpaceError {
  const message = `the own role does not allow this operation: ${operation}`
  return new SpaceError('SPACE_FORBIDDEN', message, { fields: { operation } })
}
