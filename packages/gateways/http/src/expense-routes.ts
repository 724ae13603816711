/** Routes of bills: a list, one with its history, entering and editing, and what people say about it. */

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
const ofExpense = z.object({ space: schemas.id, expense: ledgerId })
const ofComment = z.object({ space: schemas.id, expense: ledgerId, comment: schemas.id })

export function addExpenseRoutes(app: ApiApp, api: LedgerApi): void {
  addListRoutes(app, api)
  addChangeRoutes(app, api)
  addStateRoutes(app, api)
  addTalkRoutes(app, api)
}

function addListRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/expenses',
    summary: 'A page of expenses, newest day first',
    scope: 'read',
    params: ofSpace,
    query: inputs.expenseQuery,
    reply: ledger.expensePage,
    handle: ({ params, query }) => api.expenses(params.space, withoutUndefined(query)),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/expenses/{expense}',
    summary: 'An expense with its versions, comments and verdicts',
    scope: 'read',
    params: ofExpense,
    reply: ledger.expenseDetail,
    handle: ({ params }) => api.expense(params.space, params.expense),
  })
}

function addChangeRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/expenses',
    summary: 'Enter an expense, an income or a payment',
    scope: 'write',
    params: ofSpace,
    body: inputs.newExpense,
    reply: ledger.expense,
    handle: ({ params, body: { id, ...input } }) =>
      api.addExpense(params.space, withoutUndefined(input) as object, id),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/expenses/{expense}',
    summary: 'Edit an expense; what is left out stays',
    scope: 'write',
    params: ofExpense,
    body: inputs.expenseInput,
    reply: ledger.expense,
    handle: ({ params, body }) =>
      api.editExpense(params.space, params.expense, withoutUndefined(body) as object),
  })
}

function addStateRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}/expenses/{expense}',
    summary: 'Delete an expense; it stays in the trash',
    scope: 'write',
    params: ofExpense,
    reply: ledger.expense,
    handle: ({ params }) => api.deleteExpense(params.space, params.expense),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/expenses/{expense}/restore',
    summary: 'Take an expense out of the trash',
    scope: 'write',
    params: ofExpense,
    reply: ledger.expense,
    handle: ({ params }) => api.restoreExpense(params.space, params.expense),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/expenses/{expense}/resolve',
    summary: 'Choose the version that counts',
    scope: 'write',
    params: ofExpense,
    body: inputs.versionInput,
    reply: ledger.expense,
    handle: ({ params, body }) => api.resolveExpense(params.space, params.expense, body.version),
  })
}

function addTalkRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/expenses/{expense}/comments',
    summary: 'Comment on an expense',
    scope: 'write',
    params: ofExpense,
    body: inputs.commentInput,
    reply: ledger.expenseDetail,
    handle: ({ params, body }) => api.commentExpense(params.space, params.expense, body.text),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}/expenses/{expense}/comments/{comment}',
    summary: 'Take an own comment back',
    scope: 'write',
    params: ofComment,
    reply: ledger.expenseDetail,
    handle: ({ params }) => api.uncommentExpense(params.space, params.expense, params.comment),
  })
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/expenses/{expense}/verdict',
    summary: 'Confirm or dispute a payment, or an expense that waits for this person',
    scope: 'write',
    params: ofExpense,
    body: inputs.verdictInput,
    reply: ledger.expense,
    handle: ({ params, body }) =>
      api.judgeExpense(params.space, params.expense, body.verdict, body.note),
  })
}
