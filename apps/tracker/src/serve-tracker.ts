/** Runs a tracker: database, parts, server, housekeeping, and stops them in the right order. */

import { openStaticFiles } from '@hamlet/http/parts'
import type { Clock, Logger } from '@hamlet/core'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'

import { findBoardFiles } from './board-files.ts'
import type { TrackerConfiguration } from './configuration.ts'
import { addBoardRoutes } from './dashboard/board-routes.ts'
import { openDatabase } from './data/open-database.ts'
import { Housekeeping } from './housekeeping.ts'
import { createTrackerApp } from './http/app.ts'
import { TrackerServer } from './http/server.ts'
import { createPinoLogger } from './logger.ts'
import { createTrackerParts } from './tracker-parts.ts'
import type { RouteAdder, TrackerParts } from './tracker-parts.ts'

export interface ServeOptions extends TrackerConfiguration {
  /** @default lines of JSON on standard error */
  readonly logger?: Logger
  /** @default the system's */
  readonly clock?: Clock
  /** Routes of other parts of the app. @default the dashboard's */
  readonly adders?: readonly RouteAdder[]
  readonly stopMs?: number
}

export interface RunningTracker {
  /** Such as `http://127.0.0.1:8080`, without a slash at its end. */
  readonly url: string
  readonly port: number
  readonly parts: TrackerParts
  reloadTls(): Promise<void>
  /** Answers what is under way, writes down what was counted and closes the database. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * @throws TrackerError `DATABASE_UNAVAILABLE`, `MIGRATION_FAILED`, `TRACKER_MISCONFIGURED`; HttpServerError
 * `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`
 */
export async function serveTracker(options: ServeOptions): Promise<RunningTracker> {
  const logger = options.logger ?? createPinoLogger(options.logLevel)
  const clock = options.clock ?? createNodeClock()
  const webDirectory = await findBoardFiles(options.webDirectory, logger)
  const sql = await open(options, logger)
  const stopping = new AbortController()
  const parts = createTrackerParts({
    ...options,
    ...{ sql, clock, logger, signal: stopping.signal },
    random: createNodeRandom(),
    crypto: createNodeCrypto(),
  })
  const server = new TrackerServer({
    ...options,
    ...{ clock, logger, metrics: parts.metrics },
    scheme: schemeOf(options),
    app: createTrackerApp(parts, options.adders ?? [addBoardRoutes]),
    files: await openStaticFiles(webDirectory),
  })
  try {
    await server.listen()
  } catch (error) {
    await sql.close()
    throw error
  }
  const housekeeping = new Housekeeping(parts)
  housekeeping.start()
  parts.activity.start()
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    stopping.abort()
    await server.stop()
    await housekeeping.stop()
    await parts.activity.stop()
    await sql.close()
    logger.info('tracker stopped')
  }
  const closeOnce = (): Promise<void> => (closed ??= close())
  const url = urlOf(options, server.port)
  logger.info('tracker runs', { url, database: sql.dialect })
  return {
    url,
    port: server.port,
    parts,
    reloadTls: () => server.reloadTls(),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  }
}

function open({ database }: ServeOptions, logger: Logger) {
  const onIdleError = (error: Error): void =>
    logger.warn('a database connection broke', { error: error.message })
  return openDatabase({ url: database, onIdleError })
}

function schemeOf({ publicUrl, tls }: ServeOptions): 'http' | 'https' {
  if (publicUrl !== undefined) return publicUrl.startsWith('https:') ? 'https' : 'http'
  return tls === undefined ? 'http' : 'https'
}

function urlOf({ host, tls }: ServeOptions, port: number): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${tls === undefined ? 'http' : 'https'}://${name}:${port}`
}
