/**
 * What a person wants, judged as it will be judged when it comes from a stranger, as entries to write.
 *
 * Whatever passes here decodes on every device: the draft goes through the same strict decoder, and what that refuses is
 * told with its reason instead of being written and ignored.
 *
 * An archived ledger takes nothing but the word that it is open again. That is asked here and not of entries: whoever wrote
 * before they heard of it has written, and counts.
 */

import type { Attachment } from '@hamlet/blobs'
import { errorCode } from '@hamlet/core'
import type { EntryId, PersonId } from '@hamlet/core'
import type { ContentDraft, Role } from '@hamlet/space'
import type { ExpenseBody } from '../expense-body.ts'
import { computeOwed } from '../money/split.ts'
import type { LedgerId, VersionId } from '../party.ts'
import { judgeLedger, ledgerDraft } from './content.ts'
import type { AnyVersion, LedgerContent, LedgerStatement, Verdict } from './content.ts'
import { LedgerError } from './errors.ts'
import type { RecordHeads } from './heads.ts'
import type { ExpenseDetail, LedgerSettings } from './ledger-model.ts'
import type { RecordBodies, RecordKind } from './record-bodies.ts'
import { mayWrite } from './settings.ts'
import type { SettingName } from './settings.ts'

/** Who writes, and into what. */
export interface DraftContext {
  readonly settings: Pick<LedgerSettings, 'archived'>
  /** Of whoever writes. */
  readonly role: Role
}

/** The import that brings expenses, a countersignature…: what is written beside records, comments and verdicts. */
type PlainStatement = Exclude<
  LedgerStatement,
  { kind: 'comment' | 'uncomment' | 'attach' | 'detach' | 'verdict' }
>

/** See {@link Ledger.drafts}; for what is asked now, not to be kept: the ledger may be archived meanwhile. */
export class LedgerDrafts {
  readonly #context: DraftContext

  constructor(context: DraftContext) {
    this.#context = context
  }

  /**
   * A version over `heads`, see {@link Ledger.heads}.
   * @throws LedgerError `LEDGER_BAD_EXPENSE` for an expense that does not hold together, `LEDGER_BAD_RECORD` for
   * anything else that would be ignored, `LEDGER_ADMINS_ONLY` for a setting of admins, `LEDGER_ARCHIVED` unless it is the
   * setting that ends it.
   */
  record<Kind extends RecordKind>(
    record: Kind,
    id: LedgerId,
    body: RecordBodies[Kind],
    { replaces, depth }: RecordHeads,
    batch?: LedgerId,
  ): ContentDraft {
    const version = { kind: 'version', record, id, replaces, depth, body, batch }
    const written = version as unknown as AnyVersion
    if (!isSetting(written, 'archived')) this.#refuseArchived()
    if (!mayWrite(this.#context.role, written)) {
      throw new LedgerError('LEDGER_ADMINS_ONLY', 'only admins set this')
    }
    if (record === 'expense') checkExpense(id, body as ExpenseBody)
    return judged(written)
  }

  /** @throws LedgerError `LEDGER_BAD_RECORD` for a text that is empty or too long, `LEDGER_ARCHIVED`. */
  comment(expense: LedgerId, text: string): ContentDraft {
    this.#refuseArchived()
    return judged({ kind: 'comment', expense, text })
  }

  /** @throws LedgerError `LEDGER_ARCHIVED`. */
  uncomment(expense: LedgerId, comment: EntryId): ContentDraft {
    this.#refuseArchived()
    return judged({ kind: 'uncomment', expense, comment })
  }

  /** @throws LedgerError `LEDGER_BAD_RECORD` for a name that is too long, `LEDGER_ARCHIVED`. */
  attach(expense: LedgerId, attachment: Attachment): ContentDraft {
    this.#refuseArchived()
    return judged({ kind: 'attach', expense, attachment })
  }

  /** @throws LedgerError `LEDGER_ARCHIVED`. */
  detach(expense: LedgerId, attachment: EntryId): ContentDraft {
    this.#refuseArchived()
    return judged({ kind: 'detach', expense, attachment })
  }

  /**
   * A person's word on the current version of a payment, or of an expense that waits for it.
   * @throws LedgerError `LEDGER_VERDICT_NOT_ALLOWED` unless `asked` (see `whoIsAsked`) has the person, `LEDGER_ARCHIVED`.
   */
  verdict(
    { id, version }: Pick<ExpenseDetail, 'id' | 'version'>,
    word: { readonly verdict: Verdict; readonly note: string },
    person: PersonId,
    asked: ReadonlySet<PersonId>,
  ): ContentDraft {
    this.#refuseArchived()
    if (!asked.has(person)) {
      throw new LedgerError(
        'LEDGER_VERDICT_NOT_ALLOWED',
        'only whom the money went to, or who owes it, can confirm or dispute it',
      )
    }
    return judged({ kind: 'verdict', expense: id, version, ...word })
  }

  /** A lock, a countersignature, or what was imported. @throws LedgerError `LEDGER_BAD_RECORD`, `LEDGER_ARCHIVED`. */
  statement(content: PlainStatement): ContentDraft {
    this.#refuseArchived()
    return judged(content)
  }

  #refuseArchived(): void {
    if (!this.#context.settings.archived) return
    throw new LedgerError('LEDGER_ARCHIVED', 'this ledger is archived: an admin can reopen it')
  }
}

/** The version of this id as the new one over all heads. @throws LedgerError `LEDGER_UNKNOWN`. */
export function chosenBody(detail: ExpenseDetail, version: VersionId): ExpenseBody {
  const chosen = detail.versions.find((each) => each.version === version)
  if (chosen !== undefined) return chosen.body
  throw new LedgerError('LEDGER_UNKNOWN', 'expected a version of this expense')
}

function isSetting(version: AnyVersion, name: SettingName): boolean {
  return version.record === 'setting' && version.body.name === name
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
