/** What a person wants with a share and cannot have. */

import { HamletError } from '@hamlet/core'

export type FilesErrorCode =
  /** No share of this id in the space. */
  | 'FILES_UNKNOWN_SHARE'
  /** Only who shared it and admins may do that. */
  | 'FILES_NOT_ALLOWED'
  /** The name is none that every system takes. */
  | 'FILES_BAD_NAME'
  /** Something that others would not take, such as a size beyond the limits. */
  | 'FILES_BAD_SHARE'

export class FilesError extends HamletError<FilesErrorCode> {
  override readonly name = 'FilesError'
}
