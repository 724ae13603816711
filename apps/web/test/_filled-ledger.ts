/** A household's ledger with a past: bills of every kind, a payment that waits, two versions of one bill, talk. */

import type { Expense, ExpenseInput } from '@hamlet/http/api'
import type { TestServer } from '@hamlet/http/testing'
import { fillSpace } from './_filled-space.ts'
import type { FilledSpace, MemoryApi } from './_filled-space.ts'

export interface FilledLedger extends FilledSpace {
  readonly ana: MemoryApi
  readonly grandma: string
  readonly bills: {
    readonly groceries: Expense
    readonly boiler: Expense
    readonly payment: Expense
  }
}

export const EUR = { code: 'EUR', exponent: 2 } as const
const CHF = { code: 'CHF', exponent: 2 } as const
const DAY_MS = 86_400_000

/** A day before today, where the page is. */
export function daysAgo(days: number): string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' })
  return format.format(Date.now() - days * DAY_MS)
}

type Simple = Omit<ExpenseInput, 'paid' | 'split' | 'title'>

/** In equal parts, paid by one. */
export function shared(
  title: string,
  amountMinor: number,
  payer: string,
  parties: readonly string[],
  change: Simple = {},
): ExpenseInput {
  return {
    title,
    date: daysAgo(0),
    currency: EUR,
    amountMinor,
    paid: [{ party: payer, amountMinor }],
    split: { shares: parties.map((party) => ({ party, weight: 1 })) },
    ...change,
  }
}

export async function fillLedger(server: TestServer): Promise<FilledLedger> {
  const space = await fillSpace(server)
  const { id, ben, cleo } = space
  const ana = server.api
  const three = [ana.id, ben.id, cleo.id]
  const grandma = (await ana.addParty(id, 'Grandma')).id
  await ana.addExpense(
    id,
    shared('Rent', 90_000, ana.id, three, { category: 'rent', date: daysAgo(40) }),
  )
  await ben.addExpense(
    id,
    shared('Train to Lucerne', 7440, ben.id, [ana.id, ben.id], {
      category: 'bus-train',
      currency: CHF,
      date: daysAgo(12),
    }),
  )
  const boiler = await cleo.addExpense(
    id,
    shared('Boiler repair', 20_400, cleo.id, [...three, grandma], {
      category: 'maintenance',
      date: daysAgo(3),
      note: 'Call-out 60, new valve 84, pump 60',
      tags: ['house'],
    }),
  )
  await ben.commentExpense(id, boiler.id, 'Is the invoice in the drawer?')
  await ana.commentExpense(id, boiler.id, 'Yes, in the blue folder.')
  await cleo.editExpense(id, boiler.id, {
    amountMinor: 20_800,
    paid: [{ party: cleo.id, amountMinor: 20_800 }],
  })
  await cleo.addExpense(
    id,
    shared('Deposit back', 30_000, cleo.id, three, { kind: 'income', date: daysAgo(2) }),
  )
  const groceries = await ana.addExpense(
    id,
    shared('Groceries for the weekend', 8650, ana.id, three, {
      category: 'groceries',
      date: daysAgo(1),
    }),
  )
  const payment = await ben.addExpense(id, {
    kind: 'transfer',
    title: 'Payment',
    date: daysAgo(0),
    currency: EUR,
    amountMinor: 10_000,
    paid: [{ party: ben.id, amountMinor: 10_000 }],
    split: { exact: [{ party: ana.id, amountMinor: 10_000 }] },
  })
  await ben.addExpense(
    id,
    shared('Cinema', 2400, ben.id, [ben.id, cleo.id], { category: 'movies' }),
  )
  return { ...space, ana, grandma, bills: { groceries, boiler, payment } }
}
