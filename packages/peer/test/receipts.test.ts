/** Goal: a receipt on a bill comes to every member byte for byte, whoever is gone, and to nobody who is no member. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, HamletError } from '@hamlet/core'
import { codeOf, pass, people } from './_world.ts'
import type { Person } from './_world.ts'
import { bill, both } from './_household.ts'

/** None, one, and what lies around a leaf of the blob. */
const SIZES = [0, 1, 16_383, 16_384, 16_385]

async function threeOfThem() {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  const everybody = [anna, ben, cleo]
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space, { mode: 'auto', maxUses: 2 })
  await ben.api.join(link!, 'Ben')
  await cleo.api.join(link!, 'Cleo')
  await pass(everybody, 3_000)
  const expense = await anna.api.addExpense(space, bill(anna, 3000, both(anna, ben)))
  await pass(everybody, 1_000)
  return { anna, ben, cleo, everybody, space, expense: expense.id }
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7 + length) & 0xff)
}

async function attach(person: Person, space: string, expense: string, bytes: Uint8Array) {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 5_000) yield bytes.subarray(at, at + 5_000)
  }
  const { id } = await person.api.prepareFile(space, `${bytes.length}.bin`, pieces())
  return await person.api.attachToExpense(space, expense, id)
}

async function read(
  person: Person,
  space: string,
  id: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const span = signal === undefined ? {} : { signal }
  for await (const part of person.api.readAttachment(space, id, span)) parts.push(part)
  return concatBytes(...parts)
}

/** Every receipt on the bill, by its size. */
async function readAll(person: Person, space: string, expense: string, around: readonly Person[]) {
  const { attached } = await person.api.expense(space, expense)
  const reading = Promise.all(
    attached.map(async ({ id, sizeBytes }) => [sizeBytes, await read(person, space, id)] as const),
  )
  await pass(around, 10_000)
  return new Map(await reading)
}

const expected = new Map(SIZES.map((size) => [size, pattern(size)]))

test('a receipt of any size is read by another member, and from them when its author is gone', async () => {
  const { anna, ben, cleo, everybody, space, expense } = await threeOfThem()
  for (const size of SIZES) await attach(anna, space, expense, pattern(size))
  await pass(everybody, 1_000)
  assert.deepEqual(await readAll(ben, space, expense, everybody), expected)
  await anna.close()
  await pass([ben, cleo], 1_000)
  assert.deepEqual(await readAll(cleo, space, expense, [ben, cleo]), expected)
})

test('a member who was removed learns of no receipt after that, and gets no bytes of one before', async () => {
  const { anna, ben, cleo, everybody, space, expense } = await threeOfThem()
  await attach(anna, space, expense, pattern(16_385))
  await pass(everybody, 1_000)
  await anna.api.removeMember(space, cleo.identity.person)
  await pass(everybody, 2_000)
  await attach(anna, space, expense, pattern(16_384))
  await pass(everybody, 2_000)
  const seen = (await ben.api.expense(space, expense)).attached
  assert.deepEqual(
    seen.map(({ sizeBytes }) => sizeBytes),
    [16_385, 16_384],
  )
  const { attached } = await cleo.api.expense(space, expense)
  assert.deepEqual(
    attached.map(({ sizeBytes }) => sizeBytes),
    [16_385],
  )
  const leaving = new AbortController()
  const reading = codeOf(read(cleo, space, attached[0]!.id, leaving.signal))
  // Ben asks at the same time, so that it is seen that bytes do pass.
  const bens = read(ben, space, seen[0]!.id)
  await pass(everybody, 10_000)
  assert.deepEqual(await bens, pattern(16_385))
  assert.equal((await cleo.api.fileStorage()).usedBytes, 0)
  assert.equal(await codeOf(read(cleo, space, seen[1]!.id)), 'FILE_NOT_FOUND')
  leaving.abort(new HamletError('STOPPED', 'enough'))
  assert.equal(await reading, 'STOPPED')
})
