/** The part of the HTTP client about files of messages and bills: `AttachmentsApi` as requests. */

import type { PreparedFile } from './attached-file.ts'
import type { AttachmentsApi } from './attachments-api.ts'
import { ApiError } from './errors.ts'
import type { ByteSpan } from './files-api.ts'
import { bytesOf, FilesClient, toStream } from './files-client.ts'
import type { FileContent } from './files-client.ts'
import type { ExpenseDetail } from './ledger-api.ts'
import { path, querySuffix } from './path.ts'

export abstract class AttachmentsClient extends FilesClient implements AttachmentsApi {
  async prepareFile(
    space: string,
    name: string,
    content: FileContent,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<PreparedFile> {
    const target = path`/spaces/${space}/prepared-files/content` + querySuffix({ name })
    const response = await this.exchange('PUT', target, {
      headers: { 'content-type': 'application/octet-stream' },
      body: content instanceof Blob ? content : toStream(content),
      signal,
    })
    return (await response.json()) as PreparedFile
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
    { offset, lengthBytes, signal }: ByteSpan = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const span = querySuffix({ offset, length: lengthBytes })
    const target = path`/spaces/${space}/attachments/${id}/content` + span
    const { body } = await this.exchange('GET', target, { signal })
    if (body === null) return
    try {
      yield* bytesOf(body)
    } catch (cause) {
      throw new ApiError('BAD_REPLY', 'the file broke off', 0, { cause })
    }
  }
}
