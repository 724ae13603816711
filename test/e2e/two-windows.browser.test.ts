// @timeoutSeconds 300: a real browser on a busy machine.
/**
 * Two people in two real browser windows, each on a peer of their own: first run, invitation, approval, talking, and
 * the invitation's preview, all through what a person sees. With HAMLET_IMAGES set to a folder the screenshots of
 * the README are taken on the way.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runPeer } from '@hamlet/peer/node'
import type { RunningPeer } from '@hamlet/peer/node'
import { ensureWebBuild } from '../../apps/web/scripts/build.ts'
import { NARROW, TestBrowser, WIDE } from '../../apps/web/test/_browser.ts'
import type { TestPage } from '../../apps/web/test/_browser.ts'

const IMAGES = process.env['HAMLET_IMAGES']
const SPACE = 'Maple Street 12'

let root: string
let browser: TestBrowser
let anna: RunningPeer
let ben: RunningPeer

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hamlet-windows-'))
  browser = await TestBrowser.start()
  const webDirectory = await ensureWebBuild()
  const start = (name: string): Promise<RunningPeer> =>
    runPeer({
      dataDirectory: join(root, name),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [],
      relay: false,
      webDirectory,
      localDiscovery: false,
    })
  anna = await start('anna')
  ben = await start('ben')
})

after(async () => {
  await browser[Symbol.asyncDispose]()
  await Promise.all([anna.close(), ben.close()])
  await rm(root, { recursive: true, force: true })
})

test('a message typed in one window appears in the other', { timeout: 280_000 }, async () => {
  await using first = await browser.open(anna.createLoginUrl())
  await foundSpace(first)
  const link = await invite(first)
  await using second = await browser.open(ben.createLoginUrl())
  await askToJoin(second, link)
  await approve(first)
  await openRoom(second)
  await openRoom(first)
  await say(first, 'Welcome, Ben! The **key** is under the second flower pot.')
  await sees(second, 'under the second flower pot')
  await say(second, 'Found it. Who waters the tomatoes on Friday?')
  await sees(first, 'Who waters the tomatoes on Friday?')
  await say(first, 'I do. Saturday would be yours :)')
  await sees(second, 'Saturday would be yours')
  await first.page.getByText('Read by Ben').last().waitFor({ state: 'attached' })
  await picture(first, 'chat-wide-light', 'light', WIDE)
  await picture(first, 'chat-wide-dark', 'dark', WIDE)
  await picture(second, 'chat-narrow-dark', 'dark', NARROW)
  await picture(second, 'chat-narrow-light', 'light', NARROW)
  first.assertQuiet()
  second.assertQuiet()
})

async function foundSpace(opened: TestPage): Promise<void> {
  const { page } = opened
  await page.getByLabel('What should others call you?').waitFor()
  await picture(opened, 'first-run-wide-light', 'light', WIDE)
  await page.getByLabel('What should others call you?').fill('Anna')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /Start a space/ }).click()
  await page.getByLabel('Name of the space').fill(SPACE)
  await page.getByRole('button', { name: 'Start space' }).click()
  await page.getByRole('main').getByText('General').waitFor()
}

async function invite(opened: TestPage): Promise<string> {
  const { page } = opened
  await page.getByRole('button', { name: 'Invite' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create link' }).click()
  await dialog.getByRole('img', { name: 'The invitation as a QR code' }).waitFor()
  await picture(opened, 'invite-wide-light', 'light', WIDE)
  const link = await dialog.getByLabel('Invitation link').inputValue()
  await page.keyboard.press('Escape')
  return link
}

async function askToJoin(opened: TestPage, link: string): Promise<void> {
  const { page } = opened
  await page.getByLabel('What should others call you?').fill('Ben')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /I have an invitation/ }).click()
  await page.getByLabel('Invitation link').fill(link)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: SPACE }).waitFor()
  await page.getByRole('button', { name: 'Ask to join' }).click()
  await page.getByText('Waiting for someone to approve').waitFor({ timeout: 20_000 })
}

async function approve(opened: TestPage): Promise<void> {
  const { page } = opened
  await page.getByRole('button', { name: 'Review' }).click({ timeout: 20_000 })
  await page.getByRole('listitem').filter({ hasText: 'Ben' }).getByText('Approve').click()
  await page.getByRole('heading', { name: 'Asking to join' }).waitFor({ state: 'detached' })
}

async function openRoom(opened: TestPage): Promise<void> {
  const room = opened.page.getByRole('button', { name: /General/ }).first()
  await room.click({ timeout: 20_000 })
  await opened.page.getByLabel('Message to General').waitFor()
}

async function say(opened: TestPage, text: string): Promise<void> {
  await opened.page.getByLabel('Message to General').fill(text)
  await opened.page.keyboard.press('Enter')
}

async function sees(opened: TestPage, text: string): Promise<void> {
  await opened.page.getByRole('article').getByText(text).waitFor({ timeout: 20_000 })
}

async function picture(
  opened: TestPage,
  name: string,
  colorScheme: 'light' | 'dark',
  screen: { readonly width: number; readonly height: number },
): Promise<void> {
  const { page } = opened
  const before = page.viewportSize()
  await page.emulateMedia({ colorScheme })
  await page.setViewportSize(screen)
  await opened.settle()
  await opened.checkAccessibility(name)
  if (IMAGES !== undefined) await page.screenshot({ path: join(IMAGES, `${name}.png`) })
  await page.emulateMedia({ colorScheme: 'light' })
  assert.notEqual(before, null)
  await page.setViewportSize(before!)
}
