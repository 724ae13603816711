/** What every part of the drawer of a share is given. */

import type { ShareDetail } from '@hamlet/http/api'

export interface ShareDetailProps {
  /** Absent for what came by a link. */
  readonly space: string | undefined
  readonly share: ShareDetail
}
