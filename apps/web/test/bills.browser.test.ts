// @timeoutSeconds 300: a real browser on a busy machine.
// Bills: the list and its filters, where everybody stands, one bill with its history, settling up and why.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, NARROW, SMALL, startWebServer, TestBrowser, WIDE } from './_browser.ts'
import type { PageOptions, TestPage } from './_browser.ts'
import { fillLedger } from './_filled-ledger.ts'

type Server = Awaited<ReturnType<typeof startWebServer>>

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

/** How far anything on the screen reaches beyond its frame. */
async function overflowPx({ page }: TestPage): Promise<number> {
  return page.evaluate(() => {
    const frames = [...document.querySelectorAll('main, [role="dialog"], [role="dialog"] > div')]
    return Math.max(0, ...frames.map((frame) => frame.scrollWidth - frame.clientWidth))
  })
}

async function openBills(server: Server, space: string, options?: PageOptions): Promise<TestPage> {
  const opened = await browser.open(server.server.createLoginUrl(), options)
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.goto(`${server.server.url}/#/s/${space}/bills`)
  await opened.page.locator('[data-row]').first().waitFor()
  return opened
}

test('bills stand by day with what each means to me, under where everybody stands', async () => {
  await using server = await startWebServer()
  const { id, ben } = await fillLedger(server)
  await using opened = await openBills(server, id)
  const { page } = opened
  const bill = (name: RegExp) => page.getByRole('button', { name })
  await bill(/Groceries for the weekend You paid €86\.50 you lent €57\.67/).waitFor()
  await bill(/Cinema Ben Carter paid €24\.00 not involved/).waitFor()
  await bill(/Payment Ben Carter paid you not confirmed €100\.00 you got €100\.00/).waitFor()
  await bill(/Boiler repair Cleo paid edited 2 comments €208\.00 you owe €52\.00/).waitFor()
  await page.getByText('You are owed €605.67 and owe CHF 37.20.').waitFor()
  await page.getByText('1 bill waits for your word.').waitFor()
  await opened.inspect('bills', [WIDE, NARROW, SMALL])
  await page.getByRole('searchbox', { name: 'Search bills' }).fill('valve')
  await bill(/Cinema/).waitFor({ state: 'detached' })
  await bill(/Boiler repair/).waitFor()
  await page.getByRole('searchbox', { name: 'Search bills' }).fill('')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByLabel('Person').selectOption({ label: 'Grandma' })
  await bill(/Cinema/).waitFor({ state: 'detached' })
  await page.getByLabel('Category').selectOption('rent')
  await page.getByRole('heading', { name: 'No bill like that' }).waitFor()
  await opened.inspect('bills-filter')
  await page.getByRole('button', { name: 'Show all bills' }).first().click()
  await bill(/Cinema/).waitFor()
  await page.keyboard.press('b')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await ben.addExpense(id, {
    ...{ title: 'Bread', currency: { code: 'EUR', exponent: 2 }, amountMinor: 500 },
    paid: [{ party: ben.id, amountMinor: 500 }],
    split: { shares: [{ party: ben.id, weight: 1 }] },
  })
  await bill(/Bread/).waitFor()
  opened.assertQuiet()
})

test('a bill says who carries what, what was changed and what was said, and comes back when it was deleted', async () => {
  await using server = await startWebServer()
  const { id, ana, bills } = await fillLedger(server)
  await using opened = await openBills(server, id)
  const { page } = opened
  await page.getByRole('button', { name: /Boiler repair/ }).click()
  const drawer = page.getByRole('dialog', { name: 'Boiler repair' })
  await drawer.getByText('Is the invoice in the drawer?').waitFor()
  await drawer.getByText('€204.00 → €208.00').waitFor()
  await opened.inspect('bill')
  await drawer.getByRole('textbox', { name: 'Write a comment' }).fill('Paid in cash.')
  await page.keyboard.press('Enter')
  // What is written in a text field counts as its text too: only an item of the list has been said.
  const said = drawer.getByRole('listitem').filter({ hasText: 'Paid in cash.' })
  await said.waitFor()
  assert.equal((await ana.expense(id, bills.boiler.id)).thread.length, 3)
  await said.getByRole('button', { name: 'Take back' }).click()
  await said.waitFor({ state: 'detached' })
  await drawer.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: /Boiler repair/ }).waitFor({ state: 'detached' })
  assert.equal((await ana.expense(id, bills.boiler.id)).deleted, true)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: /Boiler repair/ }).waitFor()
  const restored = () => ana.expense(id, bills.boiler.id)
  assert.equal((await eventually(restored, ({ deleted }) => !deleted)).deleted, false)
  await page.getByRole('button', { name: /Groceries/ }).click()
  await page.getByRole('dialog').getByText('rounded up').first().waitFor()
  opened.assertQuiet()
})

