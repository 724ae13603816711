// @timeoutSeconds 600: a real browser on a busy machine.
// What else a bill can be: every way to split, other currencies, people without the app, series, payments, templates.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ExpenseInput } from '@hamlet/http/api'
import { eventually, NARROW, startWebServer, TestBrowser } from './_browser.ts'
import { daysAgo, EUR } from './_filled-ledger.ts'
import { addBill, openBills, press, seatFive } from './_five-people.ts'

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

test('a name nobody has becomes a person without the app, and everything else has its place', async () => {
  await using server = await startWebServer()
  const { space } = await seatFive(server)
  await using opened = await openBills(browser, server, space)
  const { page } = opened
  await addBill(page)
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('What was it?').fill('Ferry')
  await dialog.getByLabel('Amount', { exact: true }).fill('60')
  await dialog.getByLabel('Currency').selectOption('USD')
  await dialog.getByLabel('How much EUR is 1 USD?').fill('0.92')
  await dialog.getByText('= €55.20').waitFor()
  await dialog.getByRole('textbox', { name: 'Paid by' }).fill('tom')
  await dialog.getByText('Nobody here is called “tom”.').waitFor()
  await dialog.getByRole('button', { name: 'Add Tom as someone without the app' }).click()
  await dialog.getByText('Tom $60.00').or(dialog.getByText('Tom US$60.00')).waitFor()
  await dialog.getByLabel('Category').selectOption('plane')
  await dialog.getByRole('button', { name: 'Tags, note, comes again' }).click()
  await dialog.getByLabel('Tags').fill('#sea summer')
  await dialog.getByLabel('Note').fill('Return tickets')
  await opened.inspect('bill-more')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  const { expenses } = await server.api.expenses(space)
  const [bill] = expenses
  const parties = await server.api.ledgerParties(space)
  const tom = parties.find(({ name }) => name === 'Tom')
  assert.equal(tom?.isPlaceholder, true)
  assert.deepEqual(bill?.paid, [{ party: tom.id, amountMinor: 6000 }])
  assert.equal(bill.split.shares?.length, 6)
  assert.equal(bill.rate?.numerator, 23)
  assert.deepEqual([bill.category, bill.note], ['plane', 'Return tickets'])
  assert.deepEqual(new Set(bill.tags), new Set(['sea', 'summer']))
  opened.assertQuiet()
})

test('a bill that comes again is a series, and its first day is entered at once', async () => {
  await using server = await startWebServer()
  const { space } = await seatFive(server)
  await using opened = await openBills(browser, server, space)
  const { page } = opened
  await addBill(page)
  const dialog = page.getByRole('dialog')
  await press(page, ['Rent', 'Tab', '900'])
  await dialog.getByRole('button', { name: 'Tags, note, comes again' }).click()
  await dialog.getByLabel('Comes again').selectOption('month')
  // Yesterday is over in every zone.
  await dialog.getByLabel('Day', { exact: true }).fill(daysAgo(1))
  await opened.checkAccessibility('a bill that comes again')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  const { expenses } = await server.api.expenses(space)
  assert.deepEqual(
    expenses.map(({ title, origin }) => [title, origin?.kind]),
    [['Rent', 'series']],
  )
  assert.equal((await server.api.ledgerSeries(space)).length, 1)
  opened.assertQuiet()
})

test('a bill is edited, duplicated, kept as a template, and begun from one, with a thumb', async () => {
  await using server = await startWebServer()
  const { space, people } = await seatFive(server)
  const input: ExpenseInput = {
    title: 'Coffee',
    currency: EUR,
    paid: [{ party: people[1]!, amountMinor: 1000 }],
    split: { shares: people.slice(0, 3).map((party) => ({ party, weight: 1 })) },
    note: 'by the station',
  }
  const { id } = await server.api.addExpense(space, input)
  await using opened = await openBills(browser, server, space, { screen: NARROW })
  const { page } = opened
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: /Coffee/ }).tap()
  await dialog.getByRole('button', { name: 'Edit' }).tap()
  await dialog.getByLabel('What was it?').fill('Coffee and cake')
  await dialog.getByRole('radio', { name: 'Shares' }).check()
  await dialog.getByRole('button', { name: 'More' }).first().tap()
  await opened.inspect('bill-edit', [NARROW])
  await dialog.getByRole('button', { name: 'Templates' }).tap()
  await page.getByRole('menuitem', { name: 'Save as a template' }).tap()
  await eventually(
    async () => (await server.api.ledgerExtras(space)).templates,
    (templates) => templates.length === 1,
  )
  await dialog.getByRole('button', { name: 'Save', exact: true }).tap()
  await eventually(
    () => server.api.expense(space, id),
    ({ title }) => title === 'Coffee and cake',
  )
  const edited = await server.api.expense(space, id)
  assert.deepEqual(edited.split.shares?.map(({ weight }) => weight).toSorted(), [1, 1, 2])
  assert.equal(edited.note, 'by the station')
  await dialog.getByRole('button', { name: 'Edit' }).tap()
  await dialog.getByRole('button', { name: 'Duplicate', exact: true }).tap()
  await dialog.getByRole('heading', { name: 'New bill' }).waitFor()
  await dialog.getByRole('button', { name: 'Save', exact: true }).tap()
  await eventually(
    async () => (await server.api.expenses(space)).total,
    (total) => total === 2,
  )
  assert.equal((await server.api.expenses(space)).total, 2)
  opened.assertQuiet()
})

