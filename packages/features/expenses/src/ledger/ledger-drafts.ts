/**
 * What a person wants, judged as it will be judged when it comes from a stranger, as entries to write.
 *
 * Whatever passes here decodes on every device: the draft goes through the same strict decoder, and what that refuses is
 * told with its reason instead of being written and ignored.
 */

import { errorCode } from '@hamlet/core'
import type { EntryId, PersonId } from '@hamlet/core'
import type { ContentDraft } from '@hamlet/space'
import type { ExpenseBody } from '../expense-body.ts'
import { computeOwed } from '../money/split.ts'
import type { LedgerId, VersionId } from '../party.ts'
import { judgeLedger, ledgerDraft } from './content.ts'
import type { AnyVersion, LedgerContent, Verdict } from './content.ts'
import { LedgerError } from './errors.ts'
import type { RecordHeads } from './heads.ts'
import type { ExpenseDetail } from './ledger-model.ts'
import type { RecordBodies, RecordKind } from './record-bodies.ts'

/**
 * A version over `heads`, see {@link Ledger.heads}.
 * @throws LedgerError `LEDGER_BAD_EXPENSE` for an expense that does not hold together, `LEDGER_BAD_RECORD` for
 * anything else that would be ignored.
 */
export function draftRecord<Kind extends RecordKind>(
  record: Kind,
  id: LedgerId,
  body: RecordBodies[Kind],
  { replaces, depth }: RecordHeads,
  batch?: LedgerId,
): ContentDraft {
  if (record === 'expense') checkExpense(id, body as ExpenseBody)
  const version = { kind: 'version', record, id, replaces, depth, body, batch }
  return judged(version as unknown as AnyVersion)
}

/** @throws LedgerError `LEDGER_BAD_RECORD` for a text that is empty or too long. */
export function draftComment(expense: LedgerId, text: string): ContentDraft {
  return judged({ kind: 'comment', expense, text })
}

export function draftUncomment(expense: LedgerId, comment: EntryId): ContentDraft {
  return judged({ kind: 'uncomment', expense, comment })
}

/**
 * A person's word on the current version of a payment, or of an expense that waits for it.
 * @throws LedgerError `LEDGER_VERDICT_NOT_ALLOWED` unless `asked` (see `whoIsAsked`) has the person.
 */
export function draftVerdict(
  { id, version }: Pick<ExpenseDetail, 'id' | 'version'>,
  word: { readonly verdict: Verdict; readonly note: string },
  person: PersonId,
  asked: ReadonlySet<PersonId>,
): ContentDraft {
  if (!asked.has(person)) {
    throw new LedgerError(
      'LEDGER_VERDICT_NOT_ALLOWED',
      'only whom the money went to, or who owes it, can confirm or dispute it',
    )
  }
  return judged({ kind: 'verdict', expense: id, version, ...word })
}

/** The version of this id as the new one over all heads. @throws LedgerError `LEDGER_UNKNOWN`. */
export function chosenBody(detail: ExpenseDetail, version: VersionId): ExpenseBody {
  const chosen = detail.versions.find((each) => each.version === version)
  if (chosen !== undefined) return chosen.body
  throw new LedgerError('LEDGER_UNKNOWN', 'expected a version of this expense')
}

function checkExpense(id: LedgerId, body: ExpenseBody): void {
  const owed = computeOwed(id, body)
  if (owed.ok) return
  throw new LedgerError('LEDGER_BAD_EXPENSE', owed.error.message, {
    cause: owed.error,
    fields: { reason: errorCode(owed.error) ?? '', ...owed.error.fields },
  })
}

function judged(content: LedgerContent): ContentDraft {
  const draft = ledgerDraft(content)
  const decoded = judgeLedger(draft.type, draft.value)
  if (decoded?.ok === true) return draft
  throw new LedgerError('LEDGER_BAD_RECORD', decoded?.error.message ?? 'of no known type', {
    cause: decoded?.error,
  })
}
