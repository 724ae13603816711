/** What the tracker is made of, put together from its database and its ports. */

import type { Clock, Crypto, Logger, Random } from '@hamlet/core'

import { AccountStore } from './data/account-store.ts'
import { ActivityBook } from './data/activity-store.ts'
import { FeedbackStore } from './data/feedback-store.ts'
import { LoginStore } from './data/login-store.ts'
import { PeerNetStore } from './data/peernet-store.ts'
import { ReceiptStore } from './data/receipt-store.ts'
import type { Sql } from './data/sql.ts'
import { SwarmStore } from './data/swarm-store.ts'
import { ItemLimit } from './http/item-limit.ts'
import { TrackerMetrics } from './http/metrics.ts'
import { RateLimits } from './http/rate-limits.ts'
import type { TrackerApp, TrackerContext } from './http/route.ts'
import { IDENTITY_REQUEST_BURST_MAX, IDENTITY_REQUESTS_PER_SECOND_MAX } from './limits.ts'
import { Challenges } from './login/challenges.ts'
import { LoginDesk } from './login/login-desk.ts'
import { Passwords } from './login/passwords.ts'
import { SigningKeys } from './login/signing-keys.ts'
import { SpentIds } from './login/spent-ids.ts'
import { Tokens } from './login/tokens.ts'
import { ReceiptDesk } from './receipt-desk.ts'
import { SwarmDesk } from './swarm-desk.ts'

export interface TrackerPorts {
  readonly sql: Sql
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly isRegistrationOpen: boolean
  readonly allowsPrivateAddresses: boolean
  /** What a caller has to show for `/metrics`; without it they are for this machine alone. */
  readonly metricsToken?: string
}

/** Adds routes of another part of the app, such as the dashboard's. */
export type RouteAdder = (app: TrackerApp, context: TrackerContext) => void

export interface TrackerParts extends TrackerContext, TrackerPorts {
  readonly accounts: AccountStore
  readonly activity: ActivityBook
  readonly feedback: FeedbackStore
  readonly items: ItemLimit
  readonly login: LoginDesk
  readonly logins: LoginStore
  readonly metrics: TrackerMetrics
  readonly passwords: Passwords
  readonly peerNet: PeerNetStore
  readonly receipts: ReceiptStore
  readonly receiptDesk: ReceiptDesk
  readonly requests: RateLimits
  readonly swarms: SwarmStore
  readonly swarmDesk: SwarmDesk
  readonly tokens: Tokens
}

export function createTrackerParts(ports: TrackerPorts): TrackerParts {
  const { sql, clock, random, logger } = ports
  const activity = new ActivityBook(sql, clock, logger)
  const feedback = new FeedbackStore(sql, random)
  const swarms = new SwarmStore(sql)
  const receipts = new ReceiptStore(sql)
  return {
    ...ports,
    ...createLogin(ports),
    activity,
    feedback,
    swarms,
    receipts,
    items: new ItemLimit(clock),
    metrics: new TrackerMetrics(),
    peerNet: new PeerNetStore(sql),
    receiptDesk: new ReceiptDesk({ ...ports, activity, receipts }),
    requests: new RateLimits(clock, IDENTITY_REQUESTS_PER_SECOND_MAX, IDENTITY_REQUEST_BURST_MAX),
    swarmDesk: new SwarmDesk({ ...ports, activity, feedback, swarms }),
  }
}

function createLogin(ports: TrackerPorts) {
  const { sql, clock } = ports
  const logins = new LoginStore(sql)
  const accounts = new AccountStore(sql)
  const passwords = new Passwords()
  const keys = new SigningKeys({ ...ports, store: logins })
  const spent = new SpentIds(logins, clock)
  const tokens = new Tokens({ ...ports, keys, spent })
  const challenges = new Challenges({ ...ports, keys })
  const login = new LoginDesk({ ...ports, accounts, challenges, passwords, spent, tokens })
  return { accounts, login, logins, passwords, tokens }
}
