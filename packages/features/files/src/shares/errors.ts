/** Errors of manifests and links of shares. */

import { HamletError } from '@hamlet/core'

export type ShareErrorCode =
  /** Bytes that are no manifest, or one whose fields contradict each other. */
  | 'SHARE_MALFORMED'
  /** More files or a longer manifest than a share may have. */
  | 'SHARE_TOO_LARGE'
  /** Text that is no link to a share. */
  | 'SHARE_LINK_MALFORMED'

export class ShareError extends HamletError<ShareErrorCode> {
  override readonly name = 'ShareError'
}
