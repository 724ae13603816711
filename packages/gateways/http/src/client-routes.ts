/** Routes of programs with keys of their own: certifying and revoking them, and the operations they have signed. */

import { z } from '@hono/zod-openapi'

import * as clients from './client-schemas.ts'
import type { HamletApi } from './hamlet-api.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import { id } from './schemas.ts'
import { withoutUndefined } from './space-routes.ts'

export function addClientRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/clients',
    summary: 'Programs that may sign for this person, or might',
    scope: 'read',
    reply: z.array(clients.apiClient),
    handle: () => api.clients(),
  })
  defineRoute(app, {
    method: 'post',
    path: '/clients',
    summary: 'Certify the key of a program',
    scope: 'admin',
    body: clients.clientInput,
    reply: clients.certifiedClient,
    handle: ({ body }) => api.certifyClient(withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'post',
    path: '/clients/{publicKey}/revoke',
    summary: 'Take the right to sign away from a program, for good',
    scope: 'admin',
    params: clients.publicKeyParams,
    reply: clients.apiClient,
    handle: ({ params }) => api.revokeClient(params.publicKey),
  })
  defineRoute(app, {
    method: 'post',
    path: '/operations',
    summary: 'Do, once, what a certified program has signed',
    scope: undefined,
    body: clients.signedOperation,
    reply: clients.operationReply,
    handle: ({ body }) => api.submitOperation(body),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/operations',
    summary: 'What programs of members have asked for in a space, the newest first',
    scope: 'read',
    params: z.object({ space: id }),
    query: clients.operationQuery,
    reply: clients.recordedOperations,
    handle: ({ params, query }) => api.clientOperations(params.space, withoutUndefined(query)),
  })
}
