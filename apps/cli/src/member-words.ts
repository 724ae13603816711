/** What happened to members, in sentences. */

import type { MembershipEvent, SetAsideEntry } from '@hamlet/http'

import { printable } from './text.ts'

/** One line; what has no effect any more says so. */
export function logLine(event: MembershipEvent): string {
  const line = sentence(event)
  return event.counts ? line : `${line} (without effect: undone by somebody of higher rank)`
}

function sentence(event: MembershipEvent): string {
  const { kind, role, formerRole, policy } = event
  const by = printable(event.byName ?? 'Someone')
  const person = printable(event.personName ?? 'someone')
  const isSelf = event.by === event.person
  const device = printable(event.deviceName ?? 'a device')
  switch (kind) {
    case 'founded':
      return `${by} founded the space`
    case 'joined':
      return `${by} let ${person} in as ${role}`
    case 'returned':
      return `${by} let ${person} in again as ${role}`
    case 'left':
      return `${person} left`
    case 'removed':
      return `${by} removed ${person}${formerRole === undefined ? '' : `, who was ${formerRole}`}`
    case 'removed-again':
      return `${by} decided anew what counts of what ${person} wrote`
    case 'raised':
    case 'lowered':
      return `${by} made ${person} ${role}${formerRole === undefined ? '' : `, who was ${formerRole}`}`
    case 'handed-over':
      return `${by} handed the space over to ${person}`
    case 'owner-replaced':
      return `The admins made ${person} the owner`
    case 'device-added':
      return isSelf
        ? `${person} added the device ${device}`
        : `${by} added the device ${device} of ${person}`
    case 'device-revoked':
      return `${by} revoked the device ${device}${isSelf ? '' : ` of ${person}`}`
    case 'device-reset':
      return `${by} let the device ${device}${isSelf ? '' : ` of ${person}`} write again`
    case 'device-forked':
      return `The device ${device} of ${person} signed two histories`
    case 'policy':
      return `${by} set ${printable(policy?.name ?? '')} to ${printable(policy?.value ?? '')}`
  }
}

/** Why something was set aside. */
export function asideReason({ reason, byName }: SetAsideEntry): string {
  const by = byName === undefined ? '' : ` by ${printable(byName)}`
  switch (reason) {
    case 'removed':
      return `removed${by}`
    case 'lowered':
      return `made reader or less${by}`
    case 'left':
      return 'had left'
    case 'ownership':
      return 'no longer the owner'
    case 'device-revoked':
      return `device revoked${by}`
  }
}
