/** What the routes need of the server around them. */

import type { Clock, Logger, Metrics } from '@hamlet/core'

import type { TokenScope } from './client.ts'
import type { FileTickets } from './file-tickets.ts'
import type { HamletApi } from './hamlet-api.ts'
import type { Crc32 } from './zip-writer.ts'

export interface ApiAppOptions {
  readonly api: HamletApi
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Ends the event streams. */
  readonly signal: AbortSignal
  readonly login: (code: string) => { readonly token: string; readonly scope: TokenScope }
  readonly createLoginCode: () => { readonly code: string; readonly expiresInSeconds: number }
  readonly tickets: FileTickets
  readonly crc32: Crc32
  /** @default HEARTBEAT_MS */
  readonly heartbeatMs?: number
}
