/** Routes that change who belongs to a space: roles, removals, leaving, owners, policies, what was set aside. */

import { z } from '@hono/zod-openapi'

import type { HamletApi } from './hamlet-api.ts'
import * as membership from './membership-schemas.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import * as schemas from './schemas.ts'

const ofSpace = z.object({ space: schemas.id })
const ofPerson = z.object({ space: schemas.id, person: schemas.id })
const ofPolicy = z.object({ space: schemas.id, policy: membership.policyName })

export function addMembershipRoutes(app: ApiApp, api: HamletApi): void {
  addHistoryRoutes(app, api)
  addPersonRoutes(app, api)
  addOwnerRoutes(app, api)
  addSetAsideRoutes(app, api)
  addPolicyRoutes(app, api)
  addEndRoutes(app, api)
}

function addHistoryRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/former-members',
    summary: 'People who were members',
    scope: 'read',
    params: ofSpace,
    reply: z.array(membership.formerMember),
    handle: ({ params }) => api.formerMembers(params.space),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/membership-log',
    summary: 'What happened to members, devices, owner and policies, oldest first',
    scope: 'read',
    params: ofSpace,
    reply: z.array(membership.membershipEvent),
    handle: ({ params }) => api.membershipLog(params.space),
  })
}

function addPersonRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/members/{person}/role',
    summary: 'Give a member another role',
    scope: 'admin',
    params: ofPerson,
    body: membership.roleInput,
    reply: schemas.member,
    handle: ({ params, body }) => api.setRole(params.space, params.person, body.role),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/members/{person}/removal',
    summary: 'What removing a member will do, and what it cannot undo',
    scope: 'read',
    params: ofPerson,
    reply: membership.removalPreview,
    handle: ({ params }) => api.previewRemoval(params.space, params.person),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}/members/{person}',
    summary: 'Remove a member; of a former member, set anew what of theirs counts',
    scope: 'admin',
    params: ofPerson,
    reply: membership.formerMember,
    handle: ({ params }) => api.removeMember(params.space, params.person),
  })
}

function addOwnerRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/owner',
    summary: 'Hand the space over to another member',
    scope: 'admin',
    params: ofSpace,
    body: membership.personInput,
    reply: schemas.member,
    handle: ({ params, body }) => api.transferOwnership(params.space, body.person),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/owner-votes',
    summary: 'Votes of the admins for a new owner',
    scope: 'read',
    params: ofSpace,
    reply: membership.ownerVotes,
    handle: ({ params }) => api.ownerVotes(params.space),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/owner-votes',
    summary: 'Vote for a new owner; enough votes take effect by themselves',
    scope: 'admin',
    params: ofSpace,
    body: membership.personInput,
    reply: membership.ownerVotes,
    handle: ({ params, body }) => api.voteForOwner(params.space, body.person),
  })
}

function addSetAsideRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/set-aside',
    summary: 'What was written after the right to write was lost, and counts for nobody',
    scope: 'read',
    params: ofSpace,
    reply: z.array(membership.setAsideEntry),
    handle: ({ params }) => api.setAside(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/set-aside/adopt',
    summary: "Write entries that were set aside again, under this person's name",
    scope: 'write',
    params: ofSpace,
    body: membership.idsInput,
    reply: z.array(membership.setAsideEntry),
    handle: ({ params, body }) => api.adopt(params.space, body.ids),
  })
}

function addPolicyRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/policies',
    summary: 'What the owner has decided for everybody',
    scope: 'read',
    params: ofSpace,
    reply: z.array(membership.spacePolicy),
    handle: ({ params }) => api.policies(params.space),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/policies/{policy}',
    summary: 'Decide something for everybody; owner only',
    scope: 'admin',
    params: ofPolicy,
    body: membership.policyInput,
    reply: z.array(membership.spacePolicy),
    handle: ({ params, body }) => api.setPolicy(params.space, params.policy, body.value),
  })
}

function addEndRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/leave',
    summary: 'Leave; the space stays readable on this device',
    scope: 'admin',
    params: ofSpace,
    reply: schemas.spaceDetail,
    handle: ({ params }) => api.leaveSpace(params.space),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/forget',
    summary: 'What is lost by deleting the space from this device',
    scope: 'read',
    params: ofSpace,
    reply: membership.forgetPreview,
    handle: ({ params }) => api.previewForget(params.space),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}',
    summary: 'Delete a space that was left from this device',
    scope: 'admin',
    params: ofSpace,
    handle: ({ params }) => api.forgetSpace(params.space),
  })
}
