// The store over a real implementation of the interface, with two people in one memory.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@hamlet/http'
import { MemoryWorld } from '@hamlet/http/testing'
import { en } from '../src/i18n/en.ts'
import { roomKey, unreadTotal } from '../src/state/app-state.ts'
import type { AppState } from '../src/state/app-state.ts'
import { HamletStore } from '../src/state/hamlet-store.ts'
import type { PageApi } from '../src/state/hamlet-store.ts'
import { LocalNotes } from '../src/state/local-notes.ts'

const WAIT_MS = 2000

function optionsOf(store: HamletStore) {
  return { api: store.api, texts: () => en, route: { at: 'start' } } as const
}

async function until(store: HamletStore, is: (state: AppState) => boolean): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS
  while (!is(store.get())) {
    assert.ok(Date.now() < deadlineMs, `still not: ${is.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function startTwo(wrap: (api: PageApi) => PageApi = (api) => api) {
  const world = new MemoryWorld()
  const [ana, ben] = [world.addPerson('Ana'), world.addPerson('Ben')]
  const { id: space } = await ana.createSpace('Bread club')
  const invite = await ana.createInvite(space, { mode: 'auto' })
  await ben.join(invite.link ?? '')
  const room = (await ana.rooms(space))[0]?.id ?? ''
  const api = wrap(ana)
  const notes = new LocalNotes(undefined)
  const store = new HamletStore({
    api,
    notes,
    texts: () => en,
    route: { at: 'start' },
    watchMs: 20,
  })
  const control = new AbortController()
  store.start(control.signal)
  await until(store, (state) => state.spaces !== undefined)
  return { store, ana, ben, space, room, key: roomKey(space, room), stop: () => control.abort() }
}

test('a message shows at once as saving and then as the peer has it', async () => {
  const { store, space, room, key, stop } = await startTwo()
  await store.rooms.open(space, room)
  store.rooms.send(space, room, 'hello', undefined)
  assert.equal(store.get().rooms[key]?.pending[0]?.state, 'saving')
  await until(store, (state) => state.rooms[key]?.messages.length === 1)
  assert.deepEqual(store.get().rooms[key]?.pending, [])
  stop()
})

test('what another person writes arrives by itself and counts as unread until it is read', async () => {
  const { store, ben, space, room, key, stop } = await startTwo()
  await store.rooms.open(space, room)
  await ben.send(space, { room, text: 'hi Ana' })
  await until(store, (state) => state.rooms[key]?.messages[0]?.text === 'hi Ana')
  await until(store, (state) => unreadTotal(state) === 1)
  store.rooms.markRead(space, room)
  await until(store, (state) => unreadTotal(state) === 0)
  stop()
})

test('a message that cannot be saved keeps its text, and Retry saves it once', async () => {
  let broken = true
  const failing = (api: PageApi): PageApi =>
    new Proxy(api, {
      get(target, name) {
        if (name === 'send' && broken) {
          return () => Promise.reject(new ApiError('STORE_FULL', 'the disk is full', 507))
        }
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const { store, ana, space, room, key, stop } = await startTwo(failing)
  await store.rooms.open(space, room)
  store.rooms.send(space, room, 'precious', undefined)
  await until(store, (state) => state.rooms[key]?.pending[0]?.state === 'failed')
  assert.equal(store.get().rooms[key]?.pending[0]?.error, en.errors.diskFull)
  const [unsent] = store.notes.unsent(key)
  assert.equal(unsent?.text, 'precious')
  const reopened = new HamletStore({ ...optionsOf(store), notes: store.notes })
  await reopened.rooms.open(space, room)
  assert.equal(reopened.get().rooms[key]?.pending[0]?.text, 'precious')
  assert.equal(
    reopened.get().rooms[key]?.pending[0]?.key,
    unsent?.key,
    'the next page knows the key',
  )
  broken = false
  store.rooms.retry(space, room, store.get().rooms[key]?.pending[0]?.key ?? '')
  await until(store, (state) => state.rooms[key]?.pending.length === 0)
  assert.equal((await ana.messages(space, { room })).messages.length, 1)
  assert.deepEqual(store.notes.unsent(key), [])
  stop()
})

test('what a device put back from a backup may not save yet is kept, and saved by itself when it may', async () => {
  const { store, ana, space, room, key, stop } = await startTwo()
  await store.rooms.open(space, room)
  ana.putBack(space)
  store.rooms.send(space, room, 'kept meanwhile', undefined)
  await until(store, (state) => state.rooms[key]?.pending[0]?.state === 'failed')
  assert.equal(store.get().rooms[key]?.pending[0]?.error, en.errors.waits)
  await until(
    store,
    (state) => state.spaces?.find(({ id }) => id === space)?.waiting === 'confirmation',
  )
  assert.equal(await store.people.writeAnyway(space), true)
  await until(store, (state) => state.rooms[key]?.messages.length === 1)
  assert.deepEqual(store.get().rooms[key]?.pending, [])
  assert.deepEqual(
    (await ana.messages(space)).messages.map(({ text }) => text),
    ['kept meanwhile'],
  )
  stop()
})

test('a message whose reply was lost is not sent twice, not even by the next page', async () => {
  let lost = true
  const losing = (api: PageApi): PageApi =>
    new Proxy(api, {
      get(target, name) {
        if (name === 'send' && lost) {
          return async (...args: Parameters<PageApi['send']>) => {
            await target.send(...args)
            throw new ApiError('PEER_UNREACHABLE', 'the connection broke off', 0)
          }
        }
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const { store, ana, space, room, key, stop } = await startTwo(losing)
  await store.rooms.open(space, room)
  store.rooms.send(space, room, 'only once', undefined)
  await until(store, (state) => state.rooms[key]?.pending[0]?.state === 'failed')
  const reopened = new HamletStore({ ...optionsOf(store), notes: store.notes })
  await reopened.rooms.open(space, room)
  lost = false
  for (const each of [store, reopened]) {
    const pending = each.get().rooms[key]?.pending[0]
    each.rooms.retry(space, room, pending?.key ?? '')
    await until(each, (state) => state.rooms[key]?.pending.length === 0)
  }
  const { messages } = await ana.messages(space, { room })
  assert.deepEqual(
    messages.map(({ text }) => text),
    ['only once'],
  )
  stop()
})

test('a change the peer refuses is taken back and told', async () => {
  const { store, ben, space, room, key, stop } = await startTwo()
  const foreign = await ben.send(space, { room, text: 'mine alone' })
  await store.rooms.open(space, room)
  await store.rooms.edit(space, foreign, 'not yours')
  assert.equal(store.get().rooms[key]?.messages[0]?.text, 'mine alone')
  assert.equal(store.get().notices[0]?.tone, 'danger')
  stop()
})

test('a deletion can be taken back; one that is not reaches the peer', async () => {
  const { store, ana, space, room, stop } = await startTwo()
  const message = await ana.send(space, { room, text: 'oops' })
  await store.rooms.open(space, room)
  store.rooms.delete(space, message)
  assert.ok(store.get().deleting.has(message.id))
  store.rooms.undoDelete(message.id)
  assert.equal(store.get().deleting.size, 0)
  assert.equal((await ana.message(space, message.id)).deleted, false)
  store.rooms.delete(space, message)
  store.rooms.flush()
  await until(store, (state) => state.deleting.size === 0)
  assert.equal((await ana.message(space, message.id)).deleted, true)
  stop()
})

test('a peer that is gone is said to be gone, and everything is asked again when it is back', async () => {
  let gone = false
  const leaving = (api: PageApi): PageApi =>
    new Proxy(api, {
      get(target, name) {
        if (gone) return () => Promise.reject(new ApiError('PEER_UNREACHABLE', 'nothing', 0))
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const { store, ben, space, room, key, stop } = await startTwo(leaving)
  await store.rooms.open(space, room)
  gone = true
  await until(store, (state) => state.connection === 'lost')
  await ben.send(space, { room, text: 'while you were away' })
  gone = false
  await until(store, (state) => state.connection === 'online')
  await until(store, (state) => state.rooms[key]?.messages.length === 1)
  stop()
})

test('a jump loads the messages around its target and leaves the rest for paging', async () => {
  const { store, ana, space, room, key, stop } = await startTwo()
  const ids: string[] = []
  for (let i = 0; i < 200; i++) ids.push((await ana.send(space, { room, text: `${i}` })).id)
  await store.rooms.open(space, room, ids[20])
  const around = store.get().rooms[key]
  assert.equal(around?.focus?.id, ids[20])
  assert.ok(around?.hasNewer === true && around.messages.some((m) => m.text === '20'))
  while (store.get().rooms[key]?.hasNewer === true) await store.rooms.loadNewer(space, room)
  while (store.get().rooms[key]?.hasOlder === true) await store.rooms.loadOlder(space, room)
  assert.deepEqual(
    store.get().rooms[key]?.messages.map((m) => m.id),
    ids,
  )
  stop()
})
