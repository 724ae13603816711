/**
 * Merging concurrent versions of one expense when that is harmless: what they changed since the one version they all
 * replace does not touch money, and no two changed the same.
 *
 * Participants and shares belong together, so whatever money depends on is taken whole from one version or not at all: at
 * most one head may have changed it. Title, date, category, tags and note are each taken from the head that changed it;
 * two heads that changed one of them alike agree. Deleting is a change of its own that goes with nothing else.
 *
 * A pure function of the heads and their base, in any order of the heads.
 */

import { encodeCbor, equalBytes } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import type { ExpenseBody } from '../expense-body.ts'
import { bodyToCbor } from './body-codec.ts'

/** Heads beyond this are never merged: somebody has to look. */
export const MERGED_HEADS_MAX = 8

const HARMLESS = ['title', 'date', 'category', 'tags', 'note'] as const
type Harmless = (typeof HARMLESS)[number]

/** The merged body, or `undefined` when somebody has to choose. */
export function mergeBodies(
  base: ExpenseBody,
  heads: readonly ExpenseBody[],
): ExpenseBody | undefined {
  if (heads.length > MERGED_HEADS_MAX) return undefined
  const money = mergeValue(base, heads, moneyPart)
  if (money === undefined) return undefined
  const changes: Partial<Pick<ExpenseBody, Harmless>>[] = []
  for (const field of HARMLESS) {
    const from = mergeValue(base, heads, (body) => body[field] ?? null)
    if (from === undefined) return undefined
    changes.push({ [field]: from[field] })
  }
  return Object.assign({}, money, ...changes) as ExpenseBody
}

/** Base, or the one body in which the value differs from it; `undefined` when it differs in several ways. */
function mergeValue(
  base: ExpenseBody,
  heads: readonly ExpenseBody[],
  valueOf: (body: ExpenseBody) => CborValue,
): ExpenseBody | undefined {
  const before = encodeCbor(valueOf(base))
  let changed: { readonly body: ExpenseBody; readonly bytes: Uint8Array } | undefined
  for (const body of heads) {
    const bytes = encodeCbor(valueOf(body))
    if (equalBytes(bytes, before)) continue
    if (changed !== undefined && !equalBytes(bytes, changed.bytes)) return undefined
    changed ??= { body, bytes }
  }
  return changed?.body ?? base
}

/** All but the harmless fields. */
function moneyPart(body: ExpenseBody): CborValue {
  const { category: _category, ...rest } = body
  return bodyToCbor({
    ...rest,
    category: undefined,
    title: '',
    date: '1900-01-01',
    tags: [],
    note: '',
  })
}
