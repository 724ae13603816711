/** Tickets for single files, as the routes use them; `src/node/ticket-book.ts` keeps them. */

import type { Caller } from './route.ts'

/** What a ticket gives, and nothing else: a file of a share, or one of a message or a bill. */
export type TicketedFile =
  | { readonly share: string; readonly path: string }
  | { readonly space: string; readonly attachment: string }

export interface FileTickets {
  create(
    file: TicketedFile,
    caller: Caller,
  ): { readonly secret: string; readonly expiresAtMs: number }
  /** `undefined` for a secret that is not known, or not any more; counts as use. */
  find(secret: string): TicketedFile | undefined
}
