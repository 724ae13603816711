/** Tickets for files, as the routes use them; `src/node/ticket-book.ts` keeps them. */

import type { Caller } from './route.ts'
import type { ShareArchive } from './share-archive.ts'

/** What a ticket gives, and nothing else: a file of a share, one of a message or a bill, or files of a share as one. */
export type TicketedFile =
  | { readonly share: string; readonly path: string }
  | { readonly space: string; readonly attachment: string }
  | { readonly archive: ShareArchive }

export interface FileTickets {
  create(
    file: TicketedFile,
    caller: Caller,
  ): { readonly secret: string; readonly expiresAtMs: number }
  /** `undefined` for a secret that is not known, or not any more; counts as use. */
  find(secret: string): TicketedFile | undefined
}
