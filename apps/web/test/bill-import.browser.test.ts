// @timeoutSeconds 600: a real browser on a busy machine.
// Files of other apps: looked at, imported with who is who, refused with their line and column, and taken back.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { NARROW, startWebServer, TestBrowser } from './_browser.ts'
import { openBills, seatFive } from './_five-people.ts'

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

const SPLITWISE = `Datum,Beschreibung,Kategorie,Kosten,Währung,Ann,Ben,Tom Berg

2026-03-01,"Abendessen, Getränke",Restaurants,100.00,EUR,66.66,-33.33,-33.33
2026-03-02,Miete,Miete,900.00,EUR,-300.00,600.00,-300.00
2026-03-05,Ben zahlte Ann,Zahlung,100.00,EUR,-100.00,100.00,0.00

2026-03-31,Gesamtbilanz, , ,EUR,-333.34,666.67,-333.30
`

async function chooseFile(page: Page, name: string, text: string): Promise<void> {
  const file = { name, mimeType: 'text/csv', buffer: Buffer.from(text) }
  await page.getByRole('dialog').locator('input[type=file]').setInputFiles(file)
}

async function openImport(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More about these bills' }).click()
  await page.getByRole('menuitem', { name: 'Import a file' }).click()
  await page.getByRole('dialog').getByRole('heading', { name: 'Import a file' }).waitFor()
}

test('a Splitwise file in German is looked at, imported with who is who, and taken back', async () => {
  await using server = await startWebServer()
  const { space, people } = await seatFive(server)
  await using opened = await openBills(browser, server, space)
  const { page } = opened
  await openImport(page)
  const dialog = page.getByRole('dialog')
  await chooseFile(page, 'reise.csv', SPLITWISE)
  await dialog.getByText('3 new bills').waitFor()
  await dialog.getByText('Abendessen, Getränke').waitFor()
  assert.equal(await dialog.getByLabel('Who is Ann?').inputValue(), people[0])
  assert.equal(await dialog.getByLabel('Who is Tom Berg?').inputValue(), '')
  await dialog.getByLabel('Who is Tom Berg?').selectOption({ label: 'Dan' })
  // The file itself says 333.30 of Tom, three cents less than its rows.
  await dialog.getByText('Sums that do not match').waitFor()
  await opened.inspect('import-preview')
  await dialog.getByRole('button', { name: 'Import 3 bills' }).click()
  await dialog.getByText('3 bills are imported.').waitFor()
  await opened.inspect('import-done', [NARROW])
  const { expenses } = await server.api.expenses(space)
  assert.equal(expenses.length, 3)
  const balances = await server.api.balances(space)
  const dan = balances.find(({ party }) => party === people[3])
  assert.equal(dan?.minor, '-33333')
  await dialog.getByRole('button', { name: 'Undo the import' }).click()
  await dialog.getByText('The imported bills are deleted again.').waitFor()
  assert.equal((await server.api.expenses(space)).total, 0)
  opened.assertQuiet()
})

test('a broken file says its line and column, imports nothing, and is read once it is mended', async () => {
  await using server = await startWebServer()
  const { space } = await seatFive(server)
  await using opened = await openBills(browser, server, space)
  const { page } = opened
  await openImport(page)
  const dialog = page.getByRole('dialog')
  await chooseFile(page, 'reise.csv', SPLITWISE.replace('2026-03-02', '2026-02-30'))
  await dialog.getByText('Line 4, column 1').waitFor()
  await dialog.getByText('Nothing was imported.').waitFor()
  await opened.inspect('import-refused', [NARROW])
  assert.equal((await server.api.expenses(space)).total, 0)
  const bills = [
    { what: 'Tea', amount: 6, date: '2026-03-01', payer_name: 'Ann', payer_weight: 1 },
  ].map((bill) => ({ ...bill, owers: ['Ann', 'Zoe'] }))
  await chooseFile(page, 'bills.json', JSON.stringify(bills))
  await dialog.getByLabel('Currency of amounts without one').selectOption('EUR')
  await dialog.getByText('1 new bill', { exact: false }).first().waitFor()
  await dialog.getByLabel('Zoe counts').fill('2')
  await dialog.getByRole('button', { name: 'Look again' }).click()
  await dialog.getByText('How much each person counts').waitFor({ state: 'detached' })
  await dialog.getByRole('button', { name: 'Import 1 bill' }).click()
  await dialog.getByText('1 bill is imported.').waitFor()
  const { expenses } = await server.api.expenses(space)
  const owed = expenses[0]?.owed.map(({ amountMinor }) => amountMinor).toSorted()
  assert.deepEqual(owed, [200, 400])
  await dialog.getByRole('button', { name: 'Done' }).click()
  // Refusals of the peer are answers the browser writes down.
  opened.assertQuiet([/status of 4\d\d/u])
})
