/**
 * Goal: a text a person gives is taken and shown back as it is (a name in normal form C and without white space at its
 * ends), or refused with a code; it never breaks anything and is never markup. Method: the big list of naughty strings and sixty of our own, at every place that takes a text.
 *
 * @timeoutSeconds 600
 */

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { markdownToText, parseMarkdown } from '@hamlet/chat'
import { checkName, errorCode, normalizeName } from '@hamlet/core'
import { createIdentity, openDeviceCertificate, wordsToEntropy } from '@hamlet/identity'
import { decodeLink, decodeOperation, encodeOperation } from '@hamlet/space'
import { runCli } from '../../apps/cli/test/_cli.ts'
import { parseErrand, parseRoute } from '../../apps/web/src/state/route.ts'
import { crypto, fixedRandom, NOW_MS } from './_material.ts'
import { naughtyStrings, OWN_STRINGS } from './_naughty.ts'
import { startPeerApart } from './_peer-apart.ts'

const SERVED_SHARE = 6
const ROOMS_OF_A_SPACE = 40
const strings = naughtyStrings()
/** With a whole peer behind them: one in six here, all of them in `naughty-strings.slow.test.ts`. */
const served =
  process.env['NAUGHTY_STRINGS'] === 'all'
    ? strings
    : strings.filter((_, i) => i % SERVED_SHARE === 0 || i >= strings.length - 12)
const UNSAFE_ON_TERMINAL = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** What came back, or the code of a refusal. */
async function outcomeOf<T>(
  work: Promise<T>,
): Promise<{ readonly value?: T; readonly code?: string }> {
  try {
    return { value: await work }
  } catch (error) {
    const code = errorCode(error)
    assert.match(code ?? '', /^[A-Z][A-Z0-9_]+$/, `untyped: ${String(error)}`)
    assert.notEqual(code, 'INTERNAL')
    return { code: code! }
  }
}

/** Every text at one place; `take` gives what is shown back, which is `asWritten` of it. */
async function giveAll(
  place: string,
  take: (text: string) => Promise<string>,
  asWritten: (text: string) => string = (text) => text,
): Promise<void> {
  let taken = 0
  for (const text of served) {
    const { value } = await outcomeOf(take(text))
    if (value === undefined) continue
    assert.equal(value, asWritten(text), `${place}: shown back as another text`)
    taken++
  }
  assert.ok(taken > 0 && taken < served.length, `${place}: ${taken} of ${served.length} taken`)
}

test('there are sixty strings of our own, each once', () => {
  assert.ok(OWN_STRINGS.length >= 60)
  assert.equal(new Set(OWN_STRINGS).size, OWN_STRINGS.length)
})

test('names of people, rooms and messages come back as they were given', async () => {
  await using peer = await startPeerApart()
  const { client } = peer
  const { id } = await client.createSpace('Home')
  await giveAll('person', async (name) => (await client.setName(name)).name, normalizeName)
  const rooms = new Map<string, string>()
  // Every change of a room is told with the list of all: a few spaces with some rooms each take a tenth of the time.
  const spaces: string[] = []
  const makeRoom = async (name: string): Promise<string> => {
    if (rooms.size >= spaces.length * ROOMS_OF_A_SPACE)
      spaces.push((await client.createSpace('Rooms')).id)
    const room = await client.createRoom(spaces.at(-1)!, name)
    rooms.set(room.id, room.name)
    return room.name
  }
  await giveAll('room', makeRoom, normalizeName)
  for (const space of spaces) {
    for (const room of await client.rooms(space)) {
      assert.equal(room.name, rooms.get(room.id) ?? room.name)
      rooms.delete(room.id)
    }
  }
  assert.equal(rooms.size, 0, 'every room is listed')
  const sent = new Map<string, string>()
  await giveAll('message', async (text) => {
    const message = await client.send(id, { text })
    sent.set(message.id, text)
    return message.text
  })
  for await (const line of client.exportMessages(id)) {
    const { id: message, text } = JSON.parse(line) as { id: string; text: string }
    assert.equal(text, sent.get(message))
    sent.delete(message)
  }
  assert.equal(sent.size, 0, 'every message is in the export')
  assert.deepEqual(await peer.errors(), [])
})

test('names of spaces come back as they were given', async () => {
  await using peer = await startPeerApart()
  const { client } = peer
  await giveAll('space', async (name) => (await client.createSpace(name)).name, normalizeName)
  const names = new Set((await client.spaces()).map(({ name }) => name))
  assert.ok(served.every((text) => !checkName(text).ok || names.has(text)))
  assert.deepEqual(await peer.errors(), [])
})

