/**
 * Whole peers of which one ran a later version for a while: what it wrote then arrives, stays, and is shown as from a newer
 * version; and where it raised the rules of a space, the others read on and say what they wait for.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scopedDisk, silentLogger, silentMetrics, utf8 } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import { RULES_POLICY, RULES_VERSION, Space } from '@hamlet/space'
import { prefixedKv } from '@hamlet/store'
import { codeOf, crypto, pass, people } from './_world.ts'
import type { Person } from './_world.ts'

const POLL = { type: 'chat.poll', value: ['lunch?', ['noon', 'one']] } as const

interface Scene {
  readonly space: string
  readonly all: readonly Person[]
  readonly anna: Person
  readonly ben: Person
}

async function scene(): Promise<Scene> {
  const all = await people('anna', 'ben')
  const [anna, ben] = all
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!, 'Ben')
  await pass(all, 5_000)
  return { space, all, anna, ben }
}

/** As if a later version ran on the person's device between two runs of this one. */
async function asLater(
  person: Person,
  id: string,
  write: (space: Space) => Promise<unknown>,
): Promise<void> {
  await person.close()
  const { disk, kv, clock, random } = person
  const { person: who, device, deviceSigner, prekeyPrivate, certificateBytes } = person.identity
  const space = await Space.open(
    {
      ...{ crypto, clock, random, logger: silentLogger, metrics: silentMetrics },
      disk: scopedDisk(disk, `spaces/${id}`),
      kv: prefixedKv(kv, utf8(`space/${id}/space/`)),
    },
    { person: who, device, deviceSigner, prekeyPrivate, certificate: certificateBytes },
    id as SpaceId,
  )
  await write(space)
  await space.close()
  await person.open()
}

async function warningsOf({ api }: Person): Promise<readonly string[]> {
  return (await api.status()).warnings.map(({ code }) => code)
}

test('an entry of an unknown type arrives, stays, and is shown as from a newer version', async () => {
  const { space, all, anna, ben } = await scene()
  await anna.api.send(space, { text: 'before' })
  await asLater(anna, space, (opened) => opened.append([POLL]))
  await anna.api.send(space, { text: 'after' })
  await pass(all, 15_000)
  const [there, here] = [await anna.api.inspect(space), await ben.api.inspect(space)]
  assert.equal(here.frontier, there.frontier)
  assert.equal(here.pending, 0)
  const { count, latest } = here.newer
  assert.equal(count, 1)
  assert.deepEqual(
    latest.map(({ type, author, authorName }) => [type, author, authorName]),
    [[POLL.type, anna.identity.person, 'Anna']],
  )
  assert.deepEqual(there.newer, here.newer, 'also where it was written, by the version of today')
  const { messages } = await ben.api.messages(space)
  assert.deepEqual(
    messages.map(({ text }) => text),
    ['before', 'after'],
  )
  for (const person of all) assert.ok((await warningsOf(person)).includes('SPACE_NEWER_CONTENT'))
  await ben.reopen()
  assert.deepEqual((await ben.api.inspect(space)).newer, here.newer)
  assert.deepEqual(await ben.api.refusedPeers(), [])
})

test('a message of a newer version is shown in its room, where it was written and by whom', async () => {
  const { space, all, anna, ben } = await scene()
  const [room] = await anna.api.rooms(space)
  await anna.api.send(space, { text: 'before' })
  const value = [Buffer.from(room!.id, 'hex'), 'lunch?']
  await asLater(anna, space, (opened) => opened.append([{ type: 'chat.message.poll', value }]))
  await pass(all, 15_000)
  await ben.api.send(space, { text: 'what is that?' })
  await pass(all, 15_000)
  for (const { api } of all) {
    const { messages } = await api.messages(space)
    assert.deepEqual(
      messages.map(({ text, newer, authorName }) => [text, newer, authorName]),
      [
        ['before', undefined, 'Anna'],
        ['', true, 'Anna'],
        ['what is that?', undefined, 'Ben'],
      ],
    )
    const { id } = messages[1]!
    assert.equal((await api.message(space, id)).newer, true)
  }
  const id = (await anna.api.messages(space)).messages[1]!.id
  assert.equal(await codeOf(anna.api.edit(space, id, 'mine')), 'CHAT_NEWER_VERSION')
})

test('what has no proper name of a type is listed without it', async () => {
  const { space, anna } = await scene()
  await asLater(anna, space, (opened) => opened.append([{ ...POLL, type: 'chat.\u202e\u001b[2J' }]))
  const { newer } = await anna.api.inspect(space)
  assert.deepEqual(
    newer.latest.map(({ type }) => type),
    ['unknown'],
  )
})

test('of much that is unknown all is counted, and the newest is listed', async () => {
  const { space, anna } = await scene()
  await asLater(anna, space, (opened) => opened.append(Array.from({ length: 30 }, () => POLL)))
  const { newer } = await anna.api.inspect(space)
  assert.deepEqual([newer.count, newer.latest.length], [30, 20])
  const times = newer.latest.map(({ atMs }) => atMs)
  assert.deepEqual(
    times,
    times.toSorted((a, b) => b - a),
  )
})

test('where the owner has raised the rules everybody of this version reads on, writes nothing, and says why', async () => {
  const { space, all, anna, ben } = await scene()
  await ben.api.send(space, { text: 'before' })
  await pass(all, 2_000)
  assert.equal((await ben.api.space(space)).waiting, undefined)
  const value = RULES_VERSION + 1
  await asLater(anna, space, (opened) =>
    opened.appendControl([{ name: 'policy', policy: RULES_POLICY, value }]),
  )
  await pass(all, 15_000)
  for (const person of all) {
    const { api } = person
    assert.equal((await api.space(space)).waiting, 'update')
    assert.equal(await codeOf(api.send(space, { text: 'after' })), 'SPACE_NEWER_RULES')
    assert.ok((await warningsOf(person)).includes('SPACE_NEWER_RULES'))
    const { messages } = await api.messages(space)
    assert.deepEqual(
      messages.map(({ text }) => text),
      ['before'],
    )
  }
  assert.equal((await ben.api.inspect(space)).frontier, (await anna.api.inspect(space)).frontier)
})
