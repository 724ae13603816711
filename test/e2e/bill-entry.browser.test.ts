// @timeoutSeconds 300: a real browser on a busy machine.
/**
 * Bills entered by real key presses in real windows on real peers: five people, two payers and three items; the same bill
 * changed in both windows while they are apart, and one version chosen; one file imported on both, which is one copy.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Expense, HamletApi } from '@hamlet/http/api'
import type { RunningPeer } from '@hamlet/peer/node'
import type { Page } from 'playwright-core'
import type { TestPage } from '../../apps/web/test/_browser.ts'
import { eventually } from './_peers.ts'
import { ARRIVAL_MS, foundWith, Windows } from './_windows.ts'

const EUR = { code: 'EUR', exponent: 2 }
/** Five keys a second: nobody's record. */
const KEY_MS = 200

const FILE = `Datum,Beschreibung,Kategorie,Kosten,Währung,Anna,Ben

2026-03-01,"Abendessen, Getränke",Restaurants,50.00,EUR,25.00,-25.00
2026-03-02,Miete,Miete,900.00,EUR,-450.00,450.00

2026-03-31,Gesamtbilanz, , ,EUR,-425.00,425.00
`

let windows: Windows

before(async () => {
  windows = await Windows.start()
})

after(async () => {
  await windows[Symbol.asyncDispose]()
})

function isChosen(bill: Expense | undefined): boolean {
  return bill?.choices === 1
}

/** Anna and Ben, and three people without the app. */
async function seatFive(anna: HamletApi, ben: HamletApi): Promise<string> {
  const space = await foundWith(anna, 'Harbour trip', ben, 'Ben')
  for (const name of ['Cleo', 'Dan', 'Eve']) await anna.addParty(space, name)
  await anna.changeLedgerSettings(space, { currency: EUR })
  return space
}

async function openBills(peer: RunningPeer, space: string): Promise<TestPage> {
  const opened = await windows.open(peer, `/s/${space}/bills`)
  await opened.page.getByRole('button', { name: 'Add bill' }).waitFor()
  return opened
}

/** Presses every key of it, and counts them. */
async function press(page: Page, keys: readonly string[]): Promise<number> {
  let count = 0
  for (const each of keys) {
    const isKey = /^(Tab|Enter|ArrowLeft)$/u.test(each)
    await (isKey ? page.keyboard.press(each) : page.keyboard.type(each))
    count += isKey ? 1 : each.length
  }
  return count
}

async function edit(page: Page, bill: RegExp, title: string, amount: string): Promise<void> {
  await page.getByRole('button', { name: bill }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Edit' }).click()
  await dialog.getByLabel('What was it?').fill(title)
  await dialog.getByLabel('Amount', { exact: true }).fill(amount)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.getByRole('button', { name: 'Edit' }).waitFor()
}

async function importFile(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More about these bills' }).click()
  await page.getByRole('menuitem', { name: 'Import a file' }).click()
  const dialog = page.getByRole('dialog')
  const buffer = Buffer.from(FILE)
  const file = { name: 'reise.csv', mimeType: 'text/csv', buffer }
  await dialog.locator('input[type=file]').setInputFiles(file)
}

test(
  'bills are entered with keys, changed apart and chosen, and a file imported by both is one copy',
  { timeout: 290_000 },
  async () => {
    const first = await windows.up('anna')
    const second = await windows.up('ben')
    const space = await seatFive(first.api, second.api)
    {
      await using hers = await openBills(first, space)
      const { page } = hers
      await page.keyboard.press('b')
      await page.getByRole('dialog').getByLabel('What was it?').waitFor()
      let count = await press(page, ['Dinner', 'Tab', 'Tab', 'Tab', 'ann 30 ben', 'Tab'])
      count += await press(page, ['ArrowLeft', 'Tab', 'Pizza 24 ann ben', 'Enter'])
      count += await press(page, ['Wine 18 cleo dan', 'Enter', 'Salad 12', 'Enter', 'Enter'])
      await page.getByRole('button', { name: /Dinner/ }).waitFor()
      assert.ok(count * KEY_MS < 15_000, `${count} keys`)
      const total = async () => (await second.api.expenses(space)).expenses[0]?.amountMinor
      await eventually('Ben has the bill', total, (minor) => minor === 5400, ARRIVAL_MS)
      await importFile(page)
      await page.getByRole('button', { name: 'Import 2 bills' }).click()
      await page.getByText('2 bills are imported.').waitFor()
      await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
      await windows.down('ben')
      await edit(page, /Abendessen/, 'Supper by Anna', '60')
      hers.assertQuiet()
    }
    await windows.down('anna')
    const ben = await windows.up('ben')
    await using his = await openBills(ben, space)
    await edit(his.page, /Abendessen/, 'Supper by Ben', '70')
    await his.page.keyboard.press('Escape')
    await importFile(his.page)
    await his.page.getByText('Everything in this file was imported before.').waitFor()
    await his.page.keyboard.press('Escape')
    const anna = await windows.up('anna')
    await using hers = await openBills(anna, space)
    const { page } = hers
    await page.getByRole('button', { name: /Supper.*two versions/ }).click()
    const choice = page.getByRole('region', { name: 'Two versions, choose' })
    await choice.getByText('Supper by Anna').first().waitFor()
    await choice.getByRole('button', { name: 'Keep this one: You' }).click()
    await choice.waitFor({ state: 'detached' })
    await his.page.getByRole('button', { name: /Supper by Anna/ }).waitFor()
    const told = async () => (await ben.api.expenses(space, { search: 'supper' })).expenses[0]
    const chosen = await eventually('Ben hears of it', told, isChosen, ARRIVAL_MS)
    assert.deepEqual([chosen?.title, chosen?.amountMinor], ['Supper by Anna', 6000])
    assert.equal((await ben.api.expenses(space)).total, 3, 'one copy of the file')
    hers.assertQuiet()
    his.assertQuiet()
  },
)
