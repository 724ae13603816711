// @timeoutSeconds 300: a real browser on a busy machine.
// Talking: reading a filled room, writing, changing, reacting, searching, and what happens when the peer goes away.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, NARROW, SMALL, startWebServer, TestBrowser, WIDE } from './_browser.ts'
import { addMessage, fillSpace } from './_filled-space.ts'
import type { FilledSpace } from './_filled-space.ts'

type Server = Awaited<ReturnType<typeof startWebServer>>

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

function roomUrl(login: string, space: string, room: string): readonly [string, string] {
  return [login, `${new URL(login).origin}/#/s/${space}/r/${room}`]
}

async function openRoom(server: Server, space: string, room: string, screen = WIDE) {
  const [login, url] = roomUrl(server.server.createLoginUrl(), space, room)
  const opened = await browser.open(login, { screen })
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.goto(url)
  await opened.page.getByRole('article').first().waitFor()
  return opened
}

test('a filled room shows days, replies, reactions and what is new, without a violation', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  await page.getByText('Today').waitFor()
  await page.getByText('New since you were here').first().waitFor()
  await page.getByText('This message was deleted').waitFor()
  await page.getByText('On all 3 devices').last().waitFor()
  await opened.inspect('room-filled', [WIDE, NARROW, SMALL])
  opened.assertQuiet()
})

test('what another person writes appears, and counts while one is elsewhere', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  await page.getByRole('button', { name: 'Jump to the newest message' }).click()
  await space.ben.send(space.id, { room: space.rooms.general, text: 'Ring when you are near' })
  await page.getByRole('article').getByText('Ring when you are near').waitFor()
  await space.cleo.send(space.id, { room: space.rooms.garden, text: 'The roses need water' })
  await page.waitForFunction(() => document.title.startsWith('('))
  await page
    .getByRole('button', { name: /Garden/ })
    .first()
    .click()
  await page.getByRole('article').getByText('The roses need water').waitFor()
  await page.waitForFunction(() => document.title === 'Hamlet')
  opened.assertQuiet()
})

async function lastMessage(server: Server, { id, rooms }: FilledSpace) {
  return (await server.api.messages(id, { room: rooms.general })).messages.at(-1)
}

test('a person writes, edits with the up arrow, replies, reacts, deletes and undoes', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  const field = page.getByLabel('Message to general')
  await field.fill('First line')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('second line')
  await page.keyboard.press('Enter')
  await page.getByRole('article').getByText('second line').waitFor()
  await page.keyboard.press('ArrowUp')
  await page.getByText('Editing your message').waitFor()
  await field.fill('Only line')
  await page.keyboard.press('Enter')
  const mine = page.getByRole('article').filter({ hasText: 'Only line' })
  await mine.getByText('edited').waitFor()
  await mine.hover()
  await mine.getByRole('button', { name: 'Reply' }).click()
  await page.getByText('Replying to Ana').waitFor()
  await page.keyboard.type('An answer to myself')
  await page.keyboard.press('Enter')
  const answer = page.getByRole('article').filter({ hasText: 'An answer to myself' })
  await answer.waitFor()
  await answer.hover()
  await answer.getByRole('button', { name: 'React' }).click()
  await page.getByRole('button', { name: 'party' }).waitFor()
  await opened.inspect('emoji-picker', [WIDE])
  await page.getByRole('button', { name: 'party' }).click()
  await answer.getByRole('button', { name: /🎉.*by You/ }).waitFor()
  await answer.hover()
  await answer.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByText('You deleted this message').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await answer.waitFor()
  const last = await eventually(
    () => lastMessage(server, space),
    (last) => last?.text === 'An answer to myself',
  )
  assert.equal(last?.text, 'An answer to myself')
  assert.equal(last?.deleted, false)
  opened.assertQuiet()
})

test('a deletion that is not undone reaches the others', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  const mine = page.getByRole('article').filter({ hasText: 'bring a torch' })
  await mine.focus()
  await mine.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Undo' }).waitFor()
  await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' })
  const last = await eventually(
    () => lastMessage(server, space),
    (last) => last?.deleted === true,
  )
  assert.equal(last?.deleted, true)
  opened.assertQuiet()
})

test('a mention is completed from a few letters and reaches its person', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  await page.getByLabel('Message to general').pressSequentially('Ask @car')
  await page.getByRole('option', { name: 'Ben Carter' }).waitFor()
  await opened.inspect('mention', [WIDE])
  await page.keyboard.press('Enter')
  await page.keyboard.type('about it')
  await page.keyboard.press('Enter')
  await page.getByRole('article').getByText('@Ben Carter').waitFor()
  const last = await eventually(
    () => lastMessage(server, space),
    (last) => last?.text === 'Ask @Ben Carter about it',
  )
  assert.equal(last?.text, 'Ask @Ben Carter about it')
  opened.assertQuiet()
})

