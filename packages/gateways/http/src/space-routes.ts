/** Routes of spaces, their members, invitations and requests. */

import { z } from '@hono/zod-openapi'

import type { HamletApi } from './hamlet-api.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import * as schemas from './schemas.ts'

const ofSpace = z.object({ space: schemas.id })
const ofInvite = z.object({ space: schemas.id, invite: schemas.id })
const ofRequest = z.object({ space: schemas.id, request: schemas.id })

export function addSpaceRoutes(app: ApiApp, api: HamletApi): void {
  addOverviewRoutes(app, api)
  addInviteRoutes(app, api)
  addRequestRoutes(app, api)
}

function addOverviewRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces',
    summary: 'The spaces of this person',
    scope: 'read',
    reply: z.array(schemas.spaceSummary),
    handle: () => api.spaces(),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces',
    summary: 'Found a space',
    scope: 'admin',
    body: schemas.spaceInput,
    reply: schemas.spaceDetail,
    handle: ({ body: { name, ...options } }) => api.createSpace(name, withoutUndefined(options)),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}',
    summary: 'A space',
    scope: 'read',
    params: ofSpace,
    reply: schemas.spaceDetail,
    handle: ({ params }) => api.space(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/write-anyway',
    summary: 'Write on without waiting for others to confirm what a restored device has',
    scope: 'admin',
    params: ofSpace,
    reply: schemas.spaceDetail,
    handle: ({ params }) => api.writeAnyway(params.space),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/members',
    summary: 'Members and their devices',
    scope: 'read',
    params: ofSpace,
    reply: z.array(schemas.member),
    handle: ({ params }) => api.members(params.space),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/inspection',
    summary: 'What each device has, what is missing and why',
    scope: 'read',
    params: ofSpace,
    reply: schemas.spaceInspection,
    handle: ({ params }) => api.inspect(params.space),
  })
}

function addInviteRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/invites',
    summary: 'Invitations',
    // An open invitation comes with its link, which lets whoever holds it in.
    scope: 'admin',
    params: ofSpace,
    reply: z.array(schemas.invite),
    handle: ({ params }) => api.invites(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/invites',
    summary: 'Make an invitation; its link is in the reply',
    scope: 'admin',
    params: ofSpace,
    body: schemas.inviteOptions,
    reply: schemas.invite,
    handle: ({ params, body }) => api.createInvite(params.space, withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}/invites/{invite}',
    summary: 'Revoke an invitation',
    scope: 'admin',
    params: ofInvite,
    reply: schemas.invite,
    handle: ({ params }) => api.revokeInvite(params.space, params.invite),
  })
}

function addRequestRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/requests',
    summary: 'Requests to join',
    scope: 'read',
    params: ofSpace,
    reply: z.array(schemas.joinRequest),
    handle: ({ params }) => api.requests(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/requests/{request}/approve',
    summary: 'Let someone in',
    scope: 'admin',
    params: ofRequest,
    reply: schemas.joinRequest,
    handle: ({ params }) => api.approve(params.space, params.request),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/requests/{request}/decline',
    summary: 'Turn a request down',
    scope: 'admin',
    params: ofRequest,
    reply: schemas.joinRequest,
    handle: ({ params }) => api.decline(params.space, params.request),
  })
}

/** Zod's optional fields may be `undefined`; the interfaces' may only be missing. */
export function withoutUndefined<T extends object>(
  value: T,
): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> }
}
