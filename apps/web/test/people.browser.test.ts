// @timeoutSeconds 300: a real browser on a busy machine.
// People: inviting by link and code, taking an invitation back, answering those who ask.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NARROW, SMALL, startWebServer, TestBrowser, WIDE } from './_browser.ts'
import { fillSpace } from './_filled-space.ts'

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

async function openPeople(server: Awaited<ReturnType<typeof startWebServer>>, space: string) {
  const opened = await browser.open(server.server.createLoginUrl())
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.goto(`${server.server.url}/#/s/${space}/people`)
  await opened.page.getByRole('heading', { name: 'Members' }).waitFor()
  return opened
}

test('an invitation is made with its terms and shown as link and code', async () => {
  await using server = await startWebServer()
  const { id } = await server.api.createSpace('Bread club')
  await using opened = await openPeople(server, id)
  const { page } = opened
  await page.getByRole('button', { name: 'Invite' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('They can').selectOption('reader')
  await dialog.getByLabel('Let them in').check()
  await dialog.getByLabel('Works for').selectOption('86400')
  await dialog.getByLabel('How many people').selectOption('5')
  await opened.inspect('invite-terms')
  await dialog.getByRole('button', { name: 'Create link' }).click()
  await dialog.getByRole('img', { name: 'The invitation as a QR code' }).waitFor()
  await opened.inspect('invite-link')
  const link = await dialog.getByLabel('Invitation link').inputValue()
  await dialog.getByRole('button', { name: 'Copy link' }).click()
  await dialog.getByText('Copied').waitFor()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link)
  const [invite] = await server.api.invites(id)
  assert.deepEqual(
    [invite?.role, invite?.mode, invite?.maxUses, invite?.link],
    ['reader', 'auto', 5, link],
  )
  opened.assertQuiet()
})

test('an invitation that was taken back is no longer open', async () => {
  await using server = await startWebServer()
  const { id } = await server.api.createSpace('Bread club')
  await server.api.createInvite(id)
  await using opened = await openPeople(server, id)
  const { page } = opened
  await page.getByRole('button', { name: 'Show link' }).click()
  await page.getByRole('img', { name: 'The invitation as a QR code' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('Revoked').waitFor()
  assert.equal((await server.api.invites(id))[0]?.state, 'revoked')
  opened.assertQuiet()
})

test('those who ask stand on top; one is approved and another declined', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openPeople(server, space.id)
  const { page } = opened
  const invite = await server.api.createInvite(space.id, { maxUses: 2 })
  await server.world.addPerson('Dora').join(invite.link ?? '')
  await server.world.addPerson('Mallory').join(invite.link ?? '')
  await page.getByRole('heading', { name: 'Asking to join' }).waitFor()
  await opened.inspect('people-requests', [WIDE, NARROW, SMALL])
  await page.getByRole('button', { name: 'Overview' }).click()
  await page.getByText('2 people ask to join').waitFor()
  await opened.inspect('overview-filled')
  await page.getByRole('button', { name: 'Review' }).click()
  await page.getByRole('listitem').filter({ hasText: 'Dora' }).getByText('Approve').click()
  await page.getByRole('listitem').filter({ hasText: 'Mallory' }).getByText('Decline').click()
  await page.getByRole('heading', { name: 'Asking to join' }).waitFor({ state: 'detached' })
  const names = (await server.api.members(space.id)).map((member) => member.name)
  assert.deepEqual(names, ['Ana', 'Ben Carter', 'Cleo', 'Dora'])
  opened.assertQuiet()
})
