/** Prekeys that are replaced while a peer runs, over months that pass by hand. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDeviceCertificate, PREKEY_MS_MAX } from '@hamlet/identity'
import { PREKEY_LOOK_MS } from '../src/prekey-keeper.ts'
import { crypto, pass, people } from './_world.ts'
import type { Person } from './_world.ts'

/** A long time in one jump, as a laptop that slept; then what follows from it. */
async function sleep(everybody: readonly Person[], ms: number): Promise<void> {
  for (const { clock } of everybody) clock.pass(ms)
  await pass(everybody, 2_000)
}

async function group(): Promise<{ anna: Person; ben: Person; space: string }> {
  const [anna, ben] = await people('anna', 'ben')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!, 'Ben')
  await pass([anna, ben], 5_000)
  return { anna, ben, space }
}

test('a week later the key file holds a new prekey and the members know it', async () => {
  const { anna, ben, space } = await group()
  assert.deepEqual(
    ben.ring.prekeys.map(({ serial }) => serial),
    [1],
  )
  await sleep([anna, ben], PREKEY_MS_MAX + PREKEY_LOOK_MS)
  assert.deepEqual(
    ben.ring.prekeys.map(({ serial }) => serial),
    [1, 2],
  )
  const certificate = openDeviceCertificate(crypto, ben.ring.certificate)
  assert.ok(certificate.ok)
  assert.equal(certificate.value.prekeySerial, 2)
  await anna.api.send(space, { text: 'hello again' })
  await pass([anna, ben], 3_000)
  const { messages } = await ben.api.messages(space)
  assert.equal(messages.at(-1)?.text, 'hello again')
})

test('after months of new prekeys, and a restart, everything ever read can be read', async () => {
  const { anna, ben, space } = await group()
  for (let week = 0; week < 8; week++) {
    await sleep([anna, ben], PREKEY_MS_MAX + PREKEY_LOOK_MS)
    await anna.api.send(space, { text: `week ${week}` })
    await pass([anna, ben], 3_000)
  }
  assert.ok(ben.ring.prekeys.every(({ serial }) => serial > 5))
  await ben.reopen()
  await pass([anna, ben], 3_000)
  const { messages } = await ben.api.messages(space)
  assert.deepEqual(
    messages.map(({ text }) => text),
    Array.from({ length: 8 }, (_, week) => `week ${week}`),
  )
})
