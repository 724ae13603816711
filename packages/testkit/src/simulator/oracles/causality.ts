/**
 * Who was in when, made anew from the entries by vector clocks: it shares nothing with the control graph it checks.
 *
 * Admissions, removals and roles are read from the operations themselves; those the space calls void are left out.
 */

import type { DeviceId, EntryId, InviteId, PersonId, RequestId } from '@hamlet/core'
import { openDeviceCertificate } from '@hamlet/identity'
import { decodeJoinRequest, decodeOperation, logOf } from '@hamlet/space'
import type { ControlOperation, Entry, Role, Space } from '@hamlet/space'
import type { Crypto } from '@hamlet/core'

/** How many entries of each log; of a device that signed several histories each has a log of its own. */
export type VectorClock = ReadonlyMap<DeviceId, number>

/** Something said about a person. */
export interface Standing {
  readonly kind: 'in' | 'out' | 'role'
  readonly person: PersonId
  /** Of whoever comes in, and of a new role. */
  readonly role: Role | undefined
  readonly by: Entry
  /** Of whoever came in by a link that lets in at once: who made the link, and what for. */
  readonly offer?: Offer | undefined
}

/** An invitation that any writer may let somebody in by. */
export interface Offer {
  readonly role: Role
  readonly by: Entry
}

/** A device that became a person's. */
export interface Claim {
  readonly device: DeviceId
  readonly person: PersonId
  readonly by: Entry
}

/** Up to where a device that signed two histories counts. */
export interface Reset {
  readonly device: DeviceId
  readonly length: number
  readonly by: Entry
}

interface Joiner {
  readonly claim: Claim
  readonly invite: InviteId | undefined
}

export interface Causality {
  readonly clocks: ReadonlyMap<EntryId, VectorClock>
  readonly standings: readonly Standing[]
  readonly claims: readonly Claim[]
  /** Everything said to put somebody out, also what is void. */
  readonly removals: readonly Standing[]
  /** Everything said of devices that signed two histories. */
  readonly resets: readonly Reset[]
}

export function* entriesOf(space: Space): Generator<Entry> {
  for (const log of space.appliedLengths().keys()) yield* space.entries(log)
}

/** Whether `later` has `earlier` in its past; an entry has itself. */
export function hasSeen({ clocks }: Causality, later: Entry, earlier: Entry): boolean {
  return (clocks.get(later.id)?.get(logOf(earlier)) ?? 0) > earlier.seq
}

export function readCausality(space: Space, crypto: Crypto): Causality {
  const voided = new Set<string>(space.voidedOperations())
  const standings: Standing[] = []
  const claims: Claim[] = []
  const removals: Standing[] = []
  const resets: Reset[] = []
  const joiners = new Map<RequestId, Joiner>()
  const offers = new Map<InviteId, Offer>()
  const admissions: { readonly request: RequestId; readonly role: Role; readonly by: Entry }[] = []
  for (const by of entriesOf(space)) {
    const operation = by.epoch === undefined ? operationOf(by) : undefined
    if (operation === undefined) continue
    if (operation.name === 'device-reset') resets.push({ ...operation, by })
    if (operation.name === 'admit') admissions.push({ ...operation, by })
    if (operation.name === 'invite' && operation.mode === 'auto') {
      offers.set(by.id, { role: operation.role, by })
    }
    const claim = claimOf(operation, by, crypto)
    if (claim !== undefined && operation.name === 'join-request') {
      joiners.set(by.id, { claim, invite: inviteOf(operation.request) })
    } else if (claim !== undefined) claims.push(claim)
    if (claim !== undefined && operation.name === 'genesis') {
      standings.push({ kind: 'in', person: claim.person, role: 'owner', by })
    }
    const said = standingsOf(operation, by)
    removals.push(...said.filter(({ kind }) => kind === 'out'))
    if (!voided.has(by.id)) standings.push(...said)
  }
  for (const { request, role, by } of admissions) {
    const joiner = joiners.get(request)
    if (joiner === undefined) continue
    const { claim, invite } = joiner
    claims.push({ ...claim, by })
    const offer = invite && offers.get(invite)
    standings.push({ kind: 'in', person: claim.person, role, by, offer })
  }
  return { clocks: vectorClocks(space), standings, claims, removals, resets }
}

function operationOf(entry: Entry): ControlOperation | undefined {
  const decoded = decodeOperation(entry.payload)
  return decoded.ok ? decoded.value : undefined
}

function claimOf(operation: ControlOperation, by: Entry, crypto: Crypto): Claim | undefined {
  const certificate = certificateIn(operation)
  const opened = certificate && openDeviceCertificate(crypto, certificate)
  if (opened?.ok !== true) return undefined
  return { device: opened.value.device, person: opened.value.person, by }
}

function certificateIn(operation: ControlOperation): Uint8Array | undefined {
  if (operation.name === 'genesis' || operation.name === 'device-add') return operation.certificate
  if (operation.name !== 'join-request') return undefined
  const request = decodeJoinRequest(operation.request)
  return request.ok ? request.value.certificate : undefined
}

function inviteOf(request: Uint8Array): InviteId | undefined {
  const decoded = decodeJoinRequest(request)
  return decoded.ok ? decoded.value.invite : undefined
}

function standingsOf(operation: ControlOperation, by: Entry): Standing[] {
  switch (operation.name) {
    case 'remove':
      return [{ kind: 'out', person: operation.person, role: undefined, by }]
    case 'grant':
    case 'demote':
      return [{ kind: 'role', person: operation.person, role: operation.role, by }]
    case 'owner-transfer':
      return [{ kind: 'role', person: operation.person, role: 'owner', by }]
    default:
      return []
  }
}

/** How many entries of each log an entry has in its past, itself included. */
function vectorClocks(space: Space): Map<EntryId, VectorClock> {
  const clocks = new Map<EntryId, VectorClock>()
  const byTime = [...entriesOf(space)].sort(
    (a, b) => a.time.milliseconds - b.time.milliseconds || a.time.counter - b.time.counter,
  )
  for (const entry of byTime) {
    const clock = new Map<DeviceId, number>(
      entry.previous === undefined ? [] : clocks.get(entry.previous),
    )
    for (const dep of entry.deps) {
      for (const [log, count] of clocks.get(dep.id) ?? []) {
        clock.set(log, Math.max(count, clock.get(log) ?? 0))
      }
    }
    clock.set(logOf(entry), entry.seq + 1)
    clocks.set(entry.id, clock)
  }
  return clocks
}
