// @timeoutSeconds 300: a real browser on a busy machine.
// Changing who belongs: roles with a way back, removing with its preview, votes, handing over, leaving, deleting; by keys too.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { eventually, startWebServer, TestBrowser } from './_browser.ts'
import type { PageOptions, TestPage } from './_browser.ts'
import { fillSpace } from './_filled-space.ts'

type Server = Awaited<ReturnType<typeof startWebServer>>

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

async function openPeople(server: Server, space: string, options?: PageOptions): Promise<TestPage> {
  const opened = await browser.open(server.server.createLoginUrl(), options)
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.goto(`${server.server.url}/#/s/${space}/people`)
  await opened.page.getByRole('main').getByRole('listitem').first().waitFor()
  return opened
}

/** Opens the menu of a member and chooses, by keys alone. */
async function choose(page: Page, name: string, item: RegExp): Promise<void> {
  // A dialog that closes gives the focus back a moment later.
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const trigger = page.getByRole('button', { name: `What to do about ${name}` })
  const wanted = page.getByRole('menuitem', { name: item })
  await eventually(
    async () => {
      if (!(await wanted.isVisible())) await trigger.press('Enter')
      return await wanted.isVisible()
    },
    (isOpen) => isOpen,
  )
  await eventually(
    async () => {
      if (await hasFocus(wanted)) return true
      await page.keyboard.press('ArrowDown')
      return await hasFocus(wanted)
    },
    (isReached) => isReached,
  )
  await page.keyboard.press('Enter')
}

/** Also after the moment in which a menu moves the focus. */
async function hasFocus(item: Locator): Promise<boolean> {
  return await item.evaluate(async (element) => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return element === document.activeElement
  })
}

function row(page: Page, name: string) {
  return page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) })
}

test('a role is changed at once by keys, and taken back', async () => {
  await using server = await startWebServer()
  const { id, ben } = await fillSpace(server)
  await using opened = await openPeople(server, id)
  const { page } = opened
  await opened.inspect('people-members')
  await choose(page, 'Ben Carter', /Make Admin/)
  await page.getByText('Ben Carter is Admin now.').waitFor()
  await row(page, 'Ben Carter').getByText('Admin', { exact: true }).first().waitFor()
  assert.equal((await ben.space(id)).role, 'admin')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Ben Carter is Writer now.').waitFor()
  assert.equal((await ben.space(id)).role, 'writer')
  await page.getByText('Ana made Ben Carter Writer').waitFor()
  opened.assertQuiet()
})

test('before removing, the page says what that does and cannot do; after it, who removed whom', async () => {
  await using server = await startWebServer()
  const { id, ben } = await fillSpace(server)
  await using opened = await openPeople(server, id)
  const { page } = opened
  await choose(page, 'Ben Carter', /Remove/)
  const dialog = page.getByRole('dialog')
  await dialog.getByText('It cannot take back what they have read').waitFor()
  await dialog.getByText('Ben Carter and their device lose access.').waitFor()
  await opened.inspect('people-remove')
  await page.keyboard.press('Escape')
  assert.equal((await server.api.members(id)).length, 3)
  await choose(page, 'Ben Carter', /Remove/)
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('heading', { name: 'Not here any more' }).waitFor()
  await page.getByText(/Removed by Ana/).waitFor()
  await page.getByText('Ana removed Ben Carter').waitFor()
  assert.equal((await ben.spaces())[0]?.standing, 'removed')
  await opened.inspect('people-former')
  opened.assertQuiet()
})

test('whoever is removed sees it without reloading, reads on, and can delete the space', async () => {
  await using server = await startWebServer()
  const owner = server.world.addPerson('Olga')
  const { id } = await owner.createSpace('Chess club')
  await server.api.join((await owner.createInvite(id, { mode: 'auto' })).link!)
  const room = (await owner.rooms(id))[0]!.id
  await owner.send(id, { text: 'The board is in the attic.' })
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await page.getByRole('contentinfo').waitFor()
  await page.goto(`${server.server.url}/#/s/${id}/r/${room}`)
  await page.getByLabel(/Message to/).waitFor()
  await owner.removeMember(id, server.api.id)
  await page.getByText(/Olga removed you from this space on/).waitFor()
  await page.getByLabel(/Message to/).waitFor({ state: 'detached' })
  await page.getByText('The board is in the attic.').first().waitFor()
  await opened.inspect('space-removed')
  await page.getByRole('button', { name: /Delete here/ }).click()
  await page.getByText('The members still have what you wrote.').waitFor()
  await opened.inspect('space-forget')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: /Start a space/ }).waitFor()
  assert.deepEqual(await server.api.spaces(), [])
  opened.assertQuiet()
})

test('whose admission fell is told why without reloading, and how to come back', async () => {
  await using server = await startWebServer()
  const owner = server.world.addPerson('Olga')
  const { id } = await owner.createSpace('Chess club')
  await server.api.join((await owner.createInvite(id, { mode: 'auto' })).link!)
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await page.getByRole('contentinfo').waitFor()
  await page.goto(`${server.server.url}/#/s/${id}/people`)
  server.api.letFall(id, 'admitter', 'Paul')
  await page.getByText(/no longer counts, because Paul, who let you in,/).waitFor()
  await page.getByText(/Ask somebody for a new invitation to be let in again/).waitFor()
  await opened.inspect('space-admission-fell')
  await page.getByRole('button', { name: /I have an invitation/ }).waitFor()
  opened.assertQuiet()
})

