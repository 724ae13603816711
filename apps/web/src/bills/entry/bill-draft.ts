/**
 * The form as it is kept between visits: what was typed and the id it will be saved under. A draft of another version of
 * this page, or one that was tampered with, is as good as none.
 */

import type { ExpenseInput } from '@hamlet/http/api'
import type { LocalNotes } from '../../state/local-notes.ts'
import type { BillForm } from './bill-form.ts'

export interface BillDraft {
  readonly id: string
  readonly form: BillForm
  /** What the bill said when its editing began; absent for a new one. */
  readonly base: ExpenseInput | null
  /** Whether saving was tried. */
  readonly isTried: boolean
}

const VERSION = 1

/** `expense`: the bill that is edited; absent for a new one. */
export function draftKey(space: string, expense: string | undefined): string {
  return `bill.${space}.${expense ?? 'new'}`
}

export function readDraft(notes: LocalNotes, key: string): BillDraft | undefined {
  try {
    const kept: unknown = JSON.parse(notes.draft(key) || 'null')
    return isDraft(kept) ? kept.draft : undefined
  } catch {
    return undefined
  }
}

export function keepDraft(notes: LocalNotes, key: string, draft: BillDraft | undefined): void {
  notes.setDraft(key, draft === undefined ? '' : JSON.stringify({ version: VERSION, draft }))
}

function isDraft(value: unknown): value is { readonly draft: BillDraft } {
  if (typeof value !== 'object' || value === null) return false
  const { version, draft } = value as { version?: unknown; draft?: Partial<BillDraft> }
  return (
    version === VERSION &&
    typeof draft?.id === 'string' &&
    /^[0-9a-f]{32}$/u.test(draft.id) &&
    typeof draft.base === 'object' &&
    typeof draft.form === 'object' &&
    draft.form !== null &&
    typeof draft.form.title === 'string' &&
    Array.isArray(draft.form.items)
  )
}
