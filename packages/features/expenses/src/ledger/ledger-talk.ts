/** Comments and verdicts on expenses, in memory: how many there are and what they say. */

import type { CborValue, PersonId } from '@hamlet/core'
import { keyPosition } from '@hamlet/space/entry-position'
import type { ViewReader } from '@hamlet/space/view'
import type { LedgerId } from '../party.ts'
import { commentBackPrefix, commentPrefix, verdictPrefix } from './keys.ts'
import type { LedgerComment } from './ledger-model.ts'
import { authorshipFromCbor, decodeVerdict, fieldsOf } from './records.ts'
import type { StoredVerdict } from './records.ts'

const COMMENTS = 'o/'
const TAKEN_BACK = 'x/'
const VERDICTS = 'u/'
const ENTRY_DIGITS = 64

export class LedgerTalk {
  readonly #view: ViewReader
  readonly #comments = new Map<LedgerId, LedgerComment[]>()
  readonly #verdicts = new Map<LedgerId, StoredVerdict[]>()

  constructor(view: ViewReader) {
    this.#view = view
  }

  /** Oldest first. */
  comments(expense: LedgerId): readonly LedgerComment[] {
    return this.#comments.get(expense) ?? []
  }

  verdicts(expense: LedgerId): readonly StoredVerdict[] {
    return this.#verdicts.get(expense) ?? []
  }

  async load(): Promise<void> {
    const takenBack = new Map<string, Map<PersonId, boolean>>()
    for await (const [key, isAdmin] of this.#view.range(TAKEN_BACK)) {
      const comment = key.slice(0, -ENTRY_DIGITS)
      const by = takenBack.get(comment) ?? new Map<PersonId, boolean>()
      takenBack.set(comment, by.set(personOf(key), isAdmin === true))
    }
    for await (const [key, stored] of this.#view.range(COMMENTS)) {
      const [comment, expense] = [toComment(key, stored), expenseOf(key)]
      const by = takenBack.get(commentBackPrefix(expense, comment.id))
      if (!isTakenBack(comment, by)) addTo(this.#comments, expense, comment)
    }
    for await (const [key, stored] of this.#view.range(VERDICTS)) {
      addTo(this.#verdicts, expenseOf(key), decodeVerdict(stored))
    }
  }

  async take(expenses: ReadonlySet<LedgerId>): Promise<void> {
    for (const expense of expenses) {
      this.#comments.set(expense, await this.#readComments(expense))
      const verdicts: StoredVerdict[] = []
      for await (const [, stored] of this.#view.range(verdictPrefix(expense))) {
        verdicts.push(decodeVerdict(stored))
      }
      this.#verdicts.set(expense, verdicts)
    }
  }

  async #readComments(expense: LedgerId): Promise<LedgerComment[]> {
    const comments: LedgerComment[] = []
    for await (const [key, stored] of this.#view.range(commentPrefix(expense))) {
      const comment = toComment(key, stored)
      const by = new Map<PersonId, boolean>()
      for await (const [back, isAdmin] of this.#view.range(
        commentBackPrefix(expense, comment.id),
      )) {
        by.set(personOf(back), isAdmin === true)
      }
      if (!isTakenBack(comment, by)) comments.push(comment)
    }
    return comments
  }
}

function addTo<T>(lists: Map<LedgerId, T[]>, expense: LedgerId, item: T): void {
  const list = lists.get(expense)
  if (list === undefined) lists.set(expense, [item])
  else list.push(item)
}

function toComment(key: string, stored: CborValue): LedgerComment {
  const { id, time } = keyPosition(key)
  const [by, text] = fieldsOf(stored, 2)
  const { person } = authorshipFromCbor(by!)
  return { id, person, atMs: time.milliseconds, text: text as string }
}

function isTakenBack(
  comment: LedgerComment,
  by: ReadonlyMap<PersonId, boolean> | undefined,
): boolean {
  if (by === undefined) return false
  return by.has(comment.person) || [...by.values()].includes(true)
}

function expenseOf(key: string): LedgerId {
  return key.split('/')[1] as LedgerId
}

function personOf(key: string): PersonId {
  return key.slice(-ENTRY_DIGITS) as PersonId
}
