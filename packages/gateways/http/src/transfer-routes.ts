/** Routes of what is under way, of storage and trackers, and of what people have given each other. */

import { z } from '@hono/zod-openapi'

import type { FilesApi } from './files-api.ts'
import * as files from './files-schemas.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import { id } from './schemas.ts'
import { withoutUndefined } from './space-routes.ts'

const ofSpace = z.object({ space: id })
const ofShare = files.shareParams

/** A peer without trackers or receipts has no routes about them. */
export function addTransferRoutes(app: ApiApp, api: FilesApi): void {
  addTransferListRoutes(app, api)
  addTransferChangeRoutes(app, api)
  addStorageRoutes(app, api)
  if ('trackers' in api) addTrackerRoutes(app, api)
  if ('standing' in api) addStandingRoute(app, api)
  if ('exportReceipts' in api) addReceiptsRoute(app, api)
}

function addTransferListRoutes(app: ApiApp, api: FilesApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/transfers',
    summary: 'What is loaded and served, with its sources',
    scope: 'read',
    reply: z.array(files.transfer),
    handle: () => api.transfers(),
  })
  defineRoute(app, {
    method: 'post',
    path: '/shares/{share}/transfer',
    summary: 'Load a share, or some of it',
    scope: 'write',
    params: ofShare,
    body: files.transferOptions,
    reply: files.transfer,
    handle: ({ params, body }) => api.startTransfer(params.share, withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/shares/{share}/transfer',
    summary: 'End a transfer; what has come stays',
    scope: 'write',
    params: ofShare,
    handle: ({ params }) => api.cancelTransfer(params.share),
  })
}

function addTransferChangeRoutes(app: ApiApp, api: FilesApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/shares/{share}/transfer/pause',
    summary: 'Pause a transfer',
    scope: 'write',
    params: ofShare,
    reply: files.transfer,
    handle: ({ params }) => api.pauseTransfer(params.share),
  })
  defineRoute(app, {
    method: 'post',
    path: '/shares/{share}/transfer/resume',
    summary: 'Go on with a transfer that was paused, or that failed',
    scope: 'write',
    params: ofShare,
    reply: files.transfer,
    handle: ({ params }) => api.resumeTransfer(params.share),
  })
  defineRoute(app, {
    method: 'put',
    path: '/shares/{share}/transfer/priority',
    summary: 'How soon one file comes, or that it does not',
    scope: 'write',
    params: ofShare,
    body: files.priorityInput,
    reply: files.transfer,
    handle: ({ params, body }) => api.setFilePriority(params.share, body.path, body.priority),
  })
}

function addStorageRoutes(app: ApiApp, api: FilesApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/transfer-limits',
    summary: 'How fast this device loads and serves, and how much it keeps',
    scope: 'read',
    reply: files.transferLimits,
    handle: () => api.transferLimits(),
  })
  defineRoute(app, {
    method: 'put',
    path: '/transfer-limits',
    summary: 'Change some of these limits',
    scope: 'admin',
    body: files.limitsInput,
    reply: files.transferLimits,
    handle: ({ body }) => api.setTransferLimits(withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'get',
    path: '/file-storage',
    summary: 'What files take on this device',
    scope: 'read',
    reply: files.fileStorage,
    handle: () => api.fileStorage(),
  })
}

function addTrackerRoutes(app: ApiApp, api: FilesApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/trackers',
    summary: 'Trackers this device knows, and whether they answer',
    scope: 'read',
    reply: z.array(files.knownTracker),
    handle: () => api.trackers(),
  })
  defineRoute(app, {
    method: 'post',
    path: '/trackers',
    summary: 'Use a tracker',
    scope: 'admin',
    body: files.trackerInput,
    reply: files.knownTracker,
    handle: ({ body }) => api.addTracker(body.url),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/trackers',
    summary: 'Use a tracker no longer',
    scope: 'admin',
    query: files.trackerQuery,
    handle: ({ query }) => api.removeTracker(query.url),
  })
}

function addStandingRoute(app: ApiApp, api: FilesApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/standing',
    summary: 'What people have given and taken, as this person sees it, with the reasons',
    scope: 'read',
    params: ofSpace,
    query: files.standingQuery,
    reply: z.array(files.personStanding),
    handle: ({ params, query }) => api.standing(params.space, query.person),
  })
}

function addReceiptsRoute(app: ApiApp, api: FilesApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/receipts',
    summary: 'Every receipt that counts, as a file anybody can verify',
    scope: 'read',
    params: ofSpace,
    stream: { type: 'text/plain', schema: z.string() },
    handle: async ({ params }) =>
      new Response(await api.exportReceipts(params.space), {
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          'content-disposition': 'attachment; filename="receipts.txt"',
        },
      }),
  })
}