test('a picked emoji stands at the caret, and typing goes on behind it', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  const field = page.getByLabel('Message to general')
  await field.pressSequentially('ab')
  await page.keyboard.press('ArrowLeft')
  await page.locator('form').getByRole('button', { name: 'Emoji' }).click()
  await page.getByRole('button', { name: 'party' }).click()
  await page.getByRole('button', { name: 'party' }).waitFor({ state: 'detached' })
  await page.keyboard.type('!?')
  assert.equal(await field.inputValue(), 'a🎉!?b')
  opened.assertQuiet()
})

test('a long room keeps few rows in the page, pages both ways, and jumps', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  const author = space.ben.id
  for (let i = 0; i < 3000; i++) {
    addMessage(server, {
      room: space.rooms.garden,
      author,
      text: i === 42 ? 'a heron landed' : `entry ${i}`,
      hoursAgo: 30 - i / 200,
    })
  }
  const marked = addMessage(server, {
    room: space.rooms.garden,
    author,
    text: 'the end',
    hoursAgo: 0.1,
  })
  await server.api.markRead(space.id, space.rooms.garden, marked)
  await using opened = await openRoom(server, space.id, space.rooms.garden)
  const { page } = opened
  await page.getByRole('article').getByText('the end').waitFor()
  const list = page.getByRole('region', { name: 'Messages in Garden' })
  for (let i = 0; i < 6; i++) {
    await list.evaluate((element) => element.scrollBy(0, -2500))
    await page.waitForTimeout(150)
  }
  await page.getByRole('button', { name: 'Jump to the newest message' }).waitFor()
  assert.ok((await page.getByRole('article').count()) < 80)
  await page.goto(`${server.server.url}/#/s/${space.id}/search`)
  await page.getByLabel('Search messages').fill('heron')
  await page.getByRole('button', { name: /heron/ }).click()
  await page.getByRole('article').getByText('a heron landed').waitFor()
  await page.getByRole('article').getByText('entry 43', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Jump to the newest message' }).click()
  await page.getByRole('article').getByText('the end').waitFor()
  opened.assertQuiet()
})

test('the search finds words in every room and says when there are none', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  await page.getByRole('button', { name: 'Search messages' }).click()
  await page.getByLabel('Search messages').fill('pump')
  await page.getByText('2 messages').waitFor()
  await opened.inspect('search')
  await page.getByLabel('Search messages').fill('submarine')
  await page.getByText('No message with “submarine”').waitFor()
  opened.assertQuiet()
})

test('the details of a message show its history and who has it', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  const mine = page.getByRole('article').filter({ hasText: 'bring a torch' })
  await mine.focus()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('dialog', { name: 'Message details' })
  await drawer.getByText('First written').waitFor()
  await drawer.getByText('Kept on').waitFor()
  await opened.inspect('message-details')
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
  opened.assertQuiet()
})

test('a draft survives a closed page and a reload', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  await page.getByLabel('Message to general').fill('half a thought')
  await page
    .getByRole('button', { name: /Garden/ })
    .first()
    .click()
  await page.getByLabel('Message to Garden').waitFor()
  assert.equal(await page.getByLabel('Message to Garden').inputValue(), '')
  await page.goBack()
  await page.reload()
  await page.getByLabel('Message to general').waitFor()
  assert.equal(await page.getByLabel('Message to general').inputValue(), 'half a thought')
  opened.assertQuiet()
})

test('a message that arrives late is inserted at its time, announced above, and led to', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  const { general } = space.rooms
  await using opened = await openRoom(server, space.id, general)
  const { page } = opened
  await page.getByRole('button', { name: 'Jump to the newest message' }).click()
  await page.getByText('bring a torch').waitFor()
  const text = 'I sent this from the cellar yesterday'
  const past = { room: general, author: space.ben.id, text, hoursAgo: 25.95, late: true }
  const message = await server.api.message(space.id, addMessage(server, past))
  server.api.emit({ type: 'messages', space: space.id, room: general, messages: [message] })
  await page.getByText('1 message arrived late').waitFor()
  await opened.inspect('room-late')
  await page.getByText('On all 3 devices').last().waitFor()
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await page.getByRole('article').filter({ hasText: text }).getByText('Arrived late').waitFor()
  await page.getByText('1 message arrived late').waitFor({ state: 'detached' })
  opened.assertQuiet()
})

test('while the peer is away a message is kept, and Retry saves it once', async () => {
  await using server = await startWebServer()
  const space = await fillSpace(server)
  await using opened = await openRoom(server, space.id, space.rooms.general)
  const { page } = opened
  await page.context().setOffline(true)
  await page.getByLabel('Message to general').fill('Written into the void')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('does not answer').waitFor()
  await page.getByRole('status').getByText('What you see is kept').waitFor()
  await opened.inspect('peer-away')
  await page.context().setOffline(false)
  await page.getByRole('alert').getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('alert').waitFor({ state: 'detached' })
  await page.getByRole('article').getByText('Written into the void').waitFor()
  await page.getByText('What you see is kept').waitFor({ state: 'detached' })
  await page.getByText('Saving').first().waitFor({ state: 'detached' })
  const { messages } = await server.api.messages(space.id, { room: space.rooms.general })
  assert.equal(messages.filter((m) => m.text === 'Written into the void').length, 1)
  opened.assertQuiet([/net::ERR/])
})
