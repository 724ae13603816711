/**
 * What the operations of API clients do: each has a name, the schema of its data and a call of the API.
 *
 * A plan is made before the operation is taken up, so that one with a wrong name or wrong data is refused while nothing
 * has happened, and the client may sign again. Who may sign, and that each is done once, is the peer's business.
 */

import { z } from '@hono/zod-openapi'

import { ApiError } from './errors.ts'
import type { HamletApi, OperationResult } from './hamlet-api.ts'
import type { Expense, ExpenseInput } from './ledger-api.ts'
import * as fields from './ledger-fields.ts'
import { expenseInput } from './ledger-inputs.ts'
import * as schemas from './schemas.ts'
import { withoutUndefined } from './space-routes.ts'

/** An operation that was read and verified. */
export interface OperationCall {
  /** 64 hex digits. */
  readonly id: string
  readonly operation: string
  readonly space?: string | undefined
  readonly data: unknown
}

export interface OperationOutcome {
  readonly result: OperationResult
  /** The space whose log is to say that the client asked for it. */
  readonly space?: string
  /** Entries that came of it, as far as they are known. */
  readonly entries?: readonly string[]
}

export interface OperationPlan {
  run(api: HamletApi): Promise<OperationOutcome>
}

/** @throws ApiError `OPERATION_DATA_INVALID` */
type Planner = (call: OperationCall) => OperationPlan

const EXPENSES_MAX = 500
const SETTLE_TITLE = 'Payment'
const LEDGER_ID_LENGTH = 32

const nothing = z.strictObject({})
const requestInput = z.strictObject({ request: schemas.id })
const expenseId = z.strictObject({ expense: fields.ledgerId })
const note = schemas.text(1000, 0).optional()
const verdictInput = z.strictObject({ expense: fields.ledgerId, note })
const expensesInput = z.strictObject({
  search: schemas.text(schemas.SEARCH_LENGTH_MAX).optional(),
  party: fields.party.optional(),
  state: z.enum(['live', 'deleted', 'all', 'conflict', 'pending']).optional(),
  limit: z.int().min(1).max(EXPENSES_MAX).optional(),
  after: fields.ledgerId.optional(),
})
const settleInput = z.strictObject({
  from: fields.party,
  to: fields.party,
  currency: fields.currency,
  amountMinor: fields.amount.min(1),
  date: fields.day.optional(),
  title: schemas.text(schemas.NAME_LENGTH_MAX).optional(),
  note,
})

const PLANNERS: ReadonlyMap<string, Planner> = new Map([
  ...Object.entries(membershipOperations()),
  ...Object.entries(expenseOperations()),
  ...Object.entries(reads()),
])

/** The names of all operations. */
export const OPERATIONS: readonly string[] = [...PLANNERS.keys()]

/** @throws ApiError `OPERATION_UNKNOWN`, `OPERATION_DATA_INVALID` */
export function planOperation(call: OperationCall): OperationPlan {
  const plan = PLANNERS.get(call.operation)
  if (plan !== undefined) return plan(call)
  throw new ApiError('OPERATION_UNKNOWN', `expected one of ${OPERATIONS.join(', ')}`, 400)
}

/** The id of the expense that an operation adds. */
export function expenseOfOperation(operation: string): string {
  return operation.slice(0, LEDGER_ID_LENGTH)
}

function membershipOperations(): Record<string, Planner> {
  return {
    create_space: anywhere(schemas.spaceInput, async (api, { name, ...options }) => {
      const space = await api.createSpace(name, withoutUndefined(options))
      return { result: { space }, space: space.id }
    }),
    join: anywhere(schemas.joinInput, async (api, { link, name }) => {
      return { result: { join: await api.join(link, name) } }
    }),
    approve_join: inSpace(requestInput, async (api, space, { request }) => {
      return { result: { request: await api.approve(space, request) }, space }
    }),
    decline_join: inSpace(requestInput, async (api, space, { request }) => {
      return { result: { request: await api.decline(space, request) }, space }
    }),
  }
}

