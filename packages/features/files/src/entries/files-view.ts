/** The view of files, what is shared and what people owe each other for it: what `openViewRunner` is given. */

import type { Crypto, SpaceId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import type { ViewDefinition, ViewState } from '@hamlet/space/view'
import { CREDIT_TYPES } from '../credits/credit-content.ts'
import { creditReads, foldCredit } from '../credits/credit-fold.ts'
import type { CreditChange } from '../credits/credit-fold.ts'
import { FILES_TYPES } from './content.ts'
import { foldShares, shareReads } from './files-fold.ts'
import type { ShareChange } from './files-fold.ts'

const VERSION = 2

export type FilesChange = ShareChange | CreditChange

/** `space`: whose receipts count. */
export function filesView(crypto: Crypto, space: SpaceId): ViewDefinition<FilesChange> {
  return {
    name: 'files',
    version: VERSION,
    types: new Map([...FILES_TYPES, ...CREDIT_TYPES]),
    reads: (entry) => [...shareReads(entry), ...creditReads(entry)],
    fold: (entry, state) => fold(crypto, space, entry, state),
  }
}

function fold(
  crypto: Crypto,
  space: SpaceId,
  entry: ContentEntry,
  state: ViewState<FilesChange>,
): void {
  if (CREDIT_TYPES.has(entry.type)) foldCredit(crypto, space, entry, state)
  else foldShares(entry, state)
}
