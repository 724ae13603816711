/** What the routes of the dashboard are asked for and answer, as schemas: validation, OpenAPI and the page's types in one. */

import { z } from '@hono/zod-openapi'

import { ACTIVITIES } from '../data/schema.ts'
import { NAME_LENGTH_MAX } from '../limits.ts'
import { SPANS } from './activity-queries.ts'
import type { Span } from './activity-queries.ts'
import { PEOPLE_SORTS } from './flow-queries.ts'
import { BOARD_PAGE_ROWS_MAX, PEOPLE_SKIPPED_MAX } from './limits.ts'
import { CURSOR_PATTERN, PAGE_ROWS_DEFAULT } from './paging.ts'
import { PEER_SORTS } from './peer-queries.ts'
import type { PeerSort } from './peer-queries.ts'
import { SWARM_SORTS } from './swarm-queries.ts'
import type { SwarmSort } from './swarm-queries.ts'

const count = z.int().nonnegative()
const bytes = z.number().nonnegative()
const timeMs = z.int()
const id = z.string().regex(/^[0-9a-f]{64}$/)
const handle = z.string().regex(/^[0-9a-f]{32}$/)
/** Accounts of PeerNet have ids of another kind. */
const peer = z.string().regex(/^[0-9a-f-]{32,64}$/)
const person = z.string().nullable()
const limit = z.coerce.number().int().min(1).max(BOARD_PAGE_ROWS_MAX).default(PAGE_ROWS_DEFAULT)
const after = z.string().regex(CURSOR_PATTERN).optional()
const order = z.enum(['up', 'down']).default('down')
const hexSearch = z
  .string()
  .regex(/^[0-9a-f]{0,64}$/)
  .default('')

export const pageQuery = z.object({ after, limit })
export const swarmsQuery = pageQuery.extend({
  sort: z.enum(Object.keys(SWARM_SORTS) as [SwarmSort, ...SwarmSort[]]).default('peers'),
  order,
  search: z.string().max(NAME_LENGTH_MAX).default(''),
})
export const peersQuery = pageQuery.extend({
  sort: z.enum(Object.keys(PEER_SORTS) as [PeerSort, ...PeerSort[]]).default('seen'),
  order,
  search: hexSearch,
})
export const peopleQuery = z.object({
  sort: z.enum(PEOPLE_SORTS).default('gave'),
  search: hexSearch,
  limit,
  after: z.coerce.number().int().min(0).max(PEOPLE_SKIPPED_MAX).default(0),
})
export const spanQuery = z.object({
  span: z.enum(Object.keys(SPANS) as [Span, ...Span[]]).default('day'),
})
export const handleParams = z.object({ handle })
export const peerParams = z.object({ peer })
export const personParams = z.object({ person: id })

function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({ rows: z.array(row), next: z.string().nullable() })
}

export const overviewReply = z
  .object({
    atMs: timeMs,
    peers: count,
    peersHere: count,
    people: count,
    swarms: count,
    swarmsWithout: count,
    swarmsWithOne: count,
    swarmsWithMore: count,
    sizeBytes: bytes,
    passedBytes: bytes,
    receipts: count,
    frauds: count,
    bytesPerSecond: bytes,
  })
  .openapi('BoardOverview')

const swarmRow = z.object({
  handle,
  name: z.string().nullable(),
  sizeBytes: bytes,
  peers: count,
  seeds: count,
  copies: z.number().nonnegative().nullable(),
  isAtLeast: z.boolean(),
  createdAtMs: timeMs,
  seenAtMs: timeMs,
})
export const swarmsReply = pageOf(swarmRow).openapi('BoardSwarms')
export const swarmReply = swarmRow
  .extend({
    description: z.string().nullable(),
    link: z.string().nullable(),
    chunks: count,
    columns: z.array(z.object({ least: count, mean: z.number().nonnegative() })),
    peersCounted: count,
  })
  .openapi('BoardSwarm')
export const holdersReply = pageOf(
  z.object({
    peer,
    person,
    heldBytes: bytes,
    isComplete: z.boolean(),
    announcedAtMs: timeMs,
    expiresAtMs: timeMs,
  }),
).openapi('BoardHolders')

export const peerReply = z
  .object({
    peer,
    person,
    gaveBytes: bytes,
    receivedBytes: bytes,
    frauds: count,
    holds: count,
    heldBytes: bytes,
    knownSinceMs: timeMs,
    seenAtMs: timeMs,
  })
  .openapi('BoardPeer')
export const peersReply = pageOf(peerReply).openapi('BoardPeers')
export const heldReply = pageOf(
  z.object({
    handle,
    name: z.string().nullable(),
    sizeBytes: bytes,
    heldBytes: bytes,
    isComplete: z.boolean(),
    announcedAtMs: timeMs,
  }),
).openapi('BoardHeld')

const series = z.array(z.number().nonnegative())
export const throughputReply = z
  .object({
    stepMs: count,
    atMs: z.array(timeMs),
    series: z.object(
      Object.fromEntries(ACTIVITIES.map((name) => [name, series])) as Record<
        (typeof ACTIVITIES)[number],
        typeof series
      >,
    ),
  })
  .openapi('BoardThroughput')

const personRow = z.object({
  person: z.string(),
  devices: count,
  gaveBytes: bytes,
  receivedBytes: bytes,
})
const flow = z.object({ from: z.string(), to: z.string(), bytes })
export const peopleReply = pageOf(personRow).openapi('BoardPeople')
export const pictureReply = z
  .object({
    people: z.array(personRow),
    others: z.object({ people: count, gaveBytes: bytes, receivedBytes: bytes }),
    flows: z.array(flow),
    totalBytes: bytes,
  })
  .openapi('BoardFlows')
export const personFlowsReply = z
  .object({ person: personRow, gaveTo: z.array(flow), receivedFrom: z.array(flow) })
  .openapi('BoardPersonFlows')