function expenseOperations(): Record<string, Planner> {
  const edit = expenseInput.extend({ expense: fields.ledgerId })
  return {
    add_expense: inSpace(expenseInput, async (api, space, input, { id }) => {
      const expense = await api.addExpense(
        space,
        withoutUndefined(input) as ExpenseInput,
        expenseOfOperation(id),
      )
      return changed(space, expense)
    }),
    settle: inSpace(
      settleInput,
      async (api, space, { from, to, amountMinor, ...input }, { id }) => {
        const payment = {
          ...{ title: SETTLE_TITLE, ...withoutUndefined(input), kind: 'transfer' as const },
          paid: [{ party: from, amountMinor }],
          split: { exact: [{ party: to, amountMinor }] },
        }
        return changed(space, await api.addExpense(space, payment, expenseOfOperation(id)))
      },
    ),
    edit_expense: inSpace(edit, async (api, space, { expense, ...input }) => {
      return changed(
        space,
        await api.editExpense(space, expense, withoutUndefined(input) as ExpenseInput),
      )
    }),
    delete_expense: inSpace(expenseId, async (api, space, { expense }) => {
      return changed(space, await api.deleteExpense(space, expense))
    }),
    restore_expense: inSpace(expenseId, async (api, space, { expense }) => {
      return changed(space, await api.restoreExpense(space, expense))
    }),
    confirm: inSpace(verdictInput, async (api, space, data) => {
      const { expense, note: words = '' } = data
      const judged = await api.judgeExpense(space, expense, 'confirmed', words)
      return { result: { expense: judged }, space }
    }),
    dispute: inSpace(verdictInput, async (api, space, data) => {
      const { expense, note: words = '' } = data
      const judged = await api.judgeExpense(space, expense, 'disputed', words)
      return { result: { expense: judged }, space }
    }),
  }
}

/** They write nothing, so no log says that they were asked for. */
function reads(): Record<string, Planner> {
  return {
    get_spaces: anywhere(nothing, async (api) => ({ result: { spaces: await api.spaces() } })),
    get_pending_joins: inSpace(nothing, async (api, space) => {
      const requests = await api.requests(space)
      return { result: { requests: requests.filter(({ state }) => state === 'waiting') } }
    }),
    get_balances: inSpace(nothing, async (api, space) => {
      return { result: { balances: await api.balances(space) } }
    }),
    get_parties: inSpace(nothing, async (api, space) => {
      return { result: { parties: await api.ledgerParties(space) } }
    }),
    get_expenses: inSpace(expensesInput, async (api, space, query) => {
      return { result: { expenses: await api.expenses(space, withoutUndefined(query)) } }
    }),
  }
}

function changed(space: string, expense: Expense): OperationOutcome {
  return { result: { expense }, space, entries: [expense.updated.entry] }
}

function anywhere<Data extends z.ZodObject>(
  schema: Data,
  run: (api: HamletApi, data: z.output<Data>) => Promise<OperationOutcome>,
): Planner {
  return (call) => {
    if (call.space !== undefined) throw invalid('space', 'this operation is not in a space')
    const data = readData(schema, call.data)
    return { run: (api) => run(api, data) }
  }
}

function inSpace<Data extends z.ZodObject>(
  schema: Data,
  run: (
    api: HamletApi,
    space: string,
    data: z.output<Data>,
    call: OperationCall,
  ) => Promise<OperationOutcome>,
): Planner {
  return (call) => {
    const { space } = call
    if (space === undefined) throw invalid('space', 'this operation needs a space')
    const data = readData(schema, call.data)
    return { run: (api) => run(api, space, data, call) }
  }
}

function readData<Data extends z.ZodObject>(schema: Data, data: unknown): z.output<Data> {
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.map(String).join('.') ?? ''
  throw invalid(path === '' ? 'data' : `data.${path}`, issue?.message ?? 'not valid')
}

function invalid(name: string, message: string): ApiError {
  const field = name.slice(0, 100)
  const text = `${field}: ${message}`.slice(0, 300)
  return new ApiError('OPERATION_DATA_INVALID', text, 400, { fields: { field } })
}
