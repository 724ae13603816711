// @timeoutSeconds 300: a real browser on a busy machine.
// Your devices: listing, adding by a code and a number, removing; and the two ways back on a new device.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, startWebServer, TestBrowser } from './_browser.ts'

let browser: TestBrowser

before(async () => {
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
})

test('a device is added by a code and a number, listed, and removed again', async () => {
  await using server = await startWebServer()
  await server.api.createSpace('Household')
  const phone = server.world.addPerson('')
  await phone.setDeviceName('Phone')
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await page.getByRole('button', { name: 'Settings' }).first().click()
  await opened.inspect('settings')
  await page.getByRole('button', { name: 'Show devices' }).click()
  await page.getByText('This device · 1 space').waitFor()
  await page.getByLabel('Name of this device').fill('Kitchen laptop')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('listitem').getByText('Kitchen laptop').waitFor()
  await page.getByRole('button', { name: 'Add a device' }).click()
  const code = await page.getByLabel('Code for the new device').inputValue()
  assert.match(code, /^hamlet:link#/)
  await page.getByRole('img', { name: 'The same code as a picture' }).waitFor()
  await opened.inspect('device-code')
  const { number } = await phone.useLinkCode(code)
  await page.getByRole('heading', { name: 'Is the number the same?' }).waitFor()
  await page
    .getByRole('img', {
      name: `Number to compare: ${Array.from(number!, (digit) => digit).join(' ')}`,
    })
    .waitFor()
  await opened.inspect('device-compare')
  await page.getByRole('button', { name: 'The numbers are the same' }).click()
  await page.getByText('Phone is one of your devices now').waitFor()
  assert.equal(phone.id, server.api.id)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('listitem').getByText('Phone').waitFor()
  await opened.inspect('devices')
  phone.halted = true
  server.api.emit({ type: 'devices' })
  await page.getByText('It wrote two histories in one space').waitFor()
  await opened.inspect('device-halted')
  await page.getByRole('button', { name: 'Let it go on: Phone' }).click()
  await page.getByText('somebody may have a copy of this device').waitFor()
  await opened.inspect('device-reset')
  await page.getByRole('button', { name: 'Let it go on' }).click()
  await page.getByText('Phone may write again.').waitFor()
  await page.getByText('It wrote two histories').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Remove: Phone' }).click()
  await page.getByText('What it has already read, it keeps').waitFor()
  await opened.inspect('device-remove')
  await page.getByRole('button', { name: 'Remove this device' }).click()
  await page.getByText('Phone is removed.').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Remove: Phone' }).count(), 0)
  assert.notEqual(phone.id, server.api.id)
  opened.assertQuiet()
})

test('a number that differs is refused and links nothing', async () => {
  await using server = await startWebServer()
  await server.api.createSpace('Household')
  const phone = server.world.addPerson('')
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await page.getByRole('button', { name: 'Settings' }).first().click()
  await page.getByRole('button', { name: 'Show devices' }).click()
  await page.getByRole('button', { name: 'Add a device' }).click()
  await phone.useLinkCode(await page.getByLabel('Code for the new device').inputValue())
  await page.getByRole('button', { name: 'They differ' }).click()
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
  assert.notEqual(phone.id, server.api.id)
  const link = await eventually(
    () => phone.deviceLink(),
    ({ state }) => state === 'failed',
  )
  assert.equal(link.state, 'failed')
  opened.assertQuiet()
})

test('a new device takes the code of an old one, in German, and is that person', async () => {
  await using server = await startWebServer()
  server.api.name = ''
  const laptop = server.world.addPerson('Anna')
  await laptop.createSpace('Haushalt')
  const { code } = await laptop.startLink()
  await using opened = await browser.open(server.server.createLoginUrl(), { locale: 'de-DE' })
  const { page } = opened
  await page.getByRole('button', { name: 'Ich nutze Hamlet schon' }).click()
  const field = page.getByLabel('Code vom anderen Gerät')
  await field.fill('kein Code')
  await page.getByRole('button', { name: 'Dieses Gerät verbinden' }).click()
  await page.getByText('Das ist nicht der ganze Code').waitFor()
  await opened.inspect('device-use-code')
  await field.fill(code!)
  await page.getByRole('button', { name: 'Dieses Gerät verbinden' }).click()
  await page.getByText('Das andere Gerät gehört Anna.').waitFor()
  await opened.inspect('device-use-number')
  await laptop.confirmLink()
  await page.getByText('Willkommen zurück, Anna').waitFor()
  await page.getByRole('button', { name: 'Fertig' }).click()
  await page.getByText('Haushalt').first().waitFor()
  assert.equal(server.api.id, laptop.id)
  opened.assertQuiet([/status of 4\d\d/])
})

test('words that are wrong say what is wrong; the right number of them begins the search', async () => {
  await using server = await startWebServer()
  server.api.name = ''
  await using opened = await browser.open(server.server.createLoginUrl())
  const { page } = opened
  await opened.inspect('first-run-name')
  await page.getByRole('button', { name: 'I have my recovery words' }).click()
  const words = page.getByLabel('Your 24 recovery words')
  await words.fill('abandon ability able')
  await page.getByRole('button', { name: 'Come back' }).click()
  await page.getByText('These are not 24 words').waitFor()
  await opened.inspect('device-come-back')
  await words.fill('abandon '.repeat(24))
  await page.getByRole('button', { name: 'Come back' }).click()
  await page.getByRole('heading', { name: 'Looking for your spaces' }).waitFor()
  await opened.inspect('device-searching')
  await page.getByRole('button', { name: 'Stop looking' }).click()
  await page.getByRole('heading', { name: 'Welcome to Hamlet' }).waitFor()
  opened.assertQuiet([/status of 4\d\d/])
})
