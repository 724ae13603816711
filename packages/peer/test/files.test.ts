/** Goal: what one person shares another gets whole, over whole peers in one process, through restarts and removals. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes } from '@hamlet/core'
import { decodeShareLink } from '@hamlet/files'
import type { WebRequest } from '@hamlet/peer'
import { codeOf, pass, people } from './_world.ts'
import type { Person } from './_world.ts'
import { bill, both, household } from './_household.ts'

async function* pieces(bytes: Uint8Array, length = 50_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * seed) & 0xff)
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return concatBytes(...parts)
}

const FILES: readonly (readonly [string, Uint8Array])[] = [
  ['a.txt', pattern(10)],
  ['empty', new Uint8Array(0)],
  ['notes/b.txt', pattern(16_385, 2)],
  ['notes/What? Why.txt', pattern(100, 3)],
  ['film.mp4', pattern(1_000_000, 5)],
]

async function share(person: Person, space: string | undefined, isPublic = false) {
  const input = { name: 'Holiday', isFolder: true, isPublic }
  const upload = await person.api.startUpload(space === undefined ? input : { ...input, space })
  for (const [path, bytes] of FILES) await person.api.putFile(upload.id, path, pieces(bytes))
  return await person.api.finishUpload(upload.id)
}

function usedBytes({ disk }: Person): number {
  return [...disk.files().values()].reduce((sum, bytes) => sum + bytes.length, 0)
}

async function assertWhole(person: Person, id: string): Promise<void> {
  for (const [path, bytes] of FILES) {
    const written = path.replace('?', '_')
    assert.deepEqual(await collect(person.api.readFile(id, written)), bytes, path)
  }
}

test('a folder that is shared in a space comes to another member whole', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const shared = await share(anna, space)
  assert.equal(shared.totalBytes, 1_016_495)
  assert.equal(shared.heldBytes, shared.totalBytes)
  await pass(everybody, 1_000)
  const [seen] = await ben.api.shares(space)
  assert.deepEqual([seen?.id, seen?.name, seen?.heldBytes], [shared.id, 'Holiday', 0])
  await ben.api.startTransfer(shared.id)
  await pass(everybody, 10_000)
  const [transfer] = await ben.api.transfers()
  assert.equal(transfer?.state, 'done')
  await assertWhole(ben, shared.id)
  const detail = await ben.api.shareDetail(shared.id)
  assert.deepEqual(
    detail.files?.map(({ path }) => path),
    ['a.txt', 'empty', 'film.mp4', 'notes/What_ Why.txt', 'notes/b.txt'],
  )
  await pass(everybody, 15_000)
  const told = await anna.api.shareDetail(shared.id)
  assert.deepEqual(
    told.holders.map(({ heldBytes }) => heldBytes),
    [1_016_495, 1_016_495],
  )
  assert.equal(told.wholeCopies, 2)
})

test('a transfer goes on after a restart where it was, and a pause outlives it', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  await anna.close()
  await ben.api.startTransfer(id)
  await pass([ben], 2_000)
  assert.equal((await ben.api.transfers())[0]?.state, 'waiting')
  await ben.reopen()
  assert.equal((await ben.api.transfers())[0]?.share, id)
  await ben.api.pauseTransfer(id)
  await ben.reopen()
  assert.equal((await ben.api.transfers())[0]?.state, 'paused')
  await anna.open()
  await pass(everybody, 5_000)
  assert.equal((await ben.api.shareDetail(id)).heldBytes, 0)
  await ben.api.resumeTransfer(id)
  await pass(everybody, 10_000)
  await assertWhole(ben, id)
  await ben.reopen()
  await anna.close()
  await assertWhole(ben, id)
})

test('who looks at a share gets the list of its files, and nothing else of it', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  assert.equal((await ben.api.shareDetail(id)).files, undefined)
  await pass(everybody, 3_000)
  const { files, heldBytes } = await ben.api.shareDetail(id)
  assert.deepEqual([files?.length, heldBytes], [FILES.length, 0])
  assert.deepEqual(await ben.api.transfers(), [])
})

test('a full disk is why a transfer waits, and it goes on by itself once there is room', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  await ben.api.startTransfer(id, { select: ['a.txt'] })
  await pass(everybody, 5_000)
  await ben.api.startTransfer(id)
  ben.disk.setCapacity(usedBytes(ben) + 300_000)
  await pass(everybody, 5_000)
  const [waiting] = await ben.api.transfers()
  assert.deepEqual([waiting?.state, waiting?.reason], ['waiting', 'STORE_FULL'])
  ben.disk.setCapacity(Number.POSITIVE_INFINITY)
  await pass(everybody, 15_000)
  const [done] = await ben.api.transfers()
  assert.deepEqual([done?.state, done?.reason], ['done', undefined])
  await assertWhole(ben, id)
})

function noRoomForBlobs(path: string): 'STORE_FULL' | undefined {
  return path.startsWith('blobs/') ? 'STORE_FULL' : undefined
}

test('a disk without room to begin a transfer is why it waits, and it goes on by itself once there is', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  ben.disk.setFaults({ append: noRoomForBlobs })
  await ben.api.startTransfer(id)
  await pass(everybody, 5_000)
  const [waiting] = await ben.api.transfers()
  assert.deepEqual([waiting?.state, waiting?.reason], ['waiting', 'STORE_FULL'])
  assert.equal((await ben.api.pauseTransfer(id)).state, 'paused')
  await pass(everybody, 25_000)
  const [paused] = await ben.api.transfers()
  assert.deepEqual([paused?.state, paused?.reason], ['paused', undefined])
  await ben.api.resumeTransfer(id)
  await pass(everybody, 5_000)
  assert.equal((await ben.api.transfers())[0]?.state, 'waiting')
  ben.disk.setFaults({})
  await pass(everybody, 25_000)
  const [done] = await ben.api.transfers()
  assert.deepEqual([done?.state, done?.reason], ['done', undefined])
  await assertWhole(ben, id)
})

test('a transfer that the disk has no room to remember is not begun', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  ben.disk.setCapacity(usedBytes(ben))
  assert.equal(await codeOf(ben.api.startTransfer(id)), 'STORE_FULL')
  assert.deepEqual(await ben.api.transfers(), [])
  ben.disk.setCapacity(Number.POSITIVE_INFINITY)
  await ben.api.setTransferLimits({ upBytesPerSecond: 0 })
  await ben.reopen()
  assert.deepEqual(await ben.api.transfers(), [])
  await ben.api.startTransfer(id)
  await pass(everybody, 10_000)
  await assertWhole(ben, id)
})

test('of a share only what is chosen is loaded', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  await ben.api.startTransfer(id, { select: ['notes'] })
  await pass(everybody, 5_000)
  assert.equal((await ben.api.transfers())[0]?.state, 'done')
  const held = (await ben.api.shareDetail(id)).files!
  assert.deepEqual(
    held.filter(({ heldBytes }) => heldBytes > 0).map(({ path }) => path),
    ['a.txt', 'notes/What_ Why.txt', 'notes/b.txt'],
  )
  assert.equal((await ben.api.sharedFile(id, 'film.mp4')).priority, 'skip')
  await ben.api.setFilePriority(id, 'film.mp4', 'high')
  await pass(everybody, 5_000)
  await assertWhole(ben, id)
})

test('of many small files those that are chosen come, and what is read, and not what lies beside them', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const upload = await anna.api.startUpload({ space, name: 'Letters', isFolder: true })
  const names = Array.from({ length: 40 }, (_, index) => `${10 + index}.txt`)
  for (const [index, name] of names.entries()) {
    await anna.api.putFile(upload.id, name, pieces(pattern(60_000, index + 1)))
  }
  const { id } = await anna.api.finishUpload(upload.id)
  await pass(everybody, 1_000)
  const heldByBen = async (): Promise<number> => (await ben.api.fileStorage()).usedBytes
  // Before anything is chosen, for whoever looks at one.
  const reading = collect(ben.api.readFile(id, '30.txt'))
  await pass(everybody, 3_000)
  assert.deepEqual(await reading, pattern(60_000, 21))
  assert.ok((await heldByBen()) < 600_000, `${await heldByBen()}`)
  await ben.api.startTransfer(id, { select: ['10.txt', '49.txt'] })
  await pass(everybody, 5_000)
  const [transfer] = await ben.api.transfers()
  assert.deepEqual(
    [transfer?.state, transfer?.wantedBytes, transfer?.heldBytes],
    ['done', 120_000, 120_000],
  )
  assert.deepEqual(new Set(transfer?.pieces), new Set([100]))
  assert.ok((await heldByBen()) < 1_200_000, `${await heldByBen()}`)
  await anna.close()
  await ben.reopen()
  await pass([ben], 1_000)
  assert.equal((await ben.api.transfers())[0]?.state, 'done')
  assert.deepEqual(await collect(ben.api.readFile(id, '49.txt')), pattern(60_000, 40))
  await anna.reopen()
  await ben.api.setFilePriority(id, '20.txt', 'normal')
  await pass(everybody, 5_000)
  assert.deepEqual(await collect(ben.api.readFile(id, '20.txt')), pattern(60_000, 11))
  assert.ok((await ben.api.shareDetail(id)).heldBytes < 1_500_000)
  await ben.api.startTransfer(id)
  await pass(everybody, 10_000)
  const whole = await ben.api.shareDetail(id)
  assert.deepEqual([whole.heldBytes, (await ben.api.transfers())[0]?.state], [2_400_000, 'done'])
})

test('a file is read from the middle while it loads, and nothing else is asked for', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  const reading = collect(ben.api.readFile(id, 'film.mp4', { offset: 600_000, lengthBytes: 1_000 }))
  await pass(everybody, 5_000)
  assert.deepEqual(await reading, pattern(1_000_000, 5).subarray(600_000, 601_000))
  assert.equal(await codeOf(collect(ben.api.readFile(id, 'nowhere'))), 'FILE_NOT_FOUND')
})

test('who was removed from a space gets nothing more of what is shared there', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  await anna.api.removeMember(space, ben.identity.person)
  await pass(everybody, 2_000)
  await ben.api.startTransfer(id).catch(() => undefined)
  await pass(everybody, 20_000)
  const [held] = await ben.api.shares(space)
  assert.equal(held?.heldBytes ?? 0, 0)
  assert.equal((await anna.api.transfers()).length, 0, 'nothing goes out')
})

test('a share by link alone is found by whoever has the link, and by nobody else', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  const everybody = [anna, ben, cleo]
  const shared = await share(anna, undefined)
  assert.equal(shared.isPublic, false)
  const { link, webLink } = await anna.api.shareLink(shared.id)
  assert.ok(link.startsWith('hamlet:share#') && webLink.includes('/#share='))
  const taken = await ben.api.openShareLink(webLink)
  assert.deepEqual([taken.id, taken.name, taken.fileCount], [shared.id, 'Holiday', 5])
  await ben.api.startTransfer(taken.id)
  await pass(everybody, 10_000)
  await assertWhole(ben, taken.id)
  assert.deepEqual(await cleo.api.shares(), [])
  assert.equal(
    await codeOf(cleo.api.openShareLink('hamlet:share#nonsense')),
    'SHARE_LINK_MALFORMED',
  )
  await ben.api.removeShare(taken.id)
  assert.deepEqual(await ben.api.shares(), [])
  assert.equal((await ben.api.fileStorage()).usedBytes, 0)
})

test('the link of a public share of a space is for everybody, and to members that very share', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo')
  const everybody = [anna, ben, cleo]
  const { id: space } = await anna.api.createSpace('Home')
  const { link: invitation } = await anna.api.createInvite(space, { mode: 'auto', role: 'writer' })
  await ben.api.join(invitation!, 'Ben')
  await pass(everybody, 3_000)
  const sealed = await share(anna, space)
  const shared = await share(anna, space, true)
  await pass(everybody, 1_000)
  const { link } = await anna.api.shareLink(shared.id)
  assert.equal((await ben.api.openShareLink(link)).id, shared.id)
  assert.deepEqual(await ben.api.shares(), [])
  const taken = await cleo.api.openShareLink(link)
  await cleo.api.startTransfer(taken.id)
  await pass(everybody, 10_000)
  await assertWhole(cleo, taken.id)
  const forMembers = await anna.api.shareLink(sealed.id)
  assert.equal((await ben.api.openShareLink(forMembers.link)).id, sealed.id)
  assert.equal(await codeOf(cleo.api.openShareLink(forMembers.link)), 'SPACE_NOT_FOUND')
})

test('members load what is shared in a space from its web seeds too, and what comes from there is verified', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const address = 'https://files.example/holiday/'
  const input = { space, name: 'film.mp4', isFolder: false, webSeeds: [address] }
  const upload = await anna.api.startUpload(input)
  await anna.api.putFile(upload.id, 'film.mp4', pieces(pattern(700_000, 5)))
  const { id } = await anna.api.finishUpload(upload.id)
  const served = new Map<string, Uint8Array>()
  for (const { blob } of await anna.api.shareBlobs(id)) {
    served.set(address + blob, await collect(anna.api.readShareBlob(id, blob)))
  }
  const asked: WebRequest[] = []
  ben.web = async (request) => {
    asked.push(request)
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers['range'] ?? '') ?? []
    const body = served.get(request.url)?.slice(Number(from), Number(to) + 1)
    return body === undefined ? { status: 404, body: new Uint8Array(0) } : { status: 206, body }
  }
  await ben.reopen()
  await pass(everybody, 2_000)
  assert.equal(asked.length, 0)
  await anna.close()
  await ben.api.startTransfer(id)
  await pass([ben], 20_000)
  assert.deepEqual(await collect(ben.api.readFile(id, 'film.mp4')), pattern(700_000, 5))
  assert.ok(asked.length > 0 && asked.every(({ isPublicOnly }) => isPublicOnly === true))
  const { link } = await ben.api.shareLink(id)
  const decoded = decodeShareLink(link)
  assert.deepEqual(decoded.ok && decoded.value.webSeeds, [address])
})

test('one file of a public share is found by the id of its blob', async () => {
  const [anna, ben] = await people('anna', 'ben')
  const everybody = [anna, ben]
  const { id } = await share(anna, undefined, true)
  const { blob } = (await anna.api.sharedFile(id, 'film.mp4'))!
  const taken = await ben.api.openShareLink(blob)
  assert.equal(taken.totalBytes, 1_000_000)
  const { link } = await anna.api.shareLink(id)
  const whole = await ben.api.openShareLink(link)
  await ben.api.startTransfer(whole.id)
  await pass(everybody, 10_000)
  await assertWhole(ben, whole.id)
  const bytes = await collect(ben.api.readFile(taken.id, taken.name))
  assert.deepEqual(bytes, pattern(1_000_000, 5))
})

test('what is removed can be restored for a while, and goes then', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const { id } = await share(anna, space)
  await pass(everybody, 1_000)
  assert.equal(await codeOf(ben.api.removeShare(id)), 'FILES_NOT_ALLOWED')
  assert.equal((await anna.api.renameShare(id, 'Summer')).name, 'Summer')
  await anna.api.removeShare(id)
  assert.deepEqual(await anna.api.shares(space), [])
  const [gone] = await anna.api.shares(space, { removed: true })
  assert.deepEqual([gone?.id, gone?.isRemoved, gone?.name], [id, true, 'Summer'])
  const back = await anna.api.restoreShare(id)
  assert.equal(back.heldBytes, back.totalBytes)
  await assertWhole(anna, id)
})

test('what is held can be kept and freed', async () => {
  const { space, anna } = await household()
  const { id } = await share(anna, space)
  assert.equal((await anna.api.pinShare(id, true)).isPinned, true)
  assert.ok((await anna.api.fileStorage()).pinnedBytes > 1_000_000)
  const freed = await anna.api.forgetShareBytes(id)
  assert.deepEqual([freed.heldBytes, freed.isPinned], [0, false])
  assert.equal((await anna.api.fileStorage()).usedBytes, 0)
})

test('an upload refuses what is no file of it, and leaves nothing when it is dropped', async () => {
  const { space, anna } = await household()
  const { api } = anna
  assert.equal(await codeOf(api.startUpload({ name: '../x', isFolder: true })), 'FILE_NAME_INVALID')
  const upload = await api.startUpload({ space, name: 'x', isFolder: true })
  assert.equal(await codeOf(api.finishUpload(upload.id)), 'UPLOAD_EMPTY')
  await api.putFile(upload.id, 'a', pieces(pattern(200_000)))
  assert.equal(await codeOf(api.putFile(upload.id, 'a', pieces(pattern(1)))), 'FILE_EXISTS')
  await api.cancelUpload(upload.id)
  assert.equal(await codeOf(api.finishUpload(upload.id)), 'UPLOAD_NOT_FOUND')
  assert.equal((await api.fileStorage()).usedBytes, 0)
})

test('a message and a bill carry files that other members read', async () => {
  const { space, anna, ben } = await household()
  const everybody = [anna, ben]
  const picture = pattern(100_000, 7)
  const { id } = await anna.api.prepareFile(space, 'cat.png', pieces(picture))
  const sent = await anna.api.send(space, { text: '', files: [id] })
  assert.deepEqual(
    sent.files?.map(({ name, mediaType, sizeBytes }) => [name, mediaType, sizeBytes]),
    [['cat.png', 'image/png', 100_000]],
  )
  const expense = await anna.api.addExpense(space, bill(anna, 3000, both(anna, ben)))
  const receipt = await anna.api.prepareFile(space, 'receipt.pdf', pieces(pattern(5_000, 9)))
  const detail = await anna.api.attachToExpense(space, expense.id, receipt.id)
  assert.equal(detail.attachments, 1)
  await pass(everybody, 1_000)
  const [message] = (await ben.api.messages(space)).messages.slice(-1)
  const reading = collect(ben.api.readAttachment(space, message!.files![0]!.id))
  const [attached] = (await ben.api.expense(space, expense.id)).attached
  const second = collect(ben.api.readAttachment(space, attached!.id))
  await pass(everybody, 5_000)
  assert.deepEqual(await reading, picture)
  assert.deepEqual(await second, pattern(5_000, 9))
  await anna.close()
  await ben.reopen()
  assert.deepEqual(await collect(ben.api.readAttachment(space, message!.files![0]!.id)), picture)
  assert.equal(
    await codeOf(ben.api.detachFromExpense(space, expense.id, attached!.id)),
    'LEDGER_NOT_AUTHOR',
  )
  assert.equal(await codeOf(collect(ben.api.readAttachment(space, 'no.1'))), 'FILE_NOT_FOUND')
})

test('how people stand is told of everybody in the space, with nothing made up', async () => {
  const { space, anna, ben } = await household()
  const all = await anna.api.standing(space)
  assert.deepEqual(all.map(({ isSelf, balanceBytes }) => `${isSelf} ${balanceBytes}`).sort(), [
    'false 0',
    'true 0',
  ])
  const [one] = await anna.api.standing(space, ben.identity.person)
  assert.deepEqual(
    [one?.person, one?.isSelf, one?.contribution, one?.givenBytes, one?.reasons],
    [ben.identity.person, false, 0, 0, []],
  )
  assert.equal(await codeOf(anna.api.standing(space, '0'.repeat(64))), 'PERSON_NOT_FOUND')
})
