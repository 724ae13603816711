/** Goal: what members give each other is signed for by both, is seen by everybody alike, sums to zero, and outlives restarts. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { verifyReceiptExport } from '@hamlet/files/credits'
import { crypto, pass } from './_world.ts'
import type { Person } from './_world.ts'
import { household } from './_household.ts'

const FILM = Uint8Array.from(
  { length: 3_000_000 },
  (_, index) => (index * 31 + (index >> 8)) & 0xff,
)

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function shareFilm({ api }: Person, place: { space?: string; isPublic?: boolean }) {
  const upload = await api.startUpload({ name: 'film.mp4', isFolder: false, ...place })
  await api.putFile(upload.id, 'film.mp4', pieces(FILM))
  return await api.finishUpload(upload.id)
}

/** Who is up or down by how much, as one of them sees it. */
async function balancesOf({ api }: Person, space: string): Promise<ReadonlyMap<string, number>> {
  const all = await api.standing(space)
  return new Map(all.map(({ person, balanceBytes }) => [person, balanceBytes]))
}

function sumOf(balances: ReadonlyMap<string, number>): number {
  return [...balances.values()].reduce((sum, bytes) => sum + bytes, 0)
}

async function load(person: Person, id: string, everybody: readonly Person[]): Promise<void> {
  await person.api.startTransfer(id)
  await pass(everybody, 20_000)
  assert.equal((await person.api.transfers())[0]?.state, 'done')
}

test('who gave and who took see the same figures, which sum to zero, and so they do after a restart', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await shareFilm(anna, { space })
  await pass(everybody, 1_000)
  await load(ben, id, everybody)
  await pass(everybody, 120_000)
  const seen = await balancesOf(anna, space)
  const given = seen.get(anna.identity.person)!
  // The list of files and the film, sealed.
  assert.ok(given > FILM.length && given < FILM.length + 20_000, `${given}`)
  assert.equal(seen.get(ben.identity.person), -given)
  assert.deepEqual(await balancesOf(ben, space), seen)
  assert.equal(sumOf(seen), 0)
  const [ofBen] = await anna.api.standing(space, ben.identity.person)
  assert.deepEqual(
    ofBen?.reasons.filter(({ kind }) => kind === 'taken').map(({ other }) => other),
    [anna.identity.person],
  )
  await ben.reopen()
  await anna.reopen()
  await pass(everybody, 5_000)
  assert.deepEqual(await balancesOf(anna, space), seen)
  assert.deepEqual(await balancesOf(ben, space), seen)
  await Promise.all([anna.close(), ben.close()])
})

test('who takes with a clock that is ahead is told why nothing more comes, and so are those who give, until it is set', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await shareFilm(anna, { space })
  await pass(everybody, 1_000)
  ben.clock.set(12 * 60_000)
  await ben.api.startTransfer(id)
  await pass(everybody, 20_000)
  const clockWarnings = async () =>
    (await ben.api.status()).warnings.filter(({ code }) => code === 'CLOCK_AHEAD')
  const [warning] = await clockWarnings()
  assert.match(warning!.message, /^The clock of this device is 12 minutes ahead of others/)
  const aheadOf = async (viewer: Person, { identity }: Person) =>
    (await viewer.api.standing(space, identity.person))[0]?.clockAheadMs
  const [said, seen] = [await aheadOf(ben, ben), await aheadOf(anna, ben)]
  assert.ok(said !== undefined && Math.abs(said - 12 * 60_000) < 60_000, `${said}`)
  assert.ok(seen !== undefined && Math.abs(seen - 12 * 60_000) < 60_000, `${seen}`)
  assert.equal(await aheadOf(anna, anna), undefined)
  assert.deepEqual(
    (await anna.api.status()).warnings.filter(({ code }) => code === 'CLOCK_AHEAD'),
    [],
  )
  ben.clock.set(0)
  // What was signed meanwhile counts once its time has come.
  for (const { clock } of everybody) clock.pass(8 * 60_000)
  await ben.reopen()
  await pass(everybody, 60_000)
  assert.equal((await ben.api.transfers())[0]?.state, 'done')
  assert.deepEqual(await clockWarnings(), [])
  assert.equal(await aheadOf(anna, ben), undefined)
})

test('the receipts of a space are a file that proves itself, and one changed digit in it is refused', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await shareFilm(ben, { space })
  await pass(everybody, 1_000)
  await load(anna, id, everybody)
  await pass(everybody, 120_000)
  const text = await anna.api.exportReceipts(space)
  const verified = verifyReceiptExport(crypto, utf8(text))
  assert.ok(verified.ok)
  assert.deepEqual(verified.value.uncertified, [])
  assert.ok(verified.value.receipts.length > 0)
  const total = [...verified.value.sheet.balances.values()].reduce((sum, each) => sum + each, 0n)
  assert.equal(total, 0n)
  const bytes = utf8(text)
  const at = text.indexOf('"totalBytes":') + '"totalBytes":'.length
  bytes[at] = bytes[at] === 0x31 ? 0x32 : 0x31
  assert.equal(verifyReceiptExport(crypto, bytes).ok, false)
  await Promise.all([anna.close(), ben.close()])
})

test('what goes by a private link is counted nowhere', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await shareFilm(anna, {})
  const shared = await ben.api.openShareLink((await anna.api.shareLink(id)).link)
  await load(ben, shared.id, everybody)
  await pass(everybody, 120_000)
  assert.deepEqual([...(await balancesOf(anna, space)).values()], [0, 0])
  await Promise.all([anna.close(), ben.close()])
})
