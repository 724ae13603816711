/**
 * Reading and writing in rooms: loading and paging, sending, changing, reacting, and keeping what is on the screen true.
 *
 * Every action shows its result at once and asks the peer afterwards. What was written stays until the peer has it; a
 * change the peer refuses is taken back and the person is told.
 */

import type { HamletApi, HamletEvent, Message, MessagePage } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'
import { roomKey, withRoom } from './app-state.ts'
import type { AppState } from './app-state.ts'
import { codeOf } from './error-words.ts'
import type { LocalNotes } from './local-notes.ts'
import type { NoticeBoard } from './notice-board.ts'
import type { Observed } from './observable.ts'
import type { Refresher } from './refresher.ts'
import * as reduce from './room-state.ts'
import type { PendingMessage, RoomState } from './room-state.ts'

type Work = keyof Texts['errors']['what']

export interface RoomWorkParts {
  readonly api: HamletApi
  readonly notes: LocalNotes
  /** Takes a file in for a message; its id there. */
  readonly prepare: (space: string, file: File) => Promise<string>
  readonly state: Observed<AppState>
  readonly notices: NoticeBoard
  readonly refresher: Refresher
  readonly onError: (error: unknown, work: Work) => void
  readonly onUnreachable: (error: unknown) => void
  readonly errorToWords: (error: unknown, work: Work) => string
}

/** How long a deletion can be undone before the others are told. */
export const UNDO_MS = 6000
const PAGE_MESSAGES = 60
/** Codes of what this device may not do yet. */
const WAITING_CODES: ReadonlySet<string> = new Set([
  'SPACE_UNCONFIRMED',
  'SPACE_FROZEN',
  'SPACE_NEWER_RULES',
])
const AROUND_MESSAGES = 30
const REFRESH_MESSAGES_MAX = 500

export class RoomWork {
  readonly #parts: RoomWorkParts
  readonly #deletions = new Map<string, { readonly space: string; readonly timer: Timer }>()
  readonly #marked = new Map<string, string>()
  #focusCount = 0
  readonly #preparedIds = new WeakMap<File, string>()

  constructor(parts: RoomWorkParts) {
    this.#parts = parts
  }

