/** The view of files: what `openViewRunner` is given. */

import type { ViewDefinition } from '@hamlet/space/view'
import { FILES_TYPES } from './content.ts'
import { foldShares, shareReads } from './files-fold.ts'
import type { ShareChange } from './files-fold.ts'

const VERSION = 1

export type FilesChange = ShareChange

export function filesView(): ViewDefinition<FilesChange> {
  return {
    name: 'files',
    version: VERSION,
    types: FILES_TYPES,
    reads: shareReads,
    fold: foldShares,
  }
}
