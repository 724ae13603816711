/** Errors of the view runner. */

import { HamletError } from '@hamlet/core'

export type ViewErrorCode =
  /** The runner was closed while its caller waited. */
  | 'VIEW_CLOSED'
  /** A stored value is not what the runner wrote. */
  | 'VIEW_DAMAGED'

export class ViewError extends HamletError<ViewErrorCode> {
  override readonly name = 'ViewError'
}
