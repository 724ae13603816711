/**
 * The shares of a space as they now are, read from the view.
 *
 * All of them are kept in memory, with what devices said they hold: a space has thousands, not millions. Changes of the view
 * are read again when somebody asks next.
 */

import type { CborValue, DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { View, ViewEvent } from '@hamlet/space/view'
import { decodeFiles } from './content.ts'
import type { ShareHead } from './content.ts'
import type { FilesChange } from './files-view.ts'
import {
  HELD_PREFIX,
  keyEnd,
  keyRank,
  keyShare,
  NAME_PREFIX,
  REMOVED_PREFIX,
  SEEDS_PREFIX,
  SHARE_PREFIX,
} from './keys.ts'

/** What a device said last. */
export interface ShareHolding {
  readonly device: DeviceId
  readonly person: PersonId
  readonly heldBytes: number
  readonly isPinned: boolean
  readonly atMs: number
}

export interface SharedItem extends ShareHead {
  readonly id: EntryId
  /** Who shared it, and with which device. */
  readonly person: PersonId
  readonly device: DeviceId
  readonly createdAtMs: number
  readonly isRemoved: boolean
  /** Web addresses that hand out its blobs, as who shared it says. */
  readonly webSeeds: readonly string[]
  /** Devices that hold some of it. */
  readonly holdings: readonly ShareHolding[]
}

export class ShareList {
  readonly #view: View<FilesChange>
  #items = new Map<EntryId, SharedItem>()
  #isStale = true
  readonly #changed = new Set<EntryId>()
  #reading: Promise<void> | undefined

  constructor(view: View<FilesChange>) {
    this.#view = view
    view.subscribe((event) => this.#note(event))
  }

  /** The newest first. */
  async list(options: { readonly removed?: boolean } = {}): Promise<readonly SharedItem[]> {
    const { removed = false } = options
    const items = await this.#read()
    return [...items.values()]
      .filter(({ isRemoved }) => isRemoved === removed)
      .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1))
  }

  async get(id: EntryId): Promise<SharedItem | undefined> {
    return (await this.#read()).get(id)
  }

  /** Whether it was there when the shares were read last. */
  has(id: EntryId): boolean {
    return this.#items.has(id)
  }

  #note(event: ViewEvent<FilesChange>): void {
    if (event.kind === 'rebuilt') {
      this.#isStale = true
      return
    }
    for (const change of event.changes) {
      if (change.kind === 'share') this.#changed.add(change.share)
      if (change.kind !== 'held') continue
      for (const share of change.shares) this.#changed.add(share)
    }
  }

  /** Whoever asks meanwhile waits for the same reading, and for what changed since. */
  async #read(): Promise<ReadonlyMap<EntryId, SharedItem>> {
    while (this.#isStale || this.#changed.size > 0 || this.#reading !== undefined) {
      this.#reading ??= this.#refresh().finally(() => (this.#reading = undefined))
      await this.#reading
    }
    return this.#items
  }

  async #refresh(): Promise<void> {
    if (this.#isStale) {
      this.#isStale = false
      this.#changed.clear()
      this.#items = await readItems(this.#view, '')
      return
    }
    for (const share of [...this.#changed]) {
      this.#changed.delete(share)
      const item = (await readItems(this.#view, share)).get(share)
      if (item === undefined) this.#items.delete(share)
      else this.#items.set(share, item)
    }
  }
}

type Words<T> = ReadonlyMap<EntryId, readonly Word<T>[]>

interface Word<T> {
  readonly position: string
  readonly person: PersonId
  readonly byAdmin: boolean
  readonly word: T
}

/** Of shares whose id begins with `start`. */
async function readItems(
  view: View<FilesChange>,
  start: string,
): Promise<Map<EntryId, SharedItem>> {
  const names = await readWords<string>(view, NAME_PREFIX + start)
  const removals = await readWords<boolean>(view, REMOVED_PREFIX + start)
  const seeds = await readWords<readonly string[]>(view, SEEDS_PREFIX + start)
  const holdings = await readHoldings(view, HELD_PREFIX + start)
  const items = new Map<EntryId, SharedItem>()
  for await (const [key, value] of view.range(SHARE_PREFIX + start)) {
    const id = keyShare(key)
    const [person, device, createdAtMs, body] = value as [PersonId, DeviceId, number, CborValue]
    const head = decodeFiles('files.share', body)
    if (head?.kind !== 'share') continue
    const name = newestWord(names.get(id), person) ?? head.name
    const isRemoved = newestWord(removals.get(id), person) ?? false
    const webSeeds = newestWord(seeds.get(id), person) ?? []
    const said = holdings.get(id) ?? []
    const { totalBytes: heldBytes } = head
    // Whoever shared it had all of it: that goes without saying.
    const first = { device, person, heldBytes, isPinned: false, atMs: createdAtMs }
    const all = said.some((each) => each.device === device) ? said : [first, ...said]
    const held = all.filter((each) => each.heldBytes > 0 || each.isPinned)
    const { kind: _kind, ...rest } = head
    items.set(id, {
      ...rest,
      id,
      person,
      device,
      createdAtMs,
      name,
      isRemoved,
      webSeeds,
      holdings: held,
    })
  }
  return items
}

async function readWords<T>(view: View<FilesChange>, prefix: string): Promise<Words<T>> {
  const words = new Map<EntryId, Word<T>[]>()
  for await (const [key, value] of view.range(prefix)) {
    const [position, word] = value as unknown as [string, T]
    const said = { position, word, person: keyEnd<PersonId>(key), byAdmin: keyRank(key) === 'a' }
    append(words, keyShare(key), said)
  }
  return words
}

async function readHoldings(
  view: View<FilesChange>,
  prefix: string,
): Promise<ReadonlyMap<EntryId, readonly ShareHolding[]>> {
  const holdings = new Map<EntryId, ShareHolding[]>()
  for await (const [key, value] of view.range(prefix)) {
    const [, heldBytes, isPinned, person, atMs] = value as [
      string,
      number,
      boolean,
      PersonId,
      number,
    ]
    const held = { device: keyEnd<DeviceId>(key), person, heldBytes, isPinned, atMs }
    append(holdings, keyShare(key), held)
  }
  return holdings
}

function append<T>(lists: Map<EntryId, T[]>, share: EntryId, item: T): void {
  const list = lists.get(share)
  if (list === undefined) lists.set(share, [item])
  else list.push(item)
}

/** Of those who may: who added the share, and admins. */
function newestWord<T>(words: readonly Word<T>[] | undefined, author: PersonId): T | undefined {
  let newest: Word<T> | undefined
  for (const word of words ?? []) {
    if (!word.byAdmin && word.person !== author) continue
    if (newest === undefined || newest.position < word.position) newest = word
  }
  return newest?.word
}
