/**
 * Files of messages and bills as blobs of the page, by their id: what was shown once is there at once when it is scrolled
 * back to. The oldest go when there are too many.
 *
 * What an author says a file is, is believed only of kinds that run nothing; everything else can be saved, and is shown
 * as nothing.
 */

import type { AttachmentsApi, MessageFile } from '@hamlet/http/api'
import { previewKind } from '../files/preview-kind.ts'

const KEPT_MAX = 80

export class AttachmentCache {
  readonly #api: Pick<AttachmentsApi, 'readAttachment'>
  /** Oldest first. */
  readonly #blobs = new Map<string, Promise<Blob>>()

  constructor(api: Pick<AttachmentsApi, 'readAttachment'>) {
    this.#api = api
  }

  blob(space: string, file: MessageFile): Promise<Blob> {
    const known = this.#blobs.get(file.id)
    if (known !== undefined) return known
    const loading = this.#load(space, file)
    this.#blobs.set(file.id, loading)
    // What failed is asked for anew the next time.
    loading.catch(() => this.#blobs.delete(file.id))
    const [oldest] = this.#blobs.keys()
    if (this.#blobs.size > KEPT_MAX && oldest !== undefined) this.#blobs.delete(oldest)
    return loading
  }

  async #load(space: string, { id, mediaType }: MessageFile): Promise<Blob> {
    const pieces: BlobPart[] = []
    for await (const piece of this.#api.readAttachment(space, id)) {
      pieces.push(Uint8Array.from(piece))
    }
    const isShown = previewKind(mediaType) !== undefined
    return new Blob(pieces, { type: isShown ? mediaType : 'application/octet-stream' })
  }
}
