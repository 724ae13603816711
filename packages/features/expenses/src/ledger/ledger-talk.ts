/** Comments, attachments and verdicts on expenses, in memory: how many there are and what they say. */

import { readAttachment } from '@hamlet/blobs'
import { assert, readFields } from '@hamlet/core'
import type { CborValue, EntryId, PersonId } from '@hamlet/core'
import { keyPosition } from '@hamlet/space/entry-position'
import type { ViewReader } from '@hamlet/space/view'
import type { LedgerId } from '../party.ts'
import {
  attachmentBackPrefix,
  attachmentPrefix,
  commentBackPrefix,
  commentPrefix,
  verdictPrefix,
} from './keys.ts'
import type { LedgerAttachment, LedgerComment } from './ledger-model.ts'
import { authorshipFromCbor, decodeVerdict, fieldsOf } from './records.ts'
import type { StoredVerdict } from './records.ts'

const VERDICTS = 'u/'
const ENTRY_DIGITS = 64

export class LedgerTalk {
  readonly #view: ViewReader
  readonly #comments: Remarks<LedgerComment>
  readonly #attachments: Remarks<LedgerAttachment>
  readonly #verdicts = new Map<LedgerId, StoredVerdict[]>()

  constructor(view: ViewReader) {
    this.#view = view
    this.#comments = new Remarks(view, {
      all: 'o/',
      allTakenBack: 'x/',
      prefix: commentPrefix,
      takenBackPrefix: commentBackPrefix,
      read: toComment,
    })
    this.#attachments = new Remarks(view, {
      all: 'f/',
      allTakenBack: 'g/',
      prefix: attachmentPrefix,
      takenBackPrefix: attachmentBackPrefix,
      read: toAttachment,
    })
  }

  /** Oldest first. */
  comments(expense: LedgerId): readonly LedgerComment[] {
    return this.#comments.of(expense)
  }

  /** Oldest first. */
  attachments(expense: LedgerId): readonly LedgerAttachment[] {
    return this.#attachments.of(expense)
  }

  verdicts(expense: LedgerId): readonly StoredVerdict[] {
    return this.#verdicts.get(expense) ?? []
  }

  async load(): Promise<void> {
    await this.#comments.load()
    await this.#attachments.load()
    for await (const [key, stored] of this.#view.range(VERDICTS)) {
      addTo(this.#verdicts, expenseOf(key), decodeVerdict(stored))
    }
  }

  async take(expenses: ReadonlySet<LedgerId>): Promise<void> {
    for (const expense of expenses) {
      await this.#comments.take(expense)
      await this.#attachments.take(expense)
      const verdicts: StoredVerdict[] = []
      for await (const [, stored] of this.#view.range(verdictPrefix(expense))) {
        verdicts.push(decodeVerdict(stored))
      }
      this.#verdicts.set(expense, verdicts)
    }
  }
}

/** What stands on an expense until somebody takes it back. */
interface Remark {
  readonly id: EntryId
  readonly person: PersonId
}

interface RemarkKeys<T extends Remark> {
  readonly all: string
  readonly allTakenBack: string
  readonly prefix: (expense: LedgerId) => string
  readonly takenBackPrefix: (expense: LedgerId, remark: EntryId) => string
  readonly read: (key: string, stored: CborValue) => T
}

class Remarks<T extends Remark> {
  readonly #view: ViewReader
  readonly #keys: RemarkKeys<T>
  readonly #byExpense = new Map<LedgerId, T[]>()

  constructor(view: ViewReader, keys: RemarkKeys<T>) {
    this.#view = view
    this.#keys = keys
  }

  of(expense: LedgerId): readonly T[] {
    return this.#byExpense.get(expense) ?? []
  }

  async load(): Promise<void> {
    const { all, allTakenBack, takenBackPrefix, read } = this.#keys
    const takenBack = new Map<string, Map<PersonId, boolean>>()
    for await (const [key, isAdmin] of this.#view.range(allTakenBack)) {
      const remark = key.slice(0, -ENTRY_DIGITS)
      const by = takenBack.get(remark) ?? new Map<PersonId, boolean>()
      takenBack.set(remark, by.set(personOf(key), isAdmin === true))
    }
    for await (const [key, stored] of this.#view.range(all)) {
      const [remark, expense] = [read(key, stored), expenseOf(key)]
      const by = takenBack.get(takenBackPrefix(expense, remark.id))
      if (!isTakenBack(remark, by)) addTo(this.#byExpense, expense, remark)
    }
  }

  async take(expense: LedgerId): Promise<void> {
    const { prefix, takenBackPrefix, read } = this.#keys
    const remarks: T[] = []
    for await (const [key, stored] of this.#view.range(prefix(expense))) {
      const remark = read(key, stored)
      const by = new Map<PersonId, boolean>()
      for await (const [back, isAdmin] of this.#view.range(takenBackPrefix(expense, remark.id))) {
        by.set(personOf(back), isAdmin === true)
      }
      if (!isTakenBack(remark, by)) remarks.push(remark)
    }
    this.#byExpense.set(expense, remarks)
  }
}

function addTo<T>(lists: Map<LedgerId, T[]>, expense: LedgerId, item: T): void {
  const list = lists.get(expense)
  if (list === undefined) lists.set(expense, [item])
  else list.push(item)
}

function toComment(key: string, stored: CborValue): LedgerComment {
  const [by, text] = fieldsOf(stored, 2)
  return { ...remarkOf(key, by!), text: text as string }
}

function toAttachment(key: string, stored: CborValue): LedgerAttachment {
  const [by, fields] = fieldsOf(stored, 2)
  const attachment = readFields(fields!, 'attachment', readAttachment)
  assert(attachment.ok, 'a stored attachment')
  return { ...remarkOf(key, by!), attachment: attachment.value }
}

function remarkOf(key: string, by: CborValue): Remark & { readonly atMs: number } {
  const { id, time } = keyPosition(key)
  return { id, person: authorshipFromCbor(by).person, atMs: time.milliseconds }
}

function isTakenBack(remark: Remark, by: ReadonlyMap<PersonId, boolean> | undefined): boolean {
  if (by === undefined) return false
  return by.has(remark.person) || [...by.values()].includes(true)
}

function expenseOf(key: string): LedgerId {
  return key.split('/')[1] as LedgerId
}

function personOf(key: string): PersonId {
  return key.slice(-ENTRY_DIGITS) as PersonId
}
