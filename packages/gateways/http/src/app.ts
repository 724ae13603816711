/**
 * The HTTP API as a handler from `Request` to `Response`: routes, validation, replies and the OpenAPI document.
 *
 * It knows nothing of sockets; `src/node/server.ts` puts it behind one, with the checks that belong there. The same
 * handler could answer in a service worker.
 *
 * Invariants:
 * 1. No handler runs before the caller's scope and every part of its input have been checked.
 * 2. Bad input is a 4xx with a code; a 5xx means a full disk, a closing peer or a defect, and is logged.
 */

import { OpenAPIHono } from '@hono/zod-openapi'

import type { ApiAppOptions } from './app-options.ts'
import { addAttachmentRoutes } from './attachment-routes.ts'
import { hasAttachments } from './carried-file.ts'
import { addChatRoutes } from './chat-routes.ts'
import { addClientRoutes } from './client-routes.ts'
import { addDeviceRoutes } from './device-routes.ts'
import { ApiError } from './errors.ts'
import { errorBody, errorToReply, stackOf } from './error-reply.ts'
import type { ErrorReply } from './error-reply.ts'
import { addExpenseRoutes } from './expense-routes.ts'
import { addFileRoutes } from './file-routes.ts'
import type { FilesApi } from './files-api.ts'
import type { HamletApi } from './hamlet-api.ts'
import type { LedgerApi } from './ledger-api.ts'
import { addLedgerExtraRoutes } from './ledger-extra-routes.ts'
import { addLedgerFileRoutes } from './ledger-file-routes.ts'
import { addLedgerRoutes } from './ledger-routes.ts'
import { addListingRoutes } from './listing-routes.ts'
import { addMembershipRoutes } from './membership-routes.ts'
import { addPeerRoutes } from './peer-routes.ts'
import type { ApiApp, ApiContext, ApiEnvironment } from './route.ts'
import { addSpaceRoutes } from './space-routes.ts'
import { addTransferRoutes } from './transfer-routes.ts'

const OPENAPI_PATH = '/api/v1/openapi.json'
const DESCRIPTION =
  'The HTTP API of one Hamlet peer, on loopback only. Ids are 64 hex digits, of a ledger 32; times are ' +
  'milliseconds since the Unix epoch. Changes need `Content-Type: application/json`, files `application/octet-stream`. A token has a scope: `read`, `write` (messages) ' +
  'or `admin` (spaces, members, keys), each including the one before.'

export function createApiApp(options: ApiAppOptions): ApiApp {
  const app = new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (!result.success) throw invalidInput(result.target, result.error.issues[0])
    },
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'The token in `run/token` of the data directory, or a session.',
  })
  addPeerRoutes(app, options)
  addDeviceRoutes(app, options.api)
  addClientRoutes(app, options.api)
  addSpaceRoutes(app, options.api)
  addMembershipRoutes(app, options.api)
  addListingRoutes(app, options.api)
  addChatRoutes(app, options.api)
  addLedger(app, options.api)
  if (hasFiles(options.api)) addFiles(app, options.api, options)
  if (hasAttachments(options.api)) addAttachmentRoutes(app, options.api, options)
  app.get(OPENAPI_PATH, (context) => context.json(openApiDocument(app)))
  app.notFound((context) => reply(context, routeNotFound(app, context)))
  app.onError((error, context) => reply(context, judge(error, options)))
  return app
}

function addLedger(app: ApiApp, api: LedgerApi): void {
  addExpenseRoutes(app, api)
  addLedgerRoutes(app, api)
  addLedgerExtraRoutes(app, api)
  addLedgerFileRoutes(app, api)
}

/** A peer that shares no files has no routes about them. */
function hasFiles(api: HamletApi): api is HamletApi & FilesApi {
  return 'putFile' in api
}

function addFiles(app: ApiApp, api: FilesApi, options: ApiAppOptions): void {
  addFileRoutes(app, api, options)
  addTransferRoutes(app, api)
}

export function openApiDocument(app: ApiApp): object {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Hamlet', version: '1', description: DESCRIPTION },
  })
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly code?: string
  readonly keys?: readonly string[]
}

function invalidInput(target: string, issue: Issue | undefined): ApiError {
  const path = [...(issue?.path ?? []), ...(issue?.keys?.slice(0, 1) ?? [])]
  const field = path.map(String).join('.').slice(0, 100)
  const message = `${field === '' ? target : field}: ${issue?.message ?? 'not valid'}`
  return new ApiError('INVALID_INPUT', message.slice(0, 300), 400, {
    fields: { field, in: target === 'json' ? 'body' : target },
  })
}

/** A known path with another method is told apart, as RFC 9110 asks (15.5.6). */
function routeNotFound(app: ApiApp, context: ApiContext): ErrorReply {
  const asked = context.req.method
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    if (method === asked) continue
    const [matches] = app.router.match(method, context.req.path)
    if (matches.length === 0) continue
    const message = `${asked} is not possible here`
    return { status: 405, code: 'METHOD_NOT_ALLOWED', message, fields: { allowed: method } }
  }
  return { status: 404, code: 'ROUTE_NOT_FOUND', message: 'there is no such route' }
}

function judge(error: unknown, { logger, metrics }: ApiAppOptions): ErrorReply {
  const known = isBadJson(error)
    ? { status: 400, code: 'INVALID_INPUT', message: 'body: expected JSON', fields: { field: '' } }
    : errorToReply(error)
  if (known !== undefined && known.status < 500) return known
  metrics.count('http_errors')
  logger.error('request failed', { code: known?.code, stack: stackOf(error) })
  return known ?? { status: 500, code: 'INTERNAL', message: 'this failed because of a defect' }
}

/** Hono's own refusal of a body that is not JSON is an exception with a status and no code. */
function isBadJson(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 400 && !('code' in error)
}

function reply(context: ApiContext, error: ErrorReply): Response {
  return context.json(errorBody(error), error.status as 400)
}
