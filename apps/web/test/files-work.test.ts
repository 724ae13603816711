// The files of the store over shares of two people in one memory.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@hamlet/http'
import type { FilesApi, Share } from '@hamlet/http/api'
import { MemoryWorld } from '@hamlet/http/testing'
import type { MemoryApi } from '@hamlet/http/testing'
import { readChosen, together } from '../src/files/dropped.ts'
import { NO_SHARE_FILTER } from '../src/files/share-filter.ts'
import { en } from '../src/i18n/en.ts'
import { BY_LINK } from '../src/state/files-state.ts'
import type { FilesState } from '../src/state/files-state.ts'
import { HamletStore } from '../src/state/hamlet-store.ts'
import type { PageApi } from '../src/state/hamlet-store.ts'
import { LocalNotes } from '../src/state/local-notes.ts'
import { memoryFiles } from '../src/state/page-files.ts'
import { pageFile } from './_files.ts'

const WAIT_MS = 15_000

class Page implements Disposable {
  readonly store: HamletStore
  readonly space: string
  readonly #control = new AbortController()

  constructor(api: PageApi, space: string) {
    const notes = new LocalNotes(undefined)
    const route = { at: 'start' } as const
    this.store = new HamletStore({ api, notes, texts: () => en, route, watchMs: 20 })
    this.space = space
    this.store.start(this.#control.signal)
  }

  get files(): FilesState {
    return this.store.get().files
  }

  get names(): readonly string[] | undefined {
    return this.files.lists[this.space]?.shares?.map(({ name }) => name)
  }

  get notices(): readonly string[] {
    return this.store.get().notices.map(({ text }) => text)
  }

  /** Shares files of these sizes as one folder. */
  shareFolder(name: string, sizeByPath: Readonly<Record<string, number>>): void {
    const chosen = Object.entries(sizeByPath).map(([path, size]) =>
      pageFile(path, size, `x/${path}`),
    )
    const [item] = readChosen(chosen)
    const { space } = this
    this.store.files.upload([{ ...together(name, []), files: item!.files, space, isPublic: false }])
  }

  async until(is: () => boolean): Promise<void> {
    const deadlineMs = Date.now() + WAIT_MS
    while (!is()) {
      assert.ok(Date.now() < deadlineMs, `still not: ${is.toString()}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  [Symbol.dispose](): void {
    this.#control.abort()
  }
}

interface Household {
  readonly ana: MemoryApi
  readonly ben: MemoryApi
  readonly space: string
}

async function household(): Promise<Household> {
  const world = new MemoryWorld()
  const [ana, ben] = [world.addPerson('Ana'), world.addPerson('Ben')]
  const { id: space } = await ana.createSpace('Bread club')
  const invite = await ana.createInvite(space, { mode: 'auto' })
  await ben.join(invite.link ?? '')
  return { ana, ben, space }
}

async function shareOne(api: MemoryApi, space: string, name: string, size = 1000): Promise<Share> {
  const { id } = await api.startUpload({ space, name, isFolder: false })
  const signal = new AbortController().signal
  await memoryFiles(api).put(id, name, pageFile(name, size), { signal, onSent: () => undefined })
  return api.finishUpload(id)
}

/** As `api`, but `change` answers in place of what it names. */
function changed(api: MemoryApi, change: Partial<FilesApi>): PageApi {
  return new Proxy(api, {
    get(target, name) {
      const own: unknown = Reflect.get(change, name)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('what is shared is taken in file by file, stands in the list and can be taken back', async () => {
  const { ana, ben, space } = await household()
  using page = new Page(ana, space)
  page.store.files.open(space)
  await page.until(() => page.names?.length === 0)
  page.shareFolder('Trip', { 'day 1.txt': 10, 'maps/lake.png': 300_000 })
  assert.deepEqual(
    page.files.uploads.map(({ name, totalBytes, fileCount }) => [name, totalBytes, fileCount]),
    [['Trip', 300_010, 2]],
  )
  await page.until(() => page.names?.length === 1)
  assert.deepEqual(page.files.uploads, [])
  const [share] = await ben.shares(space)
  assert.deepEqual([share?.name, share?.isFolder, share?.fileCount], ['Trip', true, 2])
  const { files } = await ben.shareDetail(share!.id)
  assert.deepEqual(files?.map(({ path }) => path).toSorted(), ['day 1.txt', 'maps/lake.png'])
  assert.deepEqual(page.notices, [en.files.sharedNow('Trip')])
  page.store.get().notices[0]?.undo?.()
  await page.until(
    () => page.files.lists[space]?.shares?.every(({ isRemoved }) => isRemoved) === true,
  )
  assert.equal((await ben.shares(space)).length, 0)
})

test('a full disk stops a share, which keeps what it has and goes on at Retry', async () => {
  const { ana, space } = await household()
  const sent: string[] = []
  let isFull = true
  const api = changed(ana, {
    async putFile(upload, path, content) {
      sent.push(path)
      if (isFull && path === '3.bin') throw new ApiError('DISK_FULL', 'no space left', 507)
      return ana.putFile(upload, path, content)
    },
  })
  using page = new Page(api, space)
  page.store.files.open(space)
  page.shareFolder('Trip', { '1.bin': 5, '2.bin': 6, '3.bin': 7 })
  await page.until(() => page.files.uploads[0]?.state === 'failed')
  assert.equal(page.files.uploads[0]?.reason, 'DISK_FULL')
  isFull = false
  page.store.files.retryUpload(page.files.uploads[0]!.id)
  await page.until(() => page.names?.includes('Trip') === true)
  assert.deepEqual(sent.toSorted(), ['1.bin', '2.bin', '3.bin', '3.bin'])
})

test('a file whose name is refused is left out and named, and the rest is shared', async () => {
  const { ana, space } = await household()
  const gate = Promise.withResolvers<void>()
  const api = changed(ana, {
    async finishUpload(upload) {
      await gate.promise
      return ana.finishUpload(upload)
    },
  })
  using page = new Page(api, space)
  page.store.files.open(space)
  page.shareFolder('Trip', { 'good.txt': 5, 'bad/..': 6 })
  await page.until(() => page.files.uploads[0]?.state === 'finishing')
  assert.deepEqual(page.files.uploads[0]?.left, ['bad/..'])
  gate.resolve()
  await page.until(() => page.names?.includes('Trip') === true)
  assert.equal((await ana.shares(space))[0]?.fileCount, 1)
})

test('a share that is cancelled goes at once, here and at the peer, and those behind it go on', async () => {
  const { ana, space } = await household()
  const stuck = Promise.withResolvers<never>()
  const cancelled: string[] = []
  const api = changed(ana, {
    putFile(upload, path, content, options) {
      if (path !== 'slow.bin') return ana.putFile(upload, path, content)
      options?.signal?.addEventListener('abort', () => stuck.reject(options.signal?.reason))
      return stuck.promise
    },
    async cancelUpload(upload) {
      cancelled.push(upload)
      return ana.cancelUpload(upload)
    },
  })
  using page = new Page(api, space)
  page.store.files.open(space)
  page.shareFolder('Slow', { 'slow.bin': 5 })
  page.shareFolder('Quick', { 'quick.bin': 5 })
  await page.until(() => page.files.uploads[0]?.state === 'sending')
  assert.equal(page.files.uploads[1]?.state, 'waiting')
  page.store.files.cancelUpload(page.files.uploads[0]!.id)
  assert.deepEqual(
    page.files.uploads.map(({ name }) => name),
    ['Quick'],
  )
  await page.until(() => page.names?.includes('Quick') === true)
  assert.equal(cancelled.length, 1)
  assert.equal((await ana.shares(space)).length, 1)
})

test('a share of somebody else is loaded, paused, gone on with, kept and freed', async () => {
  const { ana, ben, space } = await household()
  const share = await shareOne(ben, space, 'film.mp4', 400_000)
  using page = new Page(ana, space)
  page.store.files.open(space)
  await page.until(() => page.names?.length === 1)
  assert.equal(page.files.lists[space]?.shares?.[0]?.heldBytes, 0)
  page.store.files.openShare(share.id)
  assert.equal(await page.store.files.start(share.id), true)
  assert.equal(page.files.transfers?.[0]?.share, share.id)
  const pausing = page.store.files.pause(share.id)
  assert.equal(page.files.transfers?.[0]?.state, 'paused')
  await pausing
  await page.store.files.resume(share.id)
  await page.until(() => page.files.transfers?.[0]?.state === 'done')
  await page.until(() => page.files.lists[space]?.shares?.[0]?.heldBytes === 400_000)
  const [listed] = page.files.lists[space]?.shares ?? []
  await page.store.files.pin(listed!, true)
  assert.equal((await ana.shares(space))[0]?.isPinned, true)
  const freeing = page.store.files.free(listed!)
  assert.equal(page.files.lists[space]?.shares?.[0]?.heldBytes, 0)
  assert.equal(await freeing, true)
  assert.equal((await ana.shares(space))[0]?.heldBytes, 0)
})

test('a priority stands at once, and for a folder in all its files', async () => {
  const { ana, ben, space } = await household()
  using other = new Page(ben, space)
  other.shareFolder('Trip', { 'a/1': 40, 'a/2': 40, b: 40 })
  await other.until(() => other.files.uploads.length === 0)
  const [share] = await ana.shares(space)
  using page = new Page(ana, space)
  page.store.files.openShare(share!.id)
  await page.until(() => typeof page.files.details[share!.id] === 'object')
  await page.store.files.start(share!.id)
  const changing = page.store.files.setPriority(share!.id, 'a', 'skip', true)
  const priorities = () => {
    const detail = page.files.details[share!.id]
    return typeof detail === 'object' ? detail.files?.map(({ priority }) => priority) : undefined
  }
  assert.deepEqual(priorities()?.toSorted(), ['normal', 'skip', 'skip'])
  await changing
  await page.store.files.setPriority(share!.id, 'b', 'high', false)
  const { files } = await ana.shareDetail(share!.id)
  assert.deepEqual(files?.map(({ path, priority }) => `${path} ${priority}`).toSorted(), [
    'a/1 skip',
    'a/2 skip',
    'b high',
  ])
})

test('a share can be renamed and removed, comes back by Undo, and is found among the removed', async () => {
  const { ana, space } = await household()
  const share = await shareOne(ana, space, 'plan.pdf')
  using page = new Page(ana, space)
  page.store.files.open(space)
  await page.until(() => page.names?.length === 1)
  await page.store.files.rename(share, 'The plan')
  assert.deepEqual(page.names, ['The plan'])
  await page.store.files.remove({ ...share, name: 'The plan' })
  assert.deepEqual(page.notices, [en.files.removedNow('The plan')])
  page.store.files.setFilter(space, { ...NO_SHARE_FILTER, shown: 'removed' })
  await page.until(() => page.files.lists[space]?.removed?.length === 1)
  page.store.get().notices[0]?.undo?.()
  await page.until(() => page.names?.[0] === 'The plan')
  await page.until(() => page.notices.includes(en.files.restoredNow('The plan')))
})

test('a change that fails is taken back and told in words about files', async () => {
  const { ana, space } = await household()
  const share = await shareOne(ana, space, 'plan.pdf')
  const api = changed(ana, {
    renameShare: () => Promise.reject(new ApiError('FILES_NOT_ALLOWED', 'no', 403)),
  })
  using page = new Page(api, space)
  page.store.files.open(space)
  await page.until(() => page.names?.length === 1)
  assert.equal(await page.store.files.rename(share, 'Mine'), false)
  assert.deepEqual(page.notices, [en.fileErrors.notAllowed])
  await page.until(() => page.names?.[0] === 'plan.pdf')
})

test('what others share arrives by itself, and what came by a link stands in a list of its own', async () => {
  const { ana, ben, space } = await household()
  using page = new Page(ana, space)
  page.store.files.open(space)
  await page.until(() => page.names?.length === 0)
  await shareOne(ben, space, 'film.mp4')
  await page.until(() => page.names?.[0] === 'film.mp4')
  const { id } = await ben.startUpload({ name: 'mine.txt', isFolder: false })
  const signal = new AbortController().signal
  await memoryFiles(ben).put(id, 'mine.txt', pageFile('x'), { signal, onSent: () => undefined })
  const { link } = await ben.shareLink((await ben.finishUpload(id)).id)
  const opened = await page.store.files.openLink(link)
  assert.equal(opened.space, undefined)
  await page.until(() => page.files.lists[BY_LINK]?.shares?.[0]?.name === 'mine.txt')
  await assert.rejects(page.store.files.openLink('hamlet:share#nothing'))
  assert.match((await page.store.files.link(opened.id))?.webLink ?? '', /#share=/)
})

test('limits and storage are shown and changed', async () => {
  const { ana, space } = await household()
  await shareOne(ana, space, 'plan.pdf', 5000)
  using page = new Page(ana, space)
  page.store.files.openStorage()
  await page.until(() => page.files.storage?.usedBytes === 5000)
  await page.store.files.setLimits({ downBytesPerSecond: 1_000_000 })
  assert.equal(page.files.limits?.downBytesPerSecond, 1_000_000)
  assert.deepEqual(page.notices, [en.fileSettings.saved])
})

test('a file of a peer in the same memory is shown by a blob of its kind', async () => {
  const { ana, space } = await household()
  const { id } = await shareOne(ana, space, 'plan.pdf', 20)
  const address = await memoryFiles(ana).addressOf(id, 'plan.pdf')
  const blob = await (await fetch(address.show)).blob()
  assert.deepEqual([blob.size, blob.type], [20, 'application/pdf'])
  URL.revokeObjectURL(address.show)
})
