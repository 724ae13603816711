/** Five people around one table, and the first of them at the page, with real key presses. */

import type { TestServer } from '@hamlet/http/testing'
import type { Page } from 'playwright-core'
import type { PageOptions, TestBrowser, TestPage } from './_browser.ts'
import { EUR } from './_filled-ledger.ts'

const FIVE = ['Ann', 'Ben', 'Cleo', 'Dan', 'Eve'] as const

export interface Table {
  readonly space: string
  readonly people: readonly string[]
}

/** Five people in one space; the first is at the page. */
export async function seatFive(server: TestServer): Promise<Table> {
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

export async function openBills(
  browser: TestBrowser,
  server: TestServer,
  space: string,
  options?: PageOptions,
): Promise<TestPage> {
  const opened = await browser.open(server.server.createLoginUrl(), options)
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.goto(`${server.server.url}/#/s/${space}/bills`)
  return opened
}

export async function addBill(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add bill' }).first().click()
  // A dialog is to be seen a moment before it takes keys.
  const title = page.getByRole('dialog').getByLabel('What was it?')
  await title.and(page.locator(':focus')).waitFor()
}

/** Presses every key of it, and counts them. */
export async function press(page: Page, keys: readonly string[]): Promise<number> {
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
