/**
 * One route of the tracker: its schemas, who may call it and what it does, from which both the validation of requests and
 * the OpenAPI document are made, so the two cannot differ.
 */

import { createRoute, z } from '@hono/zod-openapi'
import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Clock, Logger } from '@hamlet/core'

import type { Sql } from '../data/sql.ts'
import { TrackerError } from '../errors.ts'
import type { Caller, CallerKind } from '../login/tokens.ts'

/** What the server has found out about a request before any route runs. */
export interface TrackerBindings {
  /** Of the client, or of the one a trusted proxy speaks for. */
  readonly address?: string
  /** The `Host` of the request, which is one of the tracker's own names. */
  readonly host?: string
}

export interface TrackerEnvironment {
  readonly Bindings: TrackerBindings
  readonly Variables: { caller?: Caller; token?: string }
}

export type TrackerApp = OpenAPIHono<TrackerEnvironment>
export type TrackerRequest = Context<TrackerEnvironment>

/** What routes that are added from outside get (`dashboard/`). */
export interface TrackerContext {
  readonly sql: Sql
  readonly clock: Clock
  readonly logger: Logger
  /** Aborted when the tracker stops: streams end. */
  readonly signal: AbortSignal
}

/** `any`: a peer or an account. */
export type Access = 'open' | CallerKind | 'any'

type Input<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

export interface RouteInput<Params, Query, Body> {
  readonly params: Input<Params>
  readonly query: Input<Query>
  readonly body: Input<Body>
  /** Absent on open routes. */
  readonly caller: Caller | undefined
  readonly context: TrackerRequest
}

export interface Route<
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodObject | undefined,
  Reply extends z.ZodType | undefined,
> {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  readonly summary: string
  readonly access: Access
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /** Absent: 204. */
  readonly reply?: Reply
  /** @default 200 */
  readonly status?: 200 | 201 | 202
  /** Of refusals; PeerNet has its own. @default errorReply */
  readonly failure?: z.ZodType
  /** A reply that is not JSON; `handle` then gives the `Response`. */
  readonly stream?: string
  readonly handle: (
    input: RouteInput<Params, Query, Body>,
  ) => Promise<(Reply extends z.ZodType ? DeepReadonly<z.output<Reply>> : void) | Response>
}

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

export const errorReply = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    }),
  })
  .openapi('Error')

export function defineRoute<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
  Reply extends z.ZodType | undefined = undefined,
>(app: TrackerApp, route: Route<Params, Query, Body, Reply>): void {
  const config = createRoute(toConfig(route as unknown as AnyRoute))
  app.openapi(config, (async (context: TrackerRequest) => {
    const valid = (target: string, schema: unknown): unknown =>
      schema === undefined ? undefined : context.req.valid(target as never)
    const result = await route.handle({
      params: valid('param', route.params),
      query: valid('query', route.query),
      body: valid('json', route.body),
      caller: requireCaller(context, route.access),
      context,
    } as RouteInput<Params, Query, Body>)
    if (result instanceof Response) return result
    if (route.reply === undefined) return context.body(null, 204)
    return context.json(result as object, route.status ?? 200)
  }) as never)
}

/** The caller of a route that is not open. */
export function callerOf({ caller }: { readonly caller: Caller | undefined }): Caller {
  if (caller === undefined) throw new TrackerError('TOKEN_REFUSED', 'this needs a token')
  return caller
}

type AnyRoute = Route<
  z.ZodObject | undefined,
  z.ZodObject | undefined,
  z.ZodObject | undefined,
  z.ZodType | undefined
>

/** The token itself was judged before (`app.ts`). */
function requireCaller(context: TrackerRequest, access: Access): Caller | undefined {
  const caller = context.get('caller')
  if (access === 'open') return caller
  if (caller === undefined) throw new TrackerError('TOKEN_REFUSED', 'this needs a token')
  if (access === 'any' || access === caller.kind) return caller
  const message = `this is for ${access === 'peer' ? 'peers' : 'people'} alone`
  throw new TrackerError('CALLER_REFUSED', message)
}

function toConfig(route: AnyRoute): RouteConfig {
  const { params, query, body, access } = route
  return {
    method: route.method,
    path: route.path,
    summary: route.summary,
    security: access === 'open' ? [] : [{ bearer: [] }],
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      ...successOf(route),
      default: {
        description: 'What went wrong; codes are those of docs/errors.md.',
        content: { 'application/json': { schema: route.failure ?? errorReply } },
      },
    },
  }
}

function successOf({ reply, status, stream }: AnyRoute): RouteConfig['responses'] {
  if (stream !== undefined) {
    return { 200: { description: 'OK', content: { [stream]: { schema: z.string() } } } }
  }
  if (reply === undefined) return { 204: { description: 'Done' } }
  const content = { 'application/json': { schema: reply } }
  return { [status ?? 200]: { description: 'OK', content } }
}