test('every way to split has its fields, and what is kept from elsewhere is shown', async () => {
  await using server = await startWebServer()
  const { space, people } = await seatFive(server)
  await server.api.addExpense(space, {
    title: 'Mixed',
    currency: EUR,
    paid: [{ party: people[0]!, amountMinor: 1002 }],
    split: {
      exact: [{ party: people[1]!, amountMinor: 500 }],
      shares: people.slice(2).map((party) => ({ party, weight: 1 })),
    },
  })
  await using opened = await openBills(browser, server, space)
  const { page } = opened
  await page.getByRole('button', { name: /Mixed/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Edit' }).click()
  await dialog.getByText('Several ways at once.').waitFor()
  await dialog.getByText('It does not divide evenly.').waitFor()
  await dialog.getByLabel('What was it?').fill('Mixed and kept')
  await opened.checkAccessibility('a mixed split')
  for (const way of ['Shares', 'Percent', 'More or less'] as const) {
    await dialog.getByRole('radio', { name: way }).check()
    await opened.checkAccessibility(way)
  }
  await dialog.getByRole('radio', { name: 'Percent' }).check()
  await dialog.getByLabel('Percent of Ben').fill('40')
  await dialog.getByText('60 % are nobody').waitFor()
  await opened.inspect('bill-percent', [NARROW])
  await dialog.getByRole('button', { name: 'Spread the rest evenly' }).click()
  await dialog.getByRole('radio', { name: 'Items' }).check()
  await dialog.getByLabel('Item 1', { exact: true }).fill('Fish 9 eve*2 dan')
  await dialog.getByLabel('Tip').fill('10%')
  await dialog.getByLabel('Tax').fill('0,11')
  await dialog.getByLabel('Tip').focus()
  await opened.inspect('bill-tip')
  await dialog.getByRole('radio', { name: 'Mixed' }).check()
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await eventually(
    async () => (await server.api.expenses(space)).expenses[0]?.title,
    (title) => title === 'Mixed and kept',
  )
  const [bill] = (await server.api.expenses(space)).expenses
  assert.equal(bill?.split.exact?.length, 1)
  assert.equal(bill.split.shares?.length, 3)
  opened.assertQuiet()
})

test('a payment asks for two people, and a rate that was typed once is known', async () => {
  await using server = await startWebServer()
  const { space, people } = await seatFive(server)
  const rate = { to: EUR, numerator: 23, denominator: 25, source: 'typed', asOf: daysAgo(1) }
  await server.api.addExpense(space, {
    title: 'Museum',
    date: daysAgo(1),
    currency: { code: 'USD', exponent: 2 },
    paid: [{ party: people[0]!, amountMinor: 1000 }],
    split: { shares: [{ party: people[1]!, weight: 1 }] },
    rate,
  })
  await using opened = await openBills(browser, server, space, { locale: 'de-DE' })
  const { page } = opened
  await page
    .getByRole('button', { name: 'Rechnung hinzufügen' })
    .or(page.locator('[aria-keyshortcuts="b"]'))
    .first()
    .click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Art', { exact: true }).selectOption('transfer')
  await dialog.getByLabel('Wofür ist es?').fill('Schulden')
  await dialog.getByLabel('Betrag', { exact: true }).fill('12,50')
  await dialog.getByLabel('Währung').selectOption('USD')
  await dialog.getByText('0,92, bekannt vom').waitFor()
  await dialog.getByRole('button', { name: 'Speichern', exact: true }).click()
  await dialog.getByText('Wähl jemanden aus.').waitFor()
  await dialog.getByLabel('Von', { exact: true }).selectOption({ label: 'Ben' })
  await dialog.getByLabel('An', { exact: true }).selectOption({ label: 'Ben' })
  await dialog.getByText('Niemand bezahlt sich selbst.').waitFor()
  await dialog.getByLabel('An', { exact: true }).selectOption({ label: 'Ann (du)' })
  await opened.inspect('bill-transfer', [NARROW])
  await dialog.getByRole('button', { name: 'Speichern', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  const { expenses } = await server.api.expenses(space, { kind: 'transfer' })
  assert.deepEqual(expenses[0]?.paid, [{ party: people[1], amountMinor: 1250 }])
  assert.deepEqual(expenses[0]?.owed, [{ party: people[0], amountMinor: 1250 }])
  assert.equal(expenses[0]?.rate?.numerator, 23)
  opened.assertQuiet()
})
