// @timeoutSeconds 300: a real browser on a busy machine.
// Files: what is shared and where it is, dropping and choosing, a share's drawer, previews, and what goes wrong.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { eventually, NARROW, SMALL, startWebServer, TestBrowser, WIDE } from './_browser.ts'
import type { PageOptions, TestPage } from './_browser.ts'
import { fillFiles, NOTES, picture, recordFilm } from './_filled-files.ts'

type Server = Awaited<ReturnType<typeof startWebServer>>
type Person = Server['api']

let browser: TestBrowser
let film: Uint8Array

before(async () => {
  browser = await TestBrowser.start()
  await using server = await startWebServer()
  await using opened = await browser.open(server.server.createLoginUrl())
  film = await recordFilm(opened.page)
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

async function openFiles(server: Server, space: string, options?: PageOptions): Promise<TestPage> {
  const opened = await browser.open(server.server.createLoginUrl(), options)
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.goto(`${server.server.url}/#/s/${space}/files`)
  await opened.page.locator('[data-row]').first().waitFor()
  return opened
}

/** As a hand that comes over the section with files in it. */
async function dragOver(page: Page, files: Readonly<Record<string, string>>, section = 'Files') {
  const transfer = await page.evaluateHandle((contents) => {
    const made = new DataTransfer()
    for (const [name, text] of Object.entries(contents)) made.items.add(new File([text], name))
    return made
  }, files)
  const zone = page.getByRole('region', { name: section, exact: true })
  await zone.dispatchEvent('dragenter', { dataTransfer: transfer })
  await zone.dispatchEvent('dragover', { dataTransfer: transfer })
  return { drop: () => zone.dispatchEvent('drop', { dataTransfer: transfer }) }
}

test('shared files stand with whose they are and on how many devices, are found, and dropped ones join them', async () => {
  await using server = await startWebServer()
  const { id, ben } = await fillFiles(server, film)
  await using opened = await openFiles(server, id)
  const { page } = opened
  const row = (name: RegExp) => page.getByRole('button', { name })
  await row(/Weekend at the lake Ben Carter.*12 files.*On 1 of 3 devices.*not here.*kB/).waitFor()
  await row(/Flyer You.*Only here.*public/).waitFor()
  await opened.inspect('files', [WIDE, NARROW, SMALL])
  await page.getByRole('searchbox', { name: 'Search files' }).fill('cleo')
  await row(/Weekend/).waitFor({ state: 'detached' })
  await row(/Floor plan/).waitFor()
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByLabel('Kind').selectOption('video')
  await page.getByRole('heading', { name: 'No file like that' }).waitFor()
  await page.getByRole('button', { name: 'Show all files' }).first().click()
  const { drop } = await dragOver(page, { 'shopping.txt': 'milk', 'list.txt': 'bread' })
  await page.getByText('Drop to share').waitFor()
  await opened.inspect('files-drop', [NARROW])
  await drop()
  const dialog = page.getByRole('dialog', { name: 'Share' })
  await dialog.getByRole('radio', { name: /The members of Maple Street 12/ }).waitFor()
  await opened.inspect('files-share')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Lists')
  await page.keyboard.press('Enter')
  await row(/Lists You.*2 files.*Only here/).waitFor()
  const lists = (await ben.shares(id)).find(({ name }) => name === 'Lists')
  assert.deepEqual([lists?.isPublic, lists?.fileCount], [false, 2])
  await page.getByRole('button', { name: 'Undo' }).click()
  await row(/Lists/).waitFor({ state: 'detached' })
  opened.assertQuiet()
})

test('of a share one sees who has it, chooses what is loaded and when, and keeps or frees it', async () => {
  await using server = await startWebServer()
  const { id, shares } = await fillFiles(server, film)
  await using opened = await openFiles(server, id)
  const { page } = opened
  await page.getByRole('button', { name: /Weekend at the lake/ }).click()
  const drawer = page.getByRole('dialog', { name: 'Weekend at the lake' })
  await drawer.getByText(/Only members of Maple Street 12 can read it/).waitFor()
  await drawer.getByText('A device of Ben Carter').waitFor()
  await drawer.getByRole('button', { name: /pictures/ }).click()
  await drawer.getByRole('button', { name: /^dawn\.png/ }).waitFor()
  await opened.inspect('files-drawer')
  await drawer.getByRole('checkbox', { name: 'Choose pictures' }).uncheck()
  await drawer.getByRole('checkbox', { name: 'Choose noon.png' }).check()
  await drawer.getByRole('button', { name: /^Load 4 files/ }).click()
  await drawer.getByText('All of it is here').waitFor()
  const { files } = await server.api.shareDetail(shares.weekend.id)
  assert.deepEqual(
    files?.filter(({ heldBytes, sizeBytes }) => heldBytes === sizeBytes).map(({ path }) => path),
    ['notes.txt', 'film.webm', 'emblem.svg', 'pictures/noon.png'],
  )
  // A second one that is held on its way, so that it can be looked at.
  await server.api.startTransfer(shares.weekend.id)
  await server.api.transfers()
  await server.api.pauseTransfer(shares.weekend.id)
  await drawer.getByText(/stretches are whole/).waitFor()
  await drawer.getByText('Paused').waitFor()
  await drawer.getByRole('combobox', { name: 'When dawn.png is loaded' }).selectOption('First')
  await opened.inspect('files-loading')
  const priorityOf = async () => {
    const { files: now } = await server.api.shareDetail(shares.weekend.id)
    return now?.find(({ path }) => path === 'pictures/dawn.png')?.priority
  }
  assert.equal(await eventually(priorityOf, (priority) => priority === 'high'), 'high')
  await drawer.getByRole('button', { name: 'Go on' }).click()
  await drawer.getByText('All of it is here').waitFor()
  const saved = page.waitForEvent('download')
  await drawer.getByRole('checkbox', { name: 'Choose pictures' }).uncheck()
  await drawer.getByRole('checkbox', { name: 'Choose noon.png' }).check()
  await drawer.getByRole('button', { name: 'Save 4 files as ZIP' }).click()
  const zip = await saved
  assert.equal(zip.suggestedFilename(), 'Weekend at the lake.zip')
  const bytes = await readFile(await zip.path())
  assert.ok(bytes.includes('Weekend at the lake/pictures/noon.png'))
  assert.ok(!bytes.includes('dawn.png') && bytes.includes(NOTES))
  await drawer.getByRole('button', { name: 'Keep here' }).click()
  await drawer.getByRole('button', { name: 'No longer keep here' }).waitFor()
  await drawer.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Free my space' }).click()
  await drawer.getByText('On 1 of 3 devices, not here').waitFor()
  opened.assertQuiet()
})

test('pictures, films and text are shown while they load; what could run is not', async () => {
  await using server = await startWebServer()
  const { id } = await fillFiles(server, film)
  await using opened = await openFiles(server, id)
  const { page } = opened
  await page.getByRole('button', { name: /Weekend at the lake/ }).click()
  const drawer = page.getByRole('dialog', { name: 'Weekend at the lake' })
  await drawer.getByRole('button', { name: /pictures/ }).click()
  assert.equal(await drawer.getByRole('button', { name: /^emblem\.svg/ }).count(), 0)
  await drawer.getByRole('button', { name: /^dawn\.png/ }).click()
  const image = page.getByRole('img', { name: 'dawn.png' })
  await eventually(
    () => image.evaluate((shown) => (shown as HTMLImageElement).naturalWidth),
    (width) => width === 640,
  )
  await opened.inspect('files-picture')
  await page.keyboard.press('ArrowRight')
  await page.getByRole('dialog', { name: 'noon.png' }).waitFor()
  await page.keyboard.press('Escape')
  await drawer.getByRole('button', { name: /^film\.webm/ }).click()
  const video = page.locator('video')
  await video.evaluate((player) => (player as HTMLVideoElement).play())
  const playedTo = await eventually(
    () => video.evaluate((player) => (player as HTMLVideoElement).currentTime),
    (time) => time > 0.2,
  )
  assert.ok(playedTo > 0.2, `${playedTo}`)
  await opened.inspect('files-film', [WIDE])
  await page.keyboard.press('Escape')
  await drawer.getByRole('button', { name: /^notes\.txt/ }).click()
  assert.equal(await page.getByRole('region', { name: 'Text of notes.txt' }).textContent(), NOTES)
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save a copy' }).click()
  assert.equal((await saved).suggestedFilename(), 'notes.txt')
  opened.assertQuiet()
})

test('a link says what it gives away, opens elsewhere, and a share is renamed, removed and brought back', async () => {
  await using server = await startWebServer()
  const { id, shares } = await fillFiles(server, film)
  await using opened = await openFiles(server, id)
  const { page } = opened
  await page.getByRole('button', { name: /Floor plan/ }).click()
  const drawer = page.getByRole('dialog', { name: /plan/i })
  const choose = async (item: string) => {
    await drawer.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  await choose('Send to a room')
  await page.getByRole('dialog').getByRole('button', { name: 'General' }).click()
  const message = page.getByRole('listitem').filter({ hasText: 'Floor plan.pdf' })
  await message.getByRole('button', { name: 'Open these files' }).waitFor()
  assert.doesNotMatch((await message.textContent()) ?? '', /hamlet:share/)
  await opened.inspect('files-in-room')
  await message.getByRole('button', { name: 'Open these files' }).click()
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await drawer.waitFor()
  await choose('New bill with it')
  await page.getByRole('dialog', { name: /bill/i }).waitFor()
  await page.keyboard.press('Escape')
  await page.goto(`${server.server.url}/#/s/${id}/files`)
  await page.getByRole('button', { name: /Floor plan/ }).click()
  await choose('Link')
  await page.getByText(/Whoever has this link can read these files/).waitFor()
  await opened.inspect('files-link', [NARROW])
  await page.getByRole('button', { name: 'Copy link: Link for a browser' }).click()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  assert.match(copied, /#share=/)
  await page.keyboard.press('Escape')
  await choose('Rename')
  await page.getByRole('textbox', { name: 'Name' }).fill('The plan')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'The plan' }).waitFor()
  assert.equal((await server.api.shareDetail(shares.plan.id)).name, 'The plan')
  await choose('Remove')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: /^The plan/ }).waitFor()
  await page.goto(`${server.server.url}/#share=${copied.split('#share=')[1]}`)
  await page.getByRole('dialog', { name: 'Open a link to files' }).waitFor()
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await page.getByRole('dialog', { name: 'The plan' }).waitFor()
  opened.assertQuiet()
})

