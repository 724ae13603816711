/** The schemas of `MembershipApi`, as those in `schemas.ts`; `MembershipSchemasMatch` holds them to the interfaces. */

import { z } from '@hono/zod-openapi'
import type * as api from './membership-api.ts'
import { count, deviceInfo, id, inviteRole, role, text, timeMs } from './schemas.ts'
import type { AllTrue, Same } from './schemas.ts'

export const POLICY_LENGTH_MAX = 64
export const ADOPT_IDS_MAX = 1000

export const roleInput = z.strictObject({ role: inviteRole }).openapi('RoleInput')
export const personInput = z.strictObject({ person: id }).openapi('PersonInput')
export const idsInput = z
  .strictObject({ ids: z.array(id).min(1).max(ADOPT_IDS_MAX) })
  .openapi('IdsInput')
export const policyName = text(POLICY_LENGTH_MAX)
export const policyInput = z.strictObject({ value: text(POLICY_LENGTH_MAX) }).openapi('PolicyInput')

export const formerMember = z
  .object({
    person: id,
    name: z.string(),
    role,
    self: z.boolean(),
    how: z.enum(['removed', 'left']),
    atMs: timeMs,
    by: id.optional(),
    byName: z.string().optional(),
    incarnation: count,
  })
  .openapi('FormerMember')

export const removalPreview = z
  .object({
    person: id,
    name: z.string(),
    role,
    allowed: z.boolean(),
    devices: z.array(deviceInfo),
    entriesKept: count,
    entriesElsewhere: count,
    newKey: z.boolean(),
    openInvites: count,
    devicesToHear: count,
  })
  .openapi('RemovalPreview')

const named = z.object({ person: id, name: z.string() })
export const ownerVotes = z
  .object({
    needed: count.optional(),
    admins: count,
    canVote: z.boolean(),
    own: id.optional(),
    candidates: z.array(named.extend({ votes: z.array(named) })),
  })
  .openapi('OwnerVotes')

export const setAsideEntry = z
  .object({
    id,
    person: id,
    name: z.string(),
    device: id,
    atMs: timeMs,
    kind: z.enum(['message', 'room', 'bill', 'other', 'locked']),
    text: z.string(),
    roomName: z.string().optional(),
    reason: z.enum(['removed', 'lowered', 'left', 'ownership', 'device-revoked']),
    by: id.optional(),
    byName: z.string().optional(),
    decidedAtMs: timeMs.optional(),
    canAdopt: z.boolean(),
    adoptedBy: id.optional(),
    adoptedByName: z.string().optional(),
  })
  .openapi('SetAsideEntry')

export const membershipEvent = z
  .object({
    id,
    kind: z.enum([
      'founded',
      'joined',
      'returned',
      'left',
      'removed',
      'removed-again',
      'raised',
      'lowered',
      'handed-over',
      'owner-replaced',
      'device-added',
      'device-revoked',
      'device-reset',
      'device-forked',
      'policy',
    ]),
    atMs: timeMs,
    by: id.optional(),
    byName: z.string().optional(),
    person: id.optional(),
    personName: z.string().optional(),
    device: id.optional(),
    deviceName: z.string().optional(),
    role: role.optional(),
    formerRole: role.optional(),
    policy: z.object({ name: z.string(), value: z.string() }).optional(),
    counts: z.boolean(),
  })
  .openapi('MembershipEvent')

export const spacePolicy = z
  .object({
    name: z.string(),
    value: z.string(),
    choices: z.array(z.string()),
    suggested: z.string().optional(),
  })
  .openapi('SpacePolicy')

export const forgetPreview = z
  .object({
    standing: z.enum(['member', 'removed', 'left']),
    allowed: z.boolean(),
    entries: count,
    sizeBytes: count,
    onlyHere: count,
  })
  .openapi('ForgetPreview')

export type MembershipSchemasMatch = AllTrue<
  [
    Same<typeof formerMember, api.FormerMember>,
    Same<typeof removalPreview, api.RemovalPreview>,
    Same<typeof ownerVotes, api.OwnerVotes>,
    Same<typeof setAsideEntry, api.SetAsideEntry>,
    Same<typeof membershipEvent, api.MembershipEvent>,
    Same<typeof spacePolicy, api.SpacePolicy>,
    Same<typeof forgetPreview, api.ForgetPreview>,
  ]
>
