// @timeoutSeconds 300: a real browser on a busy machine.
// The first minutes: getting in, giving a name, starting a space, or following an invitation.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createHttpClient } from '@hamlet/http/client'
import { NARROW, startWebServer, TestBrowser, WIDE } from './_browser.ts'

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

test('a page without a session says how to open it', async () => {
  await using server = await startWebServer()
  await using opened = await browser.open(server.server.url)
  await opened.page.getByRole('heading', { name: 'Open Hamlet from your computer' }).waitFor()
  await opened.page.getByText('hamlet up').waitFor()
  await opened.inspect('gate')
  opened.assertQuiet()
})

test('a login code that was used says so and loses nothing', async () => {
  await using server = await startWebServer()
  await using opened = await browser.open(`${server.server.url}/#login=${'x'.repeat(43)}`)
  await opened.page.getByText('has been used or is too old').waitFor()
  opened.assertQuiet([/status of 401|status of 403/])
})

test('a newcomer gives a name, starts a space and writes the first message', async () => {
  await using server = await startWebServer()
  server.api.name = ''
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await page.getByRole('heading', { name: 'Welcome to Hamlet' }).waitFor()
  assert.doesNotMatch(page.url(), /login=/)
  await opened.inspect('first-run-name')
  await page.getByLabel('What should others call you?').fill('Anna')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Hello, Anna' }).waitFor()
  await opened.inspect('first-run-begin')
  await page.getByRole('button', { name: /Start a space/ }).click()
  await page.getByLabel('Name of the space').fill('Maple Street 12')
  const history = page.getByRole('group', {
    name: 'New people can read what was written before they came',
  })
  assert.equal(await history.getByRole('radio', { name: /^Yes/ }).isChecked(), true)
  await history.getByRole('radio', { name: /^No/ }).check()
  await opened.inspect('first-run-space')
  await page.getByRole('button', { name: 'Start space' }).click()
  await page.getByRole('main').getByText('general').waitFor()
  await opened.inspect('overview-empty')
  const [founded] = await server.api.spaces()
  assert.equal((await server.api.space(founded?.id ?? '')).history, 'from-join')
  await page
    .getByRole('main')
    .getByRole('button', { name: /general/ })
    .click()
  await opened.inspect('room-empty')
  await page.getByLabel('Message to general').fill('Hello, is anybody there?')
  await page.keyboard.press('Enter')
  await page.getByRole('article').getByText('Hello, is anybody there?').waitFor()
  await page.reload()
  await page.getByRole('article').getByText('Hello, is anybody there?').waitFor()
  opened.assertQuiet()
})

test('a space is started whose messages disappear, and the people pane says so', async () => {
  await using server = await startWebServer()
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await page.getByRole('button', { name: /Start a space/ }).click()
  await page.getByLabel('Name of the space').fill('Plans')
  await page.getByLabel('Messages disappear').selectOption('After a week')
  await page.getByText('it cannot be changed later').waitFor()
  assert.equal(await page.getByRole('radio').count(), 0)
  await page.getByRole('button', { name: 'Start space' }).click()
  await page.getByRole('main').getByText('general').waitFor()
  const [founded] = await server.api.spaces()
  const detail = await server.api.space(founded?.id ?? '')
  assert.deepEqual([detail.disappearAfterMs, detail.history], [7 * 86_400_000, 'from-join'])
  await page.goto(`${server.server.url}/#/s/${founded?.id}/people`)
  await page.getByText('Messages disappear after 7 days.').waitFor()
  opened.assertQuiet()
})

test('an invitation is previewed, asked for, approved by the other person, and leads in', async () => {
  await using server = await startWebServer()
  const ben = server.world.addPerson('Ben')
  const space = await ben.createSpace('Bread club')
  const invite = await ben.createInvite(space.id)
  const payload = invite.link?.split('#')[1] ?? ''
  const { token } = await createHttpClient({ baseUrl: server.server.url }).login(
    server.server.createLoginCode(),
  )
  assert.notEqual(token, '')
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await page.getByRole('button', { name: /I have an invitation/ }).click()
  await page.getByLabel('Invitation link').fill('hamlet:join#nonsense')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('not a complete invitation link').waitFor()
  await page.getByLabel('Invitation link').fill(`https://example.org/#join=${payload}`)
  await page.getByLabel('Invitation link').fill(invite.link ?? '')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Bread club' }).waitFor()
  await opened.inspect('join-preview')
  await page.getByRole('button', { name: 'Ask to join' }).click()
  await page.getByText('Waiting for someone to approve').waitFor()
  await opened.inspect('join-waiting')
  const [request] = await ben.requests(space.id)
  await ben.approve(space.id, request?.id ?? '')
  await page.getByRole('main').getByText('general').waitFor()
  opened.assertQuiet([/status of 4\d\d/])
})

test('a link with an invitation opens its preview', async () => {
  await using server = await startWebServer()
  const ben = server.world.addPerson('Ben')
  const space = await ben.createSpace('Bread club')
  const invite = await ben.createInvite(space.id)
  await using opened = await browser.open(server.server.createLoginUrl(), { screen: NARROW })
  const { page } = opened
  await page.getByText('Hello, Ana').waitFor()
  await page.goto(`${server.server.url}/#join=${invite.link?.split('#')[1] ?? ''}`)
  await page.getByRole('heading', { name: 'Bread club' }).waitFor()
  assert.doesNotMatch(page.url(), /join=/)
  await page.keyboard.press('Escape')
  await page.getByText('Hello, Ana').waitFor()
  opened.assertQuiet()
  assert.equal(WIDE.width, 1280)
})
