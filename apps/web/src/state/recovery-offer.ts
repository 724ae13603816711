/** The recovery words are offered once somebody else is in a space this person founded or invited to. */

import type { SpaceSummary } from '@hamlet/http/api'

export function shouldOfferRecovery(
  spaces: readonly SpaceSummary[] | undefined,
  answered: string,
): boolean {
  if (answered !== '' || spaces === undefined) return false
  return spaces.some(
    (space) =>
      space.standing === 'member' &&
      space.members > 1 &&
      (space.role === 'owner' || space.role === 'admin'),
  )
}
