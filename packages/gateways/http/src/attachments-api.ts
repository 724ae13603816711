/**
 * The part of `HamletApi` about files that messages and bills carry: pictures, receipts.
 *
 * A file is kept first (`prepareFile`), which gives it an id; a message names such ids when it is sent, a bill when
 * something is attached to it. Files are sealed like everything of a space, and fetched from its members.
 */

import type { PreparedFile } from './attached-file.ts'
import type { ByteSpan } from './files-api.ts'
import type { ExpenseDetail } from './ledger-api.ts'

export interface AttachmentsApi {
  /** Resolves when it is durable here. */
  prepareFile(
    space: string,
    name: string,
    content: AsyncIterable<Uint8Array>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PreparedFile>
  attachToExpense(space: string, expense: string, prepared: string): Promise<ExpenseDetail>
  /** What one attached oneself; admins take away anybody's. */
  detachFromExpense(space: string, expense: string, attached: string): Promise<ExpenseDetail>
  /** The bytes of a `MessageFile` or an `AttachedFile`; what is not here yet is fetched first. */
  readAttachment(space: string, id: string, span?: ByteSpan): AsyncIterable<Uint8Array>
}
