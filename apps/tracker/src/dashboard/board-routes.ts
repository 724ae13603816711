/**
 * Routes of the dashboard, for people with an account: figures, lists a page at a time, and a stream of what changes.
 *
 * Nothing here tells a topic or an address: a person at the dashboard sees how swarms are doing, not where to get them.
 */

import { TrackerError } from '../errors.ts'
import { defineRoute } from '../http/route.ts'
import type { TrackerApp, TrackerContext } from '../http/route.ts'
import * as schemas from './board-schemas.ts'
import { findPeople, findPersonFlows, findPicture } from './flow-queries.ts'
import { findFrauds, fraudsQuery, fraudsReply } from './fraud-queries.ts'
import { KeptThroughput } from './kept-throughput.ts'
import { LiveFigures } from './live-figures.ts'
import { BOARD_PAGE_ROWS_MAX } from './limits.ts'
import { findHeld, findPeer, findPeers } from './peer-queries.ts'
import { findHolders, findSwarm, findSwarms } from './swarm-queries.ts'

const BOARD = '/api/v2/board'

export function addBoardRoutes(app: TrackerApp, context: TrackerContext): void {
  addLiveRoutes(app, context)
  addSwarmRoutes(app, context)
  addPeerRoutes(app, context)
  addFlowRoutes(app, context)
}

function addLiveRoutes(app: TrackerApp, context: TrackerContext): void {
  const figures = new LiveFigures(context)
  const throughput = new KeptThroughput(context.sql, context.clock)
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/overview`,
    summary: 'How many peers and swarms there are and how they are doing, at most some seconds old',
    access: 'account',
    reply: schemas.overviewReply,
    handle: () => figures.overview(),
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/events`,
    summary: 'The figures of the overview whenever they are counted anew, as Server-Sent Events',
    access: 'account',
    stream: 'text/event-stream',
    handle: async () => {
      if (figures.isFull) throw new TrackerError('TRACKER_BUSY', 'too many people look at once')
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
      return new Response(figures.stream(), { headers })
    },
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/throughput`,
    summary: 'What was counted over time',
    access: 'account',
    query: schemas.spanQuery,
    reply: schemas.throughputReply,
    handle: ({ query }) => throughput.find(query.span),
  })
}

function addSwarmRoutes(app: TrackerApp, { sql }: TrackerContext): void {
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/swarms`,
    summary:
      'Swarms, a page at a time, in an order, or those whose public words begin like a search',
    access: 'account',
    query: schemas.swarmsQuery,
    reply: schemas.swarmsReply,
    handle: ({ query }) => findSwarms(sql, query),
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/swarms/{handle}`,
    summary: 'One swarm, and how often its pieces are there',
    access: 'account',
    params: schemas.handleParams,
    reply: schemas.swarmReply,
    handle: async ({ params }) => found(await findSwarm(sql, params.handle), 'SWARM_NOT_FOUND'),
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/swarms/{handle}/holders`,
    summary: 'Who holds how much of a swarm, most first',
    access: 'account',
    params: schemas.handleParams,
    query: schemas.pageQuery,
    reply: schemas.holdersReply,
    handle: ({ params, query }) => findHolders(sql, params.handle, query),
  })
}

function addPeerRoutes(app: TrackerApp, { sql }: TrackerContext): void {
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/peers`,
    summary: 'Peers, a page at a time, in an order, or those whose id begins like a search',
    access: 'account',
    query: schemas.peersQuery,
    reply: schemas.peersReply,
    handle: ({ query }) => findPeers(sql, query),
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/peers/{peer}`,
    summary:
      'One peer: what it gave and received, since when it is known, what is proven against it',
    access: 'account',
    params: schemas.peerParams,
    reply: schemas.peerReply,
    handle: async ({ params }) => found(await findPeer(sql, params.peer), 'PEER_NOT_FOUND'),
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/peers/{peer}/held`,
    summary: 'What a peer holds, the most first',
    access: 'account',
    params: schemas.peerParams,
    query: schemas.pageQuery,
    reply: schemas.heldReply,
    handle: ({ params, query }) => findHeld(sql, params.peer, query),
  })
}

function addFlowRoutes(app: TrackerApp, { sql }: TrackerContext): void {
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/flows`,
    summary: 'Who gave whom how much: those who gave most by name, everybody else as one',
    access: 'account',
    reply: schemas.pictureReply,
    handle: () => findPicture(sql),
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/people`,
    summary: 'What each person gave and received, with all of their devices',
    access: 'account',
    query: schemas.peopleQuery,
    reply: schemas.peopleReply,
    handle: ({ query: { after, ...query } }) => findPeople(sql, { ...query, skip: after }),
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/people/{person}`,
    summary: 'Whom a person gave to and received from, most first',
    access: 'account',
    params: schemas.personParams,
    reply: schemas.personFlowsReply,
    handle: async ({ params }) =>
      found(await findPersonFlows(sql, params.person, BOARD_PAGE_ROWS_MAX), 'PEER_NOT_FOUND'),
  })
  defineRoute(app, {
    method: 'get',
    path: `${BOARD}/frauds`,
    summary: 'What is proven against whom, newest first, with what the proof shows',
    access: 'account',
    query: fraudsQuery,
    reply: fraudsReply,
    handle: ({ query }) => findFrauds(sql, query),
  })
}

function found<Thing>(thing: Thing | undefined, code: 'SWARM_NOT_FOUND' | 'PEER_NOT_FOUND'): Thing {
  if (thing === undefined) throw new TrackerError(code, 'the tracker knows nothing by this id')
  return thing
}
