/** The part of the HTTP client about files: `FilesApi` as requests, files as streams both ways. */

import { ApiError } from './errors.ts'
import type * as api from './files-api.ts'
import { IMPORT_MS_MAX } from './limits.ts'
import { OperationClient } from './operation-client.ts'
import { path, querySuffix } from './path.ts'
import { readPieces } from './piece-reader.ts'

/** What a request carries beside its target. */
export interface ExchangeParts {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: ReadableStream<Uint8Array> | Blob
  readonly signal?: AbortSignal | undefined
}

/** A file on its way in. In a page it is a `Blob`: browsers send no streams over HTTP/1.1. */
export type FileContent = AsyncIterable<Uint8Array> | Blob

export abstract class FilesClient extends OperationClient implements api.FilesApi {
  /** A request without a limit of time and without JSON; never sent twice. */
  protected abstract exchange(
    method: string,
    target: string,
    parts: ExchangeParts,
  ): Promise<Response>

  shares(
    space?: string,
    { removed }: { readonly removed?: boolean } = {},
  ): Promise<readonly api.Share[]> {
    const target = space === undefined ? '/shares' : path`/spaces/${space}/shares`
    return this.json('GET', target + querySuffix({ removed }))
  }

  shareDetail(share: string): Promise<api.ShareDetail> {
    return this.json('GET', path`/shares/${share}`, undefined, IMPORT_MS_MAX)
  }

  sharedFile(share: string, filePath: string): Promise<api.SharedFile> {
    return this.json('GET', path`/shares/${share}/file` + querySuffix({ path: filePath }))
  }

  startUpload(input: api.UploadInput): Promise<api.Upload> {
    return this.json('POST', '/uploads', input)
  }

