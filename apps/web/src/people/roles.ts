/** What a role lets a person do, as far as the page offers it; the peer decides. */

import type { Role, SpaceSummary } from '@hamlet/http/api'
import type { AppState } from '../state/app-state.ts'

/** The role in use: none in a space that was left, whatever it was. */
export function roleIn(summary: SpaceSummary | undefined): Role | undefined {
  return summary?.standing === 'member' ? summary.role : undefined
}

export function ownRole(state: AppState, space: string): Role | undefined {
  return roleIn(state.spaces?.find((summary) => summary.id === space))
}

export function canWrite(role: Role | undefined): boolean {
  return role === 'owner' || role === 'admin' || role === 'writer'
}

export function canInvite(role: Role | undefined): boolean {
  return role === 'owner' || role === 'admin'
}