test('sharing goes on while one looks elsewhere, and what stops waits with its reason', async () => {
  await using server = await startWebServer()
  const { id, rooms, ben, cleo } = await fillFiles(server, film)
  await using opened = await openFiles(server, id)
  const { page } = opened
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-folder-'))
  const gate = Promise.withResolvers<void>()
  const finish = server.api.finishUpload.bind(server.api)
  server.api.finishUpload = async (upload) => {
    await gate.promise
    return finish(upload)
  }
  try {
    await mkdir(join(folder, 'in'), { recursive: true })
    await writeFile(join(folder, 'in', 'b.png'), picture(120, 80, 10))
    await writeFile(join(folder, 'a.txt'), 'a')
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Share a folder' }).click()
    await (await chooser).setFiles(folder)
    await page.getByRole('textbox', { name: 'Name' }).fill('Garden')
    await page.keyboard.press('Enter')
    await page.getByText('Almost done').waitFor()
    await page.goto(`${server.server.url}/#/s/${id}/r/${rooms.general}`)
    const strip = page.getByRole('button', { name: /Taking in: 100%/ })
    await strip.waitFor()
    await opened.inspect('files-strip', [NARROW])
    await strip.click()
    await page.getByRole('dialog', { name: 'Under way' }).getByText('Garden').waitFor()
    await page.keyboard.press('Escape')
    gate.resolve()
    await page.getByText('“Garden” is shared.').waitFor()
    const [garden] = await server.api.shares(id)
    const { files } = await server.api.shareDetail(garden!.id)
    assert.deepEqual(files?.map(({ path }) => path).toSorted(), ['a.txt', 'in/b.png'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  await server.api.setTransferLimits({ quotaBytes: 1 })
  await page.goto(`${server.server.url}/#/s/${id}/files`)
  await (await dragOver(page, { 'late.txt': 'too late' })).drop()
  await page.getByRole('dialog').getByRole('button', { name: 'Share', exact: true }).click()
  await page
    .getByText(/room for files on this device is used up.*Retry/)
    .first()
    .waitFor()
  await opened.inspect('files-stopped')
  await page.getByRole('button', { name: 'More about these files' }).click()
  await page.getByRole('menuitem', { name: 'Storage and limits' }).click()
  await page.getByRole('textbox', { name: 'Room for files, in GB' }).fill('2,5')
  await opened.inspect('files-limits')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The limits are saved.').waitFor()
  assert.equal((await server.api.transferLimits()).quotaBytes, 2_500_000_000)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Retry' }).first().click()
  await page.getByRole('button', { name: /late\.txt You/ }).waitFor()
  await useTrackers(server, opened)
  await lookAtStanding(server, opened, [ben, cleo])
  opened.assertQuiet([/507/, /400/])
})

async function useTrackers({ api }: Server, opened: TestPage): Promise<void> {
  const { page } = opened
  const [away, used] = ['https://away.example', 'https://tracker.example:7373']
  api.trackerStates.set(away!, { state: 'failed', checkedAtMs: Date.now(), reason: 'HTTP_404' })
  const working = { state: 'working', checkedAtMs: Date.now(), announced: 3 } as const
  api.trackerStates.set(used!, working)
  await page.getByRole('button', { name: 'More about these files' }).click()
  await page.getByRole('menuitem', { name: 'Trackers' }).click()
  const dialog = page.getByRole('dialog', { name: 'Trackers' })
  await dialog.getByText('This device uses no tracker').waitFor()
  for (const address of ['tracker', away!, used!]) {
    await dialog.getByRole('textbox', { name: 'Web address of a tracker' }).fill(address)
    await page.keyboard.press('Enter')
    const found = address!.startsWith('https')
      ? dialog.getByText(new URL(address).host)
      : dialog.getByRole('alert').getByText('This is not the address of a tracker')
    await found.waitFor()
  }
  await dialog.getByText(/Logged in, last answer/).waitFor()
  await dialog.getByText(/What answers there is no tracker/).waitFor()
  await opened.inspect('files-trackers')
  await dialog.getByRole('button', { name: 'Use away.example no longer' }).click()
  await dialog.getByText('away.example is used no longer.').waitFor()
  await dialog.getByRole('button', { name: 'Undo' }).click()
  await dialog.getByRole('button', { name: 'Use away.example no longer' }).waitFor()
  assert.deepEqual((await api.trackers()).map(({ url }) => url).toSorted(), [away, used])
  await page.keyboard.press('Escape')
}

const DAY_MS = 86_400_000

async function lookAtStanding(
  { api }: Server,
  opened: TestPage,
  [ben, cleo]: readonly [Person, Person],
): Promise<void> {
  const { page } = opened
  const atMs = Date.now() - 2 * DAY_MS
  const given = { givenBytes: 3_400_000_000, takenBytes: 200_000_000, balanceBytes: 3_200_000_000 }
  api.standings.set(ben.id, {
    ...{ ...given, contribution: 0.6, reliability: 0.97, memberSinceMs: atMs - 90 * DAY_MS },
    reasons: [
      { kind: 'given', other: api.id, bytes: 1_900_000_000, atMs },
      { kind: 'taken', other: cleo.id, bytes: 200_000_000, atMs: atMs - DAY_MS },
    ],
  })
  api.standings.set(api.id, { takenBytes: 1_900_000_000, balanceBytes: -1_900_000_000 })
  api.standings.set(cleo.id, {
    ...{ takenBytes: 1_300_000_000, balanceBytes: -1_300_000_000 },
    frauds: [
      { kind: 'conflict', detail: '', atMs, isForgiven: false },
      { kind: 'conflict', detail: 'an old disk', atMs: atMs - DAY_MS, isForgiven: true },
    ],
  })
  await page.getByRole('button', { name: 'More about these files' }).click()
  await page.getByRole('menuitem', { name: 'Who gives and takes' }).click()
  const dialog = page.getByRole('dialog', { name: 'Who gives and takes' })
  await dialog.getByText('gave 3.2 GB more than taken').waitFor()
  await dialog.getByText('The 2 receipts behind it').click()
  await dialog.getByText('gave you 1.9 GB').waitFor()
  await dialog.getByText(/signed two receipts that contradict each other\. An admin/).waitFor()
  await opened.inspect('files-standing')
  const saved = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Save the receipts' }).click()
  assert.equal((await saved).suggestedFilename(), 'maple-street-12-receipts.txt')
}

test('a picture goes with a message and a receipt with a bill, and others see them', async () => {
  await using server = await startWebServer()
  const { id, rooms, ben } = await fillFiles(server, film)
  await using opened = await openFiles(server, id)
  const { page } = opened
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-pictures-'))
  const [lake, receipt] = ['lake.png', 'receipt.png'].map((name) => join(folder, name))
  try {
    await writeFile(lake!, picture(480, 300, 60))
    await writeFile(receipt!, picture(240, 320, 150))
    await page.goto(`${server.server.url}/#/s/${id}/r/${rooms.general}`)
    const choose = async (button: string, path: string) => {
      const chooser = page.waitForEvent('filechooser')
      await page.getByRole('button', { name: button }).click()
      await (await chooser).setFiles(path)
    }
    await choose('Add files', lake!)
    await page.getByRole('button', { name: 'Leave lake.png out' }).waitFor()
    await page.goto(`${server.server.url}/#/s/${id}/bills`)
    await page.getByRole('button', { name: 'Add bill' }).click()
    const form = page.getByRole('dialog')
    await choose('Add a receipt', receipt!)
    await form.getByRole('button', { name: 'Leave receipt.png out' }).waitFor()
    await form.getByLabel('What was it?').fill('Paint')
    await form.getByLabel('Amount', { exact: true }).fill('24')
    await opened.inspect('files-bill-form', [WIDE])
    await page.keyboard.press('Control+Enter')
    await page.getByRole('button', { name: /^Paint/ }).click()
    const drawer = page.getByRole('dialog', { name: 'Paint' })
    await eventually(
      () => widthOf(drawer.getByRole('img', { name: 'receipt.png' })),
      (px) => px === 240,
    )
    await opened.inspect('files-receipt')
    await page.keyboard.press('Escape')
    await page.goto(`${server.server.url}/#/s/${id}/r/${rooms.general}`)
    await page.getByRole('button', { name: 'Leave lake.png out' }).waitFor()
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const shown = page.getByRole('article').getByRole('img', { name: 'lake.png' })
    assert.equal(
      await eventually(
        () => widthOf(shown),
        (px) => px === 480,
      ),
      480,
    )
    await opened.inspect('files-message')
    const { messages } = await ben.messages(id, { room: rooms.general })
    assert.equal(messages.at(-1)?.files?.[0]?.name, 'lake.png')
    await shown.click()
    await page.getByRole('dialog', { name: 'lake.png' }).getByRole('img').waitFor()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  opened.assertQuiet()
})

async function widthOf(image: Locator): Promise<number> {
  return image.evaluate((shown) => (shown as HTMLImageElement).naturalWidth)
}

test('in German on a phone, from the empty section to a public file', async () => {
  await using server = await startWebServer()
  const { id } = await server.api.createSpace('Ahornweg 12')
  await using opened = await browser.open(server.server.createLoginUrl(), {
    screen: SMALL,
    locale: 'de-DE',
  })
  const { page } = opened
  await page.getByRole('contentinfo').waitFor()
  await page.getByRole('button', { name: 'Dateien' }).click()
  await page.getByRole('heading', { name: 'Noch keine Dateien' }).waitFor()
  await opened.inspect('files-empty', [SMALL])
  assert.match(page.url(), new RegExp(`${id}/files$`))
  await (await dragOver(page, { 'brief.txt': 'Lieber Ben' }, 'Dateien')).drop()
  await page.getByRole('dialog', { name: 'Teilen' }).waitFor()
  await opened.inspect('files-share-de', [SMALL])
  await page.getByRole('radio', { name: /Alle, die den Link bekommen/ }).check()
  await page.getByRole('button', { name: 'Teilen', exact: true }).click()
  await page.getByRole('button', { name: /^brief\.txt/ }).click()
  await page.getByText(/Öffentlich: nicht verschlüsselt/).waitFor()
  await opened.inspect('files-drawer-de', [SMALL])
  opened.assertQuiet()
})
