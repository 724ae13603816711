/** Routes of the peer itself: its status, its person, sessions, links, joins and the event stream. */

import { z } from '@hono/zod-openapi'

import type { ApiAppOptions } from './app-options.ts'
import { createEventStream } from './event-stream.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import * as schemas from './schemas.ts'

export function addPeerRoutes(app: ApiApp, options: ApiAppOptions): void {
  addSessionRoutes(app, options)
  addPersonRoutes(app, options)
  addJoinRoutes(app, options)
  addEventRoute(app, options)
}

function addSessionRoutes(app: ApiApp, options: ApiAppOptions): void {
  defineRoute(app, {
    method: 'post',
    path: '/session',
    summary: 'Exchange the one-time code of a login link for a session',
    scope: undefined,
    body: schemas.codeInput,
    reply: schemas.session,
    handle: async ({ body }) => options.login(body.code),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/session',
    summary: 'End this session',
    scope: 'read',
    handle: async ({ context }) => context.env.caller?.logout?.(),
  })
  defineRoute(app, {
    method: 'post',
    path: '/login-codes',
    summary: 'A new one-time code for opening the web app',
    scope: 'admin',
    reply: schemas.loginCode,
    handle: async () => options.createLoginCode(),
  })
}

function addPersonRoutes(app: ApiApp, { api }: ApiAppOptions): void {
  defineRoute(app, {
    method: 'get',
    path: '/status',
    summary: 'This peer',
    scope: 'read',
    reply: schemas.peerStatus,
    handle: () => api.status(),
  })
  defineRoute(app, {
    method: 'put',
    path: '/name',
    summary: 'Set the name this person goes by',
    scope: 'admin',
    body: schemas.nameInput,
    reply: schemas.peerStatus,
    handle: ({ body }) => api.setName(body.name),
  })
  defineRoute(app, {
    method: 'get',
    path: '/recovery-words',
    summary: 'The 24 recovery words of this person',
    scope: 'admin',
    reply: schemas.words,
    handle: () => api.recoveryWords(),
  })
  defineRoute(app, {
    method: 'get',
    path: '/peers',
    summary: 'Connected peers',
    scope: 'read',
    reply: z.array(schemas.peerInfo),
    handle: () => api.peers(),
  })
  defineRoute(app, {
    method: 'get',
    path: '/refused-peers',
    summary: 'Devices that are refused for a while',
    scope: 'read',
    reply: z.array(schemas.refusedPeer),
    handle: () => api.refusedPeers(),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/refused-peers/{device}',
    summary: 'Let a refused device in again',
    scope: 'admin',
    params: z.object({ device: schemas.id }),
    handle: ({ params }) => api.forgivePeer(params.device),
  })
}

function addJoinRoutes(app: ApiApp, { api }: ApiAppOptions): void {
  defineRoute(app, {
    method: 'post',
    path: '/invitations/preview',
    summary: 'What a link says before anyone has been contacted',
    scope: 'read',
    body: schemas.linkInput,
    reply: schemas.invitePreview,
    handle: ({ body }) => api.previewInvite(body.link),
  })
  defineRoute(app, {
    method: 'get',
    path: '/joins',
    summary: 'Joins under way',
    scope: 'read',
    reply: z.array(schemas.join),
    handle: () => api.joins(),
  })
  defineRoute(app, {
    method: 'post',
    path: '/joins',
    summary: 'Join a space by a link',
    scope: 'admin',
    body: schemas.joinInput,
    reply: schemas.join,
    handle: ({ body }) => api.join(body.link, body.name),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/joins/{space}',
    summary: 'Forget a join that has ended, or give up one under way',
    scope: 'admin',
    params: z.object({ space: schemas.id }),
    handle: ({ params }) => api.cancelJoin(params.space),
  })
}

function addEventRoute(app: ApiApp, options: ApiAppOptions): void {
  const { api, clock, logger, metrics, signal, heartbeatMs } = options
  defineRoute(app, {
    method: 'get',
    path: '/events',
    summary: 'What changes from now on, as Server-Sent Events of one JSON document each',
    scope: 'read',
    stream: { type: 'text/event-stream', schema: schemas.hamletEvent },
    handle: async () => {
      const stream = createEventStream({
        clock,
        subscribe: (until) => api.events({ signal: until }),
        signal,
        onDropped: () => metrics.count('http_event_queues_dropped'),
        onFailed: (error) => logger.error('event stream failed', { error: String(error) }),
        ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      })
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
    },
  })
}
