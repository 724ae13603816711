/** Routes of what a ledger has beside its bills: categories, templates, couples, budgets, series, closed periods. */

import { z } from '@hono/zod-openapi'

import type { LedgerApi } from './ledger-api.ts'
import { ledgerId } from './ledger-fields.ts'
import * as inputs from './ledger-inputs.ts'
import * as ledger from './ledger-schemas.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import * as schemas from './schemas.ts'
import { withoutUndefined } from './space-routes.ts'

const ofSpace = z.object({ space: schemas.id })
const ofCategory = z.object({ space: schemas.id, category: ledgerId })
const ofTemplate = z.object({ space: schemas.id, template: ledgerId })
const ofCouple = z.object({ space: schemas.id, couple: ledgerId })
const ofBudget = z.object({ space: schemas.id, budget: ledgerId })
const ofSeries = z.object({ space: schemas.id, series: ledgerId })
const ofLock = z.object({ space: schemas.id, lock: schemas.id })

export function addLedgerExtraRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/extras',
    summary: 'Own categories, templates, couples and budgets',
    scope: 'read',
    params: ofSpace,
    reply: ledger.ledgerExtras,
    handle: ({ params }) => api.ledgerExtras(params.space),
  })
  addCategoryRoutes(app, api)
  addTemplateRoutes(app, api)
  addCoupleRoutes(app, api)
  addBudgetRoutes(app, api)
  addSeriesRoutes(app, api)
  addLockRoutes(app, api)
}

function addCategoryRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/categories',
    summary: 'Add a category',
    scope: 'write',
    params: ofSpace,
    body: inputs.categoryInput,
    reply: ledger.category,
    handle: ({ params, body }) => api.addCategory(params.space, withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/ledger/categories/{category}',
    summary: 'Change or retire a category',
    scope: 'write',
    params: ofCategory,
    body: inputs.categoryInput,
    reply: ledger.category,
    handle: ({ params, body }) =>
      api.changeCategory(params.space, params.category, withoutUndefined(body)),
  })
}

function addTemplateRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/templates',
    summary: 'Keep a filled-in bill as a template',
    scope: 'write',
    params: ofSpace,
    body: inputs.templateInput,
    reply: ledger.template,
    handle: ({ params, body }) => api.addTemplate(params.space, withoutUndefined(body) as object),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/ledger/templates/{template}',
    summary: 'Change or retire a template',
    scope: 'write',
    params: ofTemplate,
    body: inputs.templateInput,
    reply: ledger.template,
    handle: ({ params, body }) =>
      api.changeTemplate(params.space, params.template, withoutUndefined(body) as object),
  })
}

function addCoupleRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/couples',
    summary: 'Count people as one in balances and plans',
    scope: 'write',
    params: ofSpace,
    body: inputs.coupleInput,
    reply: ledger.couple,
    handle: ({ params, body }) => api.addCouple(params.space, withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/ledger/couples/{couple}',
    summary: 'Change or retire a couple',
    scope: 'write',
    params: ofCouple,
    body: inputs.coupleInput,
    reply: ledger.couple,
    handle: ({ params, body }) =>
      api.changeCouple(params.space, params.couple, withoutUndefined(body)),
  })
}

function addBudgetRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/budgets',
    summary: 'Set a budget for a month',
    scope: 'write',
    params: ofSpace,
    body: inputs.budgetInput,
    reply: ledger.budget,
    handle: ({ params, body }) => api.addBudget(params.space, withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/ledger/budgets/{budget}',
    summary: 'Change or retire a budget',
    scope: 'write',
    params: ofBudget,
    body: inputs.budgetInput,
    reply: ledger.budget,
    handle: ({ params, body }) =>
      api.changeBudget(params.space, params.budget, withoutUndefined(body)),
  })
}

function addSeriesRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/series',
    summary: 'Bills that come again, and what is due',
    scope: 'read',
    params: ofSpace,
    reply: z.array(ledger.ledgerSeries),
    handle: ({ params }) => api.ledgerSeries(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/series',
    summary: 'Have a bill come again',
    scope: 'write',
    params: ofSpace,
    body: inputs.seriesInput,
    reply: ledger.ledgerSeries,
    handle: ({ params, body }) => api.addSeries(params.space, withoutUndefined(body) as object),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/ledger/series/{series}',
    summary: 'Change or stop a bill that comes again',
    scope: 'write',
    params: ofSeries,
    body: inputs.seriesInput,
    reply: ledger.ledgerSeries,
    handle: ({ params, body }) =>
      api.changeSeries(params.space, params.series, withoutUndefined(body) as object),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/series/due',
    summary: 'Enter what is due now, which the peer also does by itself',
    scope: 'write',
    params: ofSpace,
    reply: z.array(ledger.expense),
    handle: ({ params }) => api.enterDue(params.space),
  })
}

function addLockRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/locks',
    summary: 'Closed periods, and who computes the same balances',
    scope: 'read',
    params: ofSpace,
    reply: z.array(ledger.ledgerLock),
    handle: ({ params }) => api.ledgerLocks(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/locks',
    summary: 'Close everything up to a day',
    scope: 'write',
    params: ofSpace,
    body: inputs.lockInput,
    reply: ledger.ledgerLock,
    handle: ({ params, body }) => api.lockPeriod(params.space, body.through, body.note),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/locks/{lock}/sign',
    summary: 'State what this device computes for a closed period',
    scope: 'write',
    params: ofLock,
    reply: ledger.ledgerLock,
    handle: ({ params }) => api.signLock(params.space, params.lock),
  })
}