test('the plan says who pays whom and why; what is marked as paid is written down and waits for a word', async () => {
  await using server = await startWebServer()
  const { id, ana, ben } = await fillLedger(server)
  await using opened = await openBills(server, id)
  const { page } = opened
  await page.getByRole('button', { name: 'Settle up' }).click()
  const drawer = page.getByRole('dialog', { name: 'Settle up' })
  await drawer.getByText('You pay Ben Carter').waitFor()
  await opened.inspect('settle')
  await drawer.getByRole('radio', { name: /Each debt by itself/ }).check()
  await drawer.getByRole('button', { name: 'Why: You pay Ben Carter, CHF 37.20' }).click()
  await page.getByText('Ben Carter owes you €228.84.').waitFor()
  await page.getByRole('row', { name: /Payment.*−€100\.00 €228\.84/ }).waitFor()
  await opened.inspect('explain')
  await page.getByRole('button', { name: 'Back to the plan' }).click()
  const paid = drawer.getByRole('button', { name: /Mark as paid: You pay Ben Carter/ })
  await paid.click()
  await paid.waitFor({ state: 'detached' })
  await page.getByText('Written down: You pay Ben Carter, CHF 37.20.').waitFor()
  const own = async () => (await ben.expenses(id, { state: 'pending' })).expenses
  const written = (await eventually(own, (bills) => bills.length === 2))[0]
  assert.deepEqual(
    [written?.kind, written?.amountMinor, written?.payment],
    ['transfer', 3720, 'pending'],
  )
  await drawer.getByRole('button', { name: /Confirm: Ben Carter paid you/ }).click()
  await page.getByText('Confirmed.', { exact: true }).waitFor()
  const waiting = async () => (await ana.expenses(id, { state: 'pending' })).total
  assert.equal(await eventually(waiting, (total) => total === 1), 1)
  opened.assertQuiet()
})

test('a payment can be disputed with what is wrong about it', async () => {
  await using server = await startWebServer()
  const { id, ana, bills } = await fillLedger(server)
  await using opened = await openBills(server, id, { screen: NARROW })
  const { page } = opened
  await page.getByRole('button', { name: 'Review' }).first().click()
  await page.getByRole('button', { name: /Cinema/ }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: /Payment Ben Carter paid you/ }).click()
  const drawer = page.getByRole('dialog', { name: 'Payment' })
  await drawer.getByText('Your word is asked for: is this right?').waitFor()
  await opened.inspect('bill-waits', [NARROW])
  await drawer.getByRole('button', { name: 'Dispute' }).click()
  await drawer.getByLabel('What is wrong with it?').fill('Only 50 arrived')
  await drawer.getByRole('button', { name: 'Dispute' }).click()
  await drawer.getByText('You disputed it').waitFor()
  const judged = await ana.expense(id, bills.payment.id)
  assert.equal(judged.payment, 'disputed')
  assert.equal(judged.verdicts[0]?.note, 'Only 50 arrived')
  opened.assertQuiet()
})

test('in German, on the smallest screen, everything of it fits', async () => {
  await using server = await startWebServer()
  const { id } = await fillLedger(server)
  await using opened = await openBills(server, id, { screen: SMALL, locale: 'de-DE' })
  const { page } = opened
  await page.getByText('Du bekommst 605,67 € und schuldest 37,20 CHF.').waitFor()
  await page.getByRole('button', { name: /Boiler repair Bezahlt: Cleo geändert/ }).waitFor()
  await opened.inspect('bills-de', [SMALL])
  assert.equal(await overflowPx(opened), 0)
  await page.getByRole('button', { name: 'Ausgleichen' }).click()
  await page.getByRole('dialog').getByText('Möglichst wenige Zahlungen').waitFor()
  await opened.inspect('settle-de', [SMALL])
  assert.equal(await overflowPx(opened), 0)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /Boiler repair/ }).click()
  await page.getByRole('dialog').getByText('Verlauf').waitFor()
  assert.equal(await overflowPx(opened), 0)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Mehr zu diesen Rechnungen' }).click()
  await page.getByRole('menuitem', { name: 'Einstellungen der Kasse' }).click()
  await page.getByRole('tab', { name: 'Allgemein' }).waitFor()
  await opened.inspect('ledger-de', [SMALL])
  assert.equal(await overflowPx(opened), 0)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Chat', exact: true }).click()
  await page.getByRole('button', { name: /Du bekommst 605,67/ }).waitFor()
  await opened.inspect('overview-bills', [WIDE, SMALL])
  opened.assertQuiet()
})
