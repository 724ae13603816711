/** Spaces whose messages disappear, through the API of whole peers: texts go, names and rooms stay. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, pass, people } from './_world.ts'
import type { Person } from './_world.ts'

const HOUR_MS = 3_600_000

async function texts(person: Person, space: string): Promise<readonly string[]> {
  const { messages } = await person.api.messages(space)
  return messages.map(({ text }) => text)
}

async function hours(all: readonly Person[], count: number): Promise<void> {
  for (let i = 0; i < count; i += 3) await pass(all, 3 * HOUR_MS)
}

async function scene(): Promise<{ space: string; anna: Person; ben: Person }> {
  const [anna, ben] = (await people('anna', 'ben')) as [Person, Person]
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home', { disappearAfterMs: 24 * HOUR_MS })
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!, 'Ben')
  await pass([anna, ben], 5_000)
  return { space, anna, ben }
}

test('messages are gone after their time on every device, also from the search; names and rooms stay', async () => {
  const { space, anna, ben } = await scene()
  const both = [anna, ben]
  const room = await anna.api.createRoom(space, 'Kitchen')
  await anna.api.send(space, { text: 'the milk is out' })
  await pass(both, 5_000)
  assert.deepEqual(await texts(ben, space), ['the milk is out'])
  await hours(both, 30)
  await ben.api.send(space, { text: 'good morning' })
  await pass(both, 5_000)
  for (const { api } of both) {
    assert.deepEqual(
      (await api.messages(space)).messages.map(({ text }) => text),
      ['good morning'],
    )
    assert.deepEqual((await api.messages(space, { search: 'milk' })).messages, [])
    assert.equal((await api.space(space)).name, 'Home')
    assert.ok((await api.rooms(space)).some(({ id, name }) => id === room.id && name === 'Kitchen'))
    const names = (await api.members(space)).map(({ name }) => name)
    assert.deepEqual(names.toSorted(), ['Anna', 'Ben'])
  }
})

test('it is said in the detail and among the policies, and cannot be changed', async () => {
  const { space, anna } = await scene()
  const detail = await anna.api.space(space)
  assert.deepEqual([detail.disappearAfterMs, detail.history], [24 * HOUR_MS, 'from-join'])
  assert.deepEqual(await anna.api.policies(space), [
    { name: 'disappearAfterMs', value: `${24 * HOUR_MS}`, choices: [] },
  ])
  for (const [name, value, code] of [
    ['disappearAfterMs', '0', 'POLICY_VALUE_INVALID'],
    ['history', 'all', 'POLICY_UNKNOWN'],
  ] as const) {
    assert.equal(await codeOf(anna.api.setPolicy(space, name, value)), code)
  }
  assert.equal((await anna.api.createSpace('Other')).disappearAfterMs, undefined)
})
