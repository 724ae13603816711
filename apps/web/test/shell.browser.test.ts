// @timeoutSeconds 300: a real browser on a busy machine.
// The frame around everything: jumping by keyboard, the inspector, settings and languages, recovery words, narrow screens.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SMALL, startWebServer, TestBrowser } from './_browser.ts'
import type { PageOptions } from './_browser.ts'
import { fillSpace } from './_filled-space.ts'

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

type Server = Awaited<ReturnType<typeof startWebServer>>

async function openFilled(server: Server, options: PageOptions = {}) {
  const space = await fillSpace(server)
  const opened = await browser.open(server.server.createLoginUrl(), options)
  await opened.page.getByRole('contentinfo').waitFor()
  return { space, opened }
}

test('Ctrl-K jumps to a room by a part of its name, with the keyboard alone', async () => {
  await using server = await startWebServer()
  const { opened } = await openFilled(server)
  await using _closing = opened
  const { page } = opened
  await page.getByRole('main').getByText('Garden').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Jump to' }).waitFor()
  await opened.inspect('jump')
  await page.keyboard.type('gar')
  await page.keyboard.press('Enter')
  await page.getByLabel('Message to Garden').waitFor()
  opened.assertQuiet()
})

test('the status strip opens the inspector, which says who has what', async () => {
  await using server = await startWebServer()
  const { opened } = await openFilled(server)
  await using _closing = opened
  const { page } = opened
  await page.getByRole('contentinfo').getByText('Ben Carter and Cleo here now').waitFor()
  await page.getByRole('contentinfo').getByRole('button').click()
  const drawer = page.getByRole('dialog', { name: 'Who has what' })
  await drawer.getByText('Has everything').first().waitFor()
  await opened.inspect('inspector')
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
  opened.assertQuiet()
})

test('the language is that of the browser and can be changed', async () => {
  await using server = await startWebServer()
  const { opened } = await openFilled(server, { locale: 'de-DE' })
  await using _closing = opened
  const { page } = opened
  await page.getByRole('button', { name: 'Übersicht' }).waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de')
  await page.getByRole('button', { name: 'Einstellungen' }).first().click()
  await opened.inspect('settings-german')
  await page.getByLabel('Sprache').selectOption('en')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await page.getByLabel('Your name').fill('Ana Maria')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Your name is saved.').waitFor()
  assert.equal((await server.api.status()).name, 'Ana Maria')
  opened.assertQuiet()
})

test('recovery words are offered once somebody is here, and shown only when asked for', async () => {
  await using server = await startWebServer()
  const { opened } = await openFilled(server)
  await using _closing = opened
  const { page } = opened
  await page.getByRole('button', { name: 'Show the words' }).click()
  const dialog = page.getByRole('dialog')
  assert.equal(await dialog.getByText('abandon').count(), 0)
  await dialog.getByRole('button', { name: 'Show the words' }).click()
  await dialog.getByText('abandon').first().waitFor()
  await opened.inspect('recovery')
  await dialog.getByRole('button', { name: 'I have written them down' }).click()
  await page.reload()
  await page.getByRole('contentinfo').waitFor()
  assert.equal(await page.getByText('You are no longer alone here').count(), 0)
  opened.assertQuiet()
})

test('on a small phone everything is reached with the bar at the foot', async () => {
  await using server = await startWebServer()
  const { opened } = await openFilled(server, { screen: SMALL })
  await using _closing = opened
  const { page } = opened
  await page
    .getByRole('main')
    .getByRole('button', { name: /general/ })
    .click()
  await page.getByLabel('Message to general').fill('From the tram')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('article').getByText('From the tram').waitFor()
  await opened.inspect('small-room', [SMALL])
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByRole('button', { name: 'People' }).click()
  await page.getByRole('heading', { name: 'Members' }).waitFor()
  await page.getByRole('button', { name: 'Chat', exact: true }).click()
  await page.getByRole('button', { name: 'Maple Street 12' }).click()
  await page.getByRole('menuitem', { name: 'Start or join a space' }).click()
  await page.getByRole('button', { name: /I have an invitation/ }).waitFor()
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  assert.equal(overflow, 0)
  opened.assertQuiet()
})
