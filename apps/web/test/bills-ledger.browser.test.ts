// @timeoutSeconds 300: a real browser on a busy machine.
// Bills: statistics, and the settings of a ledger with its people, categories, budgets, periods and files.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { eventually, NARROW, startWebServer, TestBrowser } from './_browser.ts'
import type { PageOptions, TestPage } from './_browser.ts'
import { EUR, fillLedger } from './_filled-ledger.ts'

type Server = Awaited<ReturnType<typeof startWebServer>>

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

async function openMenu(
  server: Server,
  space: string,
  item: string,
  options?: PageOptions,
): Promise<TestPage> {
  const opened = await browser.open(server.server.createLoginUrl(), options)
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.goto(`${server.server.url}/#/s/${space}/bills`)
  await opened.page.getByRole('button', { name: 'More about these bills' }).click()
  await opened.page.getByRole('menuitem', { name: item }).click()
  await opened.page.getByRole('dialog', { name: item }).waitFor()
  return opened
}

test('statistics show what was spent for what, by whom and when, each currency for itself', async () => {
  await using server = await startWebServer()
  const { id, ana } = await fillLedger(server)
  await ana.addBudget(id, { category: 'groceries', currency: EUR, amountMinor: 5000 })
  await using opened = await openMenu(server, id, 'Statistics')
  const { page } = opened
  await page.getByText('€86.50 of €50.00').waitFor()
  await page.getByText('€36.50 over').waitFor()
  await page.getByRole('listitem').filter({ hasText: 'Rent 1 bill' }).getByText('€900.00').waitFor()
  await opened.inspect('statistics')
  await page.getByLabel('Period').selectOption('month')
  await page.getByRole('dialog').getByText('Rent').waitFor({ state: 'detached' })
  opened.assertQuiet()
})

test('somebody without the app is added, renamed and said to be somebody', async () => {
  await using server = await startWebServer()
  const { id, ana, ben } = await fillLedger(server)
  await using opened = await openMenu(server, id, 'Ledger settings')
  const { page } = opened
  await page.getByRole('tab', { name: 'People' }).click()
  await page.getByLabel('Name of the person').fill('Uncle Otto')
  await page.getByRole('button', { name: 'Add a person' }).click()
  await page.getByRole('button', { name: 'What to do about Uncle Otto' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('Otto')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'What to do about Otto' }).click()
  await page.getByRole('menuitem', { name: 'This is …' }).click()
  await page.getByLabel('This is …').selectOption({ label: 'Ben Carter' })
  await page.getByText('Otto is Ben Carter').waitFor()
  // The tooltip of the menu's button would lie over the dialog.
  await page.mouse.move(0, 0)
  await page.getByRole('tab', { name: 'People' }).focus()
  await opened.inspect('ledger-people')
  const parties = await ana.ledgerParties(id)
  assert.equal(parties.find(({ name }) => name === 'Otto')?.is, ben.id)
  opened.assertQuiet()
})

test('the settings of a ledger are saved as they are chosen', async () => {
  await using server = await startWebServer()
  const { id, ana, cleo } = await fillLedger(server)
  await using opened = await openMenu(server, id, 'Ledger settings')
  const { page } = opened
  const set = () => ana.ledgerSettings(id)
  await page.getByLabel('Currency for totals').selectOption('CHF')
  await page.getByLabel('Round payments to coins of').selectOption('5')
  await page.getByLabel('How to settle up').selectOption('pairwise')
  await page.getByLabel('Ask for a word above (CHF)').fill('100')
  await page.getByRole('button', { name: 'Save' }).first().click()
  await page.getByLabel('Parts of Cleo').fill('2')
  await opened.inspect('ledger-general')
  await page.getByRole('button', { name: 'Save' }).last().click()
  const settings = await eventually(set, ({ defaultSplit }) => defaultSplit.length > 0)
  assert.deepEqual(
    [settings.currency?.code, settings.cashStepMinor, settings.settleMode],
    ['CHF', 5, 'pairwise'],
  )
  assert.equal(settings.confirmAboveMinor, 10_000)
  assert.equal(settings.defaultSplit.find(({ party }) => party === cleo.id)?.weight, 2)
  await page.getByRole('button', { name: 'Archive the ledger' }).click()
  await page.getByRole('button', { name: 'Take it out of the archive' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('This ledger is archived').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Add bill' }).count(), 0)
  opened.assertQuiet()
})

test('categories and budgets are added, a period is closed, and the ledger goes out as a file', async () => {
  await using server = await startWebServer()
  const { id, ana } = await fillLedger(server)
  await using opened = await openMenu(server, id, 'Ledger settings', { screen: NARROW })
  const { page } = opened
  await page.getByRole('tab', { name: 'Categories' }).click()
  await page.getByLabel('Name of the category').fill('Garden')
  await page.getByRole('button', { name: 'Add a category' }).click()
  await page.getByRole('button', { name: 'Retire: Garden' }).waitFor()
  await page.getByRole('tab', { name: 'Budgets' }).click()
  await page.getByLabel('Category').selectOption({ label: 'Garden' })
  await page.getByLabel(/Amount for a month/).fill('12,50 + 7.50')
  await page.getByRole('button', { name: 'Add a budget' }).click()
  await page.getByRole('button', { name: 'Retire: Garden' }).waitFor()
  const { budgets, categories } = await ana.ledgerExtras(id)
  assert.equal(budgets[0]?.amountMinor, 2000)
  assert.equal(budgets[0]?.category, categories[0]?.id)
  await page.getByRole('tab', { name: 'Periods' }).click()
  await page.getByRole('button', { name: 'Close a period' }).click()
  await page.getByText('This device computes the same balances.').waitFor()
  await opened.inspect('ledger-periods', [NARROW])
  await page.getByRole('tab', { name: 'Files' }).click()
  await opened.inspect('ledger-files', [NARROW])
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download: Everything, as a table (CSV)' }).click(),
  ])
  assert.equal(download.suggestedFilename(), 'maple-street-12.csv')
  assert.match(await readFile(await download.path(), 'utf8'), /Boiler repair/)
  opened.assertQuiet()
})

test('what happened is told, and leads to the bill it is about', async () => {
  await using server = await startWebServer()
  const { id, ana } = await fillLedger(server)
  await ana.changeLedgerSettings(id, { settleMode: 'pairwise' })
  await using opened = await openMenu(server, id, 'What happened')
  const { page } = opened
  await page.getByText('You changed the settings').waitFor()
  await page.getByText('Cleo changed “Boiler repair”').waitFor()
  await opened.inspect('activity')
  await page.getByRole('button', { name: 'Ben Carter wrote about “Boiler repair”' }).click()
  await page.getByRole('dialog', { name: 'Boiler repair' }).waitFor()
  opened.assertQuiet()
})