test('searches, links, words and places take any text and mislead nobody', async () => {
  await using peer = await startPeerApart()
  const { client } = peer
  const { id } = await client.createSpace('Home')
  await client.send(id, { text: 'hello' })
  for (const text of served) {
    const found = await outcomeOf(client.messages(id, { search: text }))
    assert.ok(found.code !== undefined || found.value!.messages.length <= 1)
    assert.ok((await outcomeOf(client.previewInvite(text))).code !== undefined)
    assert.ok((await outcomeOf(client.join(text))).code !== undefined)
    for (const odd of [client.space(text), client.rooms(text), client.revokeInvite(id, text)]) {
      const { value } = await outcomeOf<unknown>(odd)
      assert.ok(value === undefined || Array.isArray(value), 'an id that is none leads somewhere')
    }
    assert.ok(!decodeLink(text).ok && !wordsToEntropy(text).ok)
    assert.equal(parseRoute(text).at, 'start')
    assert.ok(['join', 'login', undefined].includes(parseErrand(`#join=${text}`)?.kind))
  }
  assert.deepEqual(await peer.errors(), [])
})

test('device labels and names of policies come back as they were given', () => {
  for (const text of strings) {
    if (checkName(text).ok) {
      const keys = createIdentity(crypto, fixedRandom(7), { nowMs: NOW_MS, label: text })
      const opened = openDeviceCertificate(crypto, keys.certificate)
      assert.ok(opened.ok)
      assert.equal(opened.value.label, text)
    }
    if (!text.isWellFormed()) continue
    const payload = encodeOperation({ name: 'policy', policy: text, value: text })
    const decoded = decodeOperation(payload)
    if (decoded.ok) assert.deepEqual(decoded.value, { name: 'policy', policy: text, value: text })
    else assert.equal(decoded.error.code, 'SPACE_OPERATION_MALFORMED')
  }
})

test('a text becomes tokens that hold its own characters and no markup', () => {
  for (const text of strings) {
    const blocks = parseMarkdown(text)
    const shown = markdownToText(blocks).replaceAll(/\s/g, '')
    let at = 0
    for (const character of text) if (shown.startsWith(character, at)) at += character.length
    assert.equal(at, shown.length, 'something is shown that was not written')
    for (const [, href] of JSON.stringify(blocks).matchAll(/"href":"([^"]*)"/g)) {
      assert.match(href!, /^(https?|mailto):/)
    }
  }
})

test('the command line sends, searches and refuses, and prints nothing that moves the cursor', async () => {
  await using peer = await startPeerApart()
  const { id } = await peer.client.createSpace('Home')
  const cli = (...argv: readonly string[]) =>
    runCli([...argv.slice(0, 1), '--data', peer.directory, ...argv.slice(1)])
  for (const text of served) {
    const sent = await cli('send', id, '--', text)
    for (const argv of [
      ['messages', id, `--search=${text}`],
      ['join', '--', text],
    ]) {
      const { code, stdout, stderr } = await cli(...argv)
      assert.ok(code === 0 || code === 1 || code === 2)
      assert.doesNotMatch(stdout, UNSAFE_ON_TERMINAL)
      assert.doesNotMatch(stderr, /INTERNAL|Cannot read/)
    }
    assert.ok(sent.code === 0 || sent.code === 1, sent.stderr)
    assert.doesNotMatch(sent.stdout, UNSAFE_ON_TERMINAL)
  }
  const listed = await cli('messages', id, '--limit=500')
  assert.equal(listed.code, 0)
  assert.doesNotMatch(listed.stdout, UNSAFE_ON_TERMINAL)
  assert.deepEqual(await peer.errors(), [])
})

test('an export goes to the very file that was named, or nowhere', async () => {
  await using peer = await startPeerApart()
  const { id } = await peer.client.createSpace('Home')
  await peer.client.send(id, { text: 'hello' })
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-names-'))
  try {
    for (const name of served) {
      const path = `${folder}/${name}`
      // What leads elsewhere was asked for by the person at the keyboard; here it would write there.
      if (dirname(resolve(path)) !== folder || !name.isWellFormed()) continue
      const { code, stderr } = await runCli(['export', '--data', peer.directory, id, '--', path])
      assert.ok(code === 0 || (code === 1 && stderr.includes('hamlet:')), stderr)
      if (code !== 0) continue
      const [file, ...more] = await readdir(folder)
      assert.deepEqual(more, [], 'nothing is left beside it')
      assert.equal(join(folder, file!), resolve(path))
      assert.match(await readFile(resolve(path), 'utf8'), /"text":"hello"/)
      await rm(resolve(path))
    }
    assert.deepEqual(await readdir(folder), [])
  } finally {
    await rm(folder, { recursive: true })
  }
})