test('a device put back from a backup says what it waits for, keeps what is written, and saves it when told to', async () => {
  await using server = await startWebServer()
  const { id, rooms } = await fillSpace(server)
  server.api.putBack(id)
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await page.getByRole('contentinfo').waitFor()
  await page.goto(`${server.server.url}/#/s/${id}/r/${rooms.general}`)
  await page.getByText('The files of this device were copied or put back').waitFor()
  await page.getByLabel(/Message to/).fill('Kept until then.')
  await page.keyboard.press('Enter')
  await page.getByText(/is saved as soon as this device may write again/).waitFor()
  await opened.inspect('space-waiting')
  assert.equal((await server.api.messages(id, { search: 'Kept' })).messages.length, 0)
  await page.getByRole('button', { name: 'Write anyway' }).click()
  await page.getByText('The files of this device were copied or').waitFor({ state: 'detached' })
  await page.getByText(/is saved as soon as/).waitFor({ state: 'detached' })
  assert.equal((await server.api.messages(id, { search: 'Kept' })).messages.length, 1)
  opened.assertQuiet([/409/])
})

test('admins vote for a new owner; the last vote takes effect by itself', async () => {
  await using server = await startWebServer()
  const owner = server.world.addPerson('Olga')
  const { id } = await owner.createSpace('Chess club')
  const { link } = await owner.createInvite(id, { mode: 'auto', maxUses: 3 })
  const others = [server.world.addPerson('Pia'), server.world.addPerson('Quentin')]
  for (const person of [server.api, ...others]) {
    await person.join(link!)
    await owner.setRole(id, person.id, 'admin')
  }
  await using opened = await openPeople(server, id)
  const { page } = opened
  await choose(page, 'Pia', /Vote for as new owner/)
  await page.getByRole('dialog').getByText('It takes 3 of the 3 admins').waitFor()
  await opened.inspect('people-vote')
  await page.getByRole('dialog').getByRole('button', { name: 'Vote' }).click()
  await page.getByText(/1 of 3 votes/).waitFor()
  await others[1]!.voteForOwner(id, others[0]!.id)
  await page.getByText(/2 of 3 votes/).waitFor()
  await opened.inspect('people-votes')
  await others[0]!.voteForOwner(id, others[0]!.id)
  await page.getByText('The admins made Pia the owner').waitFor()
  await page.getByText(/of 3 votes/).waitFor({ state: 'detached' })
  opened.assertQuiet()
})

test('the owner hands over, and then leaves', async () => {
  await using server = await startWebServer()
  const { id, cleo } = await fillSpace(server)
  await using opened = await openPeople(server, id)
  const { page } = opened
  assert.equal(await page.getByRole('button', { name: 'What to do about Ana' }).count(), 0)
  await choose(page, 'Cleo', /Hand the space over/)
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Only Cleo can give it back.').waitFor()
  await opened.inspect('people-hand-over')
  await dialog.getByRole('button', { name: 'Hand over' }).click()
  await page.getByText('Cleo owns the space now.').waitFor()
  assert.equal((await cleo.space(id)).role, 'owner')
  await choose(page, 'Ana', /Leave the space/)
  await dialog.getByText('someone has to invite you again').waitFor()
  await dialog.getByRole('button', { name: 'Leave' }).click()
  await page.getByText(/You left this space on/).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Invite' }).count(), 0)
  assert.equal((await server.api.space(id)).standing, 'left')
  opened.assertQuiet()
})

test('the owner decides what newcomers read, others see it', async () => {
  await using server = await startWebServer()
  const { id, cleo } = await fillSpace(server)
  await using opened = await openPeople(server, id)
  const { page } = opened
  await page.getByLabel('They get the history').selectOption('1')
  await page
    .getByText('Ana decided: newcomers get the history when one more admin knows of them')
    .waitFor()
  assert.equal((await cleo.policies(id))[1]?.value, '1')
  const choice = page.getByLabel('People who join from now on read')
  await choice.selectOption('from-join')
  await page.getByText('Ana decided: newcomers see what comes after they join').waitFor()
  assert.equal((await cleo.space(id)).history, 'from-join')
  await server.api.transferOwnership(id, cleo.id)
  await choice.waitFor({ state: 'detached' })
  await page.getByText('What comes after they join', { exact: true }).waitFor()
  opened.assertQuiet()
})

test('it is all there in German', async () => {
  await using server = await startWebServer()
  const { id, ben } = await fillSpace(server)
  await server.api.removeMember(id, ben.id)
  await using opened = await openPeople(server, id, { locale: 'de-DE' })
  const { page } = opened
  await page.getByRole('heading', { name: 'Nicht mehr hier' }).waitFor()
  await page.getByText('Ana hat Ben Carter entfernt').waitFor()
  await page.getByRole('button', { name: 'Was soll mit Cleo geschehen' }).click()
  await page.getByRole('menuitem', { name: /Entfernen/ }).click()
  await page.getByText('Was das nicht kann').waitFor()
  await opened.inspect('people-remove-german')
  opened.assertQuiet()
})
