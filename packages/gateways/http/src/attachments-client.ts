/** The part of the HTTP client about files of messages and bills: `AttachmentsApi` as requests. */

import type { PreparedFile } from './attached-file.ts'
import type { AttachmentsApi } from './attachments-api.ts'
import type { ByteSpan } from './files-api.ts'
import { FilesClient } from './files-client.ts'
import type { FileContent } from './files-client.ts'
import type { ExpenseDetail } from './ledger-api.ts'
import { path, querySuffix } from './path.ts'

export abstract class AttachmentsClient extends FilesClient implements AttachmentsApi {
  /** Rejects with the error of `content` when that is what failed. */
  async prepareFile(
    space: string,
    name: string,
    content: FileContent,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<PreparedFile> {
    const target = path`/spaces/${space}/prepared-files/content` + querySuffix({ name })
    return await this.sendContent(target, content, signal)
  }

  attachToExpense(space: string, expense: string, prepared: string): Promise<ExpenseDetail> {
    return this.json('POST', path`/spaces/${space}/expenses/${expense}/files`, { prepared })
  }

  detachFromExpense(space: string, expense: string, attached: string): Promise<ExpenseDetail> {
    return this.json('DELETE', path`/spaces/${space}/expenses/${expense}/files/${attached}`)
  }

  async *readAttachment(
    space: string,
    id: string,
    span: ByteSpan = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.readSpan(path`/spaces/${space}/attachments/${id}/content`, span)
  }
}
