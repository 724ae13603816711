/** What a role lets a person do, as far as the page offers it; the peer decides. */

import type { Role } from '@hamlet/http/api'

export function canWrite(role: Role | undefined): boolean {
  return role === 'owner' || role === 'admin' || role === 'writer'
}

export function canInvite(role: Role | undefined): boolean {
  return role === 'owner' || role === 'admin'
}
