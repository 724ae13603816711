/** Routes of a ledger as a whole: who is in it, balances, plans, settings, what was spent and done. */

import { z } from '@hono/zod-openapi'

import type { LedgerApi } from './ledger-api.ts'
import { currencyCode, ledgerId } from './ledger-fields.ts'
import * as inputs from './ledger-inputs.ts'
import * as ledger from './ledger-schemas.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import * as schemas from './schemas.ts'
import { withoutUndefined } from './space-routes.ts'

const ofSpace = z.object({ space: schemas.id })
const ofParty = z.object({ space: schemas.id, party: ledgerId })
const ofCurrency = z.object({ space: schemas.id, currency: currencyCode })

export function addLedgerRoutes(app: ApiApp, api: LedgerApi): void {
  addPartyRoutes(app, api)
  addBalanceRoutes(app, api)
  addPlanRoutes(app, api)
  addSettingRoutes(app, api)
  addOverviewRoutes(app, api)
}

function addPartyRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/parties',
    summary: 'Who can stand in an expense: people of the space and people without the app',
    scope: 'read',
    params: ofSpace,
    reply: z.array(ledger.ledgerParty),
    handle: ({ params }) => api.ledgerParties(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/parties',
    summary: 'Add a person without the app',
    scope: 'write',
    params: ofSpace,
    body: inputs.partyName,
    reply: ledger.ledgerParty,
    handle: ({ params, body }) => api.addParty(params.space, body.name),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/ledger/parties/{party}',
    summary: 'Rename or retire a person without the app, or say who it is',
    scope: 'write',
    params: ofParty,
    body: inputs.partyChange,
    reply: ledger.ledgerParty,
    handle: ({ params, body }) =>
      api.changeParty(params.space, params.party, withoutUndefined(body)),
  })
}

function addBalanceRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/balances',
    summary: 'Who is up or down, in each currency',
    scope: 'read',
    params: ofSpace,
    query: inputs.balanceQuery,
    reply: z.array(ledger.ledgerBalance),
    handle: ({ params, query }) => api.balances(params.space, withoutUndefined(query)),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/balances/{currency}',
    summary: 'Who is up or down, everything in one currency',
    scope: 'read',
    params: ofCurrency,
    query: inputs.balanceQuery,
    reply: ledger.convertedBalances,
    handle: ({ params, query }) =>
      api.convertedBalances(params.space, params.currency, withoutUndefined(query)),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/rate',
    summary: 'The rate an expense of a day would take from what the ledger knows',
    scope: 'read',
    params: ofSpace,
    query: inputs.rateQuery,
    reply: ledger.knownRate,
    handle: ({ params, query }) => api.knownRate(params.space, query),
  })
}

function addPlanRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/settlement',
    summary: 'Who should pay whom so that everybody gets even',
    scope: 'read',
    params: ofSpace,
    query: inputs.settlementQuery,
    reply: ledger.settlementPlan,
    handle: ({ params, query }) => api.settlement(params.space, withoutUndefined(query)),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/explanation',
    summary: 'Why one owes another, down to the signed entries',
    scope: 'read',
    params: ofSpace,
    query: inputs.explanationQuery,
    reply: z.array(ledger.debtExplanation),
    handle: ({ params, query }) => api.explainDebt(params.space, query.from, query.to),
  })
}

function addSettingRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/settings',
    summary: 'Settings of the ledger',
    scope: 'read',
    params: ofSpace,
    reply: ledger.ledgerSettings,
    handle: ({ params }) => api.ledgerSettings(params.space),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/ledger/settings',
    summary: 'Change settings of the ledger; what is left out stays',
    scope: 'write',
    params: ofSpace,
    body: inputs.settingsInput,
    reply: ledger.ledgerSettings,
    handle: ({ params, body }) => api.changeLedgerSettings(params.space, withoutUndefined(body)),
  })
}

function addOverviewRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/statistics',
    summary: 'What was spent: by category, payer, share and month',
    scope: 'read',
    params: ofSpace,
    query: inputs.statisticsQuery,
    reply: ledger.ledgerStatistics,
    handle: ({ params, query }) => api.ledgerStatistics(params.space, withoutUndefined(query)),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/activity',
    summary: 'Everything that was done in the ledger, newest first',
    scope: 'read',
    params: ofSpace,
    query: inputs.activityQuery,
    reply: ledger.ledgerActivity,
    handle: ({ params, query }) => api.ledgerActivity(params.space, withoutUndefined(query)),
  })
}
