/**
 * The tracker as a handler from `Request` to `Response`: tokens, routes, validation, replies and the OpenAPI document.
 *
 * It knows no sockets; `server.ts` puts it behind one, with the checks that belong there.
 *
 * Invariants:
 * 1. No handler runs before the caller and every part of its input have been checked.
 * 2. Bad input is a 4xx with a code. A database that is away is a 503, and then nothing was acknowledged.
 * 3. Refusals under `/api/v1` have PeerNet's shape, all others Hamlet's.
 */

import { OpenAPIHono } from '@hono/zod-openapi'
import { ApiError, errorBody, errorToReply, stackOf } from '@hamlet/http/parts'
import type { ErrorReply } from '@hamlet/http/parts'

import type { RouteAdder, TrackerParts } from '../tracker-parts.ts'
import { addLoginRoutes } from './login-routes.ts'
import { addPeerNetRoutes } from '../peernet/peernet-routes.ts'
import { rateLimited } from './item-limit.ts'
import { addReceiptRoutes } from './receipt-routes.ts'
import { addServiceRoutes } from './service-routes.ts'
import { addSwarmRoutes } from './swarm-routes.ts'
import type { TrackerApp, TrackerEnvironment, TrackerRequest } from './route.ts'

const DESCRIPTION =
  'Who holds what, mirrored receipts, and the figures of the dashboard. `/api/v2` is Hamlet’s, `/api/v1` is PeerNet’s. ' +
  'A topic is what names a swarm to those who know it. Times are milliseconds since the Unix epoch. Changes need ' +
  '`Content-Type: application/json`. Tokens live for fifteen minutes.'
const BEARER = /^Bearer ([A-Za-z0-9._-]{1,2048})$/

export function createTrackerApp(
  parts: TrackerParts,
  adders: readonly RouteAdder[] = [],
): TrackerApp {
  const app = new OpenAPIHono<TrackerEnvironment>({
    defaultHook: (result) => {
      if (!result.success) throw invalidInput(result.target, result.error.issues[0])
    },
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'From a login; fifteen minutes, renewable.',
  })
  app.use('/api/*', async (context, next) => {
    await admit(context, parts)
    await next()
  })
  addServiceRoutes(app, parts, () => openApiDocument(app))
  addLoginRoutes(app, parts.login)
  addSwarmRoutes(app, { ...parts, desk: parts.swarmDesk })
  addReceiptRoutes(app, parts)
  addPeerNetRoutes(app, { ...parts, desk: parts.login, store: parts.peerNet })
  for (const add of adders) add(app, parts)
  app.notFound((context) => reply(context, routeNotFound(app, context), parts))
  app.onError((error, context) => reply(context, judge(error, parts), parts))
  return app
}

export function openApiDocument(app: TrackerApp): object {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Hamlet tracker', version: '2', description: DESCRIPTION },
  })
}

/** Judges the token, when there is one, and takes one request from its bucket. */
async function admit(context: TrackerRequest, parts: TrackerParts): Promise<void> {
  const header = context.req.header('authorization')
  if (header === undefined) return
  const token = BEARER.exec(header)?.[1]
  // What is wrong with a token is told by `verify`, of one that has no form at all too.
  const caller = await parts.tokens.verify(token ?? '')
  const retryAfterMs = parts.requests.take(caller.id)
  if (retryAfterMs > 0) throw rateLimited(retryAfterMs)
  context.set('caller', caller)
  context.set('token', token ?? '')
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
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
function routeNotFound(app: TrackerApp, context: TrackerRequest): ErrorReply {
  const asked = context.req.method
  for (const method of ['GET', 'POST', 'DELETE']) {
    if (method === asked) continue
    const [matches] = app.router.match(method, context.req.path)
    const isRoute = matches.some(([[, route]]) => !route.path.endsWith('/*'))
    if (!isRoute) continue
    const message = `${asked} is not possible here`
    return { status: 405, code: 'METHOD_NOT_ALLOWED', message, fields: { allowed: method } }
  }
  return { status: 404, code: 'ROUTE_NOT_FOUND', message: 'there is no such route' }
}

function judge(error: unknown, { logger }: TrackerParts): ErrorReply {
  const known = isBadJson(error)
    ? { status: 400, code: 'INVALID_INPUT', message: 'body: expected JSON', fields: { field: '' } }
    : errorToReply(error)
  if (known !== undefined && known.status < 500) return known
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
  logger.error('request failed', { code: known?.code, cause, stack: stackOf(error) })
  return known ?? { status: 500, code: 'INTERNAL', message: 'this failed because of a defect' }
}

/** Hono's own refusal of a body that is not JSON is an exception with a status and no code. */
function isBadJson(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 400 && !('code' in error)
}

function reply(context: TrackerRequest, error: ErrorReply, { metrics }: TrackerParts): Response {
  metrics.countRefusal(error.code)
  const retryAfterMs = error.fields?.['retryAfterMs']
  if (typeof retryAfterMs === 'number') {
    context.header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  } else if (error.status === 503) {
    context.header('retry-after', '1')
  }
  if (error.status === 401) context.header('www-authenticate', 'Bearer')
  return context.json(bodyFor(context.req.path, error), error.status as 400)
}

/** PeerNet's refusals are one text. */
export function bodyFor(path: string, error: ErrorReply): object {
  return path.startsWith('/api/v1/') ? { error: error.message } : errorBody(error)
}
