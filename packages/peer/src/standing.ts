/**
 * What this person, on this device, is to a space: a member, or somebody who left or was removed, or whose admission
 * turned out not to count.
 *
 * A device that lost its place is served what it takes to understand that and nothing after it, so what it shows is the
 * space as it was, and how it ended.
 */

import type { Departure, Role, Standing } from '@hamlet/http/api'
import type { FormerState, MemberEvent, OwnFall, Space } from '@hamlet/space'
import { UNKNOWN_NAME } from './message-mapper.ts'
import type { NamesByPerson } from './space-runtime.ts'

export interface OwnStanding {
  readonly standing: Standing
  /** The one last held, when not a member. */
  readonly role: Role
  readonly departure?: Departure
}

export function ownStanding(space: Space, names: NamesByPerson): OwnStanding {
  const role = space.ownRole
  if (role !== undefined) return { standing: 'member', role }
  const fall = space.ownPlace.fall()
  if (fall !== undefined) return fallenStanding(fall, names)
  const former = formerSelf(space)
  if (former !== undefined) {
    const { by, leftAtMs: atMs } = former
    const standing = by === undefined ? 'left' : 'removed'
    const departure = { atMs, deviceOnly: false, ...named(by, names) }
    return { standing, role: former.role, departure }
  }
  const last = space.role(space.identity.person) ?? 'reader'
  const revocation = ownRevocation(space)
  if (revocation === undefined) return { standing: 'removed', role: last }
  const { atMs, by } = revocation
  return {
    standing: 'removed',
    role: last,
    departure: { atMs, deviceOnly: true, ...named(by, names) },
  }
}

function fallenStanding(fall: OwnFall, names: NamesByPerson): OwnStanding {
  const { reason: admission, role, atMs, by, admitter } = fall
  const admittedByName = admitter === undefined ? undefined : (names.get(admitter) ?? UNKNOWN_NAME)
  const departure = {
    ...{ atMs, deviceOnly: false, admission },
    ...(admittedByName === undefined ? {} : { admittedByName }),
    ...named(by, names),
  }
  return { standing: 'removed', role, departure }
}

/** As what this person was a member here, when they are none now. */
function formerSelf(space: Space): FormerState | undefined {
  return space.formerMembers().find(({ person }) => person === space.identity.person)
}

function ownRevocation(space: Space): MemberEvent | undefined {
  const { device: own } = space.identity
  return space
    .memberHistory()
    .findLast(({ kind, device, counts }) => counts && kind === 'device-revoked' && device === own)
}

function named(
  by: FormerState['by'],
  names: NamesByPerson,
): { readonly by?: string; readonly byName?: string } {
  return by === undefined ? {} : { by, byName: names.get(by) ?? UNKNOWN_NAME }
}