  /** Loads the newest messages, or those around `message`. Without either it keeps a window that is there. */
  async open(space: string, room: string, message?: string): Promise<void> {
    const key = roomKey(space, room)
    this.#restoreUnsent(key)
    const state = this.#parts.state.get().rooms[key]
    if (state?.loaded === true && message === undefined) return
    if (message !== undefined && state?.messages.some((m) => m.id === message) === true) {
      this.#focus(key, message)
      return
    }
    await this.#loading(key, 'first', async () => {
      if (message !== undefined) await this.#loadAround(space, room, message)
      else await this.#loadNewest(space, room)
    })
  }

  /** Leaves a room: the next visit draws its own line of what is new. */
  leave(space: string, room: string): void {
    this.#change(roomKey(space, room), (state) => {
      const { firstUnread: _line, focus: _focus, ...rest } = state
      const kept = { ...rest, firstUnread: undefined, focus: undefined }
      return state.hasNewer ? { ...kept, loaded: false, messages: [] } : kept
    })
  }

  async showNewest(space: string, room: string): Promise<void> {
    await this.#loading(roomKey(space, room), 'first', () => this.#loadNewest(space, room))
  }

  async loadOlder(space: string, room: string): Promise<void> {
    const key = roomKey(space, room)
    const state = this.#room(key)
    const before = state?.messages[0]?.id
    if (state === undefined || !state.hasOlder || before === undefined) return
    await this.#loading(key, 'older', async () => {
      const page = await this.#page(space, { room, before, limit: PAGE_MESSAGES })
      this.#change(key, (current) => reduce.addOlderPage(current, page))
    })
  }

  async loadNewer(space: string, room: string): Promise<void> {
    const key = roomKey(space, room)
    const state = this.#room(key)
    const after = state?.messages.at(-1)?.id
    if (state === undefined || !state.hasNewer || after === undefined) return
    await this.#loading(key, 'newer', async () => {
      const page = await this.#page(space, { room, after, limit: PAGE_MESSAGES })
      this.#change(key, (current) => reduce.addNewerPage(current, page))
    })
  }

  send(
    space: string,
    room: string,
    text: string,
    replyTo: Message['replyTo'],
    files: readonly File[] = [],
  ): void {
    const key = roomKey(space, room)
    const atMs = Date.now()
    const pending: PendingMessage = {
      key: crypto.randomUUID(),
      text,
      replyTo,
      ...(files.length === 0 ? {} : { files }),
      atMs,
      state: 'saving',
    }
    this.#change(key, (state) => reduce.addPending(state, pending))
    void this.#deliver(space, room, pending)
    if (this.#room(key)?.hasNewer === true) void this.showNewest(space, room)
  }

  retry(space: string, room: string, pendingKey: string): void {
    const key = roomKey(space, room)
    const pending = this.#room(key)?.pending.find((p) => p.key === pendingKey)
    if (pending === undefined) return
    this.#change(key, (state) => reduce.retryPending(state, pendingKey))
    void this.#deliver(space, room, pending)
  }

  /** This device may write there again: what waited for that is sent. */
  retryWaiting(space: string): void {
    for (const [key, { pending }] of Object.entries(this.#parts.state.get().rooms)) {
      const [of = '', room = ''] = key.split('/')
      if (of !== space) continue
      for (const { key: pendingKey, state, waits } of pending) {
        if (state === 'failed' && waits === true) this.retry(space, room, pendingKey)
      }
    }
  }

  discard(space: string, room: string, pendingKey: string): void {
    this.#change(roomKey(space, room), (state) => reduce.dropPending(state, pendingKey))
  }

  async edit(space: string, message: Message, text: string): Promise<void> {
    const patch = (old: Message): Message => ({ ...old, text, editedAtMs: Date.now() })
    await this.#optimistic(space, message, patch, 'edit', () =>
      this.#parts.api.edit(space, message.id, text),
    )
  }

  async react(space: string, message: Message, emoji: string, person: string): Promise<void> {
    const mine = message.reactions.some((r) => r.emoji === emoji && r.people.includes(person))
    const patch = (old: Message): Message => reduce.toggleReaction(old, emoji, person)
    await this.#optimistic(space, message, patch, 'react', () =>
      this.#parts.api.react(space, message.id, emoji, !mine),
    )
  }

  /** Shows the stub at once; the others are told when the time for undoing has run out. */
  delete(space: string, message: Message): void {
    const { id } = message
    if (this.#deletions.has(id)) return
    const timer = setTimeout(() => void this.#commitDeletion(id), UNDO_MS)
    this.#deletions.set(id, { space, timer })
    this.#showDeleting()
  }

  undoDelete(id: string): void {
    const deletion = this.#deletions.get(id)
    if (deletion === undefined) return
    clearTimeout(deletion.timer)
    this.#deletions.delete(id)
    this.#showDeleting()
  }

  /** Carries out every deletion that still could be undone, as when the page closes. */
  flush(): void {
    for (const id of this.#deletions.keys()) void this.#commitDeletion(id)
  }

  markRead(space: string, room: string): void {
    const key = roomKey(space, room)
    const state = this.#room(key)
    const last = state?.messages.at(-1)?.id
    if (state === undefined || state.hasNewer || last === undefined) return
    // The count too: a late arrival before the last message is unread though the last one is not.
    const mark = `${last} ${state.messages.length}`
    if (this.#marked.get(key) === mark) return
    this.#marked.set(key, mark)
    this.#parts.api.markRead(space, room, last).catch((error: unknown) => {
      this.#marked.delete(key)
      this.#parts.onUnreachable(error)
    })
  }

  showLate(space: string, room: string, show: boolean): void {
    const key = roomKey(space, room)
    const late = this.#room(key)?.late ?? []
    const first = late[0]
    this.#parts.notes.addSeenLate(key, late)
    this.#change(key, (state) => ({ ...state, late: [] }))
    if (show && first !== undefined) this.#focus(key, first)
  }

  applyEvent(event: Extract<HamletEvent, { type: 'messages' }>): void {
    const key = roomKey(event.space, event.room)
    if (this.#room(key) === undefined) return
    const seen = this.#parts.notes.seenLate(key)
    this.#change(key, (state) => reduce.applyMessages(state, event.messages, seen))
  }

  /** Delivery or read marks have moved: asks again for the newest messages of each open room. */
  async refreshShown(space: string): Promise<void> {
    const keys = Object.keys(this.#parts.state.get().rooms)
    for (const key of keys.filter((k) => k.startsWith(`${space}/`))) await this.#refreshRoom(key)
  }

  async reloadOpen(): Promise<void> {
    for (const key of Object.keys(this.#parts.state.get().rooms)) {
      const state = this.#room(key)
      const [space = '', room = ''] = key.split('/')
      if (state?.loaded !== true) continue
      if (state.hasNewer) await this.#refreshRoom(key)
      else await this.#loading(key, 'none', () => this.#loadNewest(space, room, state))
    }
  }

  #refreshRoom(key: string): Promise<void> {
    const [space = '', room = ''] = key.split('/')
    return this.#parts.refresher.refresh(`room ${key}`, async () => {
      const state = this.#room(key)
      if (state?.loaded !== true || state.messages.length === 0) return
      const limit = Math.min(state.messages.length, PAGE_MESSAGES)
      const after = state.hasNewer ? state.messages.at(-limit - 1)?.id : undefined
      const query = after === undefined ? { room, limit } : { room, limit, after }
      try {
        const page = await this.#page(space, query)
        this.#change(key, (current) => reduce.refreshMessages(current, page.messages))
      } catch (error) {
        this.#parts.onUnreachable(error)
      }
    })
  }

  async #loadNewest(space: string, room: string, known?: RoomState): Promise<void> {
    const wanted = known?.messages.length ?? 0
    const limit = Math.min(Math.max(wanted, PAGE_MESSAGES), REFRESH_MESSAGES_MAX)
    const page = await this.#page(space, { room, limit })
    const key = roomKey(space, room)
    const seen = this.#parts.notes.seenLate(key)
    this.#change(key, (state) => {
      const next = reduce.replaceWithPage(state, page, seen)
      return known === undefined ? { ...next, firstUnread: page.firstUnread } : next
    })
  }

  async #loadAround(space: string, room: string, message: string): Promise<void> {
    const { api } = this.#parts
    const [middle, older, newer] = await Promise.all([
      api.message(space, message),
      this.#page(space, { room, before: message, limit: AROUND_MESSAGES }),
      this.#page(space, { room, after: message, limit: AROUND_MESSAGES }),
    ])
    const key = roomKey(space, room)
    const page: MessagePage = {
      messages: [...older.messages, middle, ...newer.messages],
      hasOlder: older.hasOlder,
      hasNewer: newer.hasNewer,
    }
    const seen = this.#parts.notes.seenLate(key)
    this.#change(key, (state) => reduce.replaceWithPage(state, page, seen))
    this.#focus(key, message)
  }

  #focus(key: string, id: string): void {
    const count = ++this.#focusCount
    this.#change(key, (state) => ({ ...state, focus: { id, count } }))
  }

  async #deliver(space: string, room: string, pending: PendingMessage): Promise<void> {
    const key = roomKey(space, room)
    const { key: sendKey, text, replyTo } = pending
    try {
      const files = await this.#prepared(space, pending)
      const message = await this.#parts.api.send(space, {
        ...{ room, text, key: sendKey },
        ...(replyTo === undefined ? {} : { replyTo: replyTo.id }),
        ...(files.length === 0 ? {} : { files }),
      })
      const seen = this.#parts.notes.seenLate(key)
      this.#change(key, (state) =>
        reduce.applyMessages(reduce.dropPending(state, pending.key), [message], seen),
      )
    } catch (error) {
      this.#parts.onUnreachable(error)
      if (codeOf(error) === 'SAVED_NOT_SHOWN') {
        this.#change(key, (state) => reduce.dropPending(state, pending.key))
        this.#parts.onError(error, 'send')
        return
      }
      const words = this.#parts.errorToWords(error, 'send')
      const failure = { error: words, waits: WAITING_CODES.has(codeOf(error)) }
      this.#change(key, (state) => reduce.failPending(state, pending.key, failure))
    }
  }

  /** What was taken in once is not sent again when the message is. */
  async #prepared(space: string, { files = [] }: PendingMessage): Promise<readonly string[]> {
    const ids: string[] = []
    for (const file of files) {
      const known = this.#preparedIds.get(file) ?? (await this.#parts.prepare(space, file))
      this.#preparedIds.set(file, known)
      ids.push(known)
    }
    return ids
  }

  async #commitDeletion(id: string): Promise<void> {
    const deletion = this.#deletions.get(id)
    if (deletion === undefined) return
    clearTimeout(deletion.timer)
    try {
      const message = await this.#parts.api.delete(deletion.space, id)
      const key = roomKey(deletion.space, message.room)
      this.#change(key, (state) => reduce.patchMessage(state, id, () => message))
    } catch (error) {
      this.#parts.onError(error, 'delete')
    } finally {
      this.#deletions.delete(id)
      this.#showDeleting()
    }
  }

  #showDeleting(): void {
    const deleting = new Set(this.#deletions.keys())
    this.#parts.state.update((state) => ({ ...state, deleting }))
  }

  async #optimistic(
    space: string,
    message: Message,
    patch: (old: Message) => Message,
    work: Work,
    ask: () => Promise<Message>,
  ): Promise<void> {
    const key = roomKey(space, message.room)
    this.#change(key, (state) => reduce.patchMessage(state, message.id, patch))
    try {
      const now = await ask()
      this.#change(key, (state) => reduce.patchMessage(state, message.id, () => now))
    } catch (error) {
      this.#change(key, (state) => reduce.patchMessage(state, message.id, () => message))
      this.#parts.onError(error, work)
    }
  }

  async #loading(key: string, loading: RoomState['loading'], load: () => Promise<void>) {
    if (loading !== 'none' && this.#room(key)?.loading === loading) return
    this.#change(key, (state) => ({ ...state, loading }))
    try {
      await load()
    } catch (error) {
      this.#parts.onUnreachable(error)
      this.#change(key, (state) => ({ ...state, loading: 'none', failed: !state.loaded }))
    }
  }

  #page(space: string, query: NonNullable<Parameters<HamletApi['messages']>[1]>) {
    return this.#parts.api.messages(space, query)
  }

  #room(key: string): RoomState | undefined {
    return this.#parts.state.get().rooms[key]
  }

  /** What could not be saved before the page was closed stands there as failed again. */
  #restoreUnsent(key: string): void {
    if (this.#room(key) !== undefined) return
    const unsent = this.#parts.notes.unsent(key)
    for (const { key: sendKey, text } of unsent) {
      const atMs = Date.now()
      const pending = { key: sendKey, text, replyTo: undefined, atMs, state: 'failed' } as const
      this.#change(key, (state) => reduce.addPending(state, pending))
    }
  }

  #change(key: string, change: (room: RoomState) => RoomState): void {
    const before = this.#room(key)?.pending ?? []
    this.#parts.state.update((state) => withRoom(state, key, change))
    const after = this.#room(key)?.pending ?? []
    if (after === before) return
    const failed = after.filter((pending) => pending.state === 'failed')
    this.#parts.notes.setUnsent(
      key,
      failed.map(({ key: sendKey, text }) => ({ key: sendKey, text })),
    )
  }
}

type Timer = ReturnType<typeof setTimeout>
