/**
 * One route: its schemas, the scope it needs and what it does, from which both the validation of requests and the
 * OpenAPI document are made, so the two cannot differ.
 */

import { createRoute } from '@hono/zod-openapi'
import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'

import { ApiError } from './errors.ts'
import type { TokenScope } from './client.ts'
import { errorReply } from './schemas.ts'

/** Who calls: set by the server once the token was checked. */
export interface Caller {
  readonly scope: TokenScope
  /** Ends the session of this caller; absent for a token of the peer's own. */
  readonly logout?: () => void
}

export interface ApiEnvironment {
  readonly Bindings: {
    readonly caller?: Caller
    /** The body of a request that brings a file, where it is not to be read from the request. */
    readonly body?: AsyncIterable<Uint8Array>
    /** Cuts the connection: what was sent is not whole. */
    readonly breakOff?: () => void
  }
}

export type ApiContext = Context<ApiEnvironment>
export type ApiApp = OpenAPIHono<ApiEnvironment>

type Input<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

export interface RouteInput<Params, Query, Body> {
  readonly params: Input<Params>
  readonly query: Input<Query>
  readonly body: Input<Body>
  readonly context: ApiContext
}

export interface Route<
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodObject | undefined,
  Reply extends z.ZodType | undefined,
> {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: string
  readonly summary: string
  /** `undefined`: open to whoever passes the checks of host and origin. */
  readonly scope: TokenScope | undefined
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /** The body is a file; `handle` reads it itself. */
  readonly takesFile?: true
  /** Absent: 204. */
  readonly reply?: Reply
  /** A reply that is not JSON; `handle` then gives the `Response`. */
  readonly stream?: {
    readonly type: string
    readonly schema: z.ZodType
    /** Whether a part of it can be asked for, by `Range`. */
    readonly hasRanges?: true
  }
  readonly handle: (
    input: RouteInput<Params, Query, Body>,
  ) => Promise<(Reply extends z.ZodType ? DeepReadonly<z.output<Reply>> : void) | Response>
}

/** What the interfaces promise: read-only all the way down. Optional fields may be missing, not `undefined`. */
type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<Exclude<T[Key], undefined>> }
    : T

/** A file as it is. */
export const bytes = z.string().meta({ format: 'binary' })

const RANK: Readonly<Record<TokenScope, number>> = { read: 0, write: 1, admin: 2 }

export function defineRoute<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
  Reply extends z.ZodType | undefined = undefined,
>(app: ApiApp, route: Route<Params, Query, Body, Reply>): void {
  const config = createRoute(toRouteConfig(route as unknown as AnyRoute))
  app.openapi(config, (async (context: ApiContext) => {
    requireScope(context, route.scope)
    const result = await route.handle({
      params: validated(context, 'param', route.params),
      query: validated(context, 'query', route.query),
      body: validated(context, 'json', route.body),
      context,
    } as RouteInput<Params, Query, Body>)
    if (result instanceof Response) return result
    return route.reply === undefined ? context.body(null, 204) : context.json(result as object)
  }) as never)
}

type AnyRoute = Route<
  z.ZodObject | undefined,
  z.ZodObject | undefined,
  z.ZodObject | undefined,
  z.ZodType | undefined
>

function requireScope(context: ApiContext, scope: TokenScope | undefined): void {
  if (scope === undefined) return
  const { caller } = context.env
  if (caller === undefined) throw new ApiError('UNAUTHORIZED', 'this needs a token', 401)
  if (RANK[caller.scope] >= RANK[scope]) return
  throw new ApiError('SCOPE_FORBIDDEN', `this needs the scope ${scope}`, 403, {
    fields: { expected: scope, actual: caller.scope },
  })
}

function validated(
  context: ApiContext,
  target: 'param' | 'query' | 'json',
  schema: z.ZodObject | undefined,
): unknown {
  return schema === undefined ? undefined : context.req.valid(target as never)
}

function toRouteConfig(route: AnyRoute): RouteConfig {
  const { params, query, body, scope } = route
  return {
    method: route.method,
    path: `/api/v1${route.path}`,
    summary: route.summary,
    security: scope === undefined ? [] : [{ bearer: [scope] }],
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...bodyOf(route, body),
    },
    responses: { ...successOf(route), default: failure },
  }
}

function bodyOf(route: AnyRoute, body: z.ZodObject | undefined): RouteConfig['request'] {
  if (route.takesFile === true) {
    return { body: { required: true, content: { 'application/octet-stream': { schema: bytes } } } }
  }
  if (body === undefined) return {}
  return { body: { required: true, content: { 'application/json': { schema: body } } } }
}

const failure = {
  description: 'What went wrong; `code` is one of docs/errors.md.',
  content: { 'application/json': { schema: errorReply } },
}

function successOf(route: AnyRoute): RouteConfig['responses'] {
  const { reply, stream } = route
  if (stream !== undefined) {
    const content = { [stream.type]: { schema: stream.schema } }
    const part = { 206: { description: 'The bytes of `Range`', content } }
    return { 200: { description: 'OK', content }, ...(stream.hasRanges === true ? part : {}) }
  }
  if (reply === undefined) return { 204: { description: 'Done' } }
  return { 200: { description: 'OK', content: { 'application/json': { schema: reply } } } }
}
