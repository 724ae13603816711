/** What happened to a member, in one sentence. */

import type { MembershipEvent } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'
import { nameOr } from './people.ts'

export function eventWords(event: MembershipEvent, texts: Texts): string {
  const { kind, role, policy } = event
  const { history, roles } = texts
  const by = nameOr(event.byName ?? '', texts)
  const person = nameOr(event.personName ?? '', texts)
  const roleName = role === undefined ? '' : roles[role]
  const device = event.deviceName ?? ''
  const isSelf = event.by === event.person
  switch (kind) {
    case 'founded':
      return history.founded(by)
    case 'joined':
      return history.joined(by, person, roleName)
    case 'returned':
      return history.returned(by, person, roleName)
    case 'left':
      return history.left(person)
    case 'removed':
      return history.removed(by, person)
    case 'removed-again':
      return history.removedAgain(by, person)
    case 'raised':
    case 'lowered':
      return history.role(by, person, roleName)
    case 'handed-over':
      return history.handedOver(by, person)
    case 'owner-replaced':
      return history.ownerReplaced(person)
    case 'device-added':
      return history.deviceAdded(person, device)
    case 'device-revoked':
      return isSelf
        ? history.deviceRevoked(person, device)
        : history.deviceTaken(by, person, device)
    case 'device-reset':
      return history.deviceReset(person, device)
    case 'device-forked':
      return history.deviceForked(person, device)
    case 'policy':
      return history.policy(by, history.policies[policy?.value ?? ''] ?? policy?.value ?? '')
  }
}
