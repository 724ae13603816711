// Saving what a form comes to, against a real ledger in memory: once, however often it is tried.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExpenseInput } from '@hamlet/http/api'
import { startTestServer } from '@hamlet/http/testing'
import { bodyToInput } from '../src/bills/entry/bill-changes.ts'
import { saveBill, saveTemplate } from '../src/bills/entry/save-bill.ts'
import { newBillId } from '../src/bills/new-bill-id.ts'
import { daysAgo, EUR, shared } from './_filled-ledger.ts'

async function household() {
  const server = await startTestServer()
  const { api } = server
  const { id: space } = await api.createSpace('Home')
  const guest = (await api.addParty(space, 'Tom')).id
  const input: ExpenseInput = {
    ...shared('Dinner', 1000, api.id, [api.id, guest]),
    kind: 'expense',
    category: null,
    tags: [],
    note: '',
    rate: null,
  }
  const bill = { space, id: newBillId(), former: undefined, rule: undefined, isRetry: false }
  return { server, api, space, guest, input, bill }
}

test('a bill whose first saving may have got through is entered once, and changes since are an edit', async () => {
  const { server, api, space, input, bill } = await household()
  await using _server = server
  const first = await saveBill(api, { ...bill, input })
  const again = await saveBill(api, { ...bill, input, isRetry: true })
  assert.equal(again.expense?.version, first.expense?.version)
  const changed = await saveBill(api, {
    ...bill,
    input: { ...input, title: 'Supper' },
    isRetry: true,
  })
  assert.equal(changed.expense?.title, 'Supper')
  const { expenses } = await api.expenses(space)
  assert.deepEqual(
    expenses.map(({ id, title }) => [id, title]),
    [[bill.id, 'Supper']],
  )
})

test('an edit keeps what somebody else changed meanwhile, and one that changes nothing writes nothing', async () => {
  const { server, api, space, input, bill } = await household()
  await using _server = server
  const { expense } = await saveBill(api, { ...bill, input })
  const former = { expense: expense!, base: bodyToInput(expense!) }
  await api.editExpense(space, bill.id, { note: 'with wine' })
  const edited = await saveBill(api, { ...bill, former, input: { ...input, title: 'Supper' } })
  assert.deepEqual([edited.expense?.title, edited.expense?.note], ['Supper', 'with wine'])
  const unchanged = await saveBill(api, { ...bill, former, input })
  assert.equal(unchanged.isChanged, false)
  assert.equal((await api.expense(space, bill.id)).versions.length, 3)
})

test('a series is begun once, its first day is entered, and one of a later day enters nothing yet', async () => {
  const { server, api, space, input, bill } = await household()
  await using _server = server
  const start = daysAgo(1)
  const rule = { unit: 'month', every: 1, start } as const
  const rent = { ...bill, input: { ...input, date: start }, rule }
  const { expense } = await saveBill(api, rent)
  assert.equal(expense?.date, start)
  const again = await saveBill(api, { ...rent, isRetry: true })
  assert.equal(again.expense?.id, expense.id)
  assert.equal((await api.ledgerSeries(space)).length, 1)
  const later = { ...rule, start: daysAgo(-9) }
  const none = await saveBill(api, { ...rent, input: { ...input, date: later.start }, rule: later })
  assert.equal(none.expense, undefined)
  assert.equal((await api.expenses(space)).total, 1)
})

test('a bill is kept as a template under its title', async () => {
  const { server, api, space, input } = await household()
  await using _server = server
  await saveTemplate(api, space, input)
  const [template] = (await api.ledgerExtras(space)).templates
  assert.equal(template?.name, 'Dinner')
  assert.deepEqual([template.expense.amountMinor, template.expense.currency], [1000, EUR])
})
