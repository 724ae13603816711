/**
 * What the dialog of an import holds: the file, what was said about it, and what would come of it. A pure reducer.
 *
 *     choose ── file ──► reading ──► refused      what is wrong stands there, with its place; nothing is imported
 *                           └──────► preview ──► done ──► undone
 *
 * What somebody says about the file (currency, weights, who paid) leads back to `reading`; who is who does not.
 */

import type { ImportInput, ImportPreview, LedgerImport } from '@hamlet/http/api'
import { currencyOf } from '@hamlet/expenses'

export interface ImportFile {
  readonly name: string
  /** In base64. */
  readonly contents: string
}

/** What the file does not say itself. */
export interface ImportSayings {
  /** Empty: as the file says. */
  readonly currency: string
  /** By name, as typed. */
  readonly weights: Readonly<Record<string, string>>
  /** By line. */
  readonly payers: Readonly<Record<number, string>>
}

export interface ImportRefusal {
  readonly words: string
  readonly line: number | undefined
  readonly column: number | undefined
  readonly missing: 'currency' | 'payer' | undefined
}

export type ImportPhase =
  | { readonly at: 'choose' }
  | { readonly at: 'reading' }
  | { readonly at: 'refused'; readonly refusal: ImportRefusal }
  | { readonly at: 'preview'; readonly preview: ImportPreview }
  | { readonly at: 'done'; readonly result: LedgerImport }
  | { readonly at: 'undone'; readonly result: LedgerImport }

export interface ImportForm {
  readonly file: ImportFile | undefined
  readonly sayings: ImportSayings
  /** By person of the file, the party each is; empty: nobody here. */
  readonly people: Readonly<Record<string, string>>
  readonly phase: ImportPhase
}

export type ImportAction =
  | { readonly type: 'file'; readonly file: ImportFile }
  | { readonly type: 'say'; readonly change: Partial<ImportSayings> }
  | { readonly type: 'person'; readonly id: string; readonly is: string }
  | { readonly type: 'phase'; readonly phase: ImportPhase }

const NOTHING_SAID: ImportSayings = { currency: '', weights: {}, payers: {} }

export const NO_IMPORT: ImportForm = {
  file: undefined,
  sayings: NOTHING_SAID,
  people: {},
  phase: { at: 'choose' },
}

export function changeImport(form: ImportForm, action: ImportAction): ImportForm {
  switch (action.type) {
    case 'file':
      return { ...NO_IMPORT, file: action.file, phase: { at: 'reading' } }
    case 'say':
      return { ...form, sayings: { ...form.sayings, ...action.change } }
    case 'person':
      return { ...form, people: { ...form.people, [action.id]: action.is } }
    case 'phase':
      return { ...form, phase: action.phase, people: withKnown(form.people, action.phase) }
  }
}

/** What is asked of the peer; `undefined` without a file. */
export function importInput({ file, sayings, people }: ImportForm): ImportInput | undefined {
  if (file === undefined) return undefined
  const currency = currencyOf(sayings.currency)
  const weights = Object.entries(sayings.weights)
    .map(([name, text]) => ({ name, weight: Number(text.replace(',', '.')) }))
    .filter(({ weight }) => Number.isSafeInteger(weight) && weight > 0)
  const payers = Object.entries(sayings.payers)
    .map(([line, name]) => ({ line: Number(line), name: name.trim() }))
    .filter(({ name }) => name !== '')
  const known = Object.entries(people)
    .map(([id, is]) => ({ id, is }))
    .filter(({ is }) => is !== '')
  return {
    contents: file.contents,
    fileName: file.name,
    ...(currency === undefined ? {} : { currency }),
    ...(weights.length === 0 ? {} : { weights }),
    ...(payers.length === 0 ? {} : { payers }),
    ...(known.length === 0 ? {} : { people: known }),
  }
}

/** Names whose weight the file does not say: it is asked for everybody once it is missing for somebody. */
export function unweighted(preview: ImportPreview): readonly string[] {
  if (!preview.warnings.some(({ code }) => code === 'weight-guessed')) return []
  return preview.parties.map(({ name }) => name)
}

/** What is known of somebody stands there until it is chosen otherwise. */
function withKnown(people: ImportForm['people'], phase: ImportPhase): ImportForm['people'] {
  if (phase.at !== 'preview') return people
  const known = phase.preview.parties.map(({ id, is }) => [id, people[id] ?? is ?? ''] as const)
  return Object.fromEntries(known)
}
