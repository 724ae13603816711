/** Routes of spaces that anybody may find. */

import { z } from '@hono/zod-openapi'

import type { HamletApi } from './hamlet-api.ts'
import * as listings from './listing-schemas.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import { id } from './schemas.ts'
import { withoutUndefined } from './space-routes.ts'

const ofSpace = z.object({ space: id })

export function addListingRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/publication',
    summary: 'What everybody can find of this space',
    scope: 'read',
    params: ofSpace,
    reply: listings.publishedSpace,
    handle: ({ params }) => api.publication(params.space),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/publication',
    summary: 'Make a space known to everybody, or renew what is known',
    scope: 'admin',
    params: ofSpace,
    body: listings.publishInput,
    reply: listings.publishedSpace,
    handle: ({ params, body }) => api.publishSpace(params.space, withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}/publication',
    summary: 'Take the listing of a space and its invitation back',
    scope: 'admin',
    params: ofSpace,
    handle: ({ params }) => api.unpublishSpace(params.space),
  })
  defineRoute(app, {
    method: 'get',
    path: '/discovered-spaces',
    summary: 'Ask the network for spaces under a topic; takes up to 15 seconds',
    scope: 'read',
    query: listings.topicQuery,
    reply: z.array(listings.discoveredSpace),
    handle: ({ query }) => api.discover(query.topic),
  })
}
