// @timeoutSeconds 300: a real browser on a busy machine.
// Entering a bill by keyboard and by thumb, editing it, drafts that survive, people without the app, and files.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ExpenseInput } from '@hamlet/http/api'
import type { TestServer } from '@hamlet/http/testing'
import type { Page } from 'playwright-core'
import { eventually, NARROW, startWebServer, TestBrowser } from './_browser.ts'
import type { PageOptions, TestPage } from './_browser.ts'
import { daysAgo, EUR } from './_filled-ledger.ts'

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

const FIVE = ['Ann', 'Ben', 'Cleo', 'Dan', 'Eve'] as const

interface Table {
  readonly space: string
  readonly people: readonly string[]
}

/** Five people in one space; the first is at the page. */
async function seatFive(server: TestServer): Promise<Table> {
  const { api, world } = server
  await api.setName(FIVE[0])
  const { id } = await api.createSpace('Harbour trip')
  const invite = await api.createInvite(id, { mode: 'auto', maxUses: 4 })
  const people = [api.id]
  for (const name of FIVE.slice(1)) {
    const person = world.addPerson(name)
    await person.join(invite.link ?? '')
    people.push(person.id)
  }
  await api.changeLedgerSettings(id, { currency: EUR })
  return { space: id, people }
}

async function openBills(
  server: TestServer,
  space: string,
  options?: PageOptions,
): Promise<TestPage> {
  const opened = await browser.open(server.server.createLoginUrl(), options)
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.goto(`${server.server.url}/#/s/${space}/bills`)
  return opened
}

async function addBill(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add bill' }).first().click()
  await page.getByRole('dialog').getByLabel('What was it?').waitFor()
}

/** Presses every key of it, and counts them. */
async function press(page: Page, keys: readonly string[]): Promise<number> {
  let count = 0
  for (const each of keys) {
    if (/^(Tab|Enter|Escape|Arrow\w+|Backspace)$/u.test(each)) {
      await page.keyboard.press(each)
      count += 1
    } else {
      await page.keyboard.type(each)
      count += each.length
    }
  }
  return count
}

/** Five keys a second: nobody's record. */
const KEY_MS = 200

test('five people, two payers and three items are entered in less than 15 seconds of key presses', async () => {
  await using server = await startWebServer()
  const { space, people } = await seatFive(server)
  await using opened = await openBills(server, space)
  const { page } = opened
  await addBill(page)
  const toItems = ['Dinner', 'Tab', 'Tab', 'Tab', 'ann 30 ben', 'Tab', 'ArrowLeft', 'Tab']
  let count = await press(page, toItems)
  count += await press(page, ['Pizza 24 ann ben', 'Enter', 'Wine 18 cleo dan', 'Enter'])
  count += await press(page, ['Salad 12'])
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Pizza · €24.00 · Ann (you) and Ben').waitFor()
  await dialog.getByText('Ann (you) €30.00, Ben €24.00').waitFor()
  await dialog.getByText('€54.00, from the parts below').waitFor()
  await opened.inspect('bill-items')
  count += await press(page, ['Enter', 'Enter'])
  await dialog.waitFor({ state: 'detached' })
  assert.ok(count * KEY_MS < 15_000, `${count} keys`)
  const { expenses } = await server.api.expenses(space)
  assert.equal(expenses.length, 1)
  const [bill] = expenses
  assert.equal(bill?.amountMinor, 5400)
  assert.equal(bill.paid.length, 2)
  const owed = new Map(bill.owed.map(({ party, amountMinor }) => [party, amountMinor]))
  assert.deepEqual(
    people.map((party) => owed.get(party)),
    [1440, 1440, 1140, 1140, 240],
  )
  opened.assertQuiet()
})

test('a simple bill takes title, amount and Enter, and says what is missing beside its field', async () => {
  await using server = await startWebServer()
  const { space } = await seatFive(server)
  await using opened = await openBills(server, space)
  const { page } = opened
  await addBill(page)
  const dialog = page.getByRole('dialog')
  await opened.inspect('bill-new')
  await press(page, ['Enter'])
  await dialog.getByText('Say what it was.').waitFor()
  await dialog.getByText('Say how much it was.').waitFor()
  await opened.inspect('bill-missing')
  await press(page, ['Tickets', 'Tab', '12,50+3*2'])
  await dialog.getByText('= €18.50').waitFor()
  await press(page, ['+1/3', 'Enter'])
  await dialog.waitFor({ state: 'detached' })
  const { expenses } = await server.api.expenses(space)
  assert.equal(expenses[0]?.amountMinor, 1883)
  assert.equal(expenses[0]?.split.shares?.length, 5)
  opened.assertQuiet()
})

test('what was typed outlives the dialog and the page, and can be begun anew', async () => {
  await using server = await startWebServer()
  const { space } = await seatFive(server)
  await using opened = await openBills(server, space)
  const { page } = opened
  await addBill(page)
  await press(page, ['Hotel', 'Tab', '240'])
  await press(page, ['Escape'])
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.reload()
  await addBill(page)
  const dialog = page.getByRole('dialog')
  await dialog.getByText('You began this earlier, and it was kept.').waitFor()
  assert.equal(await dialog.getByLabel('What was it?').inputValue(), 'Hotel')
  assert.equal(await dialog.getByLabel('Amount', { exact: true }).inputValue(), '240')
  await dialog.getByRole('button', { name: 'Start over' }).click()
  assert.equal(await dialog.getByLabel('What was it?').inputValue(), '')
  await press(page, ['Escape'])
  await addBill(page)
  assert.equal(await dialog.getByText('You began this earlier').count(), 0)
  opened.assertQuiet()
})

test('exact parts that miss a cent are put right by whoever takes it, and others by typing', async () => {
  await using server = await startWebServer()
  const { space, people } = await seatFive(server)
  await using opened = await openBills(server, space)
  const { page } = opened
  await addBill(page)
  const dialog = page.getByRole('dialog')
  await press(page, ['Boat', 'Tab', '100', 'Tab', 'Tab', 'Tab', 'ArrowRight', 'ArrowRight'])
  await press(page, ['ArrowRight', 'Tab', '33.33', 'Tab', '33,33', 'Tab', '33.33'])
  await dialog.getByText("€0.01 are nobody's yet.").waitFor()
  await opened.inspect('bill-exact')
  await dialog.getByRole('button', { name: 'Cleo carries €0.01 more' }).click()
  await press(page, ['Enter'])
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  const { expenses } = await server.api.expenses(space)
  assert.deepEqual(
    expenses[0]?.split.exact?.find(({ party }) => party === people[2]),
    {
      party: people[2],
      amountMinor: 3334,
    },
  )
  opened.assertQuiet()
})

test('a name nobody has becomes a person without the app, and everything else has its place', async () => {
  await using server = await startWebServer()
  const { space } = await seatFive(server)
  await using opened = await openBills(server, space)
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
  await using opened = await openBills(server, space)
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
  await using opened = await openBills(server, space, { screen: NARROW })
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
  await using opened = await openBills(server, space)
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
  await opened.inspect('import-done')
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
  await using opened = await openBills(server, space)
  const { page } = opened
  await openImport(page)
  const dialog = page.getByRole('dialog')
  await chooseFile(page, 'reise.csv', SPLITWISE.replace('2026-03-02', '2026-02-30'))
  await dialog.getByText('Line 4, column 1').waitFor()
  await dialog.getByText('Nothing was imported.').waitFor()
  await opened.inspect('import-refused')
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
