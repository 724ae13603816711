// @timeoutSeconds 600: a real browser on a busy machine.
// Entering a bill by real key presses: quickly, with what is missing said, a draft that survives, and a lost answer.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NARROW, startWebServer, TestBrowser } from './_browser.ts'
import { addBill, openBills, press, seatFive } from './_five-people.ts'

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

/** Five keys a second: nobody's record. */
const KEY_MS = 200

test('five people, two payers and three items are entered in less than 15 seconds of key presses', async () => {
  await using server = await startWebServer()
  const { space, people } = await seatFive(server)
  await using opened = await openBills(browser, server, space)
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
  await using opened = await openBills(browser, server, space)
  const { page } = opened
  await addBill(page)
  const dialog = page.getByRole('dialog')
  await press(page, ['Enter'])
  await dialog.getByText('Say what it was.').waitFor()
  await dialog.getByText('Say how much it was.').waitFor()
  await opened.inspect('bill-missing', [NARROW])
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
  await using opened = await openBills(browser, server, space)
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
  await dialog.getByRole('button', { name: 'Bring it back' }).click()
  assert.equal(await dialog.getByLabel('What was it?').inputValue(), 'Hotel')
  await dialog.getByLabel('What was it?').fill('')
  await dialog.getByLabel('Amount', { exact: true }).fill('')
  await press(page, ['Escape'])
  await addBill(page)
  assert.equal(await dialog.getByText('You began this earlier').count(), 0)
  opened.assertQuiet()
})

test('exact parts that miss a cent are put right by whoever takes it, and others by typing', async () => {
  await using server = await startWebServer()
  const { space, people } = await seatFive(server)
  await using opened = await openBills(browser, server, space)
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

test('what cannot be saved says why, keeps what was typed, and is saved once when tried again', async () => {
  await using server = await startWebServer()
  const { space } = await seatFive(server)
  await using opened = await openBills(browser, server, space)
  const { page } = opened
  await addBill(page)
  await press(page, ['Taxi', 'Tab', '30'])
  // The bill is written, and the answer is lost on the way.
  await page.route('**/expenses*', async (route) => {
    if (route.request().method() === 'GET') {
      await route.continue()
      return
    }
    await route.fetch()
    await route.abort()
  })
  await press(page, ['Enter'])
  const dialog = page.getByRole('dialog')
  await dialog.getByText('The peer on this computer does not answer.').waitFor()
  assert.equal(await dialog.getByLabel('What was it?').inputValue(), 'Taxi')
  await opened.inspect('bill-failed', [NARROW])
  await page.unroute('**/expenses*')
  await page.reload()
  await addBill(page)
  await dialog.getByLabel('Amount', { exact: true }).fill('31')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  const { expenses } = await server.api.expenses(space)
  assert.deepEqual(
    expenses.map(({ title, amountMinor }) => [title, amountMinor]),
    [['Taxi', 3100]],
  )
  opened.assertQuiet([/ERR_FAILED/u])
})
