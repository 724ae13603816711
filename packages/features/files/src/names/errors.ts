/** Why a file name is refused. */

import { HamletError } from '@hamlet/core'

export type FileNameErrorCode =
  /** Nothing, `.` or `..`. */
  | 'FILE_NAME_EMPTY'
  /** A character that some system does not take, or that makes a name look like another. */
  | 'FILE_NAME_CHARACTER'
  /** Not in normal form C, or with a dot or a space at its end. */
  | 'FILE_NAME_NOT_NORMAL'
  /** A name that Windows keeps for a device. */
  | 'FILE_NAME_DEVICE'
  /** A name, a path or the number of folders in it is beyond its limit. */
  | 'FILE_NAME_LONG'

export class FileNameError extends HamletError<FileNameErrorCode> {
  override readonly name = 'FileNameError'
}
