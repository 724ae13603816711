// Files that go with messages and bills, over a memory of two people.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@hamlet/http'
import type { AttachmentsApi } from '@hamlet/http/api'
import { MemoryWorld } from '@hamlet/http/testing'
import type { MemoryApi } from '@hamlet/http/testing'
import { fileNames } from '../src/chat/file-names.ts'
import { en } from '../src/i18n/en.ts'
import { roomKey } from '../src/state/app-state.ts'
import { AttachmentCache } from '../src/state/attachment-cache.ts'
import { HamletStore } from '../src/state/hamlet-store.ts'
import type { PageApi } from '../src/state/hamlet-store.ts'
import { LocalNotes } from '../src/state/local-notes.ts'
import { shared } from './_filled-ledger.ts'
import { pageFile } from './_files.ts'

const WAIT_MS = 4000

async function until(is: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS
  while (!is()) {
    assert.ok(Date.now() < deadlineMs, `still not: ${is.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function household() {
  const world = new MemoryWorld()
  const ana = world.addPerson('Ana')
  const { id: space } = await ana.createSpace('Bread club')
  const room = (await ana.rooms(space))[0]?.id ?? ''
  return { ana, space, room }
}

function storeOf(api: PageApi): HamletStore {
  const route = { at: 'start' } as const
  return new HamletStore({ api, notes: new LocalNotes(undefined), texts: () => en, route })
}

/** As `api`, but the first answer of what `name` says is lost. */
function failingOnce(api: MemoryApi, name: keyof AttachmentsApi | 'send', code: string): PageApi {
  let hasFailed = false
  return new Proxy(api, {
    get(target, asked) {
      if (asked === name && !hasFailed) {
        hasFailed = true
        return () => Promise.reject(new ApiError(code, 'no', 500))
      }
      const value: unknown = Reflect.get(target, asked, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('a message takes its files along; after a failure they are not sent twice', async () => {
  const { ana, space, room } = await household()
  let taken = 0
  const prepare = ana.prepareFile.bind(ana)
  ana.prepareFile = (...asked) => {
    taken++
    return prepare(...asked)
  }
  const store = storeOf(failingOnce(ana, 'send', 'DISK_FULL'))
  await store.rooms.open(space, room)
  const files = [pageFile('a.png'), pageFile('b.txt')]
  store.rooms.send(space, room, fileNames(files), undefined, files)
  const state = () => store.get().rooms[roomKey(space, room)]
  await until(() => state()?.pending[0]?.state === 'failed')
  store.rooms.retry(space, room, state()!.pending[0]!.key)
  await until(() => state()?.pending.length === 0)
  const { messages } = await ana.messages(space, { room })
  assert.deepEqual(
    messages.at(-1)?.files?.map(({ name }) => name),
    ['a.png', 'b.txt'],
  )
  assert.equal(messages.at(-1)?.text, 'a.png, b.txt')
  assert.equal(taken, 2)
})

test('what was chosen stays where it was chosen until it is taken out', async () => {
  const { ana } = await household()
  const store = storeOf(ana)
  const file = pageFile('a.png')
  store.attachments.choose('here', [file])
  assert.deepEqual(store.get().files.chosen['here'], [file])
  store.attachments.choose('here', [])
  assert.deepEqual(store.get().files.chosen['here'], [])
})

test('a receipt that fails stays beside its bill with the reason, and goes there at Retry', async () => {
  const { ana, space } = await household()
  const bill = await ana.addExpense(space, shared('Oven', 9000, ana.id, [ana.id]))
  const store = storeOf(failingOnce(ana, 'attachToExpense', 'DISK_FULL'))
  await store.attachments.attach(space, bill.id, [pageFile('one.png'), pageFile('two.png')])
  const [job] = store.get().files.attaching
  assert.deepEqual([job?.file.name, job?.state, job?.reason], ['one.png', 'failed', 'DISK_FULL'])
  await store.attachments.retry(job!)
  assert.deepEqual(store.get().files.attaching, [])
  const { attached } = await ana.expense(space, bill.id)
  assert.deepEqual(attached.map(({ name }) => name).toSorted(), ['one.png', 'two.png'])
  await store.attachments.detach(space, bill.id, attached[0]!.id)
  assert.equal((await ana.expense(space, bill.id)).attached.length, 1)
})

test('a file keeps its kind only when that runs nothing, and is fetched once', async () => {
  const { ana, space } = await household()
  const store = storeOf(ana)
  const ids = [
    await store.attachments.prepare(space, pageFile('a.png')),
    await store.attachments.prepare(space, pageFile('b.html')),
  ]
  const { files = [] } = await ana.send(space, { text: '', files: ids })
  let reads = 0
  const cache = new AttachmentCache({
    readAttachment: (...asked) => {
      reads++
      return ana.readAttachment(...asked)
    },
  })
  const types: string[] = []
  for (const file of [...files, files[0]!]) types.push((await cache.blob(space, file)).type)
  assert.deepEqual(types, ['image/png', 'application/octet-stream', 'image/png'])
  assert.equal(reads, 2)
})
