/** Routes of rooms and messages. */

import { z } from '@hono/zod-openapi'

import { createExportStream } from './export-stream.ts'
import type { HamletApi } from './hamlet-api.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import * as schemas from './schemas.ts'
import { withoutUndefined } from './space-routes.ts'

const ofSpace = z.object({ space: schemas.id })
const ofRoom = z.object({ space: schemas.id, room: schemas.id })
const ofMessage = z.object({ space: schemas.id, message: schemas.id })
const ofReaction = z.object({ space: schemas.id, message: schemas.id, emoji: schemas.emoji })

export function addChatRoutes(app: ApiApp, api: HamletApi): void {
  addRoomRoutes(app, api)
  addMessageListRoutes(app, api)
  addMessageRoutes(app, api)
  addReactionRoutes(app, api)
  addExportRoute(app, api)
}

function addRoomRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/rooms',
    summary: 'Rooms',
    scope: 'read',
    params: ofSpace,
    reply: z.array(schemas.room),
    handle: ({ params }) => api.rooms(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/rooms',
    summary: 'Make a room',
    scope: 'write',
    params: ofSpace,
    body: schemas.nameInput,
    reply: schemas.room,
    handle: ({ params, body }) => api.createRoom(params.space, body.name),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/rooms/{room}/read',
    summary: 'Mark everything up to a message as read',
    scope: 'write',
    params: ofRoom,
    body: schemas.readInput,
    handle: ({ params, body }) => api.markRead(params.space, params.room, body.message),
  })
}

function addMessageListRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/messages',
    summary: 'A page of messages, oldest first',
    scope: 'read',
    params: ofSpace,
    query: schemas.messageQuery,
    reply: schemas.messagePage,
    handle: ({ params, query }) => api.messages(params.space, withoutUndefined(query)),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/messages',
    summary: 'Send a message',
    scope: 'write',
    params: ofSpace,
    body: schemas.sendMessage,
    reply: schemas.message,
    handle: ({ params, body }) => api.send(params.space, withoutUndefined(body)),
  })
}

function addMessageRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/messages/{message}',
    summary: 'A message with its versions, holders and readers',
    scope: 'read',
    params: ofMessage,
    reply: schemas.messageDetail,
    handle: ({ params }) => api.message(params.space, params.message),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/messages/{message}',
    summary: 'Change the text of an own message',
    scope: 'write',
    params: ofMessage,
    body: schemas.textInput,
    reply: schemas.message,
    handle: ({ params, body }) => api.edit(params.space, params.message, body.text),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}/messages/{message}',
    summary: 'Delete a message; a visible stub stays',
    scope: 'write',
    params: ofMessage,
    reply: schemas.message,
    handle: ({ params }) => api.delete(params.space, params.message),
  })
}

function addReactionRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/messages/{message}/reactions/{emoji}',
    summary: 'React to a message',
    scope: 'write',
    params: ofReaction,
    reply: schemas.message,
    handle: ({ params }) => api.react(params.space, params.message, params.emoji, true),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}/messages/{message}/reactions/{emoji}',
    summary: 'Take a reaction back',
    scope: 'write',
    params: ofReaction,
    reply: schemas.message,
    handle: ({ params }) => api.react(params.space, params.message, params.emoji, false),
  })
}

function addExportRoute(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/export',
    summary: 'All messages with their history as JSON Lines, oldest first',
    scope: 'read',
    params: ofSpace,
    stream: { type: 'application/jsonl', schema: z.string() },
    handle: async ({ params }) => {
      const abort = new AbortController()
      const lines = api.exportMessages(params.space, { signal: abort.signal })
      const stream = await createExportStream(lines, () => abort.abort())
      return new Response(stream, {
        headers: {
          'content-type': 'application/jsonl',
          'content-disposition': 'attachment; filename="messages.jsonl"',
        },
      })
    },
  })
}
