/** One expense with everything that was ever said about it: versions, what each changed, comments, attachments, verdicts. */

import { equalBytes, encodeCbor } from '@hamlet/core'
import { comparePositions } from '@hamlet/space/entry-position'
import type { ViewReader } from '@hamlet/space/view'
import type { ExpenseBody } from '../expense-body.ts'
import { computeOwed } from '../money/split.ts'
import type { LedgerId, VersionId } from '../party.ts'
import { bodyToCbor } from './body-codec.ts'
import { toLedgerExpense } from './expense-rows.ts'
import type { RowContext } from './expense-rows.ts'
import { headPrefix, headVersion, versionPrefix } from './keys.ts'
import type { ExpenseDetail, ExpenseVersion } from './ledger-model.ts'
import { decodeVersion } from './records.ts'
import type { StoredVersion } from './records.ts'

export async function readExpenseDetail(
  view: ViewReader,
  id: LedgerId,
  context: RowContext,
): Promise<ExpenseDetail> {
  const expense = toLedgerExpense(id, context)
  const heads = new Set<VersionId>()
  for await (const [key] of view.range(headPrefix('expense', id))) heads.add(headVersion(key))
  const { talk } = context.book
  return {
    ...expense,
    versions: await readVersions(view, id, heads, expense.version),
    comments: talk.comments(id),
    attachments: talk.attachments(id),
    verdicts: talk.verdicts(id).map(({ by, verdict, note, version }) => ({
      person: by.person,
      atMs: by.time.milliseconds,
      verdict,
      note,
      isOutdated: version !== expense.version,
    })),
  }
}

/** Oldest first. */
async function readVersions(
  view: ViewReader,
  id: LedgerId,
  heads: ReadonlySet<VersionId>,
  winner: VersionId,
): Promise<readonly ExpenseVersion[]> {
  const prefix = versionPrefix('expense', id)
  const stored = new Map<VersionId, StoredVersion>()
  for await (const [key, value] of view.range(prefix)) {
    stored.set(key.slice(prefix.length) as VersionId, decodeVersion('expense', value))
  }
  return [...stored]
    .sort(([, a], [, b]) => comparePositions(a.by, b.by))
    .map(([version, { version: content, by }]) => {
      const body = content.body as ExpenseBody
      const base = content.replaces.map((replaced) => stored.get(replaced)).find(Boolean)
      const owed = computeOwed(id, body)
      return {
        version,
        replaces: content.replaces,
        body,
        owed: owed.ok ? owed.value : [],
        by,
        isHead: heads.has(version),
        isWinner: version === winner,
        changed: base === undefined ? [] : changedFields(base.version.body as ExpenseBody, body),
      }
    })
}

const FIELDS = [
  'kind',
  'deleted',
  'title',
  'date',
  'currency',
  'amountMinor',
  'paid',
  'split',
  'category',
  'tags',
  'note',
  'rate',
] as const satisfies readonly (keyof ExpenseBody)[]

/** In the order in which a body has them. */
export function changedFields(
  before: ExpenseBody,
  after: ExpenseBody,
): readonly (keyof ExpenseBody)[] {
  return FIELDS.filter((field) => {
    const [old, now] = [before, after].map((body) =>
      encodeCbor(bodyToCbor({ ...before, [field]: body[field] })),
    )
    return !equalBytes(old!, now!)
  })
}
