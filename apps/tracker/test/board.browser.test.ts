// @timeoutSeconds 600: a real browser on a busy machine.
// The dashboard in a real Chromium on a real tracker with thousands of files: logging in, looking around by mouse and by
// keyboard, on a phone and in German; no accessibility violation, and pictures to look at.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { NARROW, TestBrowser } from '@hamlet/web/testing'
import type { PageOptions, TestPage } from '@hamlet/web/testing'
import { fillBoard, SIZES } from '../scripts/seeded-board.ts'
import { ensureBoardBuild } from '../web/scripts/build.ts'
import { call, startTestTracker } from './_tracker.ts'
import type { TestTracker } from './_tracker.ts'

const NAME = 'anna'
const PASSWORD = 'correct horse battery'

let browser: TestBrowser
let tracker: TestTracker

before(async () => {
  const webDirectory = await ensureBoardBuild()
  tracker = await startTestTracker({ webDirectory })
  await fillBoard(tracker.tracker.parts.sql, SIZES.middle, Date.now())
  const made = await call(tracker.url, 'POST', '/api/v2/accounts', {
    body: { name: NAME, password: PASSWORD },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
  await tracker[Symbol.asyncDispose]()
})

async function openBoard(options: PageOptions = {}): Promise<TestPage> {
  const opened = await browser.open(tracker.url, options)
  await logIn(opened.page, options.locale === 'de-DE' ? ['Passwort', 'Anmelden'] : undefined)
  return opened
}

async function logIn(page: Page, [password, button] = ['Password', 'Log in']): Promise<void> {
  await page.locator('[name=name]').fill(NAME)
  await page.getByLabel(password!).fill(PASSWORD)
  await page.getByRole('button', { name: button! }).click()
  await page.getByRole('contentinfo').waitFor()
}

test('a wrong password is told, the right one opens the board with live figures', async () => {
  await using opened = await browser.open(tracker.url)
  const { page } = opened
  await page.getByLabel('Name').fill(NAME)
  await page.getByLabel('Password').fill('wrong horse battery')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('do not belong together').waitFor()
  await opened.checkAccessibility('the gate')
  await logIn(page)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.getByText('2,000').first().waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await page.getByRole('img', { name: /^Passed on: .* in all; most/ }).waitFor()
  await opened.inspect('tracker-overview')
  opened.assertQuiet([/401/])
})

test('files are searched, ordered and walked through with the keyboard alone, and one shows its pieces', async () => {
  await using opened = await openBoard()
  const { page } = opened
  await page.getByRole('link', { name: 'Files' }).click()
  const table = page.getByRole('table', { name: 'Files' })
  await table.getByRole('row').nth(1).waitFor()
  await opened.inspect('tracker-files')
  await page.keyboard.press('/')
  await page.keyboard.type('garden vid')
  await table
    .getByRole('link', { name: /^garden-video-/ })
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Size' }).press('Enter')
  await page.locator('[aria-sort=descending]:focus-within', { hasText: 'Size' }).waitFor()
  await page.locator('[role=table][aria-busy=false]').waitFor()
  await table.getByRole('link').first().focus()
  for (const row of [1, 2]) {
    await page.keyboard.press('ArrowDown')
    await page.locator(`[data-row="${row}"]:focus`).waitFor()
  }
  const chosen = await page.evaluate(() => document.activeElement?.textContent ?? '')
  assert.match(chosen, /^garden-video-/)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: chosen }).waitFor()
  await page.getByRole('img', { name: /copies of the file/ }).waitFor()
  await page.getByRole('heading', { name: 'Who holds it' }).waitFor()
  await opened.inspect('tracker-file')
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('button', { name: 'Log in' }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Log in' }).waitFor()
  opened.assertQuiet()
})

test('a list is read to its end by scrolling, and only what is seen is in the page', async () => {
  await using opened = await openBoard()
  const { page } = opened
  await page.getByRole('link', { name: 'Peers' }).click()
  const links = page.getByRole('table', { name: 'Peers' }).getByRole('link')
  await links.first().focus()
  const seen = new Set<string>()
  // 300 peers; each End goes to the last row that is loaded, which loads more.
  for (let turns = 0; turns < 40 && !seen.has('299'); turns++) {
    await page.keyboard.press('End')
    await page.waitForTimeout(300)
    seen.add(await page.evaluate(() => document.activeElement?.getAttribute('data-row') ?? ''))
  }
  assert.ok(seen.has('299'), [...seen].join())
  assert.ok((await links.count()) < 60)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Standing' }).waitFor()
  await opened.checkAccessibility('a peer')
  opened.assertQuiet()
})

test('throughput, credits and frauds, in German and on a phone, until the tracker goes away', async () => {
  await using opened = await openBoard({ locale: 'de-DE', screen: NARROW })
  const { page } = opened
  await page.getByRole('link', { name: 'Durchsatz' }).click()
  await page.getByRole('button', { name: 'Woche' }).click()
  await page.getByRole('img', { name: /^Weitergegeben: zusammen/ }).waitFor()
  await opened.inspect('tracker-throughput')
  await page.getByRole('link', { name: 'Guthaben' }).click()
  await page.getByRole('img', { name: /^Größter Fluss: / }).waitFor()
  await opened.inspect('tracker-credits')
  await page.getByRole('table', { name: 'Personen' }).getByRole('link').first().click()
  await page.getByRole('heading', { name: 'Gab an' }).waitFor()
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  assert.equal(overflow, 0)
  await page.getByRole('link', { name: 'Betrug' }).click()
  await page.getByText('sagt Quittung 1, zusammen seien 12,0 MB angekommen').first().waitFor()
  await opened.inspect('tracker-frauds')
  // The last of these tests: the tracker goes away, and what was shown stays with a word about it.
  await tracker[Symbol.asyncDispose]()
  await page.getByRole('contentinfo').getByText('Der Tracker antwortet nicht').waitFor()
  await page.getByText('sagt Quittung 1, zusammen seien').first().waitFor()
  opened.assertQuiet([/ERR_|Failed to load/])
})
