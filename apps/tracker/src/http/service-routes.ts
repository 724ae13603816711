/** What those who run the tracker ask of it: health, metrics, the description of its API. */

import { createHash, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { ApiError } from '@hamlet/http/parts'

import { isLoopback } from '../addresses.ts'
import type { TrackerParts } from '../tracker-parts.ts'
import type { TrackerApp, TrackerRequest } from './route.ts'

export function addServiceRoutes(
  app: TrackerApp,
  parts: TrackerParts,
  describe: () => object,
): void {
  // As PeerNet has it, with a 503 while the database is away: whoever balances load takes this process out then.
  app.get('/health', async (context) => {
    const isUp = await isDatabaseUp(parts)
    parts.metrics.setDatabaseUp(isUp)
    return isUp ? context.json({ status: 'UP' }) : context.json({ status: 'DOWN' }, 503)
  })
  app.get('/metrics', async (context) => {
    requireOperator(context, parts.metricsToken)
    const { registry } = parts.metrics
    return context.body(await registry.metrics(), 200, { 'content-type': registry.contentType })
  })
  app.get('/openapi.json', (context) => context.json(describe()))
}

async function isDatabaseUp({ sql: database }: TrackerParts): Promise<boolean> {
  try {
    await database.read((db) => sql`select 1`.execute(db))
    return true
  } catch {
    return false
  }
}

/** @throws ApiError `UNAUTHORIZED` */
function requireOperator(context: TrackerRequest, token: string | undefined): void {
  const given = /^Bearer (.{1,500})$/.exec(context.req.header('authorization') ?? '')?.[1]
  const isRight =
    token === undefined ? isLoopback(context.env.address ?? '') : isEqual(given ?? '', token)
  if (!isRight) throw new ApiError('UNAUTHORIZED', 'metrics are for whoever runs the tracker', 401)
}

function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b))
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
