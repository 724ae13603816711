/** What the parts of the composer tell each other. */

import type { Member, Message } from '@hamlet/http/api'

export type ComposerIntent =
  | { readonly kind: 'new' }
  | { readonly kind: 'reply'; readonly message: Message }
  | { readonly kind: 'edit'; readonly message: Message }

/** The people a mention may mean, and the one that Enter would take. */
export interface MentionChoice {
  readonly members: readonly Member[]
  readonly selected: number
  readonly pick: (member: Member) => void
}