  /** Rejects with the error of `content` when that is what failed. */
  async putFile(
    upload: string,
    filePath: string,
    content: FileContent,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<api.Upload> {
    const target = path`/uploads/${upload}/content` + querySuffix({ path: filePath })
    return await this.sendContent(target, content, signal)
  }

  finishUpload(upload: string): Promise<api.Share> {
    return this.json('POST', path`/uploads/${upload}/finish`, {}, IMPORT_MS_MAX)
  }

  cancelUpload(upload: string): Promise<void> {
    return this.json('DELETE', path`/uploads/${upload}`)
  }

  openShareLink(link: string): Promise<api.Share> {
    return this.json('POST', '/share-links', { link })
  }

  shareLink(share: string): Promise<api.ShareLink> {
    return this.json('GET', path`/shares/${share}/link`)
  }

  renameShare(share: string, name: string): Promise<api.Share> {
    return this.json('PUT', path`/shares/${share}/name`, { name })
  }

  removeShare(share: string): Promise<void> {
    return this.json('DELETE', path`/shares/${share}`)
  }

  restoreShare(share: string): Promise<api.Share> {
    return this.json('POST', path`/shares/${share}/restore`, {})
  }

  pinShare(share: string, isPinned: boolean): Promise<api.Share> {
    return this.json('PUT', path`/shares/${share}/pin`, { isPinned })
  }

  forgetShareBytes(share: string): Promise<api.Share> {
    return this.json('DELETE', path`/shares/${share}/bytes`)
  }

  startTransfer(share: string, options: api.TransferOptions = {}): Promise<api.Transfer> {
    return this.json('POST', path`/shares/${share}/transfer`, options)
  }

  transfers(): Promise<readonly api.Transfer[]> {
    return this.json('GET', '/transfers')
  }

  pauseTransfer(share: string): Promise<api.Transfer> {
    return this.json('POST', path`/shares/${share}/transfer/pause`, {})
  }

  resumeTransfer(share: string): Promise<api.Transfer> {
    return this.json('POST', path`/shares/${share}/transfer/resume`, {})
  }

  cancelTransfer(share: string): Promise<void> {
    return this.json('DELETE', path`/shares/${share}/transfer`)
  }

  setFilePriority(
    share: string,
    filePath: string,
    priority: api.FilePriority,
  ): Promise<api.Transfer> {
    return this.json('PUT', path`/shares/${share}/transfer/priority`, { path: filePath, priority })
  }

  async *readFile(
    share: string,
    filePath: string,
    span: api.ByteSpan = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const target = path`/shares/${share}/content` + querySuffix({ path: filePath })
    yield* this.readSpan(target, span)
  }

  shareBlobs(share: string): Promise<readonly api.ShareBlob[]> {
    return this.json('GET', path`/shares/${share}/blobs`, undefined, IMPORT_MS_MAX)
  }

  async *readShareBlob(
    share: string,
    blob: string,
    span: api.ByteSpan = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.readSpan(path`/shares/${share}/blobs/${blob}`, span)
  }

  protected async *readSpan(
    target: string,
    { offset = 0, lengthBytes, signal }: api.ByteSpan,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (lengthBytes === 0) return
    const end = lengthBytes === undefined ? '' : String(offset + lengthBytes - 1)
    const isWhole = offset === 0 && lengthBytes === undefined
    const headers = isWhole ? {} : { range: `bytes=${offset}-${end}` }
    const { body } = await this.exchange('GET', target, { headers, signal })
    if (body === null) return
    try {
      yield* bytesOf(body)
    } catch (cause) {
      throw new ApiError('BAD_REPLY', 'the file broke off', 0, { cause })
    }
  }

  /** Rejects with the error of `content` when that is what failed. */
  protected async sendContent<T>(
    target: string,
    content: FileContent,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const source = new Source(content)
    try {
      const response = await this.exchange('PUT', target, {
        headers: { 'content-type': 'application/octet-stream' },
        body: content instanceof Blob ? content : toStream(source.pieces()),
        signal,
      })
      return (await response.json()) as T
    } catch (error) {
      throw source.failure?.error ?? error
    }
  }

  transferLimits(): Promise<api.TransferLimits> {
    return this.json('GET', '/transfer-limits')
  }

  setTransferLimits(limits: Partial<api.TransferLimits>): Promise<api.TransferLimits> {
    return this.json('PUT', '/transfer-limits', limits)
  }

  fileStorage(): Promise<api.FileStorage> {
    return this.json('GET', '/file-storage')
  }

  trackers(): Promise<readonly api.KnownTracker[]> {
    return this.json('GET', '/trackers')
  }

  addTracker(url: string): Promise<api.KnownTracker> {
    return this.json('POST', '/trackers', { url })
  }

  removeTracker(url: string): Promise<void> {
    return this.json('DELETE', '/trackers' + querySuffix({ url }))
  }

  standing(space: string, person?: string): Promise<readonly api.PersonStanding[]> {
    return this.json('GET', path`/spaces/${space}/standing` + querySuffix({ person }))
  }

  async exportReceipts(space: string): Promise<string> {
    let text = ''
    for await (const piece of readPieces(await this.stream(path`/spaces/${space}/receipts`))) {
      text += piece
    }
    return text
  }
}

/** Remembers why it gave no more, which a request that broke off for it does not tell. */
class Source {
  readonly #content: FileContent
  failure: { readonly error: unknown } | undefined

  constructor(content: FileContent) {
    this.#content = content
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    if (this.#content instanceof Blob) return
    try {
      yield* this.#content
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }
}

/** Pulled as fast as the connection takes it; what is left of the source is let go when the connection ends. */
export function toStream(content: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = content[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const next = await iterator.next()
          if (next.done === true) return controller.close()
          // An empty piece is no bytes, and no end either.
          if (next.value.length > 0) return controller.enqueue(next.value)
        }
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

export async function* bytesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // Who leaves early lets the connection go; a reader that is already in error has nothing to cancel.
    await reader.cancel().catch(() => {})
  }
}
